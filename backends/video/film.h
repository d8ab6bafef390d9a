// A coded model as a film for viewers, and what belongs to it: changes by hand, the codes as a path, where the bytes went; and all of it from a file.
#pragma once

#include "video/decoder.h"

namespace vitrine::video {

/// Frames, latents and editor, without ids. Throws InputError naming `where`.
Video videoOf(const VnvModel &model, const std::string &where, const std::string &device = "cpu");
/// The same from a .vnv file.
Video openVideo(const std::filesystem::path &file);

/// The model with `weightBits` and `prune` done to its weights; codes and biases stay. Fewer bits than the film has make every step coarser by as much; more
/// are not given to it.
VnvModel editedModel(const VnvModel &model, const FilmEdit &edit);

/// The frames' codes (frames x values, row-major within a frame) seen along their two directions of most variance, in the order of the frames: a Projection
/// whose metadata say "path" (true), "axes" (two unit vectors in the space of codes: a step on the map times these is a step of the code) and "explained"
/// (share of the variance). Nothing for networks that store no codes (NeRV). ids: one a frame.
std::optional<Artifact> codePath(const FittedVideo &video, Ids ids);
/// One row a tensor of the file, in its order: layer, shape, values, bytes in the file, bits of each value, share of zeros.
Artifact layerTable(const VnvModel &model);

/// A .vnv file as the run that made it left it: "model" (crop and resize of the originals in its metadata, whole frames where the file says nothing), "path",
/// "layers". Frames have the ids 0, 1, ... Throws InputError naming the file.
std::vector<Artifact> openFilm(const std::filesystem::path &file);

}  // namespace vitrine::video
