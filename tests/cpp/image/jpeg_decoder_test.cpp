#include "image/jpeg_decoder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/error_expectation.h"
#include "image/image_files.h"

namespace ovserve {
namespace {

using testing::error_of;
using testing::gradient;
using testing::jpeg_file;
using testing::Samples;

Samples decoded(const std::string& file) {
  const ImageInfo info = read_jpeg_info(file);
  Samples pixels(info.decoded_bytes());
  decode_jpeg(file, info, std::as_writable_bytes(std::span(pixels)));
  return pixels;
}

/// JPEG loses a little even at the best quality.
void expect_near(const Samples& actual, const Samples& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) ASSERT_NEAR(actual[i], expected[i], 3) << "sample " << i;
}

Samples as_bgr(Samples rgb) {
  for (std::size_t i = 0; i < rgb.size(); i += 3) std::swap(rgb[i], rgb[i + 2]);
  return rgb;
}

TEST(JpegDecoder, ColorsComeAsBgr) {
  const Samples rgb = gradient(17, 9, 3);
  expect_near(decoded(jpeg_file(17, 9, JCS_RGB, rgb)), as_bgr(rgb));
}

TEST(JpegDecoder, GrayStaysGray) {
  const Samples gray = gradient(8, 9, 1);
  const std::string file = jpeg_file(8, 9, JCS_GRAYSCALE, gray);
  EXPECT_EQ(read_jpeg_info(file), (ImageInfo{ImageFormat::kJpeg, 8, 9, 1, 1}));
  expect_near(decoded(file), gray);
}

TEST(JpegDecoder, TakesStoredRgbProgressionRestartsSubsamplingAndArithmeticCoding) {
  const Samples rgb = gradient(40, 24, 3);
  const auto check = [&](const std::function<void(jpeg_compress_struct&)>& adjust) {
    expect_near(decoded(jpeg_file(40, 24, JCS_RGB, rgb, adjust)), as_bgr(rgb));
  };
  check([](jpeg_compress_struct& jpeg) { jpeg_set_colorspace(&jpeg, JCS_RGB); });
  check([](jpeg_compress_struct& jpeg) { jpeg_simple_progression(&jpeg); });
  check([](jpeg_compress_struct& jpeg) { jpeg.restart_interval = 2; });
  check([](jpeg_compress_struct& jpeg) { jpeg.arith_code = TRUE; });
  check([](jpeg_compress_struct& jpeg) { jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 2; });
}

// (255 - ink) * (255 - black) / 255, the inks stored as they are or as what they leave of the light.
TEST(JpegDecoder, CmykBecomesBgr) {
  constexpr unsigned kWidth = 8;
  Samples inks;
  Samples inverted;
  Samples bgr;
  for (unsigned i = 0; i < kWidth * 8; ++i) {
    for (const std::uint8_t ink : {30, 90, 150, 60}) {
      inks.push_back(ink);
      inverted.push_back(static_cast<std::uint8_t>(255 - ink));
    }
    for (const unsigned ink : {150, 90, 30}) bgr.push_back(static_cast<std::uint8_t>((255 - ink) * (255 - 60) / 255));
  }
  const auto without_adobe = [](jpeg_compress_struct& jpeg) { jpeg.write_Adobe_marker = FALSE; };
  const auto as_ycck = [](jpeg_compress_struct& jpeg) { jpeg_set_colorspace(&jpeg, JCS_YCCK); };
  expect_near(decoded(jpeg_file(kWidth, 8, JCS_CMYK, inks, without_adobe)), bgr);
  expect_near(decoded(jpeg_file(kWidth, 8, JCS_CMYK, inverted)), bgr);
  expect_near(decoded(jpeg_file(kWidth, 8, JCS_CMYK, inverted, as_ycck)), bgr);
  EXPECT_EQ(read_jpeg_info(jpeg_file(kWidth, 8, JCS_CMYK, inverted)).channels, 3U);
}

TEST(JpegDecoder, BytesBetweenMarkersAreSkippedAsCamerasWriteThem) {
  std::string file = jpeg_file(8, 8);
  file.insert(2, "\x01\x02", 2);  // after the first marker
  EXPECT_EQ(decoded(file), decoded(jpeg_file(8, 8)));
}

TEST(JpegDecoder, DamagedPicturesAreRefusedEvenIfAViewerWouldShowThem) {
  std::string file = jpeg_file(64, 64);
  file.erase(file.size() - 102, 100);  // all but the end marker
  const ImageInfo info = read_jpeg_info(file);
  Samples pixels(info.decoded_bytes());
  const std::string why = error_of(ErrorCode::kInvalidArgument,
                                   [&] { decode_jpeg(file, info, std::as_writable_bytes(std::span(pixels))); });
  EXPECT_EQ(why.rfind("the JPEG file is broken or not supported: Corrupt JPEG data", 0), 0U) << why;
}

TEST(JpegDecoder, TwoComponentsAreRefused) {
  const std::string file = jpeg_file(8, 8, JCS_GRAYSCALE, gradient(8, 8, 1));
  std::string two = file;
  const std::size_t frame = two.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  two[frame + 3] = 14;  // the length of the header, with one more component
  two[frame + 9] = 2;
  two.insert(frame + 13, "\x02\x11\x00", 3);
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument, [&] { read_jpeg_info(two); }),
            "a JPEG with 2 components is not supported");
}

// Each pass over the pixels costs the sender a few bytes.
TEST(JpegDecoder, MoreThanAHundredPassesAreRefused) {
  std::vector<jpeg_scan_info> scans{{1, {0}, 0, 0, 0, 0}};
  for (const int precision : {1, 0}) {
    for (int coefficient = 1; coefficient < 64; ++coefficient) {
      scans.push_back({1, {0}, coefficient, coefficient, precision == 1 ? 0 : 1, precision});
    }
  }
  const auto of_scans = [&scans](int count) {
    return jpeg_file(8, 8, JCS_GRAYSCALE, gradient(8, 8, 1), [&scans, count](jpeg_compress_struct& jpeg) {
      jpeg.scan_info = scans.data();
      jpeg.num_scans = count;
    });
  };
  expect_near(decoded(of_scans(100)), gradient(8, 8, 1));
  const std::string file = of_scans(static_cast<int>(scans.size()));
  const ImageInfo info = read_jpeg_info(file);
  Samples pixels(info.decoded_bytes());
  EXPECT_EQ(error_of(ErrorCode::kInvalidArgument,
                     [&] { decode_jpeg(file, info, std::as_writable_bytes(std::span(pixels))); }),
            "the JPEG file is broken or not supported: it has more than 100 scans");
}

}  // namespace
}  // namespace ovserve
