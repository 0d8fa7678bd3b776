#include "image/jpeg_decoder.h"

#include <jerror.h>
#include <jpeglib.h>

#include <csetjmp>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs FILE
#include <string>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "base/printable_text.h"

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: apt-get install libjpeg-dev"
#endif

namespace ovserve {
namespace {

// A progressive file of a few bytes may ask for any number of passes over all of its pixels.
constexpr int kMostScans = 100;

/// The state of one decoding. libjpeg leaves a failed call by longjmp, so its functions are only
/// called inside `runs`, with nothing on the stack that has a destructor.
class JpegFile {
 public:
  explicit JpegFile(std::string_view file) : JpegFile() {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = &JpegFile::on_error;
    errors_.emit_message = &JpegFile::on_message;
    progress_.progress_monitor = &JpegFile::on_progress;
    run([this, file] {
      jpeg_create_decompress(&jpeg_);  // clears all but the error manager and the client's data
      jpeg_.progress = &progress_;
      jpeg_mem_src(&jpeg_, reinterpret_cast<const unsigned char*>(file.data()),
                   static_cast<unsigned long>(file.size()));
      jpeg_read_header(&jpeg_, TRUE);
    });
  }

  ~JpegFile() { jpeg_destroy_decompress(&jpeg_); }

  JpegFile(const JpegFile&) = delete;
  JpegFile& operator=(const JpegFile&) = delete;

  ImageInfo info() const {
    const int components = jpeg_.num_components;
    if (components != 1 && components != 3 && components != 4) {
      throw Error(ErrorCode::kInvalidArgument,
                  "a JPEG with " + std::to_string(components) + " components is not supported");
    }
    return {ImageFormat::kJpeg, jpeg_.image_width, jpeg_.image_height, components == 1 ? 1U : 3U, 1};
  }

  void decode(std::span<std::byte> pixels) {
    const bool is_cmyk = jpeg_.num_components == 4;
    jpeg_.out_color_space = is_cmyk ? JCS_CMYK : jpeg_.num_components == 1 ? JCS_GRAYSCALE : JCS_EXT_BGR;
    run([this] { jpeg_start_decompress(&jpeg_); });
    const std::size_t row_bytes = pixels.size() / jpeg_.image_height;
    if (is_cmyk) {
      decode_cmyk(pixels, row_bytes);
    } else {
      run([this, pixels, row_bytes] {
        while (jpeg_.output_scanline < jpeg_.output_height) read_row(&pixels[jpeg_.output_scanline * row_bytes]);
      });
    }
    // Reads up to the end marker, so that a file cut off after its last row is noticed.
    run([this] { jpeg_finish_decompress(&jpeg_); });
  }

 private:
  // Makes nothing yet, so that the destructor runs where the other constructor fails.
  JpegFile() = default;

  // Inks are stored as what is left of the light where Adobe's marker is present, else as the ink.
  void decode_cmyk(std::span<std::byte> pixels, std::size_t row_bytes) {
    std::vector<std::uint8_t> row(std::size_t{jpeg_.image_width} * 4);
    const unsigned flip = jpeg_.saw_Adobe_marker != FALSE ? 0U : 255U;
    while (jpeg_.output_scanline < jpeg_.output_height) {
      std::byte* bgr = &pixels[jpeg_.output_scanline * row_bytes];
      run([this, &row] { read_row(reinterpret_cast<std::byte*>(row.data())); });
      for (std::size_t i = 0; i < row.size(); i += 4) {
        const unsigned black = row[i + 3] ^ flip;
        for (const std::size_t ink : {2U, 1U, 0U}) {
          *bgr++ = static_cast<std::byte>(((row[i + ink] ^ flip) * black + 127U) / 255U);
        }
      }
    }
  }

  void read_row(std::byte* row) {
    auto* samples = reinterpret_cast<JSAMPLE*>(row);
    jpeg_read_scanlines(&jpeg_, &samples, 1);
  }

  template <class Calls>
  void run(Calls calls) {
    if (runs(calls)) return;
    if (errors_.msg_code == JERR_OUT_OF_MEMORY) {
      throw Error(ErrorCode::kResourceExhausted, "there is not enough memory to decode it");
    }
    throw Error(ErrorCode::kInvalidArgument, "the JPEG file is broken or not supported: " + printable_text(reason_));
  }

  template <class Calls>
  bool runs(Calls& calls) {
    static_assert(std::is_trivially_destructible_v<Calls>);
    if (setjmp(failed_) != 0) return false;
    calls();
    return true;
  }

  static JpegFile& of(j_common_ptr jpeg) { return *static_cast<JpegFile*>(jpeg->client_data); }

  [[noreturn]] void fail() { std::longjmp(failed_, 1); }

  [[noreturn]] static void on_error(j_common_ptr jpeg) {
    JpegFile& file = of(jpeg);
    (*jpeg->err->format_message)(jpeg, file.reason_);
    file.fail();
  }

  // A level of -1 is a warning: libjpeg would go on with pixels of its own invention.
  static void on_message(j_common_ptr jpeg, int level) {
    if (level >= 0) return;
    switch (jpeg->err->msg_code) {
      case JWRN_EXTRANEOUS_DATA:  // between markers, as some cameras write it; nothing is lost
      case JWRN_JFIF_MAJOR:
      case JWRN_ADOBE_XFORM:
      case JWRN_TOO_MUCH_DATA:
        return;
      default:
        on_error(jpeg);
    }
  }

  static void on_progress(j_common_ptr jpeg) {
    JpegFile& file = of(jpeg);
    if (file.jpeg_.input_scan_number <= kMostScans) return;
    std::snprintf(file.reason_, sizeof(file.reason_), "it has more than %d scans", kMostScans);
    file.fail();
  }

  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf failed_{};
  char reason_[JMSG_LENGTH_MAX] = "";
};

}  // namespace

ImageInfo read_jpeg_info(std::string_view file) { return JpegFile(file).info(); }

void decode_jpeg(std::string_view file, const ImageInfo& info, std::span<std::byte> pixels) {
  JpegFile jpeg(file);
  if (jpeg.info() != info) throw Error(ErrorCode::kInternal, "a JPEG file changed while it was decoded");
  jpeg.decode(pixels);
}

}  // namespace ovserve
