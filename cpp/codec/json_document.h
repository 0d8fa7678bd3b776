#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string_view>

/// Reading of JSON bodies: simdjson's on-demand parser with our errors. One pass, in document order;
/// what is never looked at is never checked, so whoever skips a value calls check(). No string may
/// be unescaped twice (get_string, unescaped_key): the parser's buffer has room for each one once.
namespace ovserve::json {

using Value = simdjson::ondemand::value;
using Array = simdjson::ondemand::array;
using Object = simdjson::ondemand::object;
using Type = simdjson::ondemand::json_type;

/// Throws Error(kFailedPrecondition): the body is not JSON.
[[noreturn]] void not_json();

/// Throws Error(kInvalidArgument): arrays and objects are nested more deeply than allowed.
[[noreturn]] void too_deep();

/// The value of a step that only fails where the body is not JSON.
template <class T>
T valid(simdjson::simdjson_result<T> result) {
  T value;
  if (std::move(result).get(value) != simdjson::SUCCESS) not_json();
  return value;
}

/// Reads a value that nobody wants, so that broken JSON in it is noticed.
/// `depth`: how many levels of nesting it may have.
void check(Value value, std::size_t depth);

/// A padded copy of the body and the parser that walks over it.
class Document {
 public:
  explicit Document(std::string_view body) : text_(body) {}
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  const char* text_end() const noexcept { return text_.data() + text_.size(); }

  /// Starts at the front (again). Throws like valid().
  simdjson::ondemand::document& rewind();

  /// Reads everything, for the exception alone.
  void check_all(std::size_t depth);

  /// Throws if something follows the document that was just read.
  void check_end();

 private:
  simdjson::padded_string text_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
};

}  // namespace ovserve::json
