#pragma once

#include <jpeglib.h>
#include <png.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace ovserve::testing {

using Samples = std::vector<std::uint8_t>;

/// What a test PNG is made of; `samples` are as they are stored, rows packed to whole bytes.
struct PngContent {
  unsigned width = 1;
  unsigned height = 1;
  int color_type = PNG_COLOR_TYPE_RGB;
  int depth = 8;
  bool interlaced = false;
  std::vector<png_color> palette{};
  Samples palette_alpha{};
  bool transparent_black = false;  ///< the color of zeros is marked as transparent
  Samples samples{};
};

inline void append_to_string(png_structp png, png_bytep data, std::size_t size) {
  static_cast<std::string*>(png_get_io_ptr(png))->append(reinterpret_cast<const char*>(data), size);
}

/// A PNG file. The content is right, so libpng's errors, which end the process, do not come up.
inline std::string png_file(const PngContent& content) {
  std::string file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, &append_to_string, nullptr);
  png_set_IHDR(png, info, content.width, content.height, content.depth, content.color_type,
               content.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (!content.palette.empty()) {
    png_set_PLTE(png, info, content.palette.data(), static_cast<int>(content.palette.size()));
  }
  const png_color_16 black{};
  if (!content.palette_alpha.empty()) {
    png_set_tRNS(png, info, content.palette_alpha.data(), static_cast<int>(content.palette_alpha.size()), nullptr);
  } else if (content.transparent_black) {
    png_set_tRNS(png, info, nullptr, 1, &black);
  }
  png_write_info(png, info);
  const int passes = png_set_interlace_handling(png);
  const std::size_t row_bytes = png_get_rowbytes(png, info);
  for (int pass = 0; pass < passes; ++pass) {
    for (unsigned y = 0; y < content.height; ++y) png_write_row(png, &content.samples[y * row_bytes]);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

/// Samples that differ from their neighbors in every channel, but not by much.
inline Samples gradient(unsigned width, unsigned height, unsigned channels) {
  Samples samples;
  for (unsigned y = 0; y < height; ++y) {
    for (unsigned x = 0; x < width; ++x) {
      for (unsigned c = 0; c < channels; ++c) samples.push_back(static_cast<std::uint8_t>(40 + 2 * x + y + 30 * c));
    }
  }
  return samples;
}

/// An 8-bit PNG with a gradient, stored with 1 (gray), 3 (RGB) or 4 (RGBA) channels.
inline std::string png_file(unsigned width, unsigned height, unsigned channels = 3) {
  PngContent content;
  content.width = width;
  content.height = height;
  content.color_type = channels == 1   ? PNG_COLOR_TYPE_GRAY
                       : channels == 3 ? PNG_COLOR_TYPE_RGB
                                       : PNG_COLOR_TYPE_RGB_ALPHA;
  content.samples = gradient(width, height, channels);
  return png_file(content);
}

/// A JPEG file of `samples` in `space`, at the best quality and without subsampling. `adjust` sees
/// the encoder before it starts.
inline std::string jpeg_file(unsigned width, unsigned height, J_COLOR_SPACE space, const Samples& samples,
                             const std::function<void(jpeg_compress_struct&)>& adjust = {}) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;  // libjpeg's type
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.in_color_space = space;
  jpeg.input_components = space == JCS_GRAYSCALE ? 1 : space == JCS_RGB ? 3 : 4;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  for (int i = 0; i < jpeg.num_components; ++i) jpeg.comp_info[i].h_samp_factor = jpeg.comp_info[i].v_samp_factor = 1;
  if (adjust) adjust(jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  const std::size_t row_bytes = samples.size() / height;
  while (jpeg.next_scanline < height) {
    auto* row = const_cast<JSAMPLE*>(&samples[jpeg.next_scanline * row_bytes]);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string file(reinterpret_cast<const char*>(data), size);
  jpeg_destroy_compress(&jpeg);
  std::free(data);
  return file;
}

inline std::string jpeg_file(unsigned width, unsigned height) {
  return jpeg_file(width, height, JCS_RGB, gradient(width, height, 3));
}

}  // namespace ovserve::testing
