#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ovserve {

/// A file opened for reading, every access bounded by its size.
///
/// Reads instead of mapping: a file that somebody truncates meanwhile then gives a short read, not
/// a SIGBUS.
class BoundedFile {
 public:
  /// Throws std::system_error with the reason. Never blocks, whatever the path names.
  explicit BoundedFile(const std::string& path);
  ~BoundedFile();

  BoundedFile(const BoundedFile&) = delete;
  BoundedFile& operator=(const BoundedFile&) = delete;

  bool is_regular() const noexcept { return regular_; }
  std::uint64_t size() const noexcept { return size_; }

  /// False if the range is not wholly inside the file.
  bool read(std::uint64_t offset, void* target, std::size_t bytes) const noexcept;

  template <typename T>
  std::optional<T> read(std::uint64_t offset) const noexcept {
    T value;
    if (!read(offset, &value, sizeof value)) return std::nullopt;
    return value;
  }

  /// `count` objects in a row; none if they are not wholly inside the file or above `max_bytes`.
  template <typename T>
  std::vector<T> read_array(std::uint64_t offset, std::uint64_t count, std::uint64_t max_bytes) const {
    if (count > max_bytes / sizeof(T) || offset > size_ || count > (size_ - offset) / sizeof(T)) return {};
    std::vector<T> values(count);
    if (!read(offset, values.data(), count * sizeof(T))) return {};
    return values;
  }

 private:
  int descriptor_ = -1;
  bool regular_ = false;
  std::uint64_t size_ = 0;
};

}  // namespace ovserve
