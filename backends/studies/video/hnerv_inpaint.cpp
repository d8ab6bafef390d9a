// Fits a clip with holes in every frame, never looking into them, and lets the network fill them.
#include "studies/video/fit_parts.h"

namespace vitrine::study::hnerv_inpaint {

namespace {

constexpr const char *kHelp =
    R"(Five square holes lie in every frame at the same places. Neither the encoder nor the loss sees what is in them; the network paints whole
frames all the same, and what it paints there is a guess from everything else.

**What you see.** *holes*: a frame as the network saw it, filled, and whole. *preview*: a frame and its reconstruction as the fit goes on.
*training*: PSNR of the batches. *quality*: PSNR of every frame, before and after coding. *codes*: the frames' codes. *path*: the codes along their two main
directions, in order; drag along it, or leave it. *layers*: where the bytes go. Beside the report lie *model.vnv*, from which any frame can be decoded, and
*reconstruction.mp4*.

**What the knobs do.** *Size*: millions of stored values; twice as many keep visibly more detail. *Epochs*: more are better and take longer. *Learning
rate*: may be changed while it runs. *Weight bits*, *code bits*, *prune*: what the file keeps of each value; watch psnr_coded beside psnr. *Crop* and
*resize*: a smaller picture is fitted in a fraction of the time.

**How to read it.** *psnr* is over the whole clean frame as in the paper, *psnr_holes* inside the holes alone. A hole that never moves cannot be
learnt from another frame unless the scene moves beneath it.)";

/// Five squares of 50 pixels in a frame of 640 rows (others in proportion): in the middle and in the middles of the quarters. 0 inside.
std::vector<std::uint8_t> fiveHoles(const video::Clip &clip) {
  std::vector<std::uint8_t> mask(clip.frameSize(), 1);
  const int half = std::max(1, clip.height * 50 / 640 / 2);
  for (const auto &[fy, fx] : {std::pair{2, 2}, std::pair{1, 1}, std::pair{1, 3}, std::pair{3, 1}, std::pair{3, 3}}) {
    const int cy = clip.height * fy / 4, cx = clip.width * fx / 4;
    for (int y = std::max(0, cy - half); y < std::min(clip.height, cy + half); ++y) {
      for (int x = 3 * std::max(0, cx - half); x < 3 * std::min(clip.width, cx + half); ++x) {
        mask[static_cast<std::size_t>(y) * static_cast<std::size_t>(clip.width) * 3 + static_cast<std::size_t>(x)] = 0;
      }
    }
  }
  return mask;
}

/// The middle frame as the network saw it, as it fills it, and whole.
ImageGrid shownHoles(const video::Decoder &decoder, const video::Clip &clip, const std::vector<std::uint8_t> &mask) {
  const std::size_t shown = clip.count() / 2;
  Image seen = clip.image(shown), filled = seen;
  const Image made = decoder.frame(static_cast<int>(shown));
  for (std::size_t k = 0; k < mask.size(); ++k) {
    filled.pixels[k] = mask[k] == 0 ? made.pixels[k] : filled.pixels[k];
    seen.pixels[k] = static_cast<std::uint8_t>(seen.pixels[k] * mask[k]);
  }
  return {nullptr, {std::move(seen), std::move(filled), clip.image(shown)}, {"as it was seen", "holes filled", "original"}};
}

/// Inside the holes: the network, and the mean colour of what is outside.
void judgeHoles(const video::Decoder &decoder, const video::Clip &clip, const std::vector<std::uint8_t> &mask, RunContext &context) {
  double network = 0, flat = 0;
  std::vector<double> masked;
  for (std::size_t i = 0; i < clip.count(); ++i) {
    context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(clip.count()), "looking into the holes");
    const auto frame = clip.frame(i);
    const Image image = decoder.frame(static_cast<int>(i));
    double mean[3] = {0, 0, 0}, inside = 0, ours = 0, theirs = 0, missing = 0;
    for (std::size_t k = 0; k < frame.size(); ++k) {
      mean[k % 3] += mask[k] * frame[k];
      inside += 1 - mask[k];
    }
    for (std::size_t k = 0; k < frame.size(); ++k) {
      if (mask[k] == 0) {
        const double value = frame[k] / 255.0, guess = 3 * mean[k % 3] / (static_cast<double>(frame.size()) - inside) / 255;
        ours += (image.pixels[k] / 255.0 - value) * (image.pixels[k] / 255.0 - value);
        theirs += (guess - value) * (guess - value);
        missing += value * value;
      }
    }
    network += video::psnrOf(ours / inside) / static_cast<double>(clip.count());
    flat += video::psnrOf(theirs / inside) / static_cast<double>(clip.count());
    masked.push_back(video::psnrOf(missing / static_cast<double>(frame.size())));
  }
  context.metric("psnr_holes", network);
  context.baseline("mean colour outside", "psnr_holes", flat);
  context.baseline("frames with their holes", "psnr", meanOf(masked));
  context.check({"better inside the holes than the mean colour outside", Check::Kind::Trend, network > flat, network - flat, "> 0 dB (one fit)", "M"});
}

}  // namespace

void run(const FitParams &p, RunContext &context) {
  const video::Clip clip = readClip(p, context);
  video::FitOptions options = fitOptions(p, clip, context);
  options.mask = fiveHoles(clip);
  video::Fit fit(options, clip);
  fitToEnd(fit, p, clip, "", context);
  const video::FittedVideo fitted = fit.result(progressOf("coding", context));
  const auto psnr = psnrOfFrames(fit, clip.count(), context);
  keep(fitted, p, clip, psnr, context);
  const video::Decoder decoder(fitted, context.device());
  context.emit("holes", shownHoles(decoder, clip, options.mask));
  judgeHoles(decoder, clip, options.mask, context);
}

void describe(StudyRegistry &registry) {
  Schema<FitParams> schema;
  addFitParameters(schema);

  StudyInfo info;
  info.id = "hnerv-inpaint";
  info.title = "HNeRV fills holes";
  info.family = "video";
  info.paper = "H. Chen, M. Gwilliam, S.-N. Lim, A. Shrivastava 2023, HNeRV: A Hybrid Neural Representation for Videos";
  info.summary = "Fits a clip with holes in every frame, never looking into them, and lets the network fill them.";
  info.claim =
      "The network fills what it never saw from what the film shows elsewhere: checked against the frames with their holes, and inside the holes against their "
      "surroundings' mean.";
  info.needsImages = true;
  info.smoke = {{"size", 0.02}, {"epochs", 4}, {"frames", 6}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::hnerv_inpaint

VITRINE_STUDY(hnerv_inpaint)
