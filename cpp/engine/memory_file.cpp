#include "engine/memory_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/error.h"

namespace ovserve {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, int error) {
  throw Error(ErrorCode::kInternal, what + ": " + std::generic_category().message(error));
}

void write_all(int descriptor, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("cannot keep " + std::to_string(bytes.size()) + " more bytes of a model in memory", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

fs::path make_private_directory() {
  std::error_code error;
  fs::path parent = fs::temp_directory_path(error);
  if (error) parent = "/tmp";
  std::string name = (parent / "ovserve-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("cannot make a directory in " + parent.string() + " (see TMPDIR)", errno);
  return name;
}

}  // namespace

MemoryFile::MemoryFile(std::span<const std::uint8_t> bytes, const std::string& extension) {
  try {
    descriptor_ = ::memfd_create("model", MFD_CLOEXEC);
    if (descriptor_ < 0) fail("cannot make a file in memory", errno);
    write_all(descriptor_, bytes);
    directory_ = make_private_directory();
    link_ = directory_ / ("model" + extension);
    fs::create_symlink("/proc/self/fd/" + std::to_string(descriptor_), link_);
  } catch (const fs::filesystem_error& e) {
    close();
    throw Error(ErrorCode::kInternal, "cannot make link " + link_.string() + ": " + e.code().message());
  } catch (...) {
    close();
    throw;
  }
}

MemoryFile::~MemoryFile() { close(); }

void MemoryFile::close() noexcept {
  std::error_code ignored;
  if (!link_.empty()) fs::remove(link_, ignored);
  if (!directory_.empty()) fs::remove(directory_, ignored);
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace ovserve
