// What the studies of neural video have in common: parameters, reading the clip, fitting with a preview, the coded file, quality frame by frame.
#pragma once

#include "core/study.h"
#include "video/decoder.h"

namespace vitrine::study {

struct FitParams {
  double size = 0.35;
  int epochs = 24;
  std::string crop, resize;
  int frames = 0;
  std::string strides;
  int batch = 2;
  double learningRate = 1e-3;
  double muonRate = 0.02;
  std::string loss = "l2";
  std::string optimizer = "adam";
  std::string activation = "gelu";
  double freezeEncoderAt = 1;
  int weightBits = 8;
  int embedBits = 8;
  double prune = 0;
  double roundFrom = 1;
  double rateWeight = 0;
  std::string checkpoint;
  std::string precision = "automatic";
  bool compare = true;
};

/// The run's frames, cropped and shrunk. Throws InputError for frames that do not fit crop, resize or each other.
video::Clip readClip(const FitParams &p, RunContext &context);
/// Frames a second of the run's data set, from its column "time"; 25 without one.
double frameRate(const RunContext &context);

/// Options for the library; the frame size is the clip's.
video::FitOptions fitOptions(const FitParams &p, const video::Clip &clip, const RunContext &context);
video::FitOptions nervOptions(video::FitOptions options);

/// For what a fit does over all frames: shows it, waits in a pause, throws Cancelled.
video::Fit::Progress progressOf(const char *what, RunContext &context);
/// Fits to the end with progress, live learning rate, curve and preview. `name` goes before the artifacts' names where it is not empty.
void fitToEnd(video::Fit &fit, FitParams p, const video::Clip &clip, const std::string &name, RunContext &context);
/// PSNR of each frame, values in floats.
std::vector<double> psnrOfFrames(const video::Fit &fit, std::size_t count, RunContext &context);
/// PSNR of each of the decoder's frames as 8-bit pictures; `msssim` (may be null) gets MS-SSIM where frames are large enough for it.
std::vector<double> psnrOfDecoder(const video::Decoder &decoder, const video::Clip &clip, std::vector<double> *msssim, RunContext &context);
double meanOf(const std::vector<double> &values);

/// Codes the result, writes model.vnv, opens it again and measures what the file gives: metrics psnr_coded, bytes, bpp, parameters, decode_cpu_ms,
/// decode_fps; artifacts "quality", "codes", "path" and "layers", film reconstruction.mp4; exact checks of the file. `psnr` is the fit's own.
void keep(const video::FittedVideo &fitted, const FitParams &p, const video::Clip &clip, const std::vector<double> &psnr, RunContext &context);

/// The whole story of a reconstruction: read, fit, keep, and a rival at equal size in the same run where p.compare asks for one.
struct Rival {
  std::string name, claim;  ///< "nerv", "above NeRV at equal size and steps"
  video::FitOptions options;
};
void reconstruct(const FitParams &p, const video::FitOptions &options, const video::Clip &clip, const Rival &rival, RunContext &context);

/// The parameters that all of them have; `defaults` of a study of its own. "compare" is for those that fit a rival.
void addFitParameters(Schema<FitParams> &schema, const FitParams &defaults = {});
void addCompareParameter(Schema<FitParams> &schema);

}  // namespace vitrine::study
