#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ovserve::json {

/// Builds a document with one space of indentation per level, the way protobuf prints JSON.
/// Every value inside an object is preceded by its key.
class Printer {
 public:
  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }
  void key(std::string_view name);
  void string(std::string_view text);
  void boolean(bool value);

  /// key() and string() in one.
  void member(std::string_view name, std::string_view text);

  /// The finished document, without a final newline.
  std::string take() && { return std::move(out_); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  void new_line();

  std::string out_;
  std::size_t depth_ = 0;
  bool first_in_container_ = true;
  bool after_key_ = true;  // the root value needs no separator either
};

}  // namespace ovserve::json
