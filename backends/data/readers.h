// What the readers tell inspect() and open(); not for other parts of the program.
#pragma once

#include "data/data.h"

namespace vitrine::data {

Json inspectIdx(const std::filesystem::path &file);
Json inspectTable(const std::filesystem::path &file);
Json inspectNpy(const std::filesystem::path &file);
Json inspectNpz(const std::filesystem::path &file);
Json inspectFilm(const std::filesystem::path &file);

/// Does a file that begins so hold film or sound? Asked last, of what is nothing else.
bool looksLikeFilm(std::span<const std::uint8_t> head);

/// Does the folder hold a picture, at any depth? Stops at the first.
bool holdsPictures(const std::filesystem::path &folder);

}  // namespace vitrine::data
