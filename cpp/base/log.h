#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace ovserve {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

/// Where core log lines go. `logger` is a dotted name such as "ovserve.loader".
/// The sink may be called from any thread, must not throw and must not call back into the core.
using LogSink = std::function<void(LogLevel level, std::string_view logger, std::string_view text)>;

/// Replaces the sink; the default one drops everything. Safe at any time.
void set_log_sink(LogSink sink);

void log(LogLevel level, std::string_view logger, const std::string& text) noexcept;

}  // namespace ovserve
