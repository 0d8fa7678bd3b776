#include "image/png_decoder.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <string>

#include "base/error.h"
#include "codec/error_expectation.h"
#include "image/image_files.h"

namespace ovserve {
namespace {

using testing::gradient;
using testing::png_file;
using testing::PngContent;
using testing::Samples;

Samples decoded(const std::string& file) {
  const ImageInfo info = read_png_info(file);
  Samples pixels(info.decoded_bytes());
  decode_png(file, info, std::as_writable_bytes(std::span(pixels)));
  return pixels;
}

std::size_t channels(const PngContent& content) { return read_png_info(png_file(content)).channels; }

TEST(PngDecoder, ColorsComeAsBgr) {
  PngContent content{.width = 2, .height = 1, .samples = {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(channels(content), 3U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{3, 2, 1, 6, 5, 4}));
}

TEST(PngDecoder, AlphaIsTheFourthChannel) {
  PngContent content{.width = 2, .color_type = PNG_COLOR_TYPE_RGB_ALPHA, .samples = {1, 2, 3, 100, 4, 5, 6, 200}};
  EXPECT_EQ(channels(content), 4U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{3, 2, 1, 100, 6, 5, 4, 200}));
}

TEST(PngDecoder, GrayStaysGrayAndIsSpreadTo8Bits) {
  PngContent content{.width = 3, .color_type = PNG_COLOR_TYPE_GRAY, .samples = {0, 7, 255}};
  EXPECT_EQ(channels(content), 1U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{0, 7, 255}));
  content.depth = 2;
  content.samples = {0b00'01'11'00};
  EXPECT_EQ(decoded(png_file(content)), (Samples{0, 85, 255}));
  content.depth = 1;
  content.samples = {0b10100000};
  EXPECT_EQ(decoded(png_file(content)), (Samples{255, 0, 255}));
}

TEST(PngDecoder, GrayWithAlphaBecomesFourChannels) {
  PngContent content{.width = 2, .color_type = PNG_COLOR_TYPE_GRAY_ALPHA, .samples = {10, 100, 20, 200}};
  EXPECT_EQ(channels(content), 4U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{10, 10, 10, 100, 20, 20, 20, 200}));
}

TEST(PngDecoder, APaletteIsLookedUp) {
  PngContent content{.width = 3,
                     .color_type = PNG_COLOR_TYPE_PALETTE,
                     .depth = 4,
                     .palette = {{1, 2, 3}, {4, 5, 6}},
                     .samples = {0x10, 0x10}};
  EXPECT_EQ(channels(content), 3U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{6, 5, 4, 3, 2, 1, 6, 5, 4}));
  content.palette_alpha = {50};
  EXPECT_EQ(channels(content), 4U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{6, 5, 4, 255, 3, 2, 1, 50, 6, 5, 4, 255}));
}

TEST(PngDecoder, ATransparentColorBecomesAlphaButATransparentGrayDoesNot) {
  PngContent content{.width = 2, .transparent_black = true, .samples = {0, 0, 0, 4, 5, 6}};
  EXPECT_EQ(channels(content), 4U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{0, 0, 0, 0, 6, 5, 4, 255}));
  content.color_type = PNG_COLOR_TYPE_GRAY;
  content.samples = {0, 9};
  EXPECT_EQ(channels(content), 1U);
  EXPECT_EQ(decoded(png_file(content)), (Samples{0, 9}));
}

TEST(PngDecoder, SixteenBitsStayInNativeByteOrder) {
  PngContent content{.depth = 16, .samples = {0x01, 0x02, 0x03, 0x04, 0xFF, 0xFE}};
  const std::string file = png_file(content);
  EXPECT_EQ(read_png_info(file).sample_bytes, 2U);
  const Samples bytes = decoded(file);
  std::uint16_t bgr[3];
  ASSERT_EQ(bytes.size(), sizeof(bgr));
  std::memcpy(bgr, bytes.data(), sizeof(bgr));
  EXPECT_EQ(bgr[0], 0xFFFE);
  EXPECT_EQ(bgr[1], 0x0304);
  EXPECT_EQ(bgr[2], 0x0102);
}

TEST(PngDecoder, InterlacedIsTheSamePicture) {
  PngContent content{.width = 13, .height = 11, .samples = gradient(13, 11, 3)};
  const Samples plain = decoded(png_file(content));
  content.interlaced = true;
  EXPECT_EQ(decoded(png_file(content)), plain);
}

TEST(PngDecoder, NamesWhatIsBroken) {
  std::string file = png_file(4, 4);
  file[file.find("IDAT") + 6] ^= 1;
  const ImageInfo info = read_png_info(file);
  Samples pixels(info.decoded_bytes());
  const std::string why = testing::error_of(ErrorCode::kInvalidArgument,
                                            [&] { decode_png(file, info, std::as_writable_bytes(std::span(pixels))); });
  EXPECT_EQ(why.rfind("the PNG file is broken or not supported: IDAT: ", 0), 0U) << why;
  EXPECT_EQ(testing::error_of(ErrorCode::kInvalidArgument, [&] { read_png_info(png_file(4, 4).substr(0, 20)); }),
            "the PNG file is broken or not supported: it ends early");
}

}  // namespace
}  // namespace ovserve
