// Sizes and orientation from the headers of PNG, JPEG, WebP, TIFF, BMP and PNM; JPEG 2000, Radiance and Sun raster are only recognised.
#include "data/picture_header.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace vitrine::data {

namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr int kMostChunks = 1000;  // a crafted file must not keep us

std::uint32_t big(Bytes b, std::size_t n) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    value = value << 8 | b[i];
  }
  return value;
}

std::uint32_t little(Bytes b, std::size_t n) {
  std::uint32_t value = 0;
  for (std::size_t i = n; i-- > 0;) {
    value = value << 8 | b[i];
  }
  return value;
}

bool begins(Bytes b, std::string_view with) {
  return b.size() >= with.size() && std::equal(with.begin(), with.end(), b.begin(), [](char c, std::uint8_t v) { return static_cast<std::uint8_t>(c) == v; });
}

void setSize(PictureHeader &header, std::uint32_t width, std::uint32_t height) {
  header.width = static_cast<int>(std::min(width, 0x7fffffffU));
  header.height = static_cast<int>(std::min(height, 0x7fffffffU));
}

/// Tags of a TIFF's first directory; an EXIF block is a TIFF too.
struct TiffTags {
  std::uint32_t width = 0, height = 0, orientation = 1, samples = 1, photometric = 2;
};

std::optional<TiffTags> tiffTags(const ReadAt &read, std::uint64_t base) {
  std::array<std::uint8_t, 12> b{};
  if (!read(base, std::span(b).first(8)) || (!begins(b, {"II*\0", 4}) && !begins(b, {"MM\0*", 4}))) {
    return std::nullopt;
  }
  const auto number = b[0] == 'I' ? little : big;
  const std::uint64_t directory = base + number(Bytes(b).subspan(4), 4);
  if (!read(directory, std::span(b).first(2))) {
    return std::nullopt;
  }
  TiffTags tags;
  const std::uint32_t count = std::min(number(b, 2), 1000U);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!read(directory + 2 + 12 * i, b)) {
      return std::nullopt;
    }
    const std::uint32_t tag = number(b, 2), value = number(Bytes(b).subspan(8), number(Bytes(b).subspan(2), 2) == 3 ? 2 : 4);
    switch (tag) {
      case 256: tags.width = value; break;
      case 257: tags.height = value; break;
      case 262: tags.photometric = value; break;
      case 274: tags.orientation = value; break;
      case 277: tags.samples = value; break;
      default: break;
    }
  }
  return tags;
}

void setOrientation(PictureHeader &header, const ReadAt &read, std::uint64_t exif) {
  const auto tags = tiffTags(read, exif);
  if (tags && tags->orientation >= 1 && tags->orientation <= 8) {
    header.orientation = static_cast<int>(tags->orientation);
  }
}

bool readPng(PictureHeader &header, const ReadAt &read) {
  std::array<std::uint8_t, 33> b{};
  if (!read(0, b) || !begins(Bytes(b).subspan(12), "IHDR")) {
    return false;
  }
  setSize(header, big(Bytes(b).subspan(16), 4), big(Bytes(b).subspan(20), 4));
  header.grey = b[25] == 0 || b[25] == 4;
  std::array<std::uint8_t, 8> chunk{};
  int chunks = 0;
  for (std::uint64_t at = 33; read(at, chunk) && ++chunks < kMostChunks && !begins(Bytes(chunk).subspan(4), "IDAT"); at += 12 + big(chunk, 4)) {
    if (begins(Bytes(chunk).subspan(4), "eXIf")) {
      setOrientation(header, read, at + 8);
      break;
    }
  }
  return true;
}

bool readJpeg(PictureHeader &header, const ReadAt &read) {
  std::array<std::uint8_t, 10> b{};
  for (std::uint64_t at = 2; read(at, std::span(b).first(4)); at += 2 + big(Bytes(b).subspan(2), 2)) {
    while (b[0] == 0xFF && b[1] == 0xFF && read(at + 1, std::span(b).first(4))) {  // fill bytes
      ++at;
    }
    const std::uint8_t marker = b[1];
    if (b[0] != 0xFF || marker == 0xD9 || marker == 0xDA) {
      return false;
    }
    if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
      if (!read(at, b)) {
        return false;
      }
      setSize(header, big(Bytes(b).subspan(7), 2), big(Bytes(b).subspan(5), 2));
      header.grey = b[9] == 1;
      return true;
    }
    std::array<std::uint8_t, 6> name{};
    if (marker == 0xE1 && read(at + 4, name) && begins(name, {"Exif\0\0", 6})) {
      setOrientation(header, read, at + 10);
    }
  }
  return false;
}

bool readWebP(PictureHeader &header, const ReadAt &read) {
  std::array<std::uint8_t, 30> b{};
  if (!read(0, b)) {
    return false;
  }
  const Bytes all(b);
  if (begins(all.subspan(12), "VP8 ")) {
    setSize(header, little(all.subspan(26), 2) & 0x3FFF, little(all.subspan(28), 2) & 0x3FFF);
  } else if (begins(all.subspan(12), "VP8L")) {
    const std::uint32_t bits = little(all.subspan(21), 4);
    setSize(header, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  } else if (begins(all.subspan(12), "VP8X")) {
    setSize(header, little(all.subspan(24), 3) + 1, little(all.subspan(27), 3) + 1);
    std::array<std::uint8_t, 8> chunk{};
    int chunks = 0;
    for (std::uint64_t at = 12; read(at, chunk) && ++chunks < kMostChunks; at += 8 + ((std::uint64_t{little(Bytes(chunk).subspan(4), 4)} + 1) & ~1ULL)) {
      if (begins(chunk, "EXIF")) {
        std::array<std::uint8_t, 6> name{};
        const bool prefixed = read(at + 8, name) && begins(name, {"Exif\0\0", 6});  // some writers keep JPEG's prefix
        setOrientation(header, read, at + (prefixed ? 14 : 8));
      }
    }
  } else {
    return false;
  }
  return true;
}

bool readTiff(PictureHeader &header, const ReadAt &read) {
  const auto tags = tiffTags(read, 0);
  if (!tags) {
    return false;
  }
  setSize(header, tags->width, tags->height);
  header.grey = tags->samples == 1 && tags->photometric <= 1;
  return true;  // OpenCV applies a TIFF's orientation itself
}

bool readBmp(PictureHeader &header, const ReadAt &read) {
  std::array<std::uint8_t, 26> b{};
  if (!read(0, b)) {
    return false;
  }
  const Bytes all(b);
  if (little(all.subspan(14), 4) == 12) {
    setSize(header, little(all.subspan(18), 2), little(all.subspan(20), 2));
  } else {
    const auto height = static_cast<std::int32_t>(little(all.subspan(22), 4));  // negative: rows from the top
    setSize(header, little(all.subspan(18), 4), height < 0 ? 0U - static_cast<std::uint32_t>(height) : static_cast<std::uint32_t>(height));
  }
  return true;
}

bool readPnm(PictureHeader &header, const ReadAt &read) {
  std::uint32_t numbers[2] = {};
  std::uint64_t at = 2;
  bool comment = false;
  for (int n = 0; n < 2 && at < 4096; ++at) {
    std::uint8_t c = 0;
    if (!read(at, {&c, 1})) {
      return false;
    }
    comment = comment ? c != '\n' : c == '#';
    if (!comment && c >= '0' && c <= '9') {
      numbers[n] = std::min(numbers[n] * 10 + (c - '0'), 100'000'000U);
    } else if (numbers[n] > 0) {
      ++n;
    } else if (!comment && c != ' ' && c != '\n' && c != '\r' && c != '\t') {
      return false;
    }
  }
  setSize(header, numbers[0], numbers[1]);
  std::uint8_t kind = 0;
  read(1, {&kind, 1});
  header.grey = kind != '3' && kind != '6';
  return true;
}

}  // namespace

std::optional<PictureHeader> pictureHeader(const ReadAt &read) {
  using Kind = PictureHeader::Kind;
  std::array<std::uint8_t, 12> b{};
  if (!read(0, b)) {
    return std::nullopt;
  }
  PictureHeader header;
  bool known = true, sized = true;
  if (begins(b, "\x89PNG\r\n\x1a\n")) {
    header.kind = Kind::Png;
    known = readPng(header, read);
  } else if (begins(b, "\xff\xd8\xff")) {
    header.kind = Kind::Jpeg;
    known = readJpeg(header, read);
  } else if (begins(b, "RIFF") && begins(Bytes(b).subspan(8), "WEBP")) {
    header.kind = Kind::WebP;
    known = readWebP(header, read);
  } else if (begins(b, {"II*\0", 4}) || begins(b, {"MM\0*", 4})) {
    header.kind = Kind::Tiff;
    known = readTiff(header, read);
  } else if (begins(b, "BM")) {
    header.kind = Kind::Bmp;
    known = readBmp(header, read);
  } else if (b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && (b[2] == ' ' || b[2] == '\n' || b[2] == '\r' || b[2] == '\t' || b[2] == '#')) {
    header.kind = Kind::Pnm;
    known = readPnm(header, read);
  } else {
    sized = false;
    known = begins(b, {"\0\0\0\x0cjP  ", 8}) || begins(b, "\xff\x4f\xff\x51") || begins(b, "#?R") || begins(b, "\x59\xa6\x6a\x95");
  }
  if (!known || (sized && (header.width <= 0 || header.height <= 0))) {
    return std::nullopt;
  }
  if (header.orientation >= 5) {
    std::swap(header.width, header.height);
  }
  return header;
}

bool isImplausible(const PictureHeader &header, std::uint64_t fileSize) {
  constexpr std::uint64_t kMostPixels = std::uint64_t{1} << 28;
  constexpr std::uint64_t kPixelsPerByte = 8300;  // deflate's largest ratio at one bit a pixel; lossless WebP of one colour has no such bound
  const std::uint64_t pixels = static_cast<std::uint64_t>(header.width) * static_cast<std::uint64_t>(header.height);
  return pixels > kMostPixels || (header.kind != PictureHeader::Kind::WebP && pixels > 65536 + fileSize * kPixelsPerByte);
}

}  // namespace vitrine::data
