#include "image/encoded_image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/error_expectation.h"
#include "image/image_files.h"

namespace ovserve {
namespace {

using testing::error_of;
using testing::jpeg_file;
using testing::png_file;

std::string refusal(const std::string& file) {
  return error_of(ErrorCode::kInvalidArgument, [&] { read_image_info(file); });
}

/// Reads and decodes; gives the cause where the file is refused, which is all that may happen to it.
std::string outcome(const std::string& file) {
  try {
    const ImageInfo info = read_image_info(file);
    if (info.pixels() > 1'000'000) return "large";  // what a limit keeps from being decoded
    std::vector<std::byte> pixels(info.decoded_bytes());
    decode_image(file, info, pixels);
    return "decoded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << error.what();
    return error.what();
  }
}

TEST(EncodedImage, TellsFormatsByTheirFirstBytes) {
  EXPECT_EQ(read_image_info(jpeg_file(5, 4)), (ImageInfo{ImageFormat::kJpeg, 5, 4, 3, 1}));
  EXPECT_EQ(read_image_info(png_file(5, 4)), (ImageInfo{ImageFormat::kPng, 5, 4, 3, 1}));
}

TEST(EncodedImage, NamesWhatAnythingElseBeginsWith) {
  EXPECT_EQ(refusal(""), "it is empty");
  EXPECT_EQ(refusal("GIF89a...."), "it is neither JPEG nor PNG, but begins with the bytes 47 49 46 38 39 61 2E 2E");
  EXPECT_EQ(refusal("\xFF\xD8"), "it is neither JPEG nor PNG, but begins with the bytes FF D8");
}

TEST(EncodedImage, AFileCutShortAtAnyPlaceIsRefused) {
  for (const std::string& file : {jpeg_file(9, 7), png_file(9, 7)}) {
    ASSERT_EQ(outcome(file), "decoded");
    for (std::size_t size = 0; size < file.size(); ++size) {
      EXPECT_NE(outcome(file.substr(0, size)), "decoded") << size << " of " << file.size() << " bytes";
    }
  }
}

TEST(EncodedImage, BytesAfterTheEndDoNotMatter) {
  EXPECT_EQ(outcome(jpeg_file(9, 7) + "more"), "decoded");
  EXPECT_EQ(outcome(png_file(9, 7) + "more"), "decoded");
}

TEST(EncodedImage, AChangedBitIsDecodedOrRefused) {
  for (const std::string& file : {jpeg_file(16, 8), png_file(9, 7)}) {
    for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
      std::string changed = file;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ 1 << bit % 8);
      EXPECT_FALSE(outcome(changed).empty());
    }
  }
}

TEST(EncodedImage, RandomChangesAreDecodedOrRefused) {
  std::mt19937 random(7);
  const auto progressive = jpeg_file(24, 24, JCS_RGB, testing::gradient(24, 24, 3),
                                     [](jpeg_compress_struct& jpeg) { jpeg_simple_progression(&jpeg); });
  for (const std::string& file : {progressive, png_file(24, 24, 4)}) {
    for (int round = 0; round < 3000; ++round) {
      std::string changed = file;
      for (unsigned i = 0; i <= random() % 8; ++i) changed[random() % changed.size()] = static_cast<char>(random());
      if (random() % 4 == 0) changed.resize(random() % changed.size());
      EXPECT_FALSE(outcome(changed).empty());
    }
  }
}

TEST(EncodedImage, TheHeaderOfAHugeImageIsReadWithoutItsMemory) {
  std::string png = png_file(1, 1);
  const std::string size("\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF", 8);
  png.replace(16, size.size(), size);
  // The header's checksum, so that only its claim is wrong.
  const auto checksum = [&png] {
    unsigned long crc = 0xFFFFFFFFUL;
    for (std::size_t i = 12; i < 29; ++i) {
      crc ^= static_cast<unsigned char>(png[i]);
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1U ^ 0xEDB88320UL : crc >> 1U;
    }
    return crc ^ 0xFFFFFFFFUL;
  }();
  for (unsigned i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(checksum >> (24 - 8 * i) & 255U);
  EXPECT_EQ(read_image_info(png), (ImageInfo{ImageFormat::kPng, 0x7FFFFFFF, 0x7FFFFFFF, 3, 1}));

  std::string jpeg = jpeg_file(16, 16);
  const std::size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\xFF\xDC\xFF\xDC");
  EXPECT_EQ(read_image_info(jpeg), (ImageInfo{ImageFormat::kJpeg, 65500, 65500, 3, 1}));
}

TEST(EncodedImage, MemoryOfTheWrongSizeIsNotWrittenTo) {
  const std::string file = png_file(2, 2);
  std::vector<std::byte> pixels(11);
  error_of(ErrorCode::kInternal, [&] { decode_image(file, read_image_info(file), pixels); });
}

}  // namespace
}  // namespace ovserve
