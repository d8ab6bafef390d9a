// HNeRV at the same size and steps, but several decibels better: orthogonal steps for the decoder's convolutions, and sines between them.
#include "studies/video/fit_parts.h"

namespace vitrine::study::hnerv_plus {

namespace {

constexpr const char *kHelp =
    R"(The network is HNeRV's, value for value. What differs is how it is fitted: the gradient of each of the decoder's convolutions is made
orthogonal before it is followed (Muon), so that all directions of a weight matrix learn equally fast, and sines bend the values between the blocks. The loss
counts the error's Fourier coefficients, too, so that fine detail comes sooner; the encoder rests after a tenth of the run. Bits have their price in the
loss, and in its last hundredths the weights are fitted as the file will hold them. *How HNeRV-plus was chosen* in the help lists what else was tried.

**What you see.** *preview*: a frame and its reconstruction as the fit goes on. *training*: PSNR of the batches. *quality*: PSNR of every frame,
before and after coding. *codes*: the frames' codes. *path*: the codes along their two main directions, in order; drag along it, or leave it.
*layers*: where the bytes go. Beside the report lie *model.vnv*, from which any frame can be decoded, and *reconstruction.mp4*.

**What the knobs do.** *Size*: millions of stored values; twice as many keep visibly more detail. *Epochs*: more are better and take longer. *Learning
rate*: may be changed while it runs. *Weight bits*, *code bits*, *prune*: what the file keeps of each value; watch psnr_coded beside psnr. *Crop* and
*resize*: a smaller picture is fitted in a fraction of the time.

**How to read it.** *hnerv* in the report is the same network fitted by the paper's own recipe (Adam, 1e-3) for the same steps.)";

FitParams defaults() {
  FitParams p;
  p.optimizer = "muon";
  p.activation = "sine";
  p.learningRate = 3e-3;
  p.muonRate = 0.03;
  p.freezeEncoderAt = 0.1;
  p.roundFrom = 0.97;
  p.weightBits = 6;
  p.rateWeight = 0.00144;
  p.loss = "fourier";
  return p;
}

}  // namespace

void run(const FitParams &p, RunContext &context) {
  const video::Clip clip = readClip(p, context);
  const video::FitOptions options = fitOptions(p, clip, context);
  video::FitOptions plain = options;
  plain.network.activation = video::Activation::Gelu;
  plain.optimiser = video::Optimiser::Adam;
  plain.learningRate = FitParams().learningRate;
  plain.freezeEncoderAt = plain.roundFrom = 1;
  plain.loss = video::Loss::L2;
  plain.rateWeight = 0;
  reconstruct(p, options, clip, {"hnerv", "above HNeRV by Adam at equal size and steps", plain}, context);
}

void describe(StudyRegistry &registry) {
  Schema<FitParams> schema;
  addFitParameters(schema, defaults());
  addCompareParameter(schema);

  StudyInfo info;
  info.id = "hnerv-plus";
  info.title = "HNeRV, fitted better";
  info.family = "video";
  info.paper =
      "H. Chen, M. Gwilliam, S.-N. Lim, A. Shrivastava 2023, HNeRV: A Hybrid Neural Representation for Videos; K. Jordan et al. 2024, Muon: An optimizer for "
      "hidden layers in neural networks";
  info.summary = "HNeRV at the same size and steps, but several decibels better: orthogonal steps for the decoder's convolutions, and sines between them.";
  info.claim =
      "Ours, no paper's: the optimiser matters more than any published change of architecture. Checked against HNeRV by Adam at equal size and steps in the "
      "same run.";
  info.version = 4;  // other defaults
  info.needsImages = true;
  info.smoke = {{"size", 0.02}, {"epochs", 4}, {"frames", 6}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::hnerv_plus

VITRINE_STUDY(hnerv_plus)
