// Folders of pictures: the first level of sub-folders is the class. Only headers are read on opening; pictures are decoded when asked for.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "core/sha256.h"
#include "data/bytes.h"
#include "data/picture.h"
#include "data/picture_header.h"
#include "data/readers.h"
#include "data/samples.h"

namespace vitrine::data {

namespace fs = std::filesystem;

namespace {

struct Entry {
  std::string name;  ///< path below the folder, as the file system has it
  std::uint64_t size = 0;
  std::int64_t modified = 0;
  PictureHeader header;
};

/// Endings of what OpenCV reads; files without an ending are looked into, all others are none of our business.
bool mayBePicture(const std::string &name) {
  static const std::set<std::string, std::less<>> kEndings = {"png", "jpg", "jpeg", "jpe", "jfif", "jp2", "j2k", "webp", "tif",  "tiff", "bmp", "dib", "pbm",
                                                              "pgm", "ppm", "pnm",  "hdr", "pic",  "ras", "sr",  "gif",  "avif", "heic", "jxl", "exr"};
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) {
    return true;
  }
  std::string ending = name.substr(dot + 1);
  std::ranges::transform(ending, ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return kEndings.contains(ending);
}

std::optional<PictureHeader> headerOf(const fs::path &file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return std::nullopt;
  }
  std::uint8_t head[4096];  // one read serves most headers
  const ssize_t have = std::max<ssize_t>(0, ::pread(fd, head, sizeof head, 0));
  const auto header = pictureHeader([&](std::uint64_t offset, std::span<std::uint8_t> out) {
    if (offset + out.size() <= static_cast<std::uint64_t>(have)) {
      std::copy_n(head + offset, out.size(), out.begin());
      return true;
    }
    return offset < (std::uint64_t{1} << 62) && ::pread(fd, out.data(), out.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(out.size());
  });
  ::close(fd);
  return header;
}

/// Goes through a folder and all below it, links too, each folder once. Hidden names are left out.
class Walk {
 public:
  explicit Walk(fs::path folder, bool onlyFirst = false) : m_folder(std::move(folder)), m_onlyFirst(onlyFirst) { enter(""); }

  std::vector<Entry> entries;
  std::size_t skipped = 0;  ///< named like a picture, but none
  std::size_t closed = 0;   ///< folders that may not be read

 private:
  void enter(const std::string &below) {
    struct stat status {};
    const fs::path here = m_folder / below;
    if (::stat(here.c_str(), &status) != 0 || !m_seen.emplace(status.st_dev, status.st_ino).second) {
      return;
    }
    DIR *directory = ::opendir(here.c_str());
    if (directory == nullptr) {
      ++closed;
      return;
    }
    std::vector<std::string> names;
    while (const dirent *entry = ::readdir(directory)) {
      if (entry->d_name[0] != '.') {
        names.emplace_back(entry->d_name);
      }
    }
    ::closedir(directory);
    std::ranges::sort(names);  // a folder reached twice through links is always met first by the same name
    for (const auto &name : names) {
      if (m_onlyFirst && !entries.empty()) {
        return;
      }
      look(below.empty() ? name : below + "/" + name, name);
    }
  }

  void look(const std::string &path, const std::string &name) {
    struct stat status {};
    if (::stat((m_folder / path).c_str(), &status) != 0) {
      return;
    }
    if (S_ISDIR(status.st_mode)) {
      enter(path);
    } else if (S_ISREG(status.st_mode) && mayBePicture(name)) {
      if (const auto header = headerOf(m_folder / path)) {
        entries.push_back({path, static_cast<std::uint64_t>(status.st_size), status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec, *header});
      } else {
        skipped += name.find('.') != std::string::npos ? 1 : 0;
      }
    }
  }

  fs::path m_folder;
  bool m_onlyFirst;
  std::set<std::pair<dev_t, ino_t>> m_seen;
};

std::vector<Column> columnsOf(const std::vector<Entry> &entries) {
  Column label, file, width, height;
  label.name = "label";
  label.kind = Column::Kind::Category;
  file.name = "file";
  file.kind = Column::Kind::Text;
  width.name = "width";
  height.name = "height";
  bool sized = true;
  for (const auto &entry : entries) {
    const std::size_t slash = entry.name.find('/');
    const std::string name = slash == std::string::npos ? "" : utf8(entry.name.substr(0, slash));
    if (!name.empty() && (label.categories.empty() || label.categories.back() != name)) {
      label.categories.push_back(name);  // sorted by path: each class stands in one piece
    }
    label.codes.push_back(name.empty() ? -1 : static_cast<std::int32_t>(label.categories.size()) - 1);
    file.texts.push_back(utf8(entry.name));
    width.numbers.push_back(entry.header.width);
    height.numbers.push_back(entry.header.height);
    sized = sized && entry.header.width > 0;
  }
  std::vector<Column> columns;
  if (!label.categories.empty()) {
    columns.push_back(std::move(label));
  }
  columns.push_back(std::move(file));
  if (sized) {
    columns.push_back(std::move(width));
    columns.push_back(std::move(height));
  }
  return columns;
}

About aboutFolder(const fs::path &folder, const Walk &walk) {
  About about;
  about.columns = columnsOf(walk.entries);
  const fs::path whole = fs::absolute(folder).lexically_normal();
  about.provenance.name = utf8((whole.has_filename() ? whole : whole.parent_path()).filename().string());
  about.provenance.source = utf8(folder.string());
  Sha256 sum;
  for (const auto &entry : walk.entries) {
    const std::string line = entry.name + "\n" + std::to_string(entry.size) + " " + std::to_string(entry.modified) + "\n";
    sum.add({reinterpret_cast<const std::uint8_t *>(line.data()), line.size()});
  }
  about.provenance.sha256 = sum.hex();
  std::string &note = about.provenance.note;
  note = walk.skipped > 0 ? counted(walk.skipped, "file") + " skipped: no picture that can be read" : "";
  if (walk.closed > 0) {
    note += (note.empty() ? "" : "; ") + counted(walk.closed, "folder") + " skipped: not allowed to read";
  }
  return about;
}

class FolderSet : public RowSet {
 public:
  FolderSet(fs::path folder, std::vector<Entry> entries, About about)
      : RowSet(entries.size(), std::move(about)), m_folder(std::move(folder)), m_entries(std::move(entries)) {
    const PictureHeader &first = m_entries.front().header;
    const bool common = first.width > 0 && std::ranges::all_of(m_entries, [&](const Entry &entry) {
                          return entry.header.width == first.width && entry.header.height == first.height && !isImplausible(entry.header, entry.size);
                        });
    if (common) {
      const bool grey = std::ranges::all_of(m_entries, [](const Entry &entry) { return entry.header.grey; });
      m_shape = {static_cast<std::size_t>(first.width), static_cast<std::size_t>(first.height), grey ? std::size_t{1} : std::size_t{3}};
    }
  }

  bool hasImages() const override { return true; }
  Image image(SampleId id) const override { return readPicture(fileOf(id)); }
  std::size_t featureCount() const override { return m_shape ? m_shape->size() : 0; }

  /// RGB, or grey if all pictures are; transparent parts stand on white.
  void values(SampleId id, std::span<float> out) const override {
    const Image image = readPicture(fileOf(id));
    if (!m_shape || static_cast<std::size_t>(image.width) != m_shape->width || static_cast<std::size_t>(image.height) != m_shape->height) {
      throw InputError(fileOf(id).string(), "is not of the size that its header told when the folder was opened", "open the folder again");
    }
    const std::size_t pixels = m_shape->width * m_shape->height, from = static_cast<std::size_t>(image.channels), to = m_shape->channels;
    for (std::size_t i = 0; i < pixels; ++i) {
      const std::uint8_t *pixel = image.pixels.data() + i * from;
      const float alpha = from == 4 ? static_cast<float>(pixel[3]) / 255.0F : 1.0F;
      for (std::size_t c = 0; c < to; ++c) {
        out[i * to + c] = 1.0F - alpha + alpha * static_cast<float>(pixel[from == 1 ? 0 : c]) / 255.0F;
      }
    }
  }

 private:
  fs::path fileOf(SampleId id) const { return m_folder / m_entries[rowOf(id)].name; }
  fs::path m_folder;
  std::vector<Entry> m_entries;
  std::optional<PictureShape> m_shape;
};

}  // namespace

bool holdsPictures(const fs::path &folder) {
  return !Walk(folder, true).entries.empty();
}

std::shared_ptr<const Dataset> openFolder(const fs::path &folder) {
  if (!fs::is_directory(folder)) {
    throw InputError(folder.string(), fs::exists(folder) ? "is not a folder" : "no such folder");
  }
  Walk walk(folder);
  if (walk.entries.empty()) {
    throw InputError(folder.string(), walk.skipped > 0 ? "none of its " + counted(walk.skipped, "picture file") + " can be read" : "holds no pictures",
                     "PNG, JPEG, WebP, TIFF, BMP, PNM and JPEG 2000 are read, at any depth");
  }
  std::ranges::sort(walk.entries, {}, &Entry::name);
  About about = aboutFolder(folder, walk);
  return std::make_shared<FolderSet>(folder, std::move(walk.entries), std::move(about));
}

}  // namespace vitrine::data
