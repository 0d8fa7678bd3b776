#include "image/image_tensor.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <type_traits>

#include "base/error.h"
#include "image/encoded_image.h"
#include "image/pixel_conversion.h"

namespace ovserve {
namespace {

constexpr std::string_view kLayout = "NHWC";
constexpr std::size_t kHeight = 1;
constexpr std::size_t kWidth = 2;
constexpr std::size_t kChannels = 3;

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorCode::kInvalidArgument, what); }

bool is_bounded(const Dimension& dimension) { return dimension.max != Dimension::kAny; }

std::string size_text(std::size_t width, std::size_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

void check_layout(const std::string& layout) {
  const auto agrees = [](char said, char wanted) { return said == '?' || said == wanted; };
  if (layout.empty() || std::equal(layout.begin(), layout.end(), kLayout.begin(), kLayout.end(), agrees)) return;
  refuse("Invalid input layout - Expected: NHWC, since the input got encoded images; Actual: " + layout);
}

/// One batch on its way: first all headers, then all pixels.
class Batch {
 public:
  Batch(const TensorInfo& input, std::span<const std::string> files, const ImageLimits& limits)
      : input_(input), files_(files), limits_(limits) {}

  void read_headers(std::size_t& request_pixels) {
    infos_.reserve(files_.size());
    for (std::size_t i = 0; i < files_.size(); ++i) {
      infos_.push_back(named(i, [&] { return read_image_info(files_[i]); }));
      check_pixels(i, request_pixels);
      check_samples(i);
    }
    choose_target();
    for (std::size_t i = 0; i < infos_.size(); ++i) check_against_target(i);
  }

  DecodedTensor decode() {
    DecodedTensor tensor{shape(), {}};
    tensor.data.resize(tensor_bytes(tensor.shape));
    const std::size_t image_bytes = tensor.data.size() / files_.size();
    for (std::size_t i = 0; i < files_.size(); ++i) {
      named(i, [&] { decode_into(i, std::span(tensor.data).subspan(i * image_bytes, image_bytes)); });
    }
    return tensor;
  }

 private:
  std::string name_of(std::size_t i) const {
    return "image " + std::to_string(i + 1) + " of " + std::to_string(files_.size());
  }

  template <class Call>
  std::invoke_result_t<const Call&> named(std::size_t i, const Call& call) const {
    try {
      return call();
    } catch (const Error& error) {
      throw Error(error.code(), "Invalid image - " + name_of(i) + ": " + error.what());
    }
  }

  void check_pixels(std::size_t i, std::size_t& request_pixels) const {
    const std::size_t pixels = infos_[i].pixels();
    if (pixels > limits_.image_pixels) {
      refuse("Invalid image - " + name_of(i) + ": its " + size_text(infos_[i].width, infos_[i].height) +
             " pixels are more than the " + std::to_string(limits_.image_pixels) + " of --max_image_pixels");
    }
    request_pixels += pixels;
    if (request_pixels > limits_.request_pixels()) {
      refuse("Too many images in one request - together they have more than " +
             std::to_string(limits_.request_pixels()) + " pixels, ten times --max_image_pixels; send fewer at a time");
    }
  }

  void check_samples(std::size_t i) const {
    if (holds_samples(input_.type, infos_[i].sample_bytes)) return;
    refuse("Invalid image - " + name_of(i) + ": its 16 bits per channel do not fit " + precision_name(input_.type) +
           "; send 8");
  }

  void choose_target() {
    const ImageInfo& first = infos_.front();
    const Dimension& channels = input_.shape[kChannels];
    target_.type = input_.type;
    target_.channels = first.channels == 1 && !channels.accepts(1) ? 3 : first.channels;
    resizes_ = input_.layout == kLayout && is_bounded(input_.shape[kHeight]) && is_bounded(input_.shape[kWidth]);
    target_.height = resizes_ ? nearest(input_.shape[kHeight], first.height) : first.height;
    target_.width = resizes_ ? nearest(input_.shape[kWidth], first.width) : first.width;
  }

  static std::size_t nearest(const Dimension& dimension, std::size_t size) {
    return static_cast<std::size_t>(std::clamp(static_cast<std::int64_t>(size), dimension.min, dimension.max));
  }

  void check_against_target(std::size_t i) const {
    const ImageInfo& info = infos_[i];
    const bool is_repeated = info.channels == 1 && target_.channels == 3;
    if (!input_.shape[kChannels].accepts(static_cast<std::int64_t>(target_.channels)) ||
        (info.channels != target_.channels && !is_repeated)) {
      refuse_channels(i);
    }
    if (!resizes_ && (info.width != target_.width || info.height != target_.height)) {
      refuse("Invalid image - " + name_of(i) + " is of size " + size_text(info.width, info.height) +
             ", the first one of " + size_text(target_.width, target_.height) +
             "; all images of a request must be of one size where the server does not resize them");
    }
    const auto fits = [](std::size_t size, const Dimension& dimension) {
      return size != 0 && dimension.accepts(static_cast<std::int64_t>(size));
    };
    if (fits(target_.height, input_.shape[kHeight]) && fits(target_.width, input_.shape[kWidth])) return;
    refuse("Invalid input shape - Expected: " + to_string(input_.shape) + "; Actual: " + to_string(shape()) +
           (input_.layout == kLayout ? "" : "; the server resizes images if the input's layout is set to NHWC"));
  }

  [[noreturn]] void refuse_channels(std::size_t i) const {
    const bool follows_first = input_.shape[kChannels].accepts(static_cast<std::int64_t>(target_.channels));
    const std::string expected = follows_first ? std::to_string(target_.channels) : to_string(input_.shape[kChannels]);
    const char* const hint = infos_[i].channels == 4 ? ", with transparency" : "";
    refuse("Invalid number of channels - Expected: " + expected + "; Actual: " + std::to_string(infos_[i].channels) +
           hint + "; " + name_of(i));
  }

  Shape shape() const {
    const auto size = [](std::size_t number) { return static_cast<std::int64_t>(number); };
    return {size(files_.size()), size(target_.height), size(target_.width), size(target_.channels)};
  }

  std::size_t tensor_bytes(const Shape& shape) const {
    std::size_t bytes = 0;
    const bool overflows = __builtin_mul_overflow(element_count(shape), size_of(target_.type), &bytes);
    if (!overflows && bytes <= ImageLimits::kTensorBytes) return bytes;
    refuse("Too many images in one request - they would make a tensor of more than " +
           std::to_string(ImageLimits::kTensorBytes) + " bytes: " + to_string(shape) + "; send fewer at a time");
  }

  void decode_into(std::size_t i, std::span<std::byte> out) {
    const ImageInfo& info = infos_[i];
    const bool is_kept = target_.type == ElementType::kU8 && info.channels == target_.channels &&
                         info.width == target_.width && info.height == target_.height;
    if (is_kept) return decode_image(files_[i], info, out);
    if (buffer_bytes_ < info.decoded_bytes()) {
      buffer_ = nullptr;  // both at once would take twice the memory
      buffer_ = std::make_unique_for_overwrite<std::byte[]>(info.decoded_bytes());
      buffer_bytes_ = info.decoded_bytes();
    }
    decode_image(files_[i], info, {buffer_.get(), info.decoded_bytes()});
    write_pixels({buffer_.get(), info.width, info.height, info.channels, info.sample_bytes}, target_, out.data());
  }

  const TensorInfo& input_;
  const std::span<const std::string> files_;
  const ImageLimits limits_;
  std::vector<ImageInfo> infos_;
  PixelTarget target_;
  bool resizes_ = false;
  std::unique_ptr<std::byte[]> buffer_;  // of one decoded image
  std::size_t buffer_bytes_ = 0;
};

}  // namespace

DecodedTensor make_image_tensor(const TensorInfo& input, std::span<const std::string> files, const ImageLimits& limits,
                                std::size_t& request_pixels) {
  check_layout(input.layout);
  Batch batch(input, files, limits);
  batch.read_headers(request_pixels);
  return batch.decode();
}

}  // namespace ovserve
