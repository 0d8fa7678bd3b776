#include "loader/standalone_loader_host.h"

#include "base/printable_text.h"

namespace ovserve {
namespace {

constexpr const char* kLog = "ovserve.loader";

std::string about(const std::string& loader_name) { return "custom loader \"" + printable_text(loader_name) + "\": "; }

}  // namespace

void StandaloneLoaderHost::log(LogLevel level, const std::string& text) noexcept {
  ovserve::log(level, kLog, about(loader_name_) + text);
}

void StandaloneLoaderHost::progress(const std::string& model, std::int64_t version, const std::string& text,
                                    double fraction) noexcept {
  const std::string whose = model.empty() ? "" : "model \"" + model + "\" version " + std::to_string(version) + ": ";
  ovserve::log(LogLevel::kInfo, kLog, about(loader_name_) + whose + progress_text(text, fraction));
}

}  // namespace ovserve
