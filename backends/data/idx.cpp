// The idx files of the MNIST family (Fashion-MNIST is the default data): pictures, their labels and the other split are found by their usual names.
#include <algorithm>
#include <future>

#include "core/sha256.h"
#include "data/bytes.h"
#include "data/readers.h"
#include "data/samples.h"

namespace vitrine::data {

namespace fs = std::filesystem;

namespace {

constexpr std::array<const char *, 10> kGarments = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
/// The first labels of Fashion-MNIST's two halves: the files themselves do not say what they show.
constexpr std::array<std::uint8_t, 16> kGarmentsTrain = {9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9};
constexpr std::array<std::uint8_t, 16> kGarmentsTest = {9, 2, 1, 1, 6, 1, 4, 6, 5, 7, 4, 5, 7, 3, 4, 1};

/// One idx file: its header is read and checked against the file's size when it is made.
class IdxFile {
 public:
  IdxFile(const fs::path &file, std::size_t dimensions) : m_where(file.string()), m_bytes(readFile(file)), m_unpacker(m_bytes, m_where) {
    std::uint8_t magic[4] = {};
    const std::size_t n = m_unpacker.read(magic);
    if (n < 4) {
      throw InputError(m_where, n == 0 ? "is empty" : "ends at byte " + std::to_string(n) + ", inside the idx header");
    }
    if (magic[0] != 0 || magic[1] != 0 || magic[2] != 8) {
      throw InputError(m_where, "does not begin with 0 0 8 as idx files of bytes do");
    }
    if (magic[3] != dimensions) {
      throw InputError(m_where, "idx data of " + counted(magic[3], "dimension") + " at byte 3, " + (dimensions == 3 ? "pictures have 3" : "labels have 1"),
                       dimensions == 3 && magic[3] == 1 ? "open the file of pictures that belongs to these labels" : "");
    }
    for (std::size_t d = 0; d < dimensions; ++d) {
      std::uint8_t size[4] = {};
      if (m_unpacker.read(size) < 4) {
        throw InputError(m_where, "ends inside the idx header, before byte " + std::to_string(4 * d + 8));
      }
      m_shape.push_back(std::size_t{size[0]} << 24 | std::size_t{size[1]} << 16 | std::size_t{size[2]} << 8 | size[3]);
      if (m_shape.back() == 0) {
        throw InputError(m_where, "claims a size of 0 at byte " + std::to_string(4 * d + 4));
      }
    }
    for (const std::size_t size : m_shape) {
      if (size > m_unpacker.mostLeft() / m_total) {  // a product could overflow
        throw InputError(m_where, "its header claims " + claim() + ", but the file is too short for that: it ends at byte " + std::to_string(m_bytes.size()));
      }
      m_total *= size;
    }
  }

  const std::vector<std::size_t> &shape() const { return m_shape; }
  std::size_t total() const { return m_total; }

  /// Appends the values. Memory grows with what is really there: a packed file can claim a thousand times its size.
  void appendTo(std::vector<std::uint8_t> &out) {
    constexpr std::size_t kStep = std::size_t{64} << 20;
    const std::size_t start = 4 + 4 * m_shape.size(), begin = out.size();
    while (out.size() < begin + m_total) {
      const std::size_t at = out.size(), want = std::min(begin + m_total - at, std::max(kStep, at));
      out.resize(at + want);
      if (const std::size_t n = m_unpacker.read(std::span(out).subspan(at)); n < want) {
        throw InputError(m_where, "its header claims " + claim() + ", but the data ends at byte " + std::to_string(start + at - begin + n) + " of " +
                                      std::to_string(start + m_total));
      }
    }
    std::uint8_t more = 0;
    if (m_unpacker.read({&more, 1}) > 0) {
      throw InputError(m_where, "its header claims " + claim() + ", but there is more data after byte " + std::to_string(start + m_total));
    }
  }

 private:
  std::string claim() const {
    std::string text = std::to_string(m_shape[0]);
    for (std::size_t d = 1; d < m_shape.size(); ++d) {
      text += " x " + std::to_string(m_shape[d]);
    }
    return text + " bytes";
  }

  std::string m_where;
  std::vector<std::uint8_t> m_bytes;
  Unpacker m_unpacker;
  std::vector<std::size_t> m_shape;
  std::size_t m_total = 1;
};

bool replaceLast(std::string &text, const std::string &from, const std::string &to) {
  const std::size_t at = text.rfind(from);
  if (at == std::string::npos) {
    return false;
  }
  text.replace(at, from.size(), to);
  return true;
}

/// The name itself, or with .gz put on or taken off; empty if there is no such file.
fs::path packedOrNot(const fs::path &file) {
  const fs::path other = file.extension() == ".gz" ? fs::path(file).replace_extension() : fs::path(file.string() + ".gz");
  return fs::is_regular_file(file) ? file : fs::is_regular_file(other) ? other : fs::path();
}

fs::path labelsOf(const fs::path &images) {
  std::string name = images.filename().string();
  if (!replaceLast(name, "images", "labels")) {
    return {};
  }
  replaceLast(name, "idx3", "idx1");
  return packedOrNot(images.parent_path() / name);
}

enum class Half { Train, Test, Unknown };

Half halfOf(const fs::path &images) {
  const std::string name = images.filename().string();
  return name.find("train") != std::string::npos                                            ? Half::Train
         : name.find("t10k") != std::string::npos || name.find("test") != std::string::npos ? Half::Test
                                                                                            : Half::Unknown;
}

fs::path otherHalf(const fs::path &images) {
  const bool train = halfOf(images) == Half::Train;
  for (const auto &[from, to] : {std::pair{"train", "t10k"}, {"train", "test"}, {"t10k", "train"}, {"test", "train"}}) {
    std::string name = images.filename().string();
    if ((std::string_view(from) == "train") == train && replaceLast(name, from, to)) {
      if (const fs::path found = packedOrNot(images.parent_path() / name); !found.empty()) {
        return found;
      }
    }
  }
  return {};
}

/// Labels of all halves as one column; without names where one half has no labels.
std::optional<Column> labelColumn(const std::vector<fs::path> &images, const std::vector<std::size_t> &counts, std::vector<fs::path> &files) {
  Column column;
  column.name = "label";
  column.kind = Column::Kind::Category;
  bool garments = true;
  int most = 0;
  for (std::size_t h = 0; h < images.size(); ++h) {
    const fs::path file = labelsOf(images[h]);
    if (file.empty()) {
      return std::nullopt;
    }
    IdxFile idx(file, 1);
    if (idx.total() != counts[h]) {
      throw InputError(file.string(), "holds " + counted(idx.total(), "label") + " for the " + counted(counts[h], "picture") + " of " + images[h].string());
    }
    std::vector<std::uint8_t> codes;
    idx.appendTo(codes);
    const auto begins = [&](const auto &with) { return codes.size() >= with.size() && std::equal(with.begin(), with.end(), codes.begin()); };
    garments = garments && (begins(kGarmentsTrain) || begins(kGarmentsTest));
    most = std::max<int>(most, *std::max_element(codes.begin(), codes.end()));
    column.codes.insert(column.codes.end(), codes.begin(), codes.end());
    files.push_back(file);
  }
  garments = garments && most < static_cast<int>(kGarments.size());
  for (int c = 0; c <= (garments ? 9 : most); ++c) {
    column.categories.push_back(garments ? kGarments[static_cast<std::size_t>(c)] : std::to_string(c));
  }
  return column;
}

/// "mnist" from a folder of that name, else the file's own name.
std::string shortName(const fs::path &images) {
  const std::string folder = fs::absolute(images).parent_path().filename().string();
  return utf8(folder.empty() ? images.stem().string() : folder);
}

}  // namespace

Json inspectIdx(const fs::path &file) {
  const auto head = unpackedHead(file, 4);
  const IdxFile idx(file, head.size() == 4 && head[3] == 1 ? 1 : 3);
  return {{"kind", "idx"}, {"count", idx.shape()[0]}, {"shape", idx.shape()}, {"type", "uint8"}};
}

std::shared_ptr<const Dataset> openIdx(const fs::path &images) {
  std::vector<fs::path> halves = {images};
  if (const fs::path other = otherHalf(images); !other.empty()) {
    halves.insert(halfOf(images) == Half::Train ? halves.end() : halves.begin(), other);
  }
  std::vector<std::unique_ptr<IdxFile>> idx;
  std::vector<std::size_t> counts;
  std::size_t total = 0;
  for (const auto &file : halves) {
    idx.push_back(std::make_unique<IdxFile>(file, 3));
    const auto &shape = idx.back()->shape(), &first = idx.front()->shape();
    if (shape[1] != first[1] || shape[2] != first[2]) {
      throw InputError(file.string(), "its pictures have another size than those of " + halves.front().string());
    }
    counts.push_back(shape[0]);
    total += idx.back()->total();
  }
  About about;
  std::vector<fs::path> files = halves;
  if (auto label = labelColumn(halves, counts, files)) {
    about.columns.push_back(std::move(*label));
  } else {
    about.provenance.note = "no labels found beside the pictures";
  }
  auto sum = std::async(std::launch::async, [&files] { return sha256OfFiles(files); });  // the second core is idle meanwhile
  std::vector<std::uint8_t> pixels;
  pixels.reserve(std::min(total, std::size_t{256} << 20));
  for (const auto &file : idx) {
    file->appendTo(pixels);
  }
  const bool garments = !about.columns.empty() && about.columns[0].categories[0] == kGarments[0];
  about.provenance.name = garments ? "fashion-mnist" : shortName(images);
  about.provenance.source = utf8(images.string());
  about.provenance.licence = garments ? "MIT" : "";
  about.provenance.sha256 = sum.get();
  about.trainCount = halfOf(halves.front()) == Half::Test ? 0 : counts.front();
  const PictureShape shape{idx.front()->shape()[2], idx.front()->shape()[1], 1};
  return pictureSet(std::move(pixels), shape, std::move(about));
}

}  // namespace vitrine::data
