// Small files of every kind, made byte by byte, for the tests of the readers.
#pragma once

#include <fcntl.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include <QString>
#include <QTemporaryDir>
#include <filesystem>
#include <functional>

#include "core/error.h"
#include "core/npy.h"

namespace vitrine::testing {

namespace fs = std::filesystem;

/// A folder that goes when the test ends.
class Folder {
 public:
  fs::path path() const { return m_dir.path().toStdString(); }
  fs::path put(const fs::path &name, std::string_view bytes) const {
    const fs::path file = path() / name;
    fs::create_directories(file.parent_path());
    // Written over, not anew: thousands of fresh or replaced files cost milliseconds each on some file systems.
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    const bool whole = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::ftruncate(fd, static_cast<off_t>(bytes.size())) == 0;
    ::close(fd);
    if (!whole) {
      throw std::runtime_error(file.string() + " cannot be written");
    }
    return file;
  }

 private:
  QTemporaryDir m_dir;
};

/// The message of an InputError; empty if there was none. Other exceptions go through and fail the test.
inline QString refusal(const std::function<void()> &call) {
  try {
    call();
  } catch (const InputError &error) {
    return QString::fromStdString(error.what());
  }
  return {};
}

inline std::string big32(std::size_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}

inline std::string idx(const std::vector<std::size_t> &shape, const std::string &data) {
  std::string bytes = {0, 0, 8, static_cast<char>(shape.size())};
  for (const std::size_t n : shape) {
    bytes += big32(n);
  }
  return bytes + data;
}

/// `n` bytes that count 0, 1, 2 ... 255, 0 ...
inline std::string counting(std::size_t n) {
  std::string bytes(n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    bytes[i] = static_cast<char>(i & 255);
  }
  return bytes;
}

inline std::string gzip(const std::string &bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, 0);
  stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef *>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

template <class T>
std::string npy(const std::string &descr, const std::string &shape, const std::vector<T> &values) {
  std::string dict = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
  dict.resize((10 + dict.size() + 64) / 64 * 64 - 11, ' ');
  dict += '\n';
  std::string file = "\x93NUMPY";
  file += {1, 0, static_cast<char>(dict.size() & 255), static_cast<char>(dict.size() >> 8)};
  return file + dict + std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T));
}

inline void writeZip(const fs::path &file, const std::vector<std::pair<std::string, std::string>> &entries, bool packed = false) {
  int error = 0;
  zip_t *zip = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  for (const auto &[name, bytes] : entries) {
    const zip_int64_t index = zip_file_add(zip, name.c_str(), zip_source_buffer(zip, bytes.data(), bytes.size(), 0), 0);
    zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
  }
  zip_close(zip);
}

}  // namespace vitrine::testing
