// gzip through zlib, and text that may have any encoding.
#include "data/bytes.h"

#include <zlib.h>

#include <algorithm>

namespace vitrine::data {

namespace {

constexpr std::size_t kMostUnpacked = std::size_t{64} << 30;
constexpr std::size_t kDeflateRatio = 1032;  // zlib's technical details: 258 bytes from 2 bits

}  // namespace

struct Unpacker::Gzip {
  z_stream stream{};
  bool ended = false;

  Gzip() {
    if (inflateInit2(&stream, 31) != Z_OK) {  // 31: gzip with the largest window
      throw std::bad_alloc();
    }
  }
  Gzip(const Gzip &) = delete;
  Gzip &operator=(const Gzip &) = delete;
  ~Gzip() { inflateEnd(&stream); }
};

Unpacker::Unpacker(std::span<const std::uint8_t> bytes, std::string where) : m_bytes(bytes), m_where(std::move(where)) {
  if (isGzip(bytes)) {
    m_gzip = std::make_unique<Gzip>();
  }
}

Unpacker::~Unpacker() = default;

std::size_t Unpacker::mostLeft() const {
  return m_gzip ? (m_bytes.size() - m_at + 1024) * kDeflateRatio : m_bytes.size() - m_at;
}

std::size_t Unpacker::read(std::span<std::uint8_t> out) {
  if (!m_gzip) {
    const std::size_t n = std::min(out.size(), m_bytes.size() - m_at);
    std::copy_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(m_at), n, out.begin());
    m_at += n;
    return n;
  }
  z_stream &stream = m_gzip->stream;
  constexpr std::size_t kStep = std::size_t{1} << 30;  // zlib counts in 32 bits
  std::size_t done = 0;
  while (done < out.size() && !m_gzip->ended) {
    const std::size_t in = std::min(m_bytes.size() - m_at, kStep), room = std::min(out.size() - done, kStep);
    stream.next_in = const_cast<Bytef *>(m_bytes.data() + m_at);
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = out.data() + done;
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    m_at += in - stream.avail_in;
    done += room - stream.avail_out;
    if (result == Z_STREAM_END) {
      m_gzip->ended = !isGzip(m_bytes.subspan(m_at));
      inflateReset(&stream);
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw InputError(m_where, "gzip data damaged at byte " + std::to_string(m_at) + (stream.msg != nullptr ? std::string(" (") + stream.msg + ")" : ""));
    } else if (m_at == m_bytes.size() && stream.avail_out > 0) {
      throw InputError(m_where, "gzip data cut off at byte " + std::to_string(m_at));
    }
  }
  return done;
}

bool isGzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

std::vector<std::uint8_t> unpackedHead(const std::filesystem::path &file, std::size_t head) {
  const bool packed = isGzip(readFile(file, 3));
  auto bytes = readFile(file, packed ? head + head / 512 + 65536 : head);  // packed data is never much longer than what it holds
  if (!packed) {
    return bytes;
  }
  std::vector<std::uint8_t> out(head);
  out.resize(Unpacker(bytes, file.string()).read(out));
  return out;
}

std::vector<std::uint8_t> unpacked(const std::filesystem::path &file) {
  auto bytes = readFile(file);
  if (!isGzip(bytes)) {
    return bytes;
  }
  Unpacker unpacker(bytes, file.string());
  std::vector<std::uint8_t> out;
  for (std::size_t have = 0;;) {
    out.resize(std::max<std::size_t>(64 << 10, have * 2));
    have += unpacker.read(std::span(out).subspan(have));
    if (have < out.size()) {
      out.resize(have);
      return out;
    }
    if (have > kMostUnpacked) {
      throw InputError(file.string(), "unpacks to more than 64 GiB");
    }
  }
}

std::string utf8(std::string_view text) {
  std::size_t tail = 0;  // continuation bytes still to come
  unsigned low = 0x80, high = 0xBF;
  bool valid = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (tail > 0) {
      valid = valid && byte >= low && byte <= high;
      low = 0x80, high = 0xBF;
      --tail;
    } else if (byte >= 0x80) {
      valid = valid && byte >= 0xC2 && byte <= 0xF4;
      tail = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
      low = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;   // no overlong forms,
      high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;  // no surrogates, nothing above U+10FFFF
    }
  }
  if (valid && tail == 0) {
    return std::string(text);
  }
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xC0 | byte >> 6);
      out += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return out;
}

std::string inQuotes(std::string_view text) {
  std::size_t cut = std::min<std::size_t>(text.size(), 40);
  while (cut > 37 && cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) {
    --cut;
  }
  std::string shown = "'";
  for (const char c : text.substr(0, cut)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return utf8(shown) + (cut < text.size() ? "...'" : "'");
}

std::string counted(std::size_t n, const std::string &noun) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, 1, ',');
  }
  return digits + " " + noun + (n == 1 ? "" : "s");
}

}  // namespace vitrine::data
