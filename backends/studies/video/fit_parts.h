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

/// Fits to the end with progress, live learning rate, curve and preview. `name` goes before the artifacts' names where it is not empty.
void fitToEnd(video::Fit &fit, FitParams p, const video::Clip &clip, const std::string &name, RunContext &context);
/// PSNR of each frame, values in floats.
std::vector<double> psnrOfFrames(const video::Fit &fit, std::size_t count, RunContext &context);
/// PSNR of each of the decoder's frames as 8-bit pictures; `msssim` (may be null) gets MS-SSIM where frames are large enough for it.
std::vector<double> psnrOfDecoder(const video::Decoder &decoder, const video::Clip &clip, std::vector<double> *msssim, RunContext &context);
double meanOf(const std::vector<double> &values);

/// Codes the result, writes model.vnv, opens it again and measures what the file gives: metrics psnr_coded, bytes, bpp, parameters, decode_cpu_ms,
/// decode_fps; artifacts "quality" and "codes", film reconstruction.mp4; exact checks of the file. `psnr` is the fit's own.
void keep(const video::FittedVideo &fitted, const FitParams &p, const video::Clip &clip, const std::vector<double> &psnr, RunContext &context);

/// The whole story of a reconstruction: read, fit, keep, and a rival at equal size in the same run where p.compare asks for one.
struct Rival {
  std::string name, claim;  ///< "nerv", "above NeRV at equal size and steps"
  video::FitOptions options;
};
void reconstruct(const FitParams &p, const video::FitOptions &options, const video::Clip &clip, const Rival &rival, RunContext &context);

/// A member of FitParams as one of P, which derives from it.
template <class P, class T>
T P::*as(T FitParams::*member) {
  return member;
}

template <class P>
void addClipParameters(Schema<P> &schema) {
  schema.add("crop", as<P>(&FitParams::crop), "Crop", "Height x width, as 640x1280, cut out of the middle; empty = the whole frame. Less is fitted sooner.");
  schema.add("resize", as<P>(&FitParams::resize), "Resize", "Height x width to bring the crop down to, by averaging areas; empty = as it is.");
  schema.add("frames", as<P>(&FitParams::frames), "Frames", "The first so many frames; 0 = all. Fewer share the same weights and come out better.")
      .range(0, 1e6);
  schema
      .add("strides", as<P>(&FitParams::strides), "Strides",
           "How much each block enlarges, coarse to fine, as 5,4,2,2; empty = what leaves a code of about eight values a channel. Their product must divide "
           "the frame.")
      .inAdvanced();
}

template <class P>
void addFitParameters(Schema<P> &schema) {
  schema
      .add("size", as<P>(&FitParams::size), "Size",
           "Millions of stored values, decoder and codes together. More keep more detail, cost more time and more bytes.")
      .range(0.001, 100)
      .logScale()
      .unit("million");
  schema
      .add("epochs", as<P>(&FitParams::epochs), "Epochs",
           "How often each frame is seen. More are better and take longer; the rate falls to zero over all of them.")
      .range(1, 100000);
  schema
      .add("learning_rate", as<P>(&FitParams::learningRate), "Learning rate",
           "Adam's step at the top of its schedule. Too low: the picture stays blurred. Too high: it flickers or breaks. May be changed while it runs.")
      .range(1e-6, 1)
      .logScale()
      .live();
  schema.add("batch", as<P>(&FitParams::batch), "Batch", "Frames a step, one thread each. More make fewer, smoother steps an epoch.")
      .range(1, 256)
      .inAdvanced();
  schema
      .add("loss", as<P>(&FitParams::loss), "Loss", "l2 is what PSNR measures; l1 forgives few large errors; fusion6 (with SSIM) keeps structure at some PSNR.")
      .oneOf({"l2", "l1", "fusion6"})
      .inAdvanced();
  schema
      .add("optimizer", as<P>(&FitParams::optimizer), "Optimizer",
           "adam is the paper's. muon makes the steps of the decoder's convolutions orthogonal: the same network fits far better in the same time.")
      .oneOf({"adam", "muon"})
      .inAdvanced();
  schema
      .add("muon_rate", as<P>(&FitParams::muonRate), "Muon's rate", "Step of the orthogonal updates at the top of the schedule; moves with the learning rate.")
      .range(1e-5, 1)
      .logScale()
      .inAdvanced();
  schema.add("activation", as<P>(&FitParams::activation), "Activation", "What bends the values between blocks. Sines suit fine texture; gelu is the paper's.")
      .oneOf({"gelu", "sine"})
      .inAdvanced();
  schema
      .add("freeze_encoder", as<P>(&FitParams::freezeEncoderAt), "Encoder rests after",
           "Share of the run after which the codes become a table of their own and the encoder rests: each step is cheaper from there. 1 = never.")
      .range(0, 1)
      .inAdvanced();
  schema
      .add("precision", as<P>(&FitParams::precision), "Precision", "bfloat16 is faster where the processor has instructions for it, which automatic finds out.")
      .oneOf({"automatic", "float32", "bfloat16"})
      .inAdvanced();
}

template <class P>
void addCodingParameters(Schema<P> &schema) {
  schema
      .add("weight_bits", as<P>(&FitParams::weightBits), "Weight bits",
           "Bits of each stored weight before entropy coding. Fewer make a smaller file and a rougher picture.")
      .range(2, 8);
  schema
      .add("embed_bits", as<P>(&FitParams::embedBits), "Code bits",
           "Bits of each value of the frames' codes before entropy coding. Fewer blur what sets frames apart.")
      .range(2, 8);
  schema
      .add("prune", as<P>(&FitParams::prune), "Prune",
           "Share of the smallest weights set to zero before coding. More make a smaller file and a rougher picture.")
      .range(0, 0.95);
}

}  // namespace vitrine::study
