// Pickle is a program for a small stack machine. This one knows the instructions that build plain data, and two harmless calls.
#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <optional>

#include "core/error.h"
#include "video/torch_file.h"

namespace vitrine::video {

namespace {

using Kind = PickledValue::Kind;
using Type = PickledTensor::Type;

constexpr int kDeepest = 64;
constexpr std::size_t kMostValues = 2'000'000;

const std::map<std::string, Type> kStorages = {{"DoubleStorage", Type::Float64},    {"FloatStorage", Type::Float32}, {"HalfStorage", Type::Float16},
                                               {"BFloat16Storage", Type::BFloat16}, {"LongStorage", Type::Int64},    {"IntStorage", Type::Int32},
                                               {"ShortStorage", Type::Int16},       {"CharStorage", Type::Int8},     {"ByteStorage", Type::UInt8},
                                               {"BoolStorage", Type::Bool}};

std::size_t sizeOf(Type type) {
  switch (type) {
    case Type::Float64:
    case Type::Int64: return 8;
    case Type::Float32:
    case Type::Int32: return 4;
    case Type::Float16:
    case Type::BFloat16:
    case Type::Int16: return 2;
    default: return 1;
  }
}

/// A place on the machine's stack: data, or one of the things that only calls use.
struct Slot {
  enum class Is : std::uint8_t { Data, Mark, RebuildTensor, OrderedDict, StorageType, Storage };
  Is is = Is::Data;
  std::shared_ptr<PickledValue> value;
  Type type = Type::Float32;              // StorageType, Storage
  std::span<const std::uint8_t> storage;  // Storage
};

class Machine {
 public:
  Machine(std::span<const std::uint8_t> bytes, const std::function<std::span<const std::uint8_t>(const std::string &)> &storage, const std::string &where)
      : m_bytes(bytes), m_storage(storage), m_where(where) {}

  PickledRef run() {
    while (!m_done) {
      m_began = m_at;
      step(byte());
      if (m_stack.size() + m_made > kMostValues) {
        fail("more than two million values");
      }
    }
    const Slot top = pop();
    return data(top);
  }

 private:
  [[noreturn]] void fail(const std::string &what) const {
    throw InputError(m_where, "its pickle at byte " + std::to_string(m_began) + ": " + what, "only plain dictionaries, numbers, texts and tensors are read");
  }

  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > m_bytes.size() - m_at) {
      fail("ends in the middle");
    }
    m_at += count;
    return m_bytes.subspan(m_at - count, count);
  }
  std::uint8_t byte() { return take(1)[0]; }
  template <class T>
  T little() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string line() {
    std::string text;
    for (char c = static_cast<char>(byte()); c != '\n'; c = static_cast<char>(byte())) {
      text += c;
    }
    return text;
  }

  void push(PickledValue value) {
    ++m_made;
    Slot slot;
    slot.value = std::make_shared<PickledValue>(std::move(value));
    m_stack.push_back(std::move(slot));
  }
  void pushNumber(std::int64_t integer, Kind kind = Kind::Integer) {
    PickledValue value;
    value.kind = kind;
    value.integer = integer;
    push(std::move(value));
  }
  Slot pop() {
    if (m_stack.empty() || m_stack.back().is == Slot::Is::Mark) {
      fail("takes from an empty stack");
    }
    Slot slot = std::move(m_stack.back());
    m_stack.pop_back();
    return slot;
  }
  Slot &top() {
    if (m_stack.empty()) {
      fail("looks at an empty stack");
    }
    return m_stack.back();
  }
  std::shared_ptr<PickledValue> data(const Slot &slot) const {
    if (slot.is != Slot::Is::Data) {
      fail("a class or function where a value is expected");
    }
    return slot.value;
  }
  /// What lies above the last mark, which goes.
  std::vector<Slot> popMarked() {
    std::size_t mark = m_stack.size();
    while (mark > 0 && m_stack[mark - 1].is != Slot::Is::Mark) {
      --mark;
    }
    if (mark == 0) {
      fail("a mark is missing");
    }
    std::vector<Slot> above(m_stack.begin() + static_cast<std::ptrdiff_t>(mark), m_stack.end());
    m_stack.resize(mark - 1);
    return above;
  }

  /// A container may be filled until it is put into another one: so there are no cycles, and depths are final.
  void put(PickledValue &into, const std::string *key, const Slot &what) {
    const auto value = data(what);
    m_closed[value.get()] = value;
    if (m_closed.contains(&into)) {
      fail("a container that holds itself or is filled late");
    }
    into.depth = std::max(into.depth, value->depth + 1);
    if (into.depth > kDeepest) {
      fail("nested more than " + std::to_string(kDeepest) + " deep");
    }
    if (key != nullptr) {
      into.fields.emplace_back(*key, value);
    } else {
      into.items.push_back(value);
    }
    ++m_made;
  }
  void pushTuple(const std::vector<Slot> &parts) {
    PickledValue list;
    list.kind = Kind::List;
    // Arguments of a call hold classes and storages, which are no data: they are kept beside an otherwise empty list.
    if (std::ranges::any_of(parts, [](const Slot &slot) { return slot.is != Slot::Is::Data; })) {
      push(std::move(list));
      m_arguments[top().value.get()] = {top().value, parts};
      m_made += parts.size();
      return;
    }
    for (const Slot &part : parts) {
      put(list, nullptr, part);
    }
    push(std::move(list));
  }
  void append(const std::vector<Slot> &parts) {
    const auto list = data(top());
    if (list->kind != Kind::List) {
      fail("appends to what is no list");
    }
    for (const Slot &part : parts) {
      put(*list, nullptr, part);
    }
  }
  void setItems(const std::vector<Slot> &parts) {
    const auto dict = data(top());
    if (dict->kind != Kind::Dict || parts.size() % 2 != 0) {
      fail("sets fields of what is no dictionary");
    }
    for (std::size_t i = 0; i < parts.size(); i += 2) {
      const auto key = data(parts[i]);
      if (key->kind != Kind::Text && key->kind != Kind::Integer) {
        fail("a key that is neither text nor number");
      }
      const std::string name = key->kind == Kind::Text ? key->text : std::to_string(key->integer);
      put(*dict, &name, parts[i + 1]);
    }
  }

  void global(const std::string &module, const std::string &name) {
    Slot slot;
    const auto storage = kStorages.find(name);
    if (module == "torch._utils" && name == "_rebuild_tensor_v2") {
      slot.is = Slot::Is::RebuildTensor;
    } else if (module == "collections" && name == "OrderedDict") {
      slot.is = Slot::Is::OrderedDict;
    } else if (module == "torch" && storage != kStorages.end()) {
      slot.is = Slot::Is::StorageType;
      slot.type = storage->second;
    } else {
      std::string shown = (module + "." + name).substr(0, 80);
      std::ranges::replace_if(
          shown, [](char c) { return static_cast<unsigned char>(c) < 33 || static_cast<unsigned char>(c) > 126; }, '?');
      fail("wants " + shown + ", which would run code");
    }
    m_stack.push_back(std::move(slot));
  }

  std::vector<Slot> arguments(const Slot &tuple) const {
    const auto it = m_arguments.find(data(tuple).get());
    if (it != m_arguments.end()) {
      return it->second.second;
    }
    std::vector<Slot> parts;
    for (const PickledRef &item : data(tuple)->items) {
      Slot slot;
      slot.value = std::const_pointer_cast<PickledValue>(item);
      parts.push_back(std::move(slot));
    }
    return parts;
  }

  /// ("storage", type, key, device, count)
  void persistent() {
    const std::vector<Slot> parts = arguments(pop());
    if (parts.size() < 5 || parts[1].is != Slot::Is::StorageType || data(parts[0])->text != "storage" || data(parts[2])->kind != Kind::Text) {
      fail("a reference that is no storage");
    }
    Slot slot;
    slot.is = Slot::Is::Storage;
    slot.type = parts[1].type;
    slot.storage = m_storage(data(parts[2])->text);
    m_stack.push_back(std::move(slot));
  }

  Shape shapeOf(const Slot &slot) const {
    const auto list = data(slot);
    Shape shape;
    for (const PickledRef &item : list->items) {
      if (item->kind != Kind::Integer || item->integer < 0 || item->integer > (std::int64_t{1} << 40)) {
        fail("a shape or stride that is no plain number");
      }
      shape.push_back(item->integer);
    }
    return shape;
  }

  /// _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks)
  void rebuildTensor(const std::vector<Slot> &parts) {
    if (parts.size() < 4 || parts[0].is != Slot::Is::Storage || data(parts[1])->kind != Kind::Integer) {
      fail("a tensor without a storage");
    }
    PickledValue value;
    value.kind = Kind::Tensor;
    value.tensor = {parts[0].type, shapeOf(parts[2]), shapeOf(parts[3]), data(parts[1])->integer, parts[0].storage};
    const PickledTensor &tensor = value.tensor;
    const auto stored = static_cast<std::int64_t>(tensor.storage.size() / sizeOf(tensor.type));
    if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > 16 || tensor.offset < 0 || tensor.offset > stored) {
      fail("a tensor whose strides do not fit its shape");
    }
    std::int64_t last = tensor.offset, count = 1;
    for (std::size_t d = 0; d < tensor.shape.size(); ++d) {
      const std::int64_t side = tensor.shape[d], stride = tensor.strides[d];
      count = side == 0 ? 0 : count > (std::int64_t{1} << 32) / side ? std::int64_t{1} << 33 : count * side;
      const bool far = side > 1 && stride > (stored - std::min(last, stored)) / (side - 1);
      last = far || last > stored ? stored : last + (side > 1 ? (side - 1) * stride : 0);
    }
    if (count > 0 && (last >= stored || count > 4 * stored)) {  // the second: broadcast views must not blow up
      fail("a tensor larger than what is stored of it");
    }
    push(std::move(value));
  }

  void reduce() {
    const std::vector<Slot> parts = arguments(pop());
    const Slot function = pop();
    if (function.is == Slot::Is::RebuildTensor) {
      rebuildTensor(parts);
    } else if (function.is == Slot::Is::OrderedDict && parts.empty()) {
      pushDict();
    } else {
      fail("a call that is not allowed");
    }
  }

  void pushDict() {
    PickledValue dict;
    dict.kind = Kind::Dict;
    push(std::move(dict));
  }
  void pushText(std::size_t length) {
    const auto bytes = take(length);
    PickledValue value;
    value.kind = Kind::Text;
    value.text.assign(bytes.begin(), bytes.end());
    push(std::move(value));
  }
  void pushReal() {
    std::uint64_t bits = 0;
    for (const std::uint8_t part : take(8)) {
      bits = bits << 8 | part;  // the one big-endian thing
    }
    PickledValue value;
    value.kind = Kind::Real;
    value.real = std::bit_cast<double>(bits);
    push(std::move(value));
  }
  void pushLong() {
    const auto bytes = take(byte());
    if (bytes.size() > 8) {
      fail("a whole number beyond 64 bits");
    }
    std::uint64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
      value = value << 8 | bytes[i];
    }
    pushNumber(static_cast<std::int64_t>(value));
  }
  void recall(std::uint32_t index) {
    const auto it = m_memo.find(index);
    if (it == m_memo.end()) {
      fail("recalls what was not kept");
    }
    m_stack.push_back(it->second);
  }
  std::vector<Slot> popSome(std::size_t count) {
    std::vector<Slot> parts(count);
    for (std::size_t i = count; i-- > 0;) {
      parts[i] = pop();
    }
    return parts;
  }

  void step(std::uint8_t code) {
    switch (code) {
      case 0x80: take(1); break;       // PROTO
      case '}': pushDict(); break;     // EMPTY_DICT
      case ']':                        // EMPTY_LIST
      case ')': pushTuple({}); break;  // EMPTY_TUPLE
      case '(': m_stack.push_back({Slot::Is::Mark, {}, {}, {}}); break;
      case 'q': m_memo[byte()] = top(); break;                   // BINPUT
      case 'r': m_memo[little<std::uint32_t>()] = top(); break;  // LONG_BINPUT
      case 'h': recall(byte()); break;                           // BINGET
      case 'j': recall(little<std::uint32_t>()); break;          // LONG_BINGET
      case 'X': pushText(little<std::uint32_t>()); break;        // BINUNICODE
      case 'K': pushNumber(byte()); break;                       // BININT1
      case 'M': pushNumber(little<std::uint16_t>()); break;      // BININT2
      case 'J': pushNumber(little<std::int32_t>()); break;       // BININT
      case 0x8A: pushLong(); break;                              // LONG1
      case 'G': pushReal(); break;                               // BINFLOAT
      case 'N': push({}); break;                                 // NONE
      case 0x88:                                                 // NEWTRUE
      case 0x89: pushNumber(code == 0x88 ? 1 : 0, Kind::Bool); break;
      case 'a': append(popSome(1)); break;      // APPEND
      case 'e': append(popMarked()); break;     // APPENDS
      case 's': setItems(popSome(2)); break;    // SETITEM
      case 'u': setItems(popMarked()); break;   // SETITEMS
      case 't': pushTuple(popMarked()); break;  // TUPLE
      case 0x85:
      case 0x86:
      case 0x87: pushTuple(popSome(code - 0x84U)); break;  // TUPLE1 to TUPLE3
      case 'c': {                                          // GLOBAL
        const std::string module = line();
        global(module, line());
        break;
      }
      case 'Q': persistent(); break;   // BINPERSID
      case 'R': reduce(); break;       // REDUCE
      case 'b': pop(); break;          // BUILD: attributes of an OrderedDict, of no meaning here
      case '.': m_done = true; break;  // STOP
      default: fail("instruction " + std::to_string(code) + " is not one that plain data needs");
    }
  }

  std::span<const std::uint8_t> m_bytes;
  const std::function<std::span<const std::uint8_t>(const std::string &)> &m_storage;
  const std::string &m_where;
  std::size_t m_at = 0, m_began = 0, m_made = 0;
  bool m_done = false;
  std::vector<Slot> m_stack;
  std::map<std::uint32_t, Slot> m_memo;
  std::map<const PickledValue *, std::shared_ptr<PickledValue>> m_closed;  // kept alive, so that addresses stay unique
  std::map<const PickledValue *, std::pair<std::shared_ptr<PickledValue>, std::vector<Slot>>> m_arguments;
};

template <class Stored, class Convert>
void gatherValues(const PickledTensor &tensor, std::vector<double> &out, Convert convert) {
  const std::size_t count = tensor.count();
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::int64_t at = tensor.offset;
  for (std::size_t i = 0; i < count; ++i) {
    Stored value;
    std::memcpy(&value, tensor.storage.data() + static_cast<std::size_t>(at) * sizeof(Stored), sizeof(Stored));
    out.push_back(convert(value));
    for (std::size_t d = tensor.shape.size(); d-- > 0;) {
      at += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) {
        break;
      }
      at -= tensor.strides[d] * index[d];
      index[d] = 0;
    }
  }
}

}  // namespace

std::size_t PickledTensor::count() const {
  std::size_t n = 1;
  for (const std::int64_t side : shape) {
    n *= static_cast<std::size_t>(side);
  }
  return n;
}

std::vector<double> PickledTensor::values() const {
  std::vector<double> out;
  const auto plain = [](auto value) { return static_cast<double>(value); };
  switch (type) {
    case Type::Float64: gatherValues<double>(*this, out, plain); break;
    case Type::Float32: gatherValues<float>(*this, out, plain); break;
    case Type::Float16: gatherValues<std::uint16_t>(*this, out, [](std::uint16_t half) { return static_cast<double>(fromHalf(half)); }); break;
    case Type::BFloat16:
      gatherValues<std::uint16_t>(*this, out, [](std::uint16_t half) { return static_cast<double>(std::bit_cast<float>(std::uint32_t{half} << 16)); });
      break;
    case Type::Int64: gatherValues<std::int64_t>(*this, out, plain); break;
    case Type::Int32: gatherValues<std::int32_t>(*this, out, plain); break;
    case Type::Int16: gatherValues<std::int16_t>(*this, out, plain); break;
    case Type::Int8: gatherValues<std::int8_t>(*this, out, plain); break;
    case Type::UInt8:
    case Type::Bool: gatherValues<std::uint8_t>(*this, out, plain); break;
  }
  return out;
}

const PickledValue *PickledValue::field(const std::string &name) const {
  const auto it = std::ranges::find(fields, name, [](const auto &entry) { return entry.first; });
  return it == fields.end() ? nullptr : it->second.get();
}

PickledRef parsePickle(std::span<const std::uint8_t> bytes, const std::function<std::span<const std::uint8_t>(const std::string &)> &storage,
                       const std::string &where) {
  return Machine(bytes, storage, where).run();
}

}  // namespace vitrine::video
