#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace ovserve {

/// Bytes that a reader of files can open, though they are in memory only.
///
/// The bytes lie in an anonymous memory file; `path` is a symbolic link to it, in a directory that
/// only this user may enter. The link holds no data: nothing of the bytes reaches a disk. Link,
/// directory and memory go with the object.
class MemoryFile {
 public:
  /// `extension` includes its dot. Throws Error(kInternal) with the system's reason.
  MemoryFile(std::span<const std::uint8_t> bytes, const std::string& extension);
  ~MemoryFile();

  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::filesystem::path& path() const noexcept { return link_; }

 private:
  void close() noexcept;

  int descriptor_ = -1;
  std::filesystem::path directory_;
  std::filesystem::path link_;
};

}  // namespace ovserve
