// NumPy arrays as data: vectors or pictures, with labels from the same archive or from a file beside it.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/sha256.h"
#include "data/columns.h"
#include "data/npz.h"
#include "data/readers.h"
#include "data/samples.h"

namespace vitrine::data {

namespace fs = std::filesystem;

namespace {

constexpr const char *kWanted = "a data set is samples x features, or samples x height x width [x 1, 3 or 4 channels]";

/// Throws unless the array can be a data set; before its values are read.
void refuseMisfit(const NpyHeader &header, const std::string &where) {
  const auto refuse = [&](const std::string &what) { throw InputError(where, what, kWanted); };
  const auto &shape = header.shape;
  if (header.type == 'U' || header.type == 'S') {
    refuse("holds text, not numbers");
  }
  if (header.type == 'c') {
    throw InputError(where, "holds complex numbers", "a data set needs real ones: save the magnitude, or both parts side by side");
  }
  if (shape.size() < 2 || shape.size() > 4) {
    refuse("shape " + header.shapeText());
  }
  if (header.count() == 0) {
    refuse("shape " + header.shapeText() + " is empty");
  }
  if (shape[0] == 1) {
    refuse("shape " + header.shapeText() + " is a single row: there is nothing to compare it with");
  }
  if (shape.size() == 4 && shape[3] != 1 && shape[3] != 3 && shape[3] != 4) {
    const bool first = shape[1] == 1 || shape[1] == 3 || shape[1] == 4;
    throw InputError(where, "shape " + header.shapeText() + " has " + std::to_string(shape[3]) + " channels",
                     first ? "the channels must come last: transpose(0, 2, 3, 1)" : kWanted);
  }
}

/// All values as floats. Throws InputError with the row and column of the first that is not finite.
std::vector<float> finite(NpyArray &array, const std::string &where) {
  std::vector<float> values = std::move(array.floats);
  if (values.empty()) {
    values.resize(array.count());
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(array.bytes.empty() ? array.numbers[i] : array.bytes[i]);
    }
    array.numbers = {};
  }
  const auto bad = std::ranges::find_if(values, [](float v) { return !std::isfinite(v); });
  if (bad != values.end()) {
    const std::size_t i = static_cast<std::size_t>(bad - values.begin()), width = values.size() / array.shape[0];
    throw InputError(where,
                     "row " + std::to_string(i / width) + ", column " + std::to_string(i % width) + " (counted from 0) is " +
                         (std::isnan(*bad) ? "not a number (NaN)" : "infinite, or too large for a 32-bit float"),
                     "replace or drop such rows first");
  }
  return values;
}

/// Brings pictures to [0, 1]: by 1 or 255 if they keep to one of these ranges, else by what they use.
std::string scaleToUnit(std::vector<float> &values) {
  const auto [least, most] = std::ranges::minmax(values);
  const bool unit = least >= 0 && most <= 1, byte = least >= 0 && most <= 255;
  const float low = unit || byte ? 0 : least, high = unit ? 1 : byte ? 255 : most;
  if (!unit) {
    for (float &v : values) {
      v = high > low ? (v - low) / (high - low) : 0.0F;
    }
  }
  char note[80] = {};
  if (!unit && !byte) {
    std::snprintf(note, sizeof note, "pixels from %.6g to %.6g are shown as black to white", static_cast<double>(low), static_cast<double>(high));
  }
  return note;
}

std::shared_ptr<const Dataset> toDataset(NpyArray array, const std::string &where, About about) {
  const auto &shape = array.shape;
  if (shape.size() == 2) {
    Matrix matrix;
    matrix.rows = shape[0];
    matrix.cols = shape[1];
    matrix.values = finite(array, where);
    return vectorSet(std::move(matrix), std::move(about));
  }
  const PictureShape picture{shape[2], shape[1], shape.size() == 4 ? shape[3] : 1};
  constexpr std::size_t kLongestSide = 1 << 20;
  if (picture.width > kLongestSide || picture.height > kLongestSide) {
    throw InputError(where, "pictures of " + std::to_string(picture.width) + " x " + std::to_string(picture.height) + " pixels cannot be shown");
  }
  if (array.type == 'u' && array.itemSize == 1) {
    return pictureSet(std::move(array.bytes), picture, std::move(about));
  }
  Matrix matrix;
  matrix.rows = shape[0];
  matrix.cols = picture.size();
  matrix.values = finite(array, where);
  const std::string note = scaleToUnit(matrix.values);
  about.provenance.note += (about.provenance.note.empty() || note.empty() ? "" : "; ") + note;
  return vectorSet(std::move(matrix), std::move(about), picture);
}

bool isNamed(const std::string &name, std::initializer_list<const char *> names) {
  return std::ranges::find(names, name) != names.end();
}

std::string listing(const NpzFile &npz) {
  std::string text;
  for (const auto &entry : npz.entries()) {
    text += (text.empty() ? "" : ", ") + entry.name + " " + entry.header.shapeText();
  }
  return text;
}

/// x, X, data or arr_0; else the only array of two dimensions or more.
const NpzFile::Entry &dataEntry(const NpzFile &npz, const std::string &where) {
  const NpzFile::Entry *only = nullptr;
  std::size_t candidates = 0;
  for (const char *name : {"x", "X", "data", "arr_0"}) {
    for (const auto &entry : npz.entries()) {
      if (entry.name == name && entry.header.shape.size() >= 2) {
        return entry;
      }
    }
  }
  for (const auto &entry : npz.entries()) {
    if (entry.header.shape.size() >= 2) {
      only = &entry;
      ++candidates;
    }
  }
  if (npz.entries().size() == 1) {
    return npz.entries().front();  // it will be refused with its shape
  }
  if (candidates != 1) {
    throw InputError(where,
                     candidates == 0 ? "none of its arrays has two dimensions: " + listing(npz) : "it is not clear which array is the data: " + listing(npz),
                     "name it x");
  }
  return *only;
}

bool isColumn(const NpyHeader &header, std::size_t rows) {
  return header.type != 'c' && !header.shape.empty() && header.shape.size() <= 2 && header.shape[0] == rows && header.count() == rows;
}

/// All 1-D arrays as long as the data: first the labels (by name, else the only one), then the rest.
std::vector<Column> columnsBeside(const NpzFile &npz, const NpzFile::Entry &data, bool withLabel) {
  std::vector<const NpzFile::Entry *> entries;
  for (const auto &entry : npz.entries()) {
    if (entry.index != data.index && isColumn(entry.header, data.header.shape[0])) {
      entries.push_back(&entry);
    }
  }
  const auto labels = [&](const NpzFile::Entry *entry) {
    return isNamed(entry->name, {"y", "Y", "labels", "label", "target", "targets"}) || entries.size() == 1;
  };
  std::ranges::stable_partition(entries, labels);
  std::vector<Column> columns;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool isLabel = i == 0 && withLabel && labels(entries[0]);
    columns.push_back(columnFrom(npz.read(*entries[i]), isLabel ? "label" : entries[i]->name, isLabel));
  }
  return columns;
}

/// <name>.labels.tsv or .npy beside the array, or the labels.tsv that a run leaves in its folder.
fs::path labelsBeside(const fs::path &file) {
  const fs::path folder = file.parent_path(), stem = file.stem();
  for (const fs::path &name : {folder / (stem.string() + ".labels.tsv"), folder / (stem.string() + ".labels.npy"), folder / "labels.tsv"}) {
    if (fs::is_regular_file(name) && name.filename() != file.filename()) {
      return name;
    }
  }
  return {};
}

void addLabels(About &about, const fs::path &file, const fs::path &given, std::size_t rows) {
  const bool own = about.columns.empty() || about.columns[0].kind != Column::Kind::Category;
  const fs::path labels = !given.empty() ? given : own ? labelsBeside(file) : fs::path();
  if (labels.empty()) {
    return;
  }
  std::vector<Column> columns;
  try {
    columns = readLabels(labels, rows);
  } catch (const InputError &error) {
    if (labels.filename() != "labels.tsv" || !given.empty()) {
      throw;
    }
    about.provenance.note = std::string("labels beside it are of other samples (") + error.what() + ")";
  }
  std::ranges::move(about.columns, std::back_inserter(columns));
  about.columns = std::move(columns);
}

Json headerJson(const NpyHeader &header) {
  Json json = {{"shape", header.shape}, {"type", header.typeText()}};
  if (!header.shape.empty()) {
    json["count"] = header.shape[0];
  }
  return json;
}

}  // namespace

Json inspectNpy(const fs::path &file) {
  constexpr std::size_t kHead = 1 << 20;
  Json json = headerJson(parseNpyHeader(readFile(file, kHead), file.string()));
  json["kind"] = "npy";
  return json;
}

Json inspectNpz(const fs::path &file) {
  const NpzFile npz(file);
  Json json = {{"kind", "npz"}, {"arrays", Json::object()}};
  for (const auto &entry : npz.entries()) {
    json["arrays"][entry.name] = headerJson(entry.header);
  }
  return json;
}

std::shared_ptr<const Dataset> openArray(const fs::path &file, const fs::path &labels) {
  const std::string where = file.string();
  About about;
  about.provenance = {utf8(file.stem().string()), utf8(where), "", "", ""};
  NpyArray array;
  std::string name = where;
  if (textOf(readFile(file, 2)) == "PK") {
    const NpzFile npz(file);
    const NpzFile::Entry &entry = dataEntry(npz, where);
    name = npz.where(entry);
    refuseMisfit(entry.header, name);
    array = npz.read(entry);
    about.columns = columnsBeside(npz, entry, labels.empty());
  } else {
    const auto bytes = readFile(file);
    if (bytes.empty()) {
      throw InputError(where, "is empty");
    }
    refuseMisfit(parseNpyHeader(bytes, where), where);
    array = parseNpy(bytes, where);
  }
  addLabels(about, file, labels, array.shape[0]);
  about.provenance.sha256 = sha256OfFiles({file});
  return toDataset(std::move(array), name, std::move(about));
}

}  // namespace vitrine::data
