// Fits every other frame, and asks the network for the frames between: from the encoder, and from the codes beside them.
#include "studies/video/fit_parts.h"

namespace vitrine::study::hnerv_interpolate {

namespace {

constexpr const char *kHelp =
    R"(Frames 0, 2, 4 ... are fitted; 1, 3, 5 ... never. Then the frames between are asked for twice: with the code that the encoder gives the
unseen frame, and with the mean of the two neighbours' codes, for which nobody has seen the frame at all.

**What you see.** *preview*: a frame and its reconstruction as the fit goes on. *training*: PSNR of the batches. *quality*: PSNR of every frame,
before and after coding. *codes*: the frames' codes. *path*: the codes along their two main directions, in order; drag along it, or leave it.
*layers*: where the bytes go. Beside the report lie *model.vnv*, from which any frame can be decoded, and *reconstruction.mp4*.

**What the knobs do.** *Size*: millions of stored values; twice as many keep visibly more detail. *Epochs*: more are better and take longer. *Learning
rate*: may be changed while it runs. *Weight bits*, *code bits*, *prune*: what the file keeps of each value; watch psnr_coded beside psnr. *Crop* and
*resize*: a smaller picture is fitted in a fraction of the time.

**How to read it.** *psnr_test* is with the encoder's code, *psnr_interpolated* with the mean of the neighbours' codes. The baseline, the mean of the
two neighbours' pixels, is hard to beat where little moves; the check says whether the codes do.)";

/// Frames between two fitted ones: by the mean of the codes beside them, and by the mean of the pixels.
void judgeBetween(const video::Decoder &decoder, const video::Clip &clip, const std::vector<double> &psnr, RunContext &context) {
  std::vector<double> seen, unseen, between, blended;
  for (std::size_t i = 0; i < clip.count(); ++i) {
    context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(clip.count()), "between frames");
    (i % 2 == 0 ? seen : unseen).push_back(psnr[i]);
    if (i % 2 == 0 || i + 1 == clip.count()) {
      continue;
    }
    const auto before = decoder.code(static_cast<int>(i) - 1), after = decoder.code(static_cast<int>(i) + 1);
    std::vector<float> middle(before.size());
    for (std::size_t k = 0; k < middle.size(); ++k) {
      middle[k] = 0.5F * (before[k] + after[k]);
    }
    between.push_back(video::psnr(decoder.decode(middle).pixels, clip.frame(i)));
    std::vector<std::uint8_t> blend(clip.frameSize());
    for (std::size_t k = 0; k < blend.size(); ++k) {
      blend[k] = static_cast<std::uint8_t>((clip.frame(i - 1)[k] + clip.frame(i + 1)[k] + 1) / 2);
    }
    blended.push_back(video::psnr(blend, clip.frame(i)));
  }
  context.metric("psnr_train", meanOf(seen));
  context.metric("psnr_test", meanOf(unseen));
  context.metric("psnr_interpolated", meanOf(between));
  context.baseline("mean of the neighbouring frames", "psnr", meanOf(blended));
  context.check({"codes between codes beat pixels between pixels", Check::Kind::Trend, meanOf(between) > meanOf(blended), meanOf(between) - meanOf(blended),
                 "> 0 dB over " + std::to_string(between.size()) + " unseen frames (one fit)", "M"});
}

}  // namespace

void run(const FitParams &p, RunContext &context) {
  const video::Clip clip = readClip(p, context);
  if (clip.count() < 3) {
    throw InputError("frames", "three frames at least are needed to leave one out");
  }
  video::FitOptions options = fitOptions(p, clip, context);
  options.freezeEncoderAt = 1;  // unseen frames need the encoder to the end
  for (int i = 0; i < static_cast<int>(clip.count()); i += 2) {
    options.trainFrames.push_back(i);
  }
  video::Fit fit(options, clip);
  fitToEnd(fit, p, clip, "", context);
  const auto psnr = psnrOfFrames(fit, clip.count(), context);
  const video::FittedVideo fitted = fit.result(progressOf("coding", context));
  keep(fitted, p, clip, psnr, context);
  judgeBetween(video::Decoder(fitted, context.device()), clip, psnr, context);
}

void describe(StudyRegistry &registry) {
  Schema<FitParams> schema;
  addFitParameters(schema);

  StudyInfo info;
  info.id = "hnerv-interpolate";
  info.title = "HNeRV between frames";
  info.family = "video";
  info.paper = "H. Chen, M. Gwilliam, S.-N. Lim, A. Shrivastava 2023, HNeRV: A Hybrid Neural Representation for Videos";
  info.summary = "Fits every other frame, and asks the network for the frames between: from the encoder, and from the codes beside them.";
  info.claim =
      "Codes halfway between two frames' codes decode to the frame between them: checked against the plain mean of the two frames, on frames never fitted.";
  info.needsImages = true;
  info.smoke = {{"size", 0.02}, {"epochs", 4}, {"frames", 6}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::hnerv_interpolate

VITRINE_STUDY(hnerv_interpolate)
