#include "loader/bounded_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace ovserve {

BoundedFile::BoundedFile(const std::string& path) {
  // O_NONBLOCK: opening a pipe must not wait for its other end.
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category());
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) {
    const int error = errno;
    ::close(descriptor_);
    throw std::system_error(error, std::generic_category());
  }
  regular_ = S_ISREG(status.st_mode);
  size_ = regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
}

BoundedFile::~BoundedFile() { ::close(descriptor_); }

bool BoundedFile::read(std::uint64_t offset, void* target, std::size_t bytes) const noexcept {
  if (offset > size_ || bytes > size_ - offset) return false;
  auto* out = static_cast<char*>(target);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor_, out, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace ovserve
