// Whole files in and out: errors name file and reason, and a file is never seen half written.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/npy.h"

namespace vitrine {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLargest = std::size_t{64} << 30;

/// A file descriptor that closes itself; close() tells what a full disk only says then.
struct Descriptor {
  int fd;
  explicit Descriptor(int value) : fd(value) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (fd >= 0) {
      ::close(fd);
    }
  }
  int close() { return ::close(std::exchange(fd, -1)); }
};

bool writeAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
    if (n < 0 && errno != EINTR) {
      return false;
    }
    bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
  }
  return true;
}

std::string npyStart(const char *type, const std::vector<std::size_t> &shape) {
  NpyHeader header;
  header.shape = shape;
  std::string dict = std::string("{'descr': '") + type + "', 'fortran_order': False, 'shape': " + header.shapeText() + ", }";
  dict.resize((10 + dict.size() + 1 + 63) / 64 * 64 - 10 - 1, ' ');  // values begin at a multiple of 64
  dict += '\n';
  std::string start = "\x93NUMPY";
  start += {'\x01', '\x00', static_cast<char>(dict.size() & 255), static_cast<char>(dict.size() >> 8)};
  return start + dict;
}

}  // namespace

fs::path partName(const fs::path &file) {
  static std::atomic<unsigned> counter{0};
  std::string name = ".";
  name += file.filename().string() + ".part" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return file.parent_path() / name;
}

void writeParts(const fs::path &file, std::initializer_list<std::string_view> parts) {
  const fs::path part = partName(file);
  Descriptor out(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  bool good = out.fd >= 0;
  for (const std::string_view bytes : parts) {
    good = good && writeAll(out.fd, bytes);
  }
  good = good && out.close() == 0 && ::rename(part.c_str(), file.c_str()) == 0;
  if (!good) {
    const int reason = errno;
    ::unlink(part.c_str());
    throw std::runtime_error(file.string() + ": cannot be written: " + std::strerror(reason));
  }
}

std::vector<std::uint8_t> readFile(const fs::path &file, std::size_t head) {
  Descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a pipe would wait for ever
  struct stat status {};
  if (in.fd < 0 || ::fstat(in.fd, &status) != 0) {
    throw InputError(file.string(), errno == ENOENT ? "no such file" : std::string("cannot be read: ") + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    throw InputError(file.string(), S_ISDIR(status.st_mode) ? "is a folder" : "is not an ordinary file");
  }
  const std::size_t size = std::min(static_cast<std::size_t>(status.st_size), head);
  if (size > kLargest) {
    throw InputError(file.string(), "has " + std::to_string(size >> 30) + " GiB: too large to hold in memory");
  }
  std::vector<std::uint8_t> bytes(size);
  std::size_t have = 0;
  while (have < size) {
    const ssize_t n = ::read(in.fd, bytes.data() + have, std::min<std::size_t>(size - have, std::size_t{1} << 30));
    if (n < 0 && errno != EINTR) {
      throw InputError(file.string(), std::string("cannot be read: ") + std::strerror(errno));
    }
    if (n == 0) {
      break;  // it shrank meanwhile: the reader will tell
    }
    have += n > 0 ? static_cast<std::size_t>(n) : 0;
  }
  bytes.resize(have);
  return bytes;
}

NpyArray readNpy(const fs::path &file) {
  return parseNpy(readFile(file), file.string());
}

Matrix readMatrix(const fs::path &file) {
  const NpyArray array = readNpy(file);
  if (array.shape.size() != 2 || array.floats.size() + array.numbers.size() + array.bytes.size() != array.count()) {
    throw InputError(file.string(), "is no table of numbers (rows x columns)");
  }
  Matrix matrix(array.shape[0], array.shape[1]);
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    matrix.values[i] = static_cast<float>(array.number(i));
  }
  return matrix;
}

void writeNpy(const fs::path &file, const std::vector<std::size_t> &shape, std::span<const float> values) {
  const NpyArray as{.shape = shape, .texts = {}, .numbers = {}, .floats = {}, .bytes = {}};
  if (as.count() != values.size()) {
    throw std::logic_error(file.string() + ": the shape does not hold " + std::to_string(values.size()) + " values");
  }
  writeParts(file, {npyStart("<f4", shape), {reinterpret_cast<const char *>(values.data()), values.size_bytes()}});
}

void writeNpy(const fs::path &file, std::span<const SampleId> ids) {
  writeParts(file, {npyStart("<i8", {ids.size()}), {reinterpret_cast<const char *>(ids.data()), ids.size_bytes()}});
}

}  // namespace vitrine
