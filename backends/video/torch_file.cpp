// The zip around a checkpoint, and what two readers want from it: a description, and HNeRV's quantised model.
#include "video/torch_file.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/error.h"
#include "core/npy.h"

namespace vitrine::video {

namespace {

using Kind = PickledValue::Kind;

constexpr std::size_t kMostNumbers = std::size_t{1} << 25, kMostLines = 100'000;

/// The central directory of a zip archive whose entries are stored as they are (APPNOTE 4.3).
class StoredZip {
 public:
  StoredZip(std::span<const std::uint8_t> bytes, const std::string &where) : m_bytes(bytes), m_where(where) {
    constexpr std::size_t kEnd = 22, kEntry = 46;
    std::size_t end = bytes.size() >= kEnd ? bytes.size() - kEnd : 0;
    const std::size_t lowest = end > 65535 ? end - 65535 : 0;
    while (end > lowest && !hasSignature(end, 0x06054B50)) {
      --end;
    }
    if (bytes.size() < kEnd || !hasSignature(end, 0x06054B50)) {
      fail("has no zip directory at its end");
    }
    std::size_t at = number(end + 16, 4);
    for (std::size_t left = number(end + 10, 2); left > 0; --left) {
      if (at > bytes.size() || bytes.size() - at < kEntry || !hasSignature(at, 0x02014B50)) {
        fail("its zip directory is damaged at byte " + std::to_string(at));
      }
      const std::size_t nameLength = number(at + 28, 2), next = kEntry + nameLength + number(at + 30, 2) + number(at + 32, 2);
      if (next > bytes.size() - at) {
        fail("its zip directory is cut off at byte " + std::to_string(at));
      }
      const Entry entry{number(at + 10, 2), number(at + 16, 4), number(at + 24, 4), number(at + 42, 4)};
      m_entries[std::string(reinterpret_cast<const char *>(bytes.data()) + at + kEntry, nameLength)] = entry;
      at += next;
    }
  }

  /// The folder that holds data.pkl; empty if there is none.
  std::string root() const {
    for (const auto &[name, entry] : m_entries) {
      if (name.ends_with("/data.pkl")) {
        return name.substr(0, name.size() - 8);
      }
    }
    return {};
  }

  bool has(const std::string &name) const { return m_entries.contains(name); }

  std::span<const std::uint8_t> read(const std::string &name) const {
    const auto it = m_entries.find(name);
    if (it == m_entries.end()) {
      fail("has no entry " + name.substr(0, 80));
    }
    const Entry &entry = it->second;
    constexpr std::size_t kLocal = 30;
    if (entry.method != 0) {
      fail("entry " + name.substr(0, 80) + " is packed, which PyTorch does not do");
    }
    if (entry.offset > m_bytes.size() || m_bytes.size() - entry.offset < kLocal || !hasSignature(entry.offset, 0x04034B50)) {
      fail("entry " + name.substr(0, 80) + " is not at byte " + std::to_string(entry.offset));
    }
    const std::size_t begin = entry.offset + kLocal + number(entry.offset + 26, 2) + number(entry.offset + 28, 2);
    if (begin > m_bytes.size() || entry.size > m_bytes.size() - begin) {
      fail("entry " + name.substr(0, 80) + " is cut off");
    }
    const auto content = m_bytes.subspan(begin, entry.size);
    if (crc32(content) != entry.crc) {
      fail("entry " + name.substr(0, 80) + " at byte " + std::to_string(begin) + " does not agree with its checksum");
    }
    return content;
  }

 private:
  struct Entry {
    std::size_t method = 0, crc = 0, size = 0, offset = 0;
  };

  [[noreturn]] void fail(const std::string &what) const {
    std::string shown = what;
    std::ranges::replace_if(
        shown, [](char c) { return static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126; }, '?');
    throw InputError(m_where, shown, "a checkpoint is a zip file written by torch.save of PyTorch 1.6 or later");
  }
  std::size_t number(std::size_t at, std::size_t size) const {
    std::size_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
      value = value << 8 | m_bytes[at + i];
    }
    return value;
  }
  bool hasSignature(std::size_t at, std::size_t signature) const { return number(at, 4) == signature; }

  std::span<const std::uint8_t> m_bytes;
  std::string m_where;
  std::map<std::string, Entry> m_entries;
};

const char *nameOf(PickledTensor::Type type) {
  static constexpr const char *kNames[] = {"F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U8", "BOOL"};
  return kNames[static_cast<std::size_t>(type)];
}

/// Tensors by their path ("model.head.weight"), and plain values beside them.
struct Listing {
  Json tensors = Json::array(), values = Json::object();
  std::size_t parameters = 0, lines = 0;
};

void list(const PickledValue &value, const std::string &path, Listing &listing, const std::string &where) {
  if (++listing.lines > kMostLines || path.size() > 4000) {
    throw InputError(where, "holds more than " + std::to_string(kMostLines) + " values", "it is no checkpoint of a model");
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  switch (value.kind) {
    case Kind::Tensor:
      listing.tensors.push_back({{"name", path}, {"type", nameOf(value.tensor.type)}, {"shape", value.tensor.shape}});
      listing.parameters += value.tensor.count();
      break;
    case Kind::List:
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        list(*value.items[i], prefix + std::to_string(i), listing, where);
      }
      break;
    case Kind::Dict:
      for (const auto &[name, field] : value.fields) {
        list(*field, prefix + name, listing, where);
      }
      break;
    case Kind::Text: listing.values[path] = value.text; break;
    case Kind::Real: listing.values[path] = value.real; break;
    case Kind::Bool: listing.values[path] = value.integer != 0; break;
    case Kind::Integer: listing.values[path] = value.integer; break;
    case Kind::None: listing.values[path] = nullptr; break;
  }
}

/// Turns {"quant", "min", "scale"} into a tensor; `left` is what may still be allocated.
class QuantisedReader {
 public:
  explicit QuantisedReader(std::string where) : m_where(std::move(where)) {}

  VnvTensor read(const std::string &name, const PickledValue &entry) {
    const PickledValue *quant = entry.field("quant"), *minimum = entry.field("min"), *scale = entry.field("scale");
    if (quant == nullptr || minimum == nullptr || scale == nullptr || quant->kind != Kind::Tensor) {
      fail(name, "is no {quant, min, scale}", "only the quantised checkpoints of HNeRV (quant_vid.pth) have them");
    }
    VnvTensor tensor{name, {Quantised::Kind::MinMax, 2, quant->tensor.shape, {}, {}, {}, {}}};
    Quantised &data = tensor.data;
    const std::size_t count = quant->tensor.count();
    if (count == 0 || count > m_left || data.shape.size() > 8) {
      fail(name, "has " + std::to_string(count) + " numbers", "a checkpoint of at most 33 million is read");
    }
    m_left -= count;
    for (const double symbol : quant->tensor.values()) {
      if (!(symbol >= 0 && symbol <= 255 && symbol == std::floor(symbol))) {
        fail(name, "has a symbol outside 0 to 255", {});
      }
      data.symbols.push_back(static_cast<std::int32_t>(symbol));
    }
    const std::int32_t most = *std::ranges::max_element(data.symbols);
    while (most > (1 << data.bits) - 1) {
      ++data.bits;
    }
    data.steps = side(name, "scale", *scale, data);
    data.minimums = side(name, "min", *minimum, data);
    return tensor;
  }

 private:
  [[noreturn]] void fail(const std::string &name, const std::string &what, const std::string &advice) const {
    throw InputError(m_where, "entry \"" + name.substr(0, 80) + "\" " + what, advice);
  }

  /// Minimum or scale: one number, or a tensor whose sides are 1 or the symbols' own.
  std::vector<float> side(const std::string &name, const std::string &which, const PickledValue &value, Quantised &data) const {
    Shape shape(data.shape.size(), 1);
    std::vector<float> numbers;
    if (value.kind == Kind::Real || value.kind == Kind::Integer) {
      numbers.push_back(static_cast<float>(value.kind == Kind::Real ? value.real : static_cast<double>(value.integer)));
    } else if (value.kind == Kind::Tensor && value.tensor.count() == 1) {
      numbers.push_back(static_cast<float>(value.tensor.values()[0]));
    } else if (value.kind == Kind::Tensor && value.tensor.shape.size() == data.shape.size()) {
      shape = value.tensor.shape;
      for (std::size_t d = 0; d < shape.size(); ++d) {
        if (shape[d] != 1 && shape[d] != data.shape[d]) {
          fail(name, "has a " + which + " that does not fit its shape", {});
        }
      }
      for (const double number : value.tensor.values()) {
        numbers.push_back(static_cast<float>(number));
      }
    } else {
      fail(name, "has a " + which + " that does not fit its shape", {});
    }
    if (!data.stepShape.empty() && data.stepShape != shape) {
      fail(name, "has a min and a scale of different shapes", {});
    }
    if (!std::ranges::all_of(numbers, [](float number) { return std::isfinite(number); })) {
      fail(name, "has a " + which + " that is not finite", {});
    }
    data.stepShape = std::move(shape);
    return numbers;
  }

  std::string m_where;
  std::size_t m_left = kMostNumbers;
};

}  // namespace

PickledRef parseTorchFile(std::span<const std::uint8_t> bytes, const std::string &where) {
  const StoredZip zip(bytes, where);
  const std::string root = zip.root();
  if (root.empty()) {
    throw InputError(where, "is a zip archive without data.pkl", "a checkpoint is a file written by torch.save");
  }
  return parsePickle(
      zip.read(root + "data.pkl"), [&](const std::string &key) { return zip.read(root + "data/" + key); }, where);
}

bool isTorchCheckpoint(const std::filesystem::path &file) {
  try {
    const auto head = readFile(file, 2);
    if (head != std::vector<std::uint8_t>{'P', 'K'}) {
      return false;
    }
    const std::vector<std::uint8_t> bytes = readFile(file);
    const StoredZip zip(bytes, file.string());
    return !zip.root().empty() && !zip.has(zip.root() + "constants.pkl");
  } catch (const InputError &) {
    return false;
  }
}

Json describeTorchFile(const std::filesystem::path &file) {
  const std::vector<std::uint8_t> bytes = readFile(file);
  Listing listing;
  list(*parseTorchFile(bytes, file.string()), {}, listing, file.string());
  return {{"kind", "torch checkpoint"}, {"parameters", listing.parameters}, {"values", std::move(listing.values)}, {"tensors", std::move(listing.tensors)}};
}

VnvModel readQuantisedCheckpoint(const std::filesystem::path &file) {
  const std::vector<std::uint8_t> bytes = readFile(file);
  const PickledRef all = parseTorchFile(bytes, file.string());
  const PickledValue *embed = all->field("embed"), *weights = all->field("model");
  if (embed == nullptr || weights == nullptr || weights->kind != Kind::Dict) {
    throw InputError(file.string(), "is no dictionary with \"embed\" and \"model\"", "give a quant_vid.pth as HNeRV's code writes it");
  }
  QuantisedReader reader(file.string());
  VnvModel model;
  model.tensors.push_back(reader.read("embed", *embed));
  for (const auto &[name, entry] : weights->fields) {
    model.tensors.push_back(reader.read(name, *entry));
  }
  return model;
}

}  // namespace vitrine::video
