#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "image/image_info.h"

namespace ovserve {

/// See read_image_info and decode_image; `file` begins as PNG files do.
ImageInfo read_png_info(std::string_view file);
void decode_png(std::string_view file, const ImageInfo& info, std::span<std::byte> pixels);

}  // namespace ovserve
