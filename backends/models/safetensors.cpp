// Reading checks everything before it trusts anything: a checkpoint is a download.
#include "models/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "core/error.h"
#include "core/npy.h"

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian and is copied as it stands");

namespace vitrine::models {
namespace {

constexpr std::uint64_t kHeaderLimit = 100'000'000;  // as the reference implementation
constexpr std::uint64_t kPrefix = 8;

struct HeaderEntry {
  std::string name, type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0, count = 0;
};

struct SafetensorsHeader {
  std::vector<HeaderEntry> entries;  // by offset
  std::map<std::string, std::string> metadata;
  std::span<const std::uint8_t> payload;
};

std::uint64_t bytesOf(const std::string &type) {
  static const std::map<std::string, std::uint64_t> sizes = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E4M3", 1}, {"F8_E5M2", 1},
                                                             {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
                                                             {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8}};
  const auto it = sizes.find(type);
  return it == sizes.end() ? 0 : it->second;
}

/// Parses the header's JSON; nlohmann keeps the last of two equal keys, so they are looked for on the way.
Json parseHeaderJson(std::span<const std::uint8_t> text, const std::string &where) {
  std::set<std::string> seen;
  std::string twice;
  const auto watch = [&](int depth, Json::parse_event_t event, Json &parsed) {
    if (event == Json::parse_event_t::key && depth == 1 && !seen.insert(parsed.get<std::string>()).second && twice.empty()) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  try {
    Json header = Json::parse(text.begin(), text.end(), watch);
    if (!twice.empty()) {
      throw InputError(where, "the header names tensor \"" + twice + "\" twice");
    }
    if (!header.is_object()) {
      throw InputError(where, "the header at byte 8 is no JSON object", "is it a safetensors file?");
    }
    return header;
  } catch (const Json::parse_error &error) {
    throw InputError(where, "the header is no JSON at byte " + std::to_string(kPrefix + error.byte), "the file is damaged or no safetensors file");
  }
}

std::uint64_t unsignedNumber(const Json &value, const std::string &where, const std::string &what) {
  if (!value.is_number_unsigned()) {
    throw InputError(where, what + " is not a whole number of 0 or more");
  }
  return value.get<std::uint64_t>();
}

HeaderEntry parseEntry(const std::string &name, const Json &json, const std::string &where) {
  const std::string what = "tensor \"" + name.substr(0, 80) + "\"";
  if (!json.is_object() || !json.contains("dtype") || !json["dtype"].is_string() || !json.contains("shape") || !json["shape"].is_array() ||
      !json.contains("data_offsets") || !json["data_offsets"].is_array() || json["data_offsets"].size() != 2) {
    throw InputError(where, what + " lacks dtype, shape or data_offsets");
  }
  HeaderEntry entry;
  entry.name = name;
  entry.type = json["dtype"].get<std::string>();
  const std::uint64_t size = bytesOf(entry.type);
  if (size == 0) {
    throw InputError(where, what + " has the unknown type " + entry.type.substr(0, 20));
  }
  entry.count = 1;
  for (const auto &side : json["shape"]) {
    const std::uint64_t n = unsignedNumber(side, where, "a side of " + what);
    if (n > (std::uint64_t{1} << 40) || (n > 0 && entry.count > (std::uint64_t{1} << 40) / n)) {
      throw InputError(where, what + " has an impossible shape");
    }
    entry.count *= n;
    entry.shape.push_back(static_cast<std::int64_t>(n));
  }
  entry.begin = unsignedNumber(json["data_offsets"][0], where, "the offset of " + what);
  entry.end = unsignedNumber(json["data_offsets"][1], where, "the end of " + what);
  if (entry.end < entry.begin || entry.end - entry.begin != entry.count * size) {
    throw InputError(where, what + ": its offsets do not fit its shape");
  }
  return entry;
}

SafetensorsHeader parseHeader(std::span<const std::uint8_t> bytes, const std::string &where) {
  if (bytes.size() < kPrefix) {
    throw InputError(where, "ends at byte " + std::to_string(bytes.size()) + " before the header's length", "the file is damaged or no safetensors file");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kPrefix);
  if (length > kHeaderLimit || length > bytes.size() - kPrefix) {
    throw InputError(where, "the header length at byte 0 is " + std::to_string(length) + ", more than " + (length > kHeaderLimit ? "100 MB" : "the file holds"),
                     "the file is truncated or no safetensors file");
  }
  const Json json = parseHeaderJson(bytes.subspan(kPrefix, length), where);
  SafetensorsHeader header;
  header.payload = bytes.subspan(kPrefix + length);
  for (const auto &[name, value] : json.items()) {
    if (name != "__metadata__") {
      header.entries.push_back(parseEntry(name, value, where));
      continue;
    }
    if (!value.is_object() || !std::all_of(value.begin(), value.end(), [](const Json &text) { return text.is_string(); })) {
      throw InputError(where, "__metadata__ is no map of texts");
    }
    header.metadata = value.get<std::map<std::string, std::string>>();
  }
  std::sort(header.entries.begin(), header.entries.end(), [](const auto &a, const auto &b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
  std::uint64_t expected = 0;
  for (const auto &entry : header.entries) {
    if (entry.begin != expected) {
      throw InputError(where, "tensor \"" + entry.name.substr(0, 80) + "\" " + (entry.begin < expected ? "overlaps another" : "leaves a hole before it") +
                                  " at byte " + std::to_string(kPrefix + length + std::min(entry.begin, expected)));
    }
    expected = entry.end;
  }
  if (expected != header.payload.size()) {
    throw InputError(where, "the tensors end at byte " + std::to_string(kPrefix + length + expected) + " but the file at byte " + std::to_string(bytes.size()),
                     expected > header.payload.size() ? "the file is truncated" : "");
  }
  return header;
}

float fromHalf(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000U) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1FU, fraction = half & 0x3FFU;
  if (exponent == 0) {  // subnormal: fraction x 2^-24
    const float value = static_cast<float>(fraction) * 0x1.0p-24F;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t bits = exponent == 31 ? sign | 0x7F800000U | (fraction << 13) : sign | ((exponent + 112) << 23) | (fraction << 13);
  return std::bit_cast<float>(bits);
}

template <class Stored, class Convert>
void convertValues(std::span<const std::uint8_t> raw, std::vector<float> &out, Convert convert) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    Stored value;
    std::memcpy(&value, raw.data() + i * sizeof(Stored), sizeof(Stored));  // payloads need not be aligned
    out[i] = convert(value);
  }
}

WeightTensor readTensor(const HeaderEntry &entry, std::span<const std::uint8_t> payload, const std::string &where) {
  WeightTensor tensor{entry.shape, std::vector<float>(entry.count)};
  const auto raw = payload.subspan(entry.begin, entry.end - entry.begin);
  if (entry.type == "F32") {
    convertValues<float>(raw, tensor.values, [](float value) { return value; });
  } else if (entry.type == "F64") {
    convertValues<double>(raw, tensor.values, [](double value) { return static_cast<float>(value); });
  } else if (entry.type == "F16") {
    convertValues<std::uint16_t>(raw, tensor.values, fromHalf);
  } else if (entry.type == "BF16") {
    convertValues<std::uint16_t>(raw, tensor.values, [](std::uint16_t value) { return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16); });
  } else {
    throw InputError(where, "tensor \"" + entry.name.substr(0, 80) + "\" holds " + entry.type + ", not F16, BF16, F32 or F64");
  }
  return tensor;
}

}  // namespace

WeightFile parseSafetensors(std::span<const std::uint8_t> bytes, const std::string &where) {
  const SafetensorsHeader header = parseHeader(bytes, where);
  WeightFile file;
  file.metadata = header.metadata;
  for (const auto &entry : header.entries) {
    file.tensors.emplace(entry.name, readTensor(entry, header.payload, where));
  }
  return file;
}

WeightFile readSafetensors(const std::filesystem::path &file) {
  return parseSafetensors(readFile(file), file.string());
}

Json describeSafetensors(const std::filesystem::path &file) {
  const auto bytes = readFile(file);
  const SafetensorsHeader header = parseHeader(bytes, file.string());
  Json tensors = Json::array();
  std::uint64_t parameters = 0;
  for (const auto &entry : header.entries) {
    tensors.push_back({{"name", entry.name}, {"type", entry.type}, {"shape", entry.shape}});
    parameters += entry.count;
  }
  return {{"kind", "safetensors"}, {"parameters", parameters}, {"metadata", header.metadata}, {"tensors", std::move(tensors)}};
}

std::string safetensorsBytes(const WeightFile &weights) {
  Json header = Json::object();
  if (!weights.metadata.empty()) {
    header["__metadata__"] = weights.metadata;
  }
  std::uint64_t offset = 0;
  for (const auto &[name, tensor] : weights.tensors) {
    const std::uint64_t end = offset + tensor.values.size() * sizeof(float);
    header[name] = {{"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);  // class names come from folder names
  text.resize((text.size() + 7) / 8 * 8, ' ');                                     // so that the values are aligned
  const std::uint64_t length = text.size();
  std::string bytes(reinterpret_cast<const char *>(&length), kPrefix);
  bytes.reserve(kPrefix + length + offset);
  bytes += text;
  for (const auto &[name, tensor] : weights.tensors) {
    bytes.append(reinterpret_cast<const char *>(tensor.values.data()), tensor.values.size() * sizeof(float));
  }
  return bytes;
}

void writeSafetensors(const std::filesystem::path &file, const WeightFile &weights) {
  writeFile(file, safetensorsBytes(weights));
}

}  // namespace vitrine::models
