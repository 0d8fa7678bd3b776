#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "base/log.h"

namespace ovserve {

/// What the server offers to one loader, whatever it is written in. Whoever makes loaders hands one to the
/// factory. The loader may keep it for ever and call it from any of its threads, within its calls and beside
/// them, also after deinit. Nothing throws, and nothing waits for the loader.
class LoaderHost {
 public:
  virtual ~LoaderHost() = default;

  /// A line for the log. `text` is printable.
  virtual void log(LogLevel level, const std::string& text) noexcept = 0;

  /// How far a call is: `fraction` from 0 to 1, below 0 for unknown. `text` is printable, and may be empty.
  /// `model` is empty while the loader itself is made or ends.
  virtual void progress(const std::string& model, std::int64_t version, const std::string& text,
                        double fraction) noexcept = 0;

  /// The loader's answers about its versions are others now: ask at once.
  virtual void blacklist_changed() noexcept = 0;

  /// How long the call that runs now may still take, negative if it is overdue; none: as long as it wants.
  virtual std::optional<std::chrono::milliseconds> remaining() const noexcept = 0;

  /// Whether nobody wants the result of the call that runs now.
  virtual bool cancelled() const noexcept = 0;
};

/// What to say of a call's progress: "40 %, decrypting", "40 %", "decrypting".
inline std::string progress_text(const std::string& text, double fraction) {
  if (!(fraction >= 0)) return text;  // not a number, too
  const auto percent = std::to_string(std::lround(std::min(fraction, 1.0) * 100)) + " %";
  return text.empty() ? percent : percent + ", " + text;
}

}  // namespace ovserve
