#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "image/image_info.h"

namespace ovserve {

/// See read_image_info and decode_image; `file` begins as JPEG files do.
ImageInfo read_jpeg_info(std::string_view file);
void decode_jpeg(std::string_view file, const ImageInfo& info, std::span<std::byte> pixels);

}  // namespace ovserve
