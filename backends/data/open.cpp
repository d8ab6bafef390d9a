// Finding out what something is, by its content, and handing it to its reader.
#include <algorithm>

#include "data/bytes.h"
#include "data/picture_header.h"
#include "data/readers.h"

namespace vitrine::data {

namespace fs = std::filesystem;

namespace {

constexpr const char *kReadable =
    "readable are a folder of pictures, films (.mp4, .mkv, .webm, .avi, .gif), idx files (plain or .gz), tables (CSV, TSV), NumPy arrays (.npy, .npz), and the "
    "built-in fashion-mnist";
constexpr const char *kFashionMnist = "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz";

enum class Kind { Idx, Npy, Npz, Picture, Film, Text, Unknown };

bool begins(std::string_view text, std::string_view with) {
  return text.starts_with(with);
}

bool isPicture(std::span<const std::uint8_t> head) {
  return pictureHeader([&](std::uint64_t offset, std::span<std::uint8_t> out) {
           const bool inside = offset <= head.size() && out.size() <= head.size() - offset;
           if (inside) {
             std::copy_n(head.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
           }
           return inside;
         })
      .has_value();
}

Kind kindOf(std::span<const std::uint8_t> head) {
  const std::string_view text = textOf(head);
  if (begins(text, {"\0\0", 2}) && head.size() >= 4 && head[2] >= 8 && head[2] <= 14 && head[3] >= 1 && head[3] <= 8) {
    return Kind::Idx;
  }
  if (begins(text, "\x93NUMPY")) {
    return Kind::Npy;
  }
  if (begins(text, "PK\3\4") || begins(text, "PK\5\6")) {
    return Kind::Npz;
  }
  if (begins(text, "GIF8") || begins(text, "YUV4MPEG2")) {  // the one may also be a picture, the other begins like a text
    return Kind::Film;
  }
  if (isPicture(head)) {
    return Kind::Picture;
  }
  const bool control = std::ranges::any_of(head, [](std::uint8_t c) { return c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f'; });
  const bool utf16 = begins(text, "\xFF\xFE") || begins(text, "\xFE\xFF");  // the table reader says what to do
  return !control || utf16 ? Kind::Text : looksLikeFilm(head) ? Kind::Film : Kind::Unknown;
}

/// Kind of a file; throws for those that cannot be read at all.
Kind kindOf(const fs::path &file) {
  const auto head = unpackedHead(file, 65536);
  const std::string where = file.string();
  if (head.empty()) {
    throw InputError(where, "is empty", kReadable);
  }
  const Kind kind = kindOf(head);
  if ((kind == Kind::Npy || kind == Kind::Npz || kind == Kind::Picture || kind == Kind::Film) && isGzip(readFile(file, 3))) {
    throw InputError(where, "is packed with gzip", "unpack it first; only idx files and tables are read packed");
  }
  return kind;
}

/// The training pictures of an idx set that lies in a folder.
fs::path idxIn(const fs::path &folder) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto &entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.find("images") != std::string::npos && name.find("idx3") != std::string::npos && entry.is_regular_file()) {
      found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  const auto train = std::ranges::find_if(found, [](const fs::path &file) { return file.filename().string().find("train") != std::string::npos; });
  return train != found.end() ? *train : found.empty() ? fs::path() : found.front();
}

std::shared_ptr<const Dataset> openDirectory(const fs::path &folder) {
  if (const fs::path idx = idxIn(folder); !idx.empty()) {
    return openIdx(idx);
  }
  if (fs::exists(folder / "project.json")) {
    throw InputError(folder.string(), "is a project, not a data set", "open it in the window");
  }
  return openFolder(folder);
}

std::shared_ptr<const Dataset> openBuiltIn() {
  if (!fs::exists(kFashionMnist)) {
    throw InputError("fashion-mnist", "is not installed on this machine", "apt install dataset-fashion-mnist");
  }
  return openIdx(kFashionMnist);
}

}  // namespace

std::vector<BuiltIn> builtIns() {
  return {{"fashion-mnist", "Fashion-MNIST: 70,000 garments of 28 x 28 pixels in 10 classes", "dataset-fashion-mnist", fs::exists(kFashionMnist)}};
}

std::shared_ptr<const Dataset> open(const std::string &nameOrPath) {
  if (nameOrPath == "fashion-mnist") {
    return openBuiltIn();
  }
  const fs::path path = nameOrPath;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (nameOrPath.empty() || !fs::exists(status)) {
    throw InputError(nameOrPath.empty() ? "data" : nameOrPath,
                     error && error != std::errc::no_such_file_or_directory ? error.message() : "no such file, folder or built-in data set", kReadable);
  }
  if (fs::is_directory(status)) {
    return openDirectory(path);
  }
  switch (kindOf(path)) {
    case Kind::Idx: return openIdx(path);
    case Kind::Npy:
    case Kind::Npz: return openArray(path);
    case Kind::Text: return openTable(path);
    case Kind::Film: return openFilm(path);
    case Kind::Picture: throw InputError(nameOrPath, "is a single picture", "open the folder that holds it");
    case Kind::Unknown: break;
  }
  throw InputError(nameOrPath, "is of a kind that cannot be read as data", kReadable);
}

Json inspect(const fs::path &file) {
  Json json;
  if (fs::is_directory(file)) {
    const auto dataset = openDirectory(file);
    json = {{"kind", "folder"}, {"count", dataset->count()}, {"values", dataset->featureCount()}};
    if (const Column *label = dataset->label()) {
      json["classes"] = label->categories;
    }
    return json;
  }
  switch (kindOf(file)) {
    case Kind::Idx: json = inspectIdx(file); break;
    case Kind::Npy: json = inspectNpy(file); break;
    case Kind::Npz: json = inspectNpz(file); break;
    case Kind::Text: json = inspectTable(file); break;
    case Kind::Film: json = inspectFilm(file); break;
    case Kind::Picture: json = {{"kind", "picture"}}; break;
    case Kind::Unknown: throw InputError(file.string(), "is of a kind that cannot be read as data", kReadable);
  }
  json["bytes"] = fs::file_size(file);
  return json;
}

}  // namespace vitrine::data
