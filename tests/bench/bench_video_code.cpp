// How many bits a parameter costs: bench_video_code WEIGHTS.pt, a dictionary of float tensors that torch.save() wrote (embeddings are called "embed").
// The reference's scheme (its quantiser, one Huffman table for all, 16 bits for each minimum and scale) beside .vnv files of the same and of our symbols.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <map>
#include <queue>

#include "core/error.h"
#include "core/npy.h"
#include "video/torch_file.h"

using namespace vitrine;
using namespace vitrine::video;

namespace {

struct FloatTensor {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

using Histogram = std::map<std::int32_t, double>;

double entropyBits(const Histogram &histogram) {
  double total = 0, bits = 0;
  for (const auto &[symbol, n] : histogram) {
    total += n;
  }
  for (const auto &[symbol, n] : histogram) {
    bits -= n * std::log2(n / total);
  }
  return bits;
}

/// Sum of frequency x length: every merge of the two rarest adds one bit to all below it. One end mark, as dahuffman has.
double huffmanBits(const Histogram &histogram) {
  std::priority_queue<double, std::vector<double>, std::greater<>> queue;
  queue.push(1);
  for (const auto &[symbol, n] : histogram) {
    queue.push(n);
  }
  double bits = 0;
  while (queue.size() > 1) {
    const double a = queue.top();
    queue.pop();
    const double b = queue.top();
    queue.pop();
    bits += a + b;
    queue.push(a + b);
  }
  return bits;
}

std::vector<FloatTensor> readWeights(const std::string &file) {
  const auto bytes = readFile(file);
  const PickledRef all = parseTorchFile(bytes, file);
  std::vector<FloatTensor> tensors;
  for (const auto &[name, value] : all->fields) {
    if (value->kind == PickledValue::Kind::Tensor) {
      const auto numbers = value->tensor.values();
      tensors.push_back({name, value->tensor.shape, {numbers.begin(), numbers.end()}});
    }
  }
  return tensors;
}

VnvModel quantised(const std::vector<FloatTensor> &tensors, QuantOptions options, double *squaredError, double *sum) {
  VnvModel model;
  const int bits = options.bits;
  for (const FloatTensor &tensor : tensors) {
    options.bits = tensor.name == "embed" ? std::min(bits, 6) : bits;
    model.tensors.push_back({tensor.name, quantise(tensor.values, tensor.shape, options, tensor.name)});
    const auto back = dequantise(model.tensors.back().data);
    for (std::size_t i = 0; i < back.size() && tensor.name != "embed"; ++i) {
      *squaredError += std::pow(static_cast<double>(back[i]) - static_cast<double>(tensor.values[i]), 2);
      *sum += std::pow(static_cast<double>(tensor.values[i]), 2);
    }
  }
  return model;
}

void report(const char *scheme, const VnvModel &model, double relativeError) {
  Histogram shared;
  double separate = 0, count = 0, sides = 0;
  for (const VnvTensor &tensor : model.tensors) {
    Histogram own;
    for (const std::int32_t symbol : tensor.data.symbols) {
      own[symbol] += 1;
      shared[symbol] += 1;
    }
    separate += entropyBits(own);
    count += static_cast<double>(tensor.data.count());
    sides += 16 * static_cast<double>(tensor.data.steps.size() + tensor.data.minimums.size());
  }
  const auto start = std::chrono::steady_clock::now();
  const auto bytes = writeVnv(model);
  const auto written = std::chrono::steady_clock::now();
  const VnvModel back = readVnv(bytes, "bench");
  const std::chrono::duration<double> write = written - start, read = std::chrono::steady_clock::now() - written;
  for (std::size_t i = 0; i < back.tensors.size(); ++i) {
    if (back.tensors[i].data.symbols != model.tensors[i].data.symbols) {
      throw std::logic_error("the file does not come back");
    }
  }
  const double vnv = 8 * static_cast<double>(bytes.size());
  std::printf(
      "%-22s %6.2f dB | bits/parameter: huffman+sides %.3f, order-0 each+sides %.3f, vnv %.3f (%+.1f %% of huffman) | %zu bytes, write %.2f s, read %.2f s\n",
      scheme, -10 * std::log10(relativeError), (huffmanBits(shared) + sides) / count, (separate + sides) / count, vnv / count,
      100 * (vnv / (huffmanBits(shared) + sides) - 1), bytes.size(), write.count(), read.count());
}

}  // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::printf("nothing to measure: ./dev bench video_code WEIGHTS.pt\n");
    return 0;
  }
  try {
    const auto tensors = readWeights(argv[1]);
    std::printf("dB: mean square of the weights over their squared error\n");
    for (const int bits : {8, 6, 5, 4}) {
      for (const auto &[name, method, lambda] : {std::tuple{"reference", QuantOptions::Method::Reference, 0.0},
                                                 {"tensor", QuantOptions::Method::Tensor, 0.0},
                                                 {"tensor, lambda .12", QuantOptions::Method::Tensor, 0.12},
                                                 {"row", QuantOptions::Method::Row, 0.0}}) {
        double error = 0, sum = 0;
        const VnvModel model = quantised(tensors, {.method = method, .bits = bits, .lambda = lambda}, &error, &sum);
        report((std::to_string(bits) + " bits, " + name).c_str(), model, error / sum);
      }
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench_video_code: %s\n", error.what());
    return 2;
  }
  return 0;
}
