// Zip archives of arrays.
#include "data/npz.h"

#include "core/error.h"

#ifdef VITRINE_HAVE_ZIP

#include <zip.h>

#include <algorithm>

#include "data/bytes.h"

namespace vitrine::data {

struct NpzFile::Zip {
  zip_t *archive = nullptr;
  ~Zip() {
    if (archive != nullptr) {
      zip_discard(archive);
    }
  }

  /// Up to `most` bytes of an entry; memory grows with what is really there.
  std::vector<std::uint8_t> bytes(std::uint64_t index, std::size_t most, const std::string &where) const {
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t *)> entry(zip_fopen_index(archive, index, 0), zip_fclose);
    if (!entry) {
      throw InputError(where, std::string("cannot be unpacked: ") + zip_strerror(archive));
    }
    std::vector<std::uint8_t> out;
    for (std::size_t have = 0;;) {
      out.resize(std::min(most, std::max<std::size_t>(64 << 10, have * 2)));
      const zip_int64_t n = zip_fread(entry.get(), out.data() + have, out.size() - have);
      if (n < 0) {
        throw InputError(where, "damaged at byte " + std::to_string(have) + ": " + zip_file_strerror(entry.get()));
      }
      have += static_cast<std::size_t>(n);
      if (n == 0 || have == most) {
        out.resize(have);
        return out;
      }
    }
  }
};

NpzFile::NpzFile(const std::filesystem::path &file) : m_where(file.string()), m_zip(std::make_unique<Zip>()) {
  readFile(file, 1);  // its errors are plainer than libzip's
  int code = 0;
  m_zip->archive = zip_open(file.c_str(), ZIP_RDONLY, &code);
  if (m_zip->archive == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    throw InputError(m_where, "not a whole .npz archive: " + reason);
  }
  const zip_int64_t count = zip_get_num_entries(m_zip->archive, 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(std::max<zip_int64_t>(count, 0)); ++i) {
    const char *raw = zip_get_name(m_zip->archive, i, 0);
    std::string name = raw != nullptr ? raw : "";
    if (name.ends_with(".npy")) {
      Entry entry{name.substr(0, name.size() - 4), {}, i};
      constexpr std::size_t kLongestHeader = 12 + 65536;
      entry.header = parseNpyHeader(m_zip->bytes(i, kLongestHeader, where(entry)), where(entry));
      m_entries.push_back(std::move(entry));
    }
  }
  if (m_entries.empty()) {
    throw InputError(m_where, "a zip archive without arrays (.npy)", "if it is a model, open it as one");
  }
}

NpzFile::~NpzFile() = default;

NpyArray NpzFile::read(const Entry &entry) const {
  const std::size_t whole = entry.header.dataOffset + entry.header.count() * entry.header.itemSize;
  return parseNpy(m_zip->bytes(entry.index, whole + 1, where(entry)), where(entry));
}

}  // namespace vitrine::data

#else

namespace vitrine::data {

struct NpzFile::Zip {};

NpzFile::NpzFile(const std::filesystem::path &file) {
  throw InputError(file.string(), "this build of Vitrine has no libzip and so reads no .npz", "save the array as .npy");
}

NpzFile::~NpzFile() = default;

NpyArray NpzFile::read(const Entry &) const {
  return {};
}

}  // namespace vitrine::data

#endif
