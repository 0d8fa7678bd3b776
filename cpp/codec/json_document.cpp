#include "codec/json_document.h"

#include "base/error.h"
#include "codec/json_number.h"

namespace ovserve::json {

void not_json() { throw Error(ErrorCode::kFailedPrecondition, "The file is not valid json"); }

void too_deep() {
  throw Error(ErrorCode::kInvalidArgument, "Invalid JSON structure. Arrays and objects are nested too deeply");
}

void check(Value value, std::size_t depth) {
  switch (type_of(value)) {
    case Type::array:
      if (depth == 0) too_deep();
      for (auto element : valid(value.get_array())) check(valid(element), depth - 1);
      return;
    case Type::object:
      if (depth == 0) too_deep();
      for (auto field : valid(value.get_object())) {
        simdjson::ondemand::field member = valid(std::move(field));
        valid(member.unescaped_key());
        check(member.value(), depth - 1);
      }
      return;
    case Type::string:
      valid(value.get_string());
      return;
    case Type::number:
      check_number(value.raw_json_token());  // iteration passes over a scalar that was not taken
      return;
    case Type::boolean:
      valid(value.get_bool());
      return;
    case Type::null:
      if (!valid(value.is_null())) not_json();
      return;
  }
}

simdjson::ondemand::document& Document::rewind() {
  if (parser_.iterate(text_).get(document_) != simdjson::SUCCESS) not_json();
  return document_;
}

void Document::check_all(std::size_t depth) {
  simdjson::ondemand::document& document = rewind();
  if (valid(document.is_scalar())) {
    // A scalar is no value to on-demand parsing when it is the whole document.
    simdjson::dom::parser whole;
    if (whole.parse(text_).error() != simdjson::SUCCESS) not_json();
    return;
  }
  check(valid(document.get_value()), depth);
  check_end();
}

void Document::check_end() {
  // Anything but "beyond the last token" means that there is one more.
  if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) not_json();
}

}  // namespace ovserve::json
