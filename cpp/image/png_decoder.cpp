#include "image/png_decoder.h"

#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>

#include "base/error.h"
#include "base/printable_text.h"

namespace ovserve {
namespace {

/// The state of one decoding. libpng leaves a failed call by longjmp, so its functions are only
/// called inside `runs`, with nothing on the stack that has a destructor.
class PngFile {
 public:
  explicit PngFile(std::string_view file) : PngFile() {
    rest_ = file;
    run([this] {
      png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, &PngFile::on_error, &PngFile::on_warning);
      if (png_ != nullptr) info_ = png_create_info_struct(png_);
    });
    if (info_ == nullptr) throw Error(ErrorCode::kResourceExhausted, "libpng cannot be set up");
    run([this] {
      // Texts, profiles and the like are not even unpacked.
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // the caller has one of its own
      png_set_read_fn(png_, this, &PngFile::on_read);
      png_read_info(png_, info_);
    });
  }

  ~PngFile() { png_destroy_read_struct(&png_, &info_, nullptr); }

  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;

  ImageInfo info() const {
    return {ImageFormat::kPng, png_get_image_width(png_, info_), png_get_image_height(png_, info_), channels(),
            png_get_bit_depth(png_, info_) == 16 ? 2U : 1U};
  }

  void decode(std::span<std::byte> pixels) {
    run([this] { set_transformations(); });
    const std::size_t height = png_get_image_height(png_, info_);
    const std::size_t row_bytes = pixels.size() / height;
    if (png_get_rowbytes(png_, info_) != row_bytes) {
      throw Error(ErrorCode::kInternal, "libpng has rows of another size than expected");
    }
    run([this, pixels, height, row_bytes] {
      for (int pass = 0; pass < passes_; ++pass) {
        for (std::size_t y = 0; y < height; ++y) {
          png_read_row(png_, reinterpret_cast<png_bytep>(&pixels[y * row_bytes]), nullptr);
        }
      }
      // Reads up to the end chunk, so that a file cut off after its last row is noticed.
      png_read_end(png_, nullptr);
    });
  }

 private:
  // Makes nothing yet, so that the destructor runs where the other constructor fails.
  PngFile() = default;

  bool has_transparent_color() const { return png_get_valid(png_, info_, PNG_INFO_tRNS) != 0; }

  std::size_t channels() const {
    switch (png_get_color_type(png_, info_)) {
      case PNG_COLOR_TYPE_GRAY:
        return 1;
      case PNG_COLOR_TYPE_GRAY_ALPHA:
      case PNG_COLOR_TYPE_RGB_ALPHA:
        return 4;
      default:
        return has_transparent_color() ? 4 : 3;
    }
  }

  void set_transformations() {
    const png_byte color = png_get_color_type(png_, info_);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
    if (color == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png_);
    if (color == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png_);
    if (color != PNG_COLOR_TYPE_GRAY && has_transparent_color()) png_set_tRNS_to_alpha(png_);
    png_set_bgr(png_);
    if constexpr (std::endian::native == std::endian::little) png_set_swap(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  }

  template <class Calls>
  void run(Calls calls) {
    if (runs(calls)) return;
    throw Error(ErrorCode::kInvalidArgument, "the PNG file is broken or not supported: " + printable_text(reason_));
  }

  template <class Calls>
  bool runs(Calls& calls) {
    static_assert(std::is_trivially_destructible_v<Calls>);
    if (setjmp(failed_) != 0) return false;
    calls();
    return true;
  }

  [[noreturn]] static void on_error(png_structp png, png_const_charp reason) {
    auto& file = *static_cast<PngFile*>(png_get_error_ptr(png));
    std::snprintf(file.reason_, sizeof(file.reason_), "%s", reason);
    std::longjmp(file.failed_, 1);
  }

  // About chunks that are not looked at, or data beyond the picture: nothing that pixels depend on.
  static void on_warning(png_structp /*png*/, png_const_charp /*reason*/) {}

  static void on_read(png_structp png, png_bytep to, std::size_t size) {
    auto& file = *static_cast<PngFile*>(png_get_io_ptr(png));
    if (size > file.rest_.size()) png_error(png, "it ends early");
    std::memcpy(to, file.rest_.data(), size);
    file.rest_.remove_prefix(size);
  }

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::string_view rest_;
  int passes_ = 1;
  std::jmp_buf failed_{};
  char reason_[256] = "";
};

}  // namespace

ImageInfo read_png_info(std::string_view file) { return PngFile(file).info(); }

void decode_png(std::string_view file, const ImageInfo& info, std::span<std::byte> pixels) {
  PngFile png(file);
  if (png.info() != info) throw Error(ErrorCode::kInternal, "a PNG file changed while it was decoded");
  png.decode(pixels);
}

}  // namespace ovserve
