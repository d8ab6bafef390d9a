#include "widgets/recording.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include <QTemporaryFile>

#include "core/error.h"
#include "core/npy.h"

namespace vitrine {

namespace {

namespace fs = std::filesystem;

constexpr float kSteps = 65535;
constexpr float kRoom = 0.1F;       // of its size, around a box, so that the next frames fit it too
constexpr int kLongestChain = 8;    // blocks to read for one frame
constexpr std::size_t kGroup = 64;  // differences that share a width
constexpr const char *kFrames = "recording.bin";
constexpr const char *kIndex = "recording.json";

template <class T>
std::size_t sizeOf(const std::vector<T> &values) {
  return values.size() * sizeof(T);
}

std::size_t sizeOf(const std::vector<Column> &columns) {
  std::size_t sum = 0;
  for (const Column &column : columns) {
    sum += sizeOf(column.numbers) + sizeOf(column.codes);
    for (const auto &text : column.texts) {
      sum += sizeof text + text.size();
    }
  }
  return sum;
}

struct PayloadBytes {
  std::size_t operator()(const Embedding &embedding) const { return sizeOf(embedding.vectors.values); }
  std::size_t operator()(const Projection &projection) const { return sizeOf(projection.positions.values) + sizeOf(projection.columns); }
  std::size_t operator()(const AttentionMaps &maps) const { return sizeOf(maps.maps) + sizeOf(maps.rollout) + pixels(maps.images); }
  std::size_t operator()(const Maps &maps) const {
    std::size_t sum = sizeOf(maps.columns);
    for (const Matrix &map : maps.maps) {
      sum += sizeOf(map.values);
    }
    return sum;
  }
  std::size_t operator()(const ImageGrid &grid) const { return pixels(grid.images); }
  std::size_t operator()(const Video &) const { return 0; }  // its frames are made when asked for
  std::size_t operator()(const Prototypes &layer) const {
    std::size_t sum = sizeOf(layer.latents.values) + sizeOf(layer.prototypes.values) + sizeOf(layer.weights.values);
    for (const Prototypes::Moment &moment : layer.replay) {
      sum += pixels(moment.pictures) + sizeOf(moment.prototypes.values) + sizeOf(moment.weights.values);
    }
    return sum;
  }
  std::size_t operator()(const Parts &parts) const {
    std::size_t sum = sizeOf(parts.similarity.values) + sizeOf(parts.positions) + sizeOf(parts.weights.values);
    for (const Parts::Source &source : parts.sources) {
      sum += source.picture.pixels.size();
    }
    return sum;
  }
  std::size_t operator()(const Table &table) const { return sizeOf(table.columns); }
  std::size_t operator()(const Curve &curve) const {
    std::size_t sum = 0;
    for (const auto &series : curve.series) {
      sum += sizeOf(series.x) + sizeOf(series.y);
    }
    return sum;
  }
  static std::size_t pixels(const std::vector<Image> &images) {
    std::size_t sum = 0;
    for (const Image &image : images) {
      sum += image.pixels.size();
    }
    return sum;
  }
};

/// For each group of differences its width (one byte: 1 or 2), then the differences.
std::vector<std::uint8_t> packed(const std::vector<std::uint16_t> &steps, const std::vector<std::uint16_t> &before) {
  std::vector<std::uint8_t> out;
  out.reserve(steps.size() * 2 + steps.size() / kGroup + 1);
  std::array<std::uint16_t, kGroup> differences;
  for (std::size_t first = 0; first < steps.size(); first += kGroup) {
    const std::size_t count = std::min(kGroup, steps.size() - first);
    bool small = true;
    for (std::size_t i = 0; i < count; ++i) {
      differences[i] = static_cast<std::uint16_t>(steps[first + i] - (before.empty() ? 0 : before[first + i]));
      small = small && static_cast<std::uint16_t>(differences[i] + 128) < 256;
    }
    out.push_back(small ? 1 : 2);
    const std::size_t at = out.size();
    out.resize(at + count * (small ? 1 : 2));
    if (small) {
      std::transform(differences.begin(), differences.begin() + static_cast<std::ptrdiff_t>(count), out.begin() + static_cast<std::ptrdiff_t>(at),
                     [](std::uint16_t d) { return static_cast<std::uint8_t>(d); });
    } else {
      std::memcpy(out.data() + at, differences.data(), 2 * count);
    }
  }
  return out;
}

/// Adds packed differences to the steps. False if the bytes are none.
bool addPacked(const std::vector<std::uint8_t> &bytes, std::vector<std::uint16_t> &steps) {
  std::size_t at = 0;
  for (std::size_t first = 0; first < steps.size(); first += kGroup) {
    const std::size_t count = std::min(kGroup, steps.size() - first);
    const std::size_t width = at < bytes.size() ? bytes[at++] : 0;
    if ((width != 1 && width != 2) || bytes.size() - at < count * width) {
      return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
      std::uint16_t difference = 0;
      if (width == 1) {
        difference = static_cast<std::uint16_t>(static_cast<std::int8_t>(bytes[at + i]));
      } else {
        std::memcpy(&difference, bytes.data() + at + 2 * i, 2);
      }
      steps[first + i] = static_cast<std::uint16_t>(steps[first + i] + difference);
    }
    at += count * width;
  }
  return at == bytes.size();
}

bool fits(const Matrix &positions, const std::array<float, 3> &low, const std::array<float, 3> &high) {
  for (std::size_t i = 0; i < positions.values.size(); ++i) {
    const std::size_t c = i % positions.cols;
    if (!(positions.values[i] >= low[c] && positions.values[i] <= high[c])) {
      return false;
    }
  }
  return true;
}

}  // namespace

int Recording::store(const Matrix &positions) {
  Block block{m_end, 0, positions.rows, positions.cols, static_cast<int>(m_blocks.size()) - 1, 0, {}, {}};
  const Block *before = m_blocks.empty() ? nullptr : &m_blocks.back();
  if (before != nullptr && before->rows == block.rows && before->columns == block.columns && before->chain + 1 < kLongestChain &&
      fits(positions, before->low, before->high)) {
    block.chain = before->chain + 1;
    block.low = before->low;
    block.high = before->high;
  } else {
    block.previous = -1;
    std::fill_n(block.low.begin(), positions.cols, INFINITY);
    std::fill_n(block.high.begin(), positions.cols, -INFINITY);
    for (std::size_t i = 0; i < positions.values.size(); ++i) {
      const std::size_t c = i % positions.cols;
      block.low[c] = std::min(block.low[c], positions.values[i]);
      block.high[c] = std::max(block.high[c], positions.values[i]);
    }
    for (std::size_t c = 0; c < positions.cols; ++c) {
      const float room = kRoom * (block.high[c] - block.low[c]);
      block.low[c] -= room;
      block.high[c] += room;
    }
  }
  Steps steps(positions.values.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t c = i % positions.cols;
    const float span = block.high[c] - block.low[c], t = span > 0 ? (positions.values[i] - block.low[c]) / span : 0;
    steps[i] = static_cast<std::uint16_t>(std::lround(kSteps * std::clamp(t, 0.0F, 1.0F)));
  }
  const auto bytes = packed(steps, block.previous < 0 ? Steps() : m_last);
  block.bytes = bytes.size();
  const auto length = static_cast<qint64>(bytes.size());
  if (!m_file->seek(m_end) || m_file->write(reinterpret_cast<const char *>(bytes.data()), length) != length || !m_file->flush()) {
    throw std::runtime_error(m_file->fileName().toStdString() + ": " + m_file->errorString().toStdString());
  }
  m_end += length;
  m_last = std::move(steps);
  m_blocks.push_back(block);
  return static_cast<int>(m_blocks.size()) - 1;
}

void Recording::add(const Artifact &frame) {
  Entry entry{frame.name, frame.metadata, nullptr, nullptr, -1, 0};
  const auto *projection = frame.as<Projection>();
  if (projection != nullptr && projection->positions.cols > 0 && projection->positions.cols <= 3 && projection->columns.empty()) {
    if (m_file == nullptr) {
      auto file = std::make_shared<QTemporaryFile>();
      if (!file->open()) {
        throw std::runtime_error(file->errorString().toStdString());
      }
      m_file = std::move(file);
    }
    entry.ids = projection->ids;
    entry.block = store(projection->positions);
    entry.bytes = m_blocks.back().bytes;
  } else {
    entry.payload = frame.payload;
    entry.bytes = std::visit(PayloadBytes{}, *frame.payload);
  }
  m_bytes += entry.bytes;
  m_entries.push_back(std::move(entry));
}

void Recording::thin() {
  std::map<std::string, int> seen;
  std::erase_if(m_entries, [&seen](const Entry &kept) { return seen[kept.name]++ % 2 == 1; });
  m_bytes = 0;
  for (const Entry &entry : m_entries) {
    m_bytes += entry.bytes;
  }
}

Recording::Steps Recording::steps(int block) const {
  std::vector<const Block *> chain;
  for (int b = block; b >= 0; b = m_blocks[static_cast<std::size_t>(b)].previous) {
    chain.push_back(&m_blocks[static_cast<std::size_t>(b)]);
  }
  Steps steps(chain.front()->rows * chain.front()->columns, 0);
  std::vector<std::uint8_t> bytes;
  for (; !chain.empty(); chain.pop_back()) {
    bytes.resize(chain.back()->bytes);
    // not through QFile, whose place in the file is shared by all copies
    if (::pread(m_file->handle(), bytes.data(), bytes.size(), chain.back()->offset) != static_cast<ssize_t>(bytes.size()) || !addPacked(bytes, steps)) {
      throw std::runtime_error("the recording cannot be read: " + m_file->fileName().toStdString() + " is damaged");
    }
  }
  return steps;
}

Artifact Recording::operator[](std::size_t i) const {
  const Entry &entry = m_entries.at(i);
  if (entry.payload != nullptr) {
    return {entry.name, entry.payload, entry.metadata};
  }
  const Block &block = m_blocks[static_cast<std::size_t>(entry.block)];
  const Steps at = steps(entry.block);
  Matrix positions(block.rows, block.columns);
  for (std::size_t k = 0; k < at.size(); ++k) {
    const std::size_t c = k % block.columns;
    positions.values[k] = block.low[c] + (block.high[c] - block.low[c]) * static_cast<float>(at[k]) / kSteps;
  }
  return {entry.name, std::make_shared<const Payload>(Projection{entry.ids, std::move(positions)}), entry.metadata};
}

std::vector<std::string> Recording::write(const fs::path &folder) const {
  Recording kept;
  const fs::path part = partName(folder / kFrames);
  kept.m_file = std::make_shared<QFile>(QString::fromStdString(part.string()));
  if (!kept.m_file->open(QIODevice::ReadWrite | QIODevice::Truncate)) {
    throw std::runtime_error(part.string() + ": " + kept.m_file->errorString().toStdString());
  }
  std::vector<std::string> files = {kIndex, kFrames};
  std::map<const void *, std::string> idsFiles;
  Json frames = Json::array();
  for (std::size_t i = 0; i < size(); ++i) {
    const Entry &entry = m_entries[i];
    if (entry.payload != nullptr) {
      continue;
    }
    kept.add((*this)[i]);
    const auto [known, isNew] = idsFiles.try_emplace(entry.ids.get(), "recording-ids-" + std::to_string(idsFiles.size()) + ".npy");
    if (isNew) {
      writeNpy(folder / known->second, *entry.ids);
      files.push_back(known->second);
    }
    const Block &block = kept.m_blocks.back();
    frames.push_back({{"name", entry.name},
                      {"metadata", entry.metadata},
                      {"ids", known->second},
                      {"offset", block.offset},
                      {"bytes", block.bytes},
                      {"rows", block.rows},
                      {"columns", block.columns},
                      {"chain", block.chain},
                      {"low", block.low},
                      {"high", block.high}});
  }
  std::error_code error;
  if (frames.empty()) {
    fs::remove(part, error);
    return {};
  }
  kept.m_file->close();
  fs::rename(part, folder / kFrames);  // a recording that is open there keeps its own
  writeFile(folder / kIndex, Json{{"frames", frames}}.dump());
  return files;
}

Recording Recording::read(const fs::path &index) {
  const auto bytes = readFile(index);
  const Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  Recording recording;
  const fs::path frames = index.parent_path() / kFrames;
  recording.m_file = std::make_shared<QFile>(QString::fromStdString(frames.string()));
  if (json.is_discarded() || !recording.m_file->open(QIODevice::ReadOnly)) {
    throw InputError((json.is_discarded() ? index : frames).string(), "cannot be read", "the run itself is whole; run it again for its recording");
  }
  std::map<std::string, Ids> ids;
  try {
    for (const Json &frame : json.at("frames")) {
      Block block{frame.at("offset"), frame.at("bytes"), frame.at("rows"), frame.at("columns"), -1, frame.at("chain"), frame.at("low"), frame.at("high")};
      const std::string file = frame.at("ids");
      if (file.find('/') == std::string::npos && ids.find(file) == ids.end()) {
        const NpyArray array = readNpy(index.parent_path() / file);
        std::vector<SampleId> values(array.count());
        for (std::size_t i = 0; i < values.size(); ++i) {
          values[i] = static_cast<SampleId>(array.number(i));
        }
        ids[file] = std::make_shared<const std::vector<SampleId>>(std::move(values));
      }
      const Block *before = recording.m_blocks.empty() ? nullptr : &recording.m_blocks.back();
      block.previous = block.chain > 0 ? static_cast<int>(recording.m_blocks.size()) - 1 : -1;
      const bool fitsBefore = block.chain == 0 || (before != nullptr && before->chain + 1 == block.chain && before->rows == block.rows &&
                                                   before->columns == block.columns && block.chain < kLongestChain);
      if (!fitsBefore || block.columns < 1 || block.columns > 3 || !ids[file] || ids[file]->size() != block.rows || block.offset < 0 ||
          block.bytes > block.rows * block.columns * 3 || block.offset + static_cast<qint64>(block.bytes) > recording.m_file->size()) {
        throw InputError(index.string(), "names frames that are not in " + frames.string(), "the run itself is whole; run it again for its recording");
      }
      recording.m_entries.push_back({frame.at("name"), frame.at("metadata"), nullptr, ids[file], static_cast<int>(recording.m_blocks.size()), block.bytes});
      recording.m_blocks.push_back(block);
      recording.m_bytes += block.bytes;
    }
  } catch (const Json::exception &) {
    throw InputError(index.string(), "is no list of recorded frames", "the run itself is whole; run it again for its recording");
  }
  return recording;
}

}  // namespace vitrine
