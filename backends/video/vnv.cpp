// Layout: magic, version, checksum, length of the head; then one range-coded stream of head (JSON), steps and symbols.
#include "video/vnv.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>

#include "core/error.h"
#include "core/npy.h"
#include "video/symbol_coder.h"

namespace vitrine::video {

namespace {

constexpr std::array<std::uint8_t, 4> kMagic = {'V', 'N', 'V', 0x1A};
constexpr std::uint8_t kVersion = 2;  // 1: no tensor has more than 8 bits
constexpr int kBitsOfOne = 8;         // at most, in version 1
constexpr std::size_t kPrefix = 13;   // magic, version, checksum, length of the head
constexpr std::size_t kMostHead = std::size_t{1} << 20, kMostSymbols = std::size_t{1} << 25, kMostTensors = 10'000, kMostSides = 8;
constexpr std::size_t kSymbolsAByte = 1 << 15;  // a decision costs at least 2^-12 bits or so

std::size_t product(const Shape &shape) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) {
    count *= static_cast<std::size_t>(side);
  }
  return count;
}

SymbolGrid gridOf(const Shape &shape) {
  const std::size_t count = product(shape);
  SymbolGrid grid{count, 1, 1, 1};
  if (shape.size() > 1) {
    grid.rows = static_cast<std::size_t>(shape[0]);
    grid.columns = count / grid.rows;
    grid.positions = shape.size() > 2 ? product({shape.begin() + 2, shape.end()}) : 1;
    grid.width = shape.size() > 2 ? static_cast<std::size_t>(shape.back()) : 1;
  }
  return grid;
}

/// What a tensor's entry in the head says, beside name and shape.
struct Plan {
  unsigned stepAxes = 0;  ///< bit d: the steps differ along axis d
  bool halves = false;    ///< MinMax: steps and minimums are of half precision
  Prediction prediction;
};

Shape stepShapeOf(const Shape &shape, unsigned axes) {
  Shape steps(shape.size(), 1);
  for (std::size_t d = 0; d < shape.size(); ++d) {
    steps[d] = (axes >> d & 1) != 0 ? shape[d] : 1;
  }
  return steps;
}

/// MinMax: the symbol nearest to zero of each slice, so that what is coded scatters about zero. One division a slice, which IEEE 754 rounds alike everywhere.
std::vector<std::int32_t> centres(const Quantised &tensor) {
  std::vector<std::int32_t> out(tensor.steps.size(), 0);
  for (std::size_t j = 0; j < out.size() && tensor.kind == Quantised::Kind::MinMax; ++j) {
    const double centre = tensor.steps[j] > 0 ? std::nearbyint(-static_cast<double>(tensor.minimums[j]) / static_cast<double>(tensor.steps[j])) : 0;
    out[j] = static_cast<std::int32_t>(std::clamp(centre, 0.0, static_cast<double>((1 << tensor.bits) - 1)));
  }
  return out;
}

bool isHalf(float value) {
  return fromHalf(toHalf(value)) == value;
}

/// Steps and minimums as columns of small numbers: indices of the grid, halves in order of size cut in two, or the bytes of floats.
std::vector<std::vector<std::int32_t>> columnsOf(const std::vector<float> &values, bool symmetric, bool halves) {
  std::vector<std::vector<std::int32_t>> columns(symmetric ? 1 : halves ? 2 : 4);
  for (const float value : values) {
    if (symmetric) {
      columns[0].push_back(gridStepIndex(static_cast<double>(value)));
    } else if (halves) {
      const std::uint16_t half = toHalf(value);
      const std::int32_t ordinal = (half & 0x8000) != 0 ? -static_cast<std::int32_t>(half & 0x7FFF) : half;
      columns[0].push_back(ordinal >> 5);
      columns[1].push_back(ordinal & 31);
    } else {
      for (std::size_t b = 0; b < 4; ++b) {
        columns[b].push_back(static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(value) >> (8 * b) & 255));
      }
    }
  }
  return columns;
}

std::vector<float> valuesOf(const std::vector<std::vector<std::int32_t>> &columns) {
  std::vector<float> values;
  for (std::size_t i = 0; i < columns[0].size(); ++i) {
    if (columns.size() == 1) {
      values.push_back(gridStepOf(std::clamp(columns[0][i], -2048, 2047)));
    } else if (columns.size() == 2) {
      const std::int32_t ordinal = std::clamp(columns[0][i] * 32 + (columns[1][i] & 31), -0x7FFF, 0x7FFF);
      values.push_back(fromHalf(static_cast<std::uint16_t>(ordinal < 0 ? 0x8000 | -ordinal : ordinal)));
    } else {
      std::uint32_t bits = 0;
      for (std::size_t b = 0; b < 4; ++b) {
        bits |= static_cast<std::uint32_t>(columns[b][i] & 255) << (8 * b);
      }
      values.push_back(std::bit_cast<float>(bits));
    }
  }
  return values;
}

struct Models {
  SymbolModel weights, steps;
};

void encodeSteps(BitEncoder &coder, Models &models, const Quantised &tensor, bool halves) {
  const bool symmetric = tensor.kind == Quantised::Kind::Symmetric;
  for (const auto *values : {&tensor.steps, &tensor.minimums}) {
    if (!values->empty()) {
      for (const auto &column : columnsOf(*values, symmetric, halves)) {
        models.steps.encode(coder, column, {column.size(), 1, 1, 1}, Prediction::previous());
      }
    }
  }
}

/// The symbols as they are coded, and the prediction that makes them short.
std::vector<std::int32_t> centred(const Quantised &tensor) {
  const std::vector<std::int32_t> centre = centres(tensor);
  std::vector<std::int32_t> symbols = tensor.symbols;
  eachStep(tensor.shape, tensor.stepShape, [&](std::size_t i, std::size_t j) { symbols[i] -= centre[j]; });
  return symbols;
}

/// Of nothing, the fitted weights and two plain rules for paths through time: the one that makes the fewest bytes.
Prediction bestPrediction(std::span<const std::int32_t> symbols, const SymbolGrid &grid) {
  const Prediction fitted = fittedPrediction(symbols, grid);
  if (fitted.isNone()) {
    return fitted;
  }
  std::vector<Prediction> candidates = {Prediction::none(), fitted};
  if (fitted.weights[0] > 32) {
    candidates.insert(candidates.end(), {Prediction::previous(), Prediction::linear()});
  }
  Prediction best;
  std::size_t least = SIZE_MAX;
  for (const Prediction &candidate : candidates) {
    BitEncoder trial;
    SymbolModel().encode(trial, symbols, grid, candidate);
    if (trial.size() < least) {
      least = trial.size();
      best = candidate;
    }
  }
  return best;
}

void checkWritable(const VnvTensor &tensor) {
  const Quantised &data = tensor.data;
  const std::int32_t most = data.kind == Quantised::Kind::MinMax ? (1 << data.bits) - 1 : (1 << (data.bits - 1)) - 1;
  const std::int32_t lowest = data.kind == Quantised::Kind::MinMax ? 0 : -most;
  const bool fits = data.bits >= 2 && data.bits <= (data.kind == Quantised::Kind::Symmetric ? kMostBits : kBitsOfOne) && data.shape.size() <= kMostSides &&
                    data.stepShape.size() == data.shape.size() && product(data.shape) == data.count() && data.count() > 0 &&
                    product(data.stepShape) == data.steps.size() && data.minimums.size() == (data.kind == Quantised::Kind::MinMax ? data.steps.size() : 0) &&
                    tensor.name.size() <= 1000;
  if (!fits) {
    throw InputError("tensor \"" + tensor.name.substr(0, 80) + "\"", "its shapes, bits and numbers do not belong together");
  }
  if (std::ranges::any_of(data.symbols, [&](std::int32_t symbol) { return symbol < lowest || symbol > most; })) {
    throw InputError("tensor \"" + tensor.name + "\"", "has symbols outside its " + std::to_string(data.bits) + " bits");
  }
  const bool offGrid = data.kind == Quantised::Kind::Symmetric &&
                       std::ranges::any_of(data.steps, [](float step) { return !(step > 0) || gridStep(static_cast<double>(step)) != step; });
  if (offGrid) {
    throw InputError("tensor \"" + tensor.name + "\"", "has a step that the file cannot hold", "round it with gridStep()");
  }
}

Json headEntry(const VnvTensor &tensor, const Plan &plan) {
  return Json::array({tensor.name, tensor.data.shape, tensor.data.bits, static_cast<int>(tensor.data.kind), plan.stepAxes, plan.halves ? 1 : 0,
                      plan.prediction.isNone() ? Json::array() : Json(plan.prediction.weights)});
}

Plan planOf(const Quantised &data, std::span<const std::int32_t> symbols) {
  Plan plan;
  for (std::size_t d = 0; d < data.shape.size(); ++d) {
    plan.stepAxes |= data.stepShape[d] != 1 ? 1U << d : 0U;
  }
  plan.halves = data.kind == Quantised::Kind::MinMax && std::ranges::all_of(data.steps, isHalf) && std::ranges::all_of(data.minimums, isHalf);
  plan.prediction = bestPrediction(symbols, gridOf(data.shape));
  return plan;
}

// Reading: every claim of the head is checked here, before any of it is used.

class HeadReader {
 public:
  HeadReader(const Json &head, std::size_t mostSymbols, int mostBits, std::string where)
      : m_left(mostSymbols), m_mostBits(mostBits), m_where(std::move(where)) {
    if (!head.is_object() || !head.contains("header") || !head["header"].is_object() || !head.contains("tensors") || !head["tensors"].is_array() ||
        head["tensors"].size() > kMostTensors) {
      fail("its head is no list of tensors");
    }
    model.header = head["header"];
    for (const Json &entry : head["tensors"]) {
      readEntry(entry);
    }
  }

  VnvModel model;
  std::vector<Plan> plans;

 private:
  [[noreturn]] void fail(const std::string &what) const { throw InputError(m_where, what, "the file is damaged: get it again"); }

  std::int64_t number(const Json &value, std::int64_t most) const {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) {
      fail("tensor " + std::to_string(plans.size()) + " has a number outside 0 to " + std::to_string(most) + " in its entry");
    }
    return static_cast<std::int64_t>(value.get<std::uint64_t>());
  }

  Prediction predictionOf(const Json &weights) const {
    Prediction prediction;
    if (!weights.is_array() || (!weights.empty() && weights.size() != Prediction::kNeighbours)) {
      fail("tensor " + std::to_string(plans.size()) + " has a prediction of another form than six weights");
    }
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const bool whole = weights[i].is_number_integer() && (!weights[i].is_number_unsigned() || weights[i].get<std::uint64_t>() <= 256);
      const std::int64_t weight = whole ? weights[i].get<std::int64_t>() : 1000;
      if (weight < -Prediction::kLargestWeight || weight > Prediction::kLargestWeight) {
        fail("tensor " + std::to_string(plans.size()) + " has a prediction weight outside -256 to 256");
      }
      prediction.weights[i] = static_cast<std::int32_t>(weight);
    }
    return prediction;
  }

  void readEntry(const Json &entry) {
    if (!entry.is_array() || entry.size() != 7 || !entry[0].is_string() || !entry[1].is_array() || entry[1].size() > kMostSides) {
      fail("the entry of tensor " + std::to_string(plans.size()) + " has another form than [name, shape, bits, kind, axes, halves, prediction]");
    }
    VnvTensor tensor;
    tensor.name = entry[0].get<std::string>();
    if (tensor.name.size() > 1000 || !m_names.insert(tensor.name).second) {
      fail("the name of tensor " + std::to_string(plans.size()) + " is too long or not the only one");
    }
    std::size_t count = 1;
    for (const Json &side : entry[1]) {
      const std::int64_t n = number(side, static_cast<std::int64_t>(kMostSymbols));
      if (n == 0) {
        fail("tensor \"" + tensor.name.substr(0, 80) + "\" has no numbers");
      }
      tensor.data.shape.push_back(n);
      count *= static_cast<std::size_t>(n);
      if (count > m_left) {
        fail("tensor \"" + tensor.name.substr(0, 80) + "\" claims more numbers than the file can hold");
      }
    }
    m_left -= count;
    tensor.data.bits = static_cast<int>(number(entry[2], m_mostBits));
    tensor.data.kind = static_cast<Quantised::Kind>(number(entry[3], 1));
    if (tensor.data.bits < 2 || (tensor.data.kind == Quantised::Kind::MinMax && tensor.data.bits > kBitsOfOne)) {
      fail("tensor \"" + tensor.name.substr(0, 80) + "\" has fewer than 2 bits or more than its kind may have");
    }
    Plan plan;
    plan.stepAxes = static_cast<unsigned>(number(entry[4], (std::int64_t{1} << tensor.data.shape.size()) - 1));
    plan.halves = number(entry[5], 1) != 0;
    plan.prediction = predictionOf(entry[6]);
    tensor.data.stepShape = stepShapeOf(tensor.data.shape, plan.stepAxes);
    if (product(tensor.data.stepShape) > std::max<std::size_t>(count, 1)) {
      fail("tensor \"" + tensor.name.substr(0, 80) + "\" has more steps than numbers");
    }
    model.tensors.push_back(std::move(tensor));
    plans.push_back(plan);
  }

  std::size_t m_left;
  int m_mostBits;
  std::string m_where;
  std::set<std::string> m_names;
};

std::vector<float> decodeSteps(BitDecoder &coder, Models &models, std::size_t count, std::size_t columns) {
  std::vector<std::vector<std::int32_t>> parts(columns, std::vector<std::int32_t>(count));
  for (auto &part : parts) {
    models.steps.decode(coder, part, {count, 1, 1, 1}, Prediction::previous());
  }
  return valuesOf(parts);
}

void decodeTensor(BitDecoder &coder, Models &models, const Plan &plan, VnvTensor &tensor, const std::string &where) {
  Quantised &data = tensor.data;
  const bool symmetric = data.kind == Quantised::Kind::Symmetric;
  const std::size_t steps = product(data.stepShape), columns = symmetric ? 1 : plan.halves ? 2 : 4;
  data.steps = decodeSteps(coder, models, steps, columns);
  if (!symmetric) {
    data.minimums = decodeSteps(coder, models, steps, columns);
  }
  const auto finite = [](float value) { return std::isfinite(value); };
  const bool whole = std::ranges::all_of(data.steps, finite) && std::ranges::all_of(data.minimums, finite);
  data.symbols.resize(product(data.shape));
  if (!whole || !models.weights.decode(coder, data.symbols, gridOf(data.shape), plan.prediction)) {
    throw InputError(where, "tensor \"" + tensor.name.substr(0, 80) + (whole ? "\" is cut off" : "\" has a step that is no number"), "get the file again");
  }
  const std::int32_t most = symmetric ? (1 << (data.bits - 1)) - 1 : (1 << data.bits) - 1;
  const std::vector<std::int32_t> centre = centres(data);
  bool inside = true;
  eachStep(data.shape, data.stepShape, [&](std::size_t i, std::size_t j) {
    data.symbols[i] += centre[j];
    inside = inside && data.symbols[i] <= most && data.symbols[i] >= (symmetric ? -most : 0);
  });
  if (!inside) {
    throw InputError(where, "tensor \"" + tensor.name.substr(0, 80) + "\" has symbols outside its " + std::to_string(data.bits) + " bits",
                     "the file is damaged: get it again");
  }
}

std::uint32_t word(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at]) | static_cast<std::uint32_t>(bytes[at + 1]) << 8 | static_cast<std::uint32_t>(bytes[at + 2]) << 16 |
         static_cast<std::uint32_t>(bytes[at + 3]) << 24;
}

void putWord(std::vector<std::uint8_t> &bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t b = 0; b < 4; ++b) {
    bytes[at + b] = static_cast<std::uint8_t>(value >> (8 * b));
  }
}

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) {
        value = value >> 1 ^ ((value & 1) != 0 ? 0xEDB88320U : 0U);
      }
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t sum = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) {
    sum = sum >> 8 ^ kTable[(sum ^ byte) & 255];
  }
  return ~sum;
}

std::vector<std::uint8_t> writeVnv(const VnvModel &model, VnvBytes *spent) {
  Json entries = Json::array();
  std::set<std::string> names;
  std::vector<std::vector<std::int32_t>> symbols;
  std::vector<Plan> plans;
  for (const VnvTensor &tensor : model.tensors) {
    checkWritable(tensor);
    if (!names.insert(tensor.name).second) {
      throw InputError("tensor \"" + tensor.name + "\"", "is there twice");
    }
    symbols.push_back(centred(tensor.data));
    plans.push_back(planOf(tensor.data, symbols.back()));
    entries.push_back(headEntry(tensor, plans.back()));
  }
  const std::string head = Json{{"header", model.header}, {"tensors", std::move(entries)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (head.size() > kMostHead) {
    throw InputError("header", "has " + std::to_string(head.size()) + " bytes as JSON", "at most 1 MiB is possible");
  }
  BitEncoder coder;
  encodeBytes(coder, {reinterpret_cast<const std::uint8_t *>(head.data()), head.size()});
  VnvBytes bytesOf{kPrefix + coder.size(), {}};
  Models models;
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const std::size_t before = coder.size();
    encodeSteps(coder, models, model.tensors[i].data, plans[i].halves);
    models.weights.encode(coder, symbols[i], gridOf(model.tensors[i].data.shape), plans[i].prediction);
    bytesOf.tensors.push_back(coder.size() - before);
  }
  const std::vector<std::uint8_t> body = coder.finish();
  std::vector<std::uint8_t> bytes(kPrefix + body.size());
  std::ranges::copy(kMagic, bytes.begin());
  const bool wide = std::ranges::any_of(model.tensors, [](const VnvTensor &tensor) { return tensor.data.bits > kBitsOfOne; });
  bytes[4] = wide ? kVersion : 1;
  putWord(bytes, 9, static_cast<std::uint32_t>(head.size()));
  std::ranges::copy(body, bytes.begin() + kPrefix);
  putWord(bytes, 5, crc32(std::span(bytes).subspan(9)));
  if (spent != nullptr) {
    *spent = std::move(bytesOf);
  }
  return bytes;
}

bool isVnv(std::span<const std::uint8_t> head) {
  return head.size() >= kMagic.size() && std::equal(kMagic.begin(), kMagic.end(), head.begin());
}

VnvModel readVnv(std::span<const std::uint8_t> bytes, const std::string &where, VnvBytes *spent) {
  if (!isVnv(bytes)) {
    throw InputError(where, "does not begin with VNV and byte 26: no .vnv file", "give the model.vnv that a video study wrote");
  }
  if (bytes.size() < kPrefix) {
    throw InputError(where, "ends at byte " + std::to_string(bytes.size()) + ", inside its first " + std::to_string(kPrefix) + " bytes", "get it again");
  }
  if (bytes[4] == 0 || bytes[4] > kVersion) {
    throw InputError(where, "is of version " + std::to_string(bytes[4]) + " of the format", "this Vitrine reads versions 1 and 2: open it with a newer one");
  }
  if (word(bytes, 5) != crc32(bytes.subspan(9))) {
    throw InputError(where, "its checksum at byte 5 does not agree with its " + std::to_string(bytes.size()) + " bytes",
                     "it is damaged or cut off: get it again");
  }
  const std::size_t headSize = word(bytes, 9);
  if (headSize > kMostHead) {
    throw InputError(where, "claims a head of " + std::to_string(headSize) + " bytes at byte 9", "at most 1 MiB is possible: the file is damaged");
  }
  BitDecoder coder(bytes.subspan(kPrefix));
  const std::vector<std::uint8_t> text = decodeBytes(coder, headSize);
  const Json head = Json::parse(text.begin(), text.end(), nullptr, false);
  if (text.size() != headSize || head.is_discarded()) {
    throw InputError(where, "its head is no JSON", "the file is damaged: get it again");
  }
  HeadReader reader(head, std::min(kMostSymbols, (bytes.size() + 16) * kSymbolsAByte), bytes[4] == 1 ? kBitsOfOne : kMostBits, where);
  VnvBytes bytesOf{kPrefix + coder.position(), {}};
  Models models;
  for (std::size_t i = 0; i < reader.plans.size(); ++i) {
    const std::size_t before = coder.position();
    decodeTensor(coder, models, reader.plans[i], reader.model.tensors[i], where);
    bytesOf.tensors.push_back(coder.position() - before);
  }
  if (coder.overrun() || !coder.exhausted()) {
    throw InputError(where, coder.overrun() ? "is cut off" : "has bytes after its last tensor", "the file is damaged: get it again");
  }
  if (spent != nullptr) {
    *spent = std::move(bytesOf);
  }
  return std::move(reader.model);
}

std::size_t writeVnvFile(const std::filesystem::path &file, const VnvModel &model) {
  const std::vector<std::uint8_t> bytes = writeVnv(model);
  writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  return bytes.size();
}

VnvModel readVnvFile(const std::filesystem::path &file) {
  return readVnv(readFile(file), file.string());
}

Json describeVnv(const std::filesystem::path &file) {
  const std::vector<std::uint8_t> bytes = readFile(file);
  VnvBytes spent;
  const VnvModel model = readVnv(bytes, file.string(), &spent);
  Json tensors = Json::array();
  std::size_t parameters = 0;
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Quantised &data = model.tensors[i].data;
    const auto zeros = static_cast<std::size_t>(std::ranges::count(data.symbols, 0));
    const bool symmetric = data.kind == Quantised::Kind::Symmetric;
    tensors.push_back({{"name", model.tensors[i].name},
                       {"shape", data.shape},
                       {"quantiser", symmetric ? "symmetric" : "min-max"},
                       {"bits", data.bits},
                       {"steps", data.steps.size()},
                       {"bytes", spent.tensors[i]},
                       {"zero_fraction", static_cast<double>(symmetric ? zeros : 0) / static_cast<double>(data.count())}});
    parameters += data.count();
  }
  return {{"kind", "vnv"},
          {"version", bytes[4]},
          {"bytes", bytes.size()},
          {"head_bytes", spent.head},
          {"parameters", parameters},
          {"bits_per_parameter", parameters > 0 ? 8.0 * static_cast<double>(bytes.size()) / static_cast<double>(parameters) : 0.0},
          {"header", model.header},
          {"tensors", std::move(tensors)}};
}

}  // namespace vitrine::video
