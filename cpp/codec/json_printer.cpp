#include "codec/json_printer.h"

#include "codec/json_text.h"

namespace ovserve::json {

void Printer::key(std::string_view name) {
  before_value();
  append_string(out_, name);
  out_ += ": ";
  after_key_ = true;
}

void Printer::string(std::string_view text) {
  before_value();
  append_string(out_, text);
}

void Printer::boolean(bool value) {
  before_value();
  out_ += value ? "true" : "false";
}

void Printer::member(std::string_view name, std::string_view text) {
  key(name);
  string(text);
}

void Printer::begin(char bracket) {
  before_value();
  out_ += bracket;
  ++depth_;
  first_in_container_ = true;
}

void Printer::end(char bracket) {
  --depth_;
  if (!first_in_container_) new_line();
  out_ += bracket;
  first_in_container_ = false;
}

void Printer::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_in_container_) out_ += ',';
  first_in_container_ = false;
  new_line();
}

void Printer::new_line() {
  out_ += '\n';
  out_.append(depth_, ' ');
}

}  // namespace ovserve::json
