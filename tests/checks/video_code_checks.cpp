// The compressed video file: it comes back, its bytes are the same on every machine, damage is refused.
#include "core/seed.h"
#include "tests/checks/checks.h"
#include "video/symbol_coder.h"
#include "video/vnv.h"

namespace vitrine::checks {

namespace {

using namespace video;

VnvModel madeUpModel() {
  Rng rng(3);
  std::vector<float> weights(20 * 30);
  for (float &weight : weights) {
    weight = static_cast<float>(rng.normal());
  }
  VnvModel model;
  model.header = {{"frames", 3}};
  model.tensors = {{"symmetric", quantise(weights, {20, 30}, {}, "symmetric")},
                   {"min-max", quantise(weights, {20, 30}, {.method = QuantOptions::Method::Reference, .bits = 5}, "min-max")}};
  return model;
}

void vnvComesBack() {
  const VnvModel model = madeUpModel(), back = readVnv(writeVnv(model), "check");
  require(back.header == model.header && back.tensors.size() == 2, "head differs");
  for (std::size_t i = 0; i < 2; ++i) {
    require(dequantise(back.tensors[i].data) == dequantise(model.tensors[i].data), model.tensors[i].name + " differs");
  }
}

void vnvRefusesDamage() {
  auto bytes = writeVnv(madeUpModel());
  bytes[bytes.size() / 2] ^= 1;
  requireRefused([&] { readVnv(bytes, "check"); }, "checksum");
  bytes.resize(7);
  requireRefused([&] { readVnv(bytes, "check"); }, "ends at byte 7");
}

void codeIsTheSameEverywhere() {
  std::vector<std::int32_t> symbols;
  Rng rng(6);
  for (int i = 0; i < 5000; ++i) {
    const auto a = static_cast<std::int32_t>(rng.below(64)), b = static_cast<std::int32_t>(rng.below(64));
    symbols.push_back(a + b - 63);
  }
  BitEncoder coder;
  SymbolModel().encode(coder, symbols, {50, 100, 4, 2}, Prediction::none());
  const std::uint32_t sum = crc32(coder.finish());
  require(sum == 1671007757U, "the coder made other bytes (checksum " + std::to_string(sum) + "): files of other machines could not be read");
}

}  // namespace

std::vector<SelfCheck> videoCodeChecks() {
  return {
      {"video/vnv comes back", vnvComesBack}, {"video/vnv refuses damage", vnvRefusesDamage}, {"video/code is the same everywhere", codeIsTheSameEverywhere}};
}

}  // namespace vitrine::checks
