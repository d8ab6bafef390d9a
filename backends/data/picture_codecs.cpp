// libpng and libjpeg with their messages caught. Both leave by longjmp, so the functions that call setjmp own nothing with a destructor.
#include "data/picture_codecs.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
// after cstdio, which jpeglib.h needs
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>

namespace vitrine::data {

namespace {

constexpr std::size_t kMessage = JMSG_LENGTH_MAX;

struct PngState {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;
  char message[kMessage] = {};
};

[[noreturn]] void pngFailed(png_structp png, png_const_charp message) {
  auto *state = static_cast<PngState *>(png_get_error_ptr(png));
  std::snprintf(state->message, kMessage, "%s", message);
  png_longjmp(png, 1);
}

void pngRead(png_structp png, png_bytep out, std::size_t n) {
  auto *state = static_cast<PngState *>(png_get_io_ptr(png));
  if (n > state->bytes.size() - state->at) {
    state->at = state->bytes.size();
    png_error(png, "the file ends here");
  }
  std::memcpy(out, state->bytes.data() + state->at, n);
  state->at += n;
}

/// Rows are read into `image`; false leaves a message in `state`.
bool readPng(png_structp png, png_infop info, PngState &state, Image &image, std::vector<png_bytep> &rows) {
  if (setjmp(png_jmpbuf(png)) != 0) {
    return false;
  }
  png_set_read_fn(png, &state, pngRead);
  png_read_info(png, info);
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_interlace_handling(png);
  if ((png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) == 0 &&
      ((png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0)) {
    png_set_gray_to_rgb(png);  // there is no grey with alpha among our pictures
  }
  png_read_update_info(png, info);
  image.width = static_cast<int>(png_get_image_width(png, info));
  image.height = static_cast<int>(png_get_image_height(png, info));
  image.channels = png_get_channels(png, info);
  const std::size_t stride = png_get_rowbytes(png, info);
  image.pixels.resize(stride * static_cast<std::size_t>(image.height));
  rows.resize(static_cast<std::size_t>(image.height));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    rows[r] = image.pixels.data() + r * stride;
  }
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  return true;
}

struct JpegState {
  jpeg_error_mgr errors{};  // first: libjpeg hands out its address
  jpeg_progress_mgr progress{};
  std::jmp_buf jump{};
  char message[kMessage] = {};
};

[[noreturn]] void jpegFailed(j_common_ptr info) {
  auto *state = reinterpret_cast<JpegState *>(info->err);
  info->err->format_message(info, state->message);
  std::longjmp(state->jump, 1);
}

/// Warnings that only tell of an odd file pass; those that tell of lost pixels are errors.
void jpegWarned(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM && code != JWRN_JFIF_MAJOR && code != JWRN_TOO_MUCH_DATA) {
    jpegFailed(info);
  }
}

/// A crafted file can have ten thousands of scans, each going over the whole picture.
void jpegProgress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > 500) {
    auto *state = reinterpret_cast<JpegState *>(info->err);
    std::snprintf(state->message, kMessage, "more than 500 scans");
    std::longjmp(state->jump, 1);
  }
}

bool readJpeg(jpeg_decompress_struct &jpeg, JpegState &state, std::span<const std::uint8_t> bytes, Image &image) {
  if (setjmp(state.jump) != 0) {
    return false;
  }
  jpeg_create_decompress(&jpeg);
  jpeg.progress = &state.progress;
  jpeg_mem_src(&jpeg, bytes.data(), bytes.size());
  jpeg_read_header(&jpeg, TRUE);
  const bool grey = jpeg.jpeg_color_space == JCS_GRAYSCALE, inks = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  jpeg.out_color_space = grey ? JCS_GRAYSCALE : inks ? JCS_CMYK : JCS_RGB;
  jpeg_start_decompress(&jpeg);
  image.width = static_cast<int>(jpeg.output_width);
  image.height = static_cast<int>(jpeg.output_height);
  image.channels = jpeg.output_components;
  const std::size_t stride = std::size_t{jpeg.output_width} * static_cast<std::size_t>(jpeg.output_components);
  image.pixels.resize(stride * jpeg.output_height);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = image.pixels.data() + jpeg.output_scanline * stride;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

/// Light that passes through four inks. Adobe's files hold the inks inverted, that is, already as light.
void inksToRgb(Image &image, bool inverted) {
  const std::size_t count = image.pixels.size() / 4;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t *from = image.pixels.data() + 4 * i;
    const int flip = inverted ? 0 : 255, black = from[3] ^ flip;
    const int light[3] = {from[0] ^ flip, from[1] ^ flip, from[2] ^ flip};
    for (std::size_t c = 0; c < 3; ++c) {
      image.pixels[3 * i + c] = static_cast<std::uint8_t>((light[c] * black + 127) / 255);
    }
  }
  image.channels = 3;
  image.pixels.resize(3 * count);
}

}  // namespace

Image decodePng(std::span<const std::uint8_t> bytes, const std::string &where) {
  PngState state{bytes};
  Image image;
  std::vector<png_bytep> rows;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, pngFailed, [](png_structp, png_const_charp) {});
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  const bool good = info != nullptr && readPng(png, info, state, image, rows);
  png_destroy_read_struct(&png, &info, nullptr);
  if (!good) {
    throw InputError(where, "damaged PNG before byte " + std::to_string(state.at) + ": " + state.message);
  }
  return image;
}

Image decodeJpeg(std::span<const std::uint8_t> bytes, const std::string &where) {
  JpegState state;
  jpeg_decompress_struct jpeg{};
  Image image;
  jpeg.err = jpeg_std_error(&state.errors);
  state.errors.error_exit = jpegFailed;
  state.errors.emit_message = jpegWarned;
  state.progress.progress_monitor = jpegProgress;
  const bool good = readJpeg(jpeg, state, bytes, image);
  const std::size_t at = jpeg.src != nullptr ? bytes.size() - jpeg.src->bytes_in_buffer : 0;
  const bool inverted = jpeg.saw_Adobe_marker != 0;
  jpeg_destroy_decompress(&jpeg);
  if (!good) {
    throw InputError(where, "damaged JPEG before byte " + std::to_string(std::min(at, bytes.size())) + ": " + state.message);
  }
  if (image.channels == 4) {
    inksToRgb(image, inverted);
  }
  return image;
}

}  // namespace vitrine::data
