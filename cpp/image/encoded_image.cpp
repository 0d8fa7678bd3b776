#include "image/encoded_image.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "image/jpeg_decoder.h"
#include "image/png_decoder.h"

namespace ovserve {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kJpegBeginning = "\xFF\xD8\xFF"sv;
constexpr std::string_view kPngBeginning = "\x89PNG\r\n\x1A\n"sv;

std::string hexadecimal(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += {' ', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return text;
}

[[noreturn]] void refuse_unknown(std::string_view file) {
  constexpr std::size_t kShown = 8;
  throw Error(ErrorCode::kInvalidArgument, file.empty() ? "it is empty"
                                                        : "it is neither JPEG nor PNG, but begins with the bytes" +
                                                              hexadecimal(file.substr(0, kShown)));
}

}  // namespace

ImageInfo read_image_info(std::string_view file) {
  if (file.starts_with(kJpegBeginning)) return read_jpeg_info(file);
  if (file.starts_with(kPngBeginning)) return read_png_info(file);
  refuse_unknown(file);
}

void decode_image(std::string_view file, const ImageInfo& info, std::span<std::byte> pixels) {
  if (pixels.size() != info.decoded_bytes()) {
    throw Error(ErrorCode::kInternal,
                "an image of " + std::to_string(info.decoded_bytes()) + " bytes does not fit the memory for it");
  }
  info.format == ImageFormat::kJpeg ? decode_jpeg(file, info, pixels) : decode_png(file, info, pixels);
}

}  // namespace ovserve
