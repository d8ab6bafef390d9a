// NumPy arrays from memory. The header is Python source, so it is read by a parser that knows just that dictionary and nothing else of Python.
#include "core/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/error.h"

namespace vitrine {

static_assert(std::endian::native == std::endian::little, "values are copied as they lie in memory");

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::size_t firstByte, const std::string &where) : m_text(text), m_firstByte(firstByte), m_where(where) {}

  void parse(NpyHeader &header) {
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr") {
        readType(header);
        descr = true;
      } else if (key == "fortran_order") {
        header.fortran = boolean();
        order = true;
      } else if (key == "shape") {
        readShape(header.shape);
        shape = true;
      } else {
        fail("unknown key");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!descr || !order || !shape) {
      fail("descr, fortran_order or shape is missing");
    }
  }

 private:
  [[noreturn]] void fail(const std::string &what) const {
    throw InputError(m_where, "broken .npy header at byte " + std::to_string(m_firstByte + m_at) + ": " + what);
  }
  void skipBlanks() {
    while (m_at < m_text.size() && (m_text[m_at] == ' ' || m_text[m_at] == '\n' || m_text[m_at] == '\t')) {
      ++m_at;
    }
  }
  bool accept(char c) {
    skipBlanks();
    if (m_at < m_text.size() && m_text[m_at] == c) {
      ++m_at;
      return true;
    }
    return false;
  }
  void expect(char c) {
    if (!accept(c)) {
      fail(std::string("'") + c + "' expected");
    }
  }
  std::string_view quoted() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') {
      expect('\'');
    }
    const std::size_t end = m_text.find(quote, m_at);
    if (end == std::string_view::npos) {
      fail("the text that begins here has no end");
    }
    const std::string_view text = m_text.substr(m_at, end - m_at);
    m_at = end + 1;
    return text;
  }
  bool boolean() {
    skipBlanks();
    for (const auto &[word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (m_text.substr(m_at, word.size()) == word) {
        m_at += word.size();
        return value;
      }
    }
    fail("True or False expected");
  }
  std::size_t number() {
    skipBlanks();
    const std::size_t begin = m_at;
    std::size_t value = 0;
    for (; m_at < m_text.size() && m_text[m_at] >= '0' && m_text[m_at] <= '9'; ++m_at) {
      if (value > (std::size_t{1} << 58)) {
        fail("a size beyond all memory");
      }
      value = value * 10 + static_cast<std::size_t>(m_text[m_at] - '0');
    }
    if (m_at == begin) {
      fail("a number expected");
    }
    if (m_at < m_text.size() && m_text[m_at] == 'L') {  // Python 2
      ++m_at;
    }
    return value;
  }
  void readShape(std::vector<std::size_t> &shape) {
    expect('(');
    shape.clear();
    while (!accept(')')) {
      shape.push_back(number());
      if (shape.size() > 32) {
        fail("more than 32 dimensions");
      }
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }
  void readType(NpyHeader &header) {
    if (accept('[')) {
      throw InputError(m_where, "a structured array (several fields an element)", "save one field as a plain array");
    }
    std::string_view text = quoted();
    header.bigEndian = text.starts_with('>');
    if (!text.empty() && std::string_view("<>=|").find(text[0]) != std::string_view::npos) {
      text.remove_prefix(1);
    }
    const char type = text.empty() ? ' ' : text[0];
    std::size_t size = 0;
    for (const char c : text.substr(std::min<std::size_t>(1, text.size()))) {
      size = c >= '0' && c <= '9' && size < 100'000'000 ? size * 10 + static_cast<std::size_t>(c - '0') : std::size_t{1} << 60;
    }
    if (type == 'O') {
      throw InputError(m_where, "an array of Python objects, which cannot be read safely", "save plain numbers");
    }
    const auto is = [size](std::initializer_list<std::size_t> allowed) { return std::find(allowed.begin(), allowed.end(), size) != allowed.end(); };
    const bool known = (type == 'f' && is({2, 4, 8})) || ((type == 'i' || type == 'u') && is({1, 2, 4, 8})) || (type == 'b' && size == 1) ||
                       (type == 'c' && is({8, 16})) || ((type == 'U' || type == 'S') && size > 0 && size <= 1'000'000);
    if (!known) {
      std::string shown(text.substr(0, 20));
      std::ranges::replace_if(
          shown, [](char c) { return static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126; }, '?');
      fail("element type '" + shown + "' is not one of f2 f4 f8 i1..i8 u1..u8 b1 c8 c16 U S");
    }
    header.type = type;
    header.itemSize = type == 'U' ? size * 4 : size;
  }

  std::string_view m_text;
  std::size_t m_firstByte, m_at = 0;
  const std::string &m_where;
};

float fromHalf(std::uint16_t half) {
  const int exponent = (half >> 10) & 31, mantissa = half & 1023;
  const float magnitude = exponent == 0    ? std::ldexp(static_cast<float>(mantissa), -24)
                          : exponent == 31 ? (mantissa == 0 ? INFINITY : NAN)
                                           : std::ldexp(static_cast<float>(mantissa + 1024), exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

template <class Stored>
Stored load(const std::uint8_t *at, bool swap) {
  std::uint8_t raw[sizeof(Stored)];
  std::memcpy(raw, at, sizeof raw);
  if (swap) {
    std::reverse(raw, raw + sizeof raw);
  }
  Stored value;
  std::memcpy(&value, raw, sizeof value);
  return value;
}

/// f(to, from) for each element: `to` in row-major order, `from` as the file has it.
template <class F>
void eachElement(const NpyHeader &header, F f) {
  const std::size_t count = header.count();
  if (!header.fortran || header.shape.size() < 2) {
    for (std::size_t i = 0; i < count; ++i) {
      f(i, i);
    }
    return;
  }
  std::vector<std::size_t> stride(header.shape.size(), 1), index(header.shape.size(), 0);
  for (std::size_t d = 1; d < stride.size(); ++d) {
    stride[d] = stride[d - 1] * header.shape[d - 1];
  }
  for (std::size_t to = 0, from = 0; to < count; ++to) {
    f(to, from);
    for (std::size_t d = index.size(); d-- > 0;) {
      from += stride[d];
      if (++index[d] < header.shape[d]) {
        break;
      }
      from -= stride[d] * index[d];
      index[d] = 0;
    }
  }
}

template <class Stored, class Out>
void convert(const NpyHeader &header, const std::uint8_t *data, std::vector<Out> &out) {
  out.resize(header.count());
  if (std::is_same_v<Stored, Out> && !header.fortran && !header.bigEndian) {
    std::memcpy(out.data(), data, out.size() * sizeof(Out));
    return;
  }
  eachElement(header, [&](std::size_t to, std::size_t from) { out[to] = static_cast<Out>(load<Stored>(data + from * sizeof(Stored), header.bigEndian)); });
}

void appendUtf8(std::string &text, std::uint32_t c) {
  if (c >= 0x110000 || (c >= 0xD800 && c < 0xE000)) {
    c = 0xFFFD;
  }
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  const int tail = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  text += static_cast<char>((tail == 1 ? 0xC0 : tail == 2 ? 0xE0 : 0xF0) | (c >> (6 * tail)));
  for (int i = tail - 1; i >= 0; --i) {
    text += static_cast<char>(0x80 | ((c >> (6 * i)) & 63));
  }
}

/// One fixed-width text: UCS-4 for 'U'; bytes for 'S', taken as Latin-1, which is ASCII in all but old files.
std::string textAt(const NpyHeader &header, const std::uint8_t *at) {
  std::string text;
  const std::size_t width = header.type == 'U' ? 4 : 1;
  for (std::size_t i = 0; i < header.itemSize; i += width) {
    const std::uint32_t c = width == 4 ? load<std::uint32_t>(at + i, header.bigEndian) : at[i];
    if (c == 0) {
      break;
    }
    appendUtf8(text, c);
  }
  return text;
}

template <class... Stored>
void fillWhole(const NpyHeader &header, const std::uint8_t *data, std::vector<double> &out) {
  ((sizeof(Stored) == header.itemSize ? convert<Stored>(header, data, out) : void()), ...);
}

void fill(const NpyHeader &h, const std::uint8_t *data, NpyArray &array) {
  const std::string type = h.type + std::to_string(h.itemSize);
  switch (h.type) {
    case 'U':
    case 'S':
      array.texts.resize(h.count());
      eachElement(h, [&](std::size_t to, std::size_t from) { array.texts[to] = textAt(h, data + from * h.itemSize); });
      break;
    case 'b': convert<std::uint8_t>(h, data, array.bytes); break;
    case 'f':
      if (h.itemSize == 2) {
        array.floats.resize(h.count());
        eachElement(h, [&](std::size_t to, std::size_t from) { array.floats[to] = fromHalf(load<std::uint16_t>(data + 2 * from, h.bigEndian)); });
      } else if (h.itemSize == 4) {
        convert<float>(h, data, array.floats);
      } else {
        convert<double>(h, data, array.numbers);
      }
      break;
    case 'i': fillWhole<std::int8_t, std::int16_t, std::int32_t, std::int64_t>(h, data, array.numbers); break;
    case 'u':
      if (h.itemSize == 1) {
        convert<std::uint8_t>(h, data, array.bytes);
      } else {
        fillWhole<std::uint8_t, std::uint16_t, std::uint32_t, std::uint64_t>(h, data, array.numbers);
      }
      break;
    default: break;  // complex: nobody computes with it
  }
}

std::size_t product(const std::vector<std::size_t> &shape) {
  std::size_t count = 1;
  for (const std::size_t n : shape) {
    count *= n;
  }
  return count;
}

}  // namespace

std::size_t NpyHeader::count() const {
  return product(shape);
}

std::string NpyHeader::shapeText() const {
  std::string text;
  for (const std::size_t n : shape) {
    text += (text.empty() ? "" : ", ") + std::to_string(n);
  }
  text.insert(0, 1, '(');
  return text + (shape.size() == 1 ? ",)" : ")");
}

std::string NpyHeader::typeText() const {
  if (type == 'U' || type == 'S') {
    return "text";
  }
  const char *name = type == 'f' ? "float" : type == 'i' ? "int" : type == 'u' ? "uint" : type == 'c' ? "complex" : "bool";
  return type == 'b' ? name : name + std::to_string(itemSize * 8);
}

std::size_t NpyArray::count() const {
  return product(shape);
}

NpyHeader parseNpyHeader(std::span<const std::uint8_t> bytes, const std::string &where) {
  const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic)) {
    throw InputError(where, "not a .npy file: it does not begin with \\x93NUMPY");
  }
  const int version = bytes.size() > 6 ? bytes[6] : 0;
  const std::size_t start = version == 1 ? 10 : 12;
  if (bytes.size() < start) {
    throw InputError(where, "ends at byte " + std::to_string(bytes.size()) + ", inside the .npy header");
  }
  if (version < 1 || version > 3) {
    throw InputError(where, ".npy version " + std::to_string(version) + " at byte 6", "versions 1 to 3 can be read");
  }
  const std::size_t length = version == 1 ? load<std::uint16_t>(bytes.data() + 8, false) : load<std::uint32_t>(bytes.data() + 8, false);
  if (length > bytes.size() - start) {
    throw InputError(where, "ends at byte " + std::to_string(bytes.size()) + ", but its header claims to reach byte " + std::to_string(start + length));
  }
  NpyHeader header;
  HeaderParser(text.substr(start, length), start, where).parse(header);
  header.dataOffset = start + length;
  std::size_t total = header.itemSize;
  for (const std::size_t n : header.shape) {
    if (n > 0 && total > (std::size_t{1} << 60) / n) {
      throw InputError(where, "shape " + header.shapeText() + " is beyond all memory");
    }
    total *= n > 0 ? n : 1;
  }
  return header;
}

NpyArray parseNpy(std::span<const std::uint8_t> bytes, const std::string &where) {
  const NpyHeader header = parseNpyHeader(bytes, where);
  const std::size_t have = bytes.size() - header.dataOffset, want = header.count() * header.itemSize;
  if (have != want) {
    throw InputError(where, "shape " + header.shapeText() + " of " + header.typeText() + " needs " + std::to_string(want) + " bytes after byte " +
                                std::to_string(header.dataOffset) + ", but there are " + std::to_string(have));
  }
  NpyArray array;
  array.shape = header.shape;
  array.type = header.type;
  array.itemSize = header.itemSize;
  fill(header, bytes.data() + header.dataOffset, array);
  return array;
}

}  // namespace vitrine
