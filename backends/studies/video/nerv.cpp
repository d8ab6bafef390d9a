// Fits a network that knows only the time of a frame and paints it: the older rival of HNeRV.
#include "studies/video/fit_parts.h"

namespace vitrine::study::nerv {

namespace {

constexpr const char *kHelp =
    R"(The first network that paints whole frames: sines and cosines of the frame's time go in, convolutions and pixel shuffles make the frame. All
that sets one frame apart from another must lie in the weights.

**What you see.** *preview*: a frame and its reconstruction as the fit goes on. *training*: PSNR of the batches. *quality*: PSNR of every frame,
before and after coding. *layers*: where the bytes go. Beside the report lie *model.vnv*, from which any frame can be decoded, and
*reconstruction.mp4*.

**What the knobs do.** *Size*: millions of stored values; twice as many keep visibly more detail. *Epochs*: more are better and take longer. *Learning
rate*: may be changed while it runs. *Weight bits*, *code bits*, *prune*: what the file keeps of each value; watch psnr_coded beside psnr. *Crop* and
*resize*: a smaller picture is fitted in a fraction of the time.

**How to read it.** The claim to check here is HNeRV's, with the sides changed: the check holds if HNeRV is the better one.)";

}  // namespace

void run(const FitParams &p, RunContext &context) {
  const video::Clip clip = readClip(p, context);
  const video::FitOptions hnerv = fitOptions(p, clip, context);
  video::Fit fit(nervOptions(hnerv), clip);
  fitToEnd(fit, p, clip, "", context);
  const auto psnr = psnrOfFrames(fit, clip.count(), context);
  keep(fit.result(progressOf("coding", context)), p, clip, psnr, context);
  if (p.compare) {
    video::Fit rival(hnerv, clip);
    fitToEnd(rival, p, clip, "hnerv", context);
    const double theirs = meanOf(psnrOfFrames(rival, clip.count(), context));
    context.baseline("hnerv", "psnr", theirs);
    context.check({"below HNeRV at equal size and steps", Check::Kind::Trend, meanOf(psnr) < theirs, theirs - meanOf(psnr),
                   "> 0 dB on the same frames (one fit each)", "M"});
  }
}

void describe(StudyRegistry &registry) {
  Schema<FitParams> schema;
  addFitParameters(schema);
  addCompareParameter(schema);

  StudyInfo info;
  info.id = "nerv";
  info.title = "NeRV";
  info.family = "video";
  info.paper = "H. Chen, B. He, H. Wang, Y. Ren, S.-N. Lim, A. Shrivastava 2021, NeRV: Neural Representations for Videos";
  info.summary = "Fits a network that knows only the time of a frame and paints it: the older rival of HNeRV.";
  info.claim =
      "An image-wise network of the frame's time alone holds a film; HNeRV's paper claims that this is worse than a code of the frame: checked by fitting "
      "HNeRV in the same run.";
  info.needsImages = true;
  info.smoke = {{"size", 0.02}, {"epochs", 4}, {"frames", 6}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::nerv

VITRINE_STUDY(nerv)
