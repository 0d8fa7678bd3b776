#include "image/image_tensor.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/error_expectation.h"
#include "image/image_files.h"

namespace ovserve {
namespace {

using testing::jpeg_file;
using testing::png_file;

constexpr std::int64_t kAny = -1;

Dimension dimension(std::int64_t size) { return size == kAny ? Dimension::any() : Dimension::fixed(size); }

TensorInfo input(std::int64_t height, std::int64_t width, std::int64_t channels = 3,
                 ElementType type = ElementType::kU8) {
  TensorInfo info;
  info.name = "image";
  info.type = type;
  info.shape = {Dimension::any(), dimension(height), dimension(width), dimension(channels)};
  info.layout = "NHWC";
  return info;
}

DecodedTensor make(const TensorInfo& info, const std::vector<std::string>& files, const ImageLimits& limits = {}) {
  std::size_t request_pixels = 0;
  return make_image_tensor(info, files, limits, request_pixels);
}

std::string refusal(const TensorInfo& info, const std::vector<std::string>& files, const ImageLimits& limits = {}) {
  return testing::error_of(ErrorCode::kInvalidArgument, [&] { make(info, files, limits); });
}

std::vector<int> numbers(const DecodedTensor& tensor) {
  std::vector<int> values;
  for (const std::byte value : tensor.data) values.push_back(static_cast<int>(value));
  return values;
}

std::string flat_png(unsigned width, unsigned height, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
  testing::PngContent content{.width = width, .height = height};
  for (unsigned i = 0; i < width * height; ++i) content.samples.insert(content.samples.end(), {red, green, blue});
  return png_file(content);
}

TEST(ImageTensor, PutsImagesBehindEachOtherAsBgr) {
  const DecodedTensor tensor = make(input(1, 2), {flat_png(2, 1, 1, 2, 3), flat_png(2, 1, 7, 8, 9)});
  EXPECT_EQ(tensor.shape, (Shape{2, 1, 2, 3}));
  EXPECT_EQ(numbers(tensor), (std::vector<int>{3, 2, 1, 3, 2, 1, 9, 8, 7, 9, 8, 7}));
}

TEST(ImageTensor, HasTheInputsType) {
  const DecodedTensor tensor = make(input(1, 1, 3, ElementType::kF32), {flat_png(1, 1, 1, 2, 255)});
  float bgr[3];
  ASSERT_EQ(tensor.data.size(), sizeof(bgr));
  std::memcpy(bgr, tensor.data.data(), sizeof(bgr));
  EXPECT_EQ(bgr[0], 255.0F);
  EXPECT_EQ(bgr[1], 2.0F);
  EXPECT_EQ(bgr[2], 1.0F);
}

TEST(ImageTensor, ResizesEachImageToTheModelsSize) {
  const DecodedTensor tensor = make(input(3, 2), {png_file(8, 9), jpeg_file(2, 3), png_file(1, 1)});
  EXPECT_EQ(tensor.shape, (Shape{3, 3, 2, 3}));
  EXPECT_EQ(tensor.data.size(), 3U * 3 * 2 * 3);
}

TEST(ImageTensor, AnySizeIsTheFirstImages) {
  EXPECT_EQ(make(input(kAny, kAny), {png_file(5, 4), jpeg_file(5, 4)}).shape, (Shape{2, 4, 5, 3}));
  EXPECT_EQ(refusal(input(kAny, kAny), {png_file(5, 4), png_file(5, 3)}),
            "Invalid image - image 2 of 2 is of size 5x3, the first one of 5x4; all images of a request must be of one "
            "size where the server does not resize them");
}

TEST(ImageTensor, OneAnySizeLeavesTheOtherToBeMet) {
  EXPECT_EQ(make(input(kAny, 5), {png_file(5, 4)}).shape, (Shape{1, 4, 5, 3}));
  EXPECT_EQ(refusal(input(kAny, 6), {png_file(5, 4)}),
            "Invalid input shape - Expected: (-1,-1,6,3); Actual: (1,4,5,3)");
}

TEST(ImageTensor, WithinARangeTheFirstImageDecidesFromTheNearerEnd) {
  TensorInfo info = input(1, 6);
  info.shape[1] = {3, 5};
  EXPECT_EQ(make(info, {png_file(6, 4), png_file(6, 9)}).shape, (Shape{2, 4, 6, 3}));
  EXPECT_EQ(make(info, {png_file(6, 2)}).shape, (Shape{1, 3, 6, 3}));
  EXPECT_EQ(make(info, {png_file(6, 9)}).shape, (Shape{1, 5, 6, 3}));
  info.shape[1] = {3};
  EXPECT_EQ(make(info, {png_file(6, 9)}).shape, (Shape{1, 9, 6, 3}));
  EXPECT_EQ(refusal(info, {png_file(6, 2)}), "Invalid input shape - Expected: (-1,3~,6,3); Actual: (1,2,6,3)");
}

TEST(ImageTensor, ALayoutThatSaysOtherwiseIsRefused) {
  TensorInfo info = input(2, 2);
  info.layout = "NCHW";
  EXPECT_EQ(refusal(info, {png_file(2, 2)}),
            "Invalid input layout - Expected: NHWC, since the input got encoded images; Actual: NCHW");
}

TEST(ImageTensor, WithoutALayoutImagesMustFitAsTheyAre) {
  for (const char* layout : {"", "N???", "N?W?"}) {
    TensorInfo info = input(2, 3);
    info.layout = layout;
    EXPECT_EQ(make(info, {png_file(3, 2)}).shape, (Shape{1, 2, 3, 3})) << layout;
    EXPECT_EQ(refusal(info, {png_file(2, 2)}),
              "Invalid input shape - Expected: (-1,2,3,3); Actual: (1,2,2,3); the server resizes images if the input's "
              "layout is set to NHWC");
  }
}

TEST(ImageTensor, ChannelsMustBeTheModels) {
  EXPECT_EQ(make(input(1, 1, 4), {png_file(1, 1, 4)}).shape, (Shape{1, 1, 1, 4}));
  EXPECT_EQ(make(input(1, 1, 1), {png_file(1, 1, 1)}).shape, (Shape{1, 1, 1, 1}));
  EXPECT_EQ(refusal(input(1, 1, 3), {png_file(1, 1), png_file(1, 1, 4)}),
            "Invalid number of channels - Expected: 3; Actual: 4, with transparency; image 2 of 2");
  EXPECT_EQ(refusal(input(1, 1, 1), {png_file(1, 1)}),
            "Invalid number of channels - Expected: 1; Actual: 3; image 1 of 1");
  EXPECT_EQ(refusal(input(1, 1, 4), {png_file(1, 1, 1)}),
            "Invalid number of channels - Expected: 4; Actual: 1; image 1 of 1");
  EXPECT_EQ(refusal(input(1, 1, 224), {png_file(1, 1)}),
            "Invalid number of channels - Expected: 224; Actual: 3; image 1 of 1");
}

TEST(ImageTensor, GrayIsRepeatedForThreeChannels) {
  const DecodedTensor tensor = make(input(1, 1), {png_file(1, 1, 1), flat_png(1, 1, 1, 2, 3)});
  EXPECT_EQ(numbers(tensor), (std::vector<int>{40, 40, 40, 3, 2, 1}));
}

TEST(ImageTensor, AnyNumberOfChannelsIsTheFirstImages) {
  EXPECT_EQ(make(input(1, 1, kAny), {png_file(1, 1, 1)}).shape, (Shape{1, 1, 1, 1}));
  EXPECT_EQ(make(input(1, 1, kAny), {png_file(1, 1), png_file(1, 1, 1)}).shape, (Shape{2, 1, 1, 3}));
  EXPECT_EQ(refusal(input(1, 1, kAny), {png_file(1, 1, 1), png_file(1, 1)}),
            "Invalid number of channels - Expected: 1; Actual: 3; image 2 of 2");
}

TEST(ImageTensor, SixteenBitsNeedATypeThatHoldsThem) {
  testing::PngContent content{.depth = 16, .samples = {0, 1, 0, 2, 0xFF, 0xFF}};
  const std::string file = png_file(content);
  EXPECT_EQ(make(input(1, 1, 3, ElementType::kU16), {file}).data.size(), 6U);
  EXPECT_EQ(refusal(input(1, 1), {file}),
            "Invalid image - image 1 of 1: its 16 bits per channel do not fit U8; send 8");
}

TEST(ImageTensor, NamesTheImageThatIsBroken) {
  EXPECT_EQ(refusal(input(1, 1), {png_file(1, 1), ""}), "Invalid image - image 2 of 2: it is empty");
  std::string damaged = png_file(4, 4);
  damaged.resize(damaged.size() - 1);
  EXPECT_EQ(refusal(input(1, 1), {damaged, png_file(1, 1)}),
            "Invalid image - image 1 of 2: the PNG file is broken or not supported: it ends early");
}

TEST(ImageTensor, MorePixelsThanAllowedAreRefusedByTheHeader) {
  const ImageLimits limits{.image_pixels = 20};
  EXPECT_EQ(make(input(1, 1), {png_file(5, 4)}, limits).shape, (Shape{1, 1, 1, 3}));
  std::string only_a_header = png_file(7, 3);
  only_a_header.resize(only_a_header.find("IDAT") + 4);
  EXPECT_EQ(refusal(input(1, 1), {only_a_header}, limits),
            "Invalid image - image 1 of 1: its 7x3 pixels are more than the 20 of --max_image_pixels");
}

TEST(ImageTensor, PixelsOfARequestAreCountedOverItsInputs) {
  const ImageLimits limits{.image_pixels = 20};
  std::size_t request_pixels = 0;
  const std::vector<std::string> five(5, png_file(5, 4));
  make_image_tensor(input(1, 1), five, limits, request_pixels);
  make_image_tensor(input(1, 1), five, limits, request_pixels);
  EXPECT_EQ(request_pixels, 200U);
  EXPECT_EQ(testing::error_of(ErrorCode::kInvalidArgument,
                              [&] { make_image_tensor(input(1, 1), {five.data(), 1}, limits, request_pixels); }),
            "Too many images in one request - together they have more than 200 pixels, ten times --max_image_pixels; "
            "send fewer at a time");
}

TEST(ImageTensor, ATensorThatNoRequestCouldCarryIsRefused) {
  EXPECT_EQ(refusal(input(20'000, 20'000), {png_file(1, 1)}),
            "Too many images in one request - they would make a tensor of more than 1073741824 bytes: "
            "(1,20000,20000,3); send fewer at a time");
  EXPECT_EQ(refusal(input(Dimension::kAny - 1, Dimension::kAny - 1), {png_file(1, 1)}).substr(0, 20),
            "Too many images in o");
}

TEST(ImageTensor, AModelOfNoPixelsIsRefused) {
  EXPECT_EQ(refusal(input(0, 5), {png_file(5, 4)}), "Invalid input shape - Expected: (-1,0,5,3); Actual: (1,0,5,3)");
}

}  // namespace
}  // namespace ovserve
