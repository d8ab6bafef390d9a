// Opening data: one function per source, one that finds out. All throw InputError with file and line or byte.
#pragma once

#include <filesystem>

#include "core/dataset.h"
#include "core/error.h"
#include "core/schema.h"

namespace vitrine::data {

/// How to read a table; empty members are decided by looking at the file (header, separator, which columns are labels).
struct TableOptions {
  char separator = 0;  ///< 0 = find out
  std::optional<bool> header;
  std::vector<std::string> labelColumns;  ///< categories or text kept beside the numbers
  std::vector<std::string> ignoredColumns;
  bool chosen = false;  ///< true: the two lists are the user's word, also when empty
};
/// What a look at the first rows gives the mapping dialog.
struct TablePreview {
  char separator = ',';
  bool header = false;
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;  ///< up to the asked number, as text
  std::vector<bool> numeric;                   ///< per column, over the preview
};

std::shared_ptr<const Dataset> openIdx(const std::filesystem::path &images);  ///< idx3 (.gz or plain); labels and t10k/train partner found beside it
std::shared_ptr<const Dataset> openFolder(const std::filesystem::path &folder);
std::shared_ptr<const Dataset> openTable(const std::filesystem::path &file, const TableOptions &options = {});
TablePreview previewTable(const std::filesystem::path &file, std::size_t rows = 50, const TableOptions &options = {});
/// .npy or .npz; an .npz's labels are its 1-D array of the same length, else `labels` (one per line, .npy or .tsv), else <name>.labels.tsv|.npy beside it.
std::shared_ptr<const Dataset> openArray(const std::filesystem::path &file, const std::filesystem::path &labels = {});

/// Any film that FFmpeg reads: a picture a frame in the order of showing, ids 0..n-1, columns `time` (seconds since the first frame) and `frame` (key or
/// between). RGB as the ffmpeg program converts it, rotation applied; frames are decoded when asked for, few are kept. What cannot be decoded at the ends
/// is left out and told in the note. Throws InputError for sound alone, no frame at all, damage; also in builds without FFmpeg.
std::shared_ptr<const Dataset> openFilm(const std::filesystem::path &file);

/// A built-in name ("fashion-mnist"), a folder, or a file of any kind above (told by content, not by name alone).
std::shared_ptr<const Dataset> open(const std::string &nameOrPath);
/// Built-in names with one line each about what they are, and whether they are installed.
struct BuiltIn {
  std::string name, title, package;
  bool installed = false;
};
std::vector<BuiltIn> builtIns();

/// Vectors over another data set's samples (an embedding used as data): pictures and columns come from `base`, values from `vectors` (ids x dims).
std::shared_ptr<const Dataset> withVectors(std::shared_ptr<const Dataset> base, const std::vector<SampleId> &ids, Matrix vectors, const std::string &name);

/// What a data file holds, without loading it all: {"kind", "count", "shape", ...}.
Json inspect(const std::filesystem::path &file);

}  // namespace vitrine::data
