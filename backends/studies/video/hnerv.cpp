// Fits a small network to a clip: each frame becomes a code of a hundred numbers, and the network's weights hold the rest.
#include "studies/video/fit_parts.h"

namespace vitrine::study::hnerv {

namespace {

constexpr const char *kHelp =
    R"(The film *is* the network. A ConvNeXt encoder turns each frame into a code of some hundred numbers; a decoder of convolutions and pixel
shuffles turns the code back into the frame. Codes and decoder are stored, the encoder is thrown away. Fitting is training on this one film.

**What you see.** *preview*: a frame and its reconstruction as the fit goes on. *training*: PSNR of the batches. *quality*: PSNR of every frame,
before and after coding. *codes*: the frames' codes. *path*: the codes along their two main directions, in order; drag along it, or leave it.
*layers*: where the bytes go. Beside the report lie *model.vnv*, from which any frame can be decoded, and *reconstruction.mp4*.

**What the knobs do.** *Size*: millions of stored values; twice as many keep visibly more detail. *Epochs*: more are better and take longer. *Learning
rate*: may be changed while it runs. *Weight bits*, *code bits*, *prune*: what the file keeps of each value; watch psnr_coded beside psnr. *Crop* and
*resize*: a smaller picture is fitted in a fraction of the time.

**How to read it.** PSNR is the mean over frames. Neural video of this kind stays behind H.264 in bits at equal quality; what it offers is any frame
at random, and a code for each that can be moved. A film that is H.264 itself is its own code: comparisons of bits on it prove nothing.)";

}  // namespace

void run(const FitParams &p, RunContext &context) {
  const video::Clip clip = readClip(p, context);
  const video::FitOptions options = fitOptions(p, clip, context);
  reconstruct(p, options, clip, {"nerv", "above NeRV at equal size and steps", nervOptions(options)}, context);
}

void describe(StudyRegistry &registry) {
  Schema<FitParams> schema;
  addFitParameters(schema);
  addCompareParameter(schema);

  StudyInfo info;
  info.id = "hnerv";
  info.title = "HNeRV";
  info.family = "video";
  info.paper = "H. Chen, M. Gwilliam, S.-N. Lim, A. Shrivastava 2023, HNeRV: A Hybrid Neural Representation for Videos";
  info.summary = "Fits a small network to a clip: each frame becomes a code of a hundred numbers, and the network's weights hold the rest.";
  info.claim =
      "A code that depends on the frame's content beats one of its time (NeRV) at equal size and steps: checked by fitting NeRV to the same frames in the same "
      "run.";
  info.needsImages = true;
  info.smoke = {{"size", 0.02}, {"epochs", 4}, {"frames", 6}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::hnerv

VITRINE_STUDY(hnerv)
