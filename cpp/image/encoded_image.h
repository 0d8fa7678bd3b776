#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "image/image_info.h"

namespace ovserve {

/// Reads the header of a JPEG or PNG file. Takes little memory and time, whatever the header claims.
///
/// What a picture becomes follows cv::imdecode with IMREAD_UNCHANGED, as OpenVINO Model Server uses
/// it: colors come as BGR; gray stays gray; a palette is looked up; transparency and gray with alpha
/// make four channels (but one transparent shade of gray is not looked at); CMYK becomes BGR; 16 bits
/// per channel stay; EXIF orientation, color profiles and gamma are not looked at.
///
/// Throws Error(kInvalidArgument) with the cause: no such file, broken, or of a kind not offered.
ImageInfo read_image_info(std::string_view file);

/// Decodes the whole picture: rows from the top, channels beside each other, samples of 16 bits in
/// native byte order. `pixels` has as many bytes as `info`, which is the file's own, says.
/// Throws Error: kInvalidArgument with the cause if the file is broken or cut short, also where a
/// viewer would still show something; kResourceExhausted without memory.
void decode_image(std::string_view file, const ImageInfo& info, std::span<std::byte> pixels);

}  // namespace ovserve
