#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "codec/input_error.h"
#include "codec/json_document.h"
#include "codec/json_number.h"
#include "codec/tfs_rest.h"
#include "codec/tfs_rest_inputs.h"

namespace ovserve::tfs_rest {
namespace {

using json::Type;
using json::valid;
using json::Value;

constexpr std::string_view kInvalidStructure = "Invalid JSON structure. ";

[[noreturn]] void invalid_structure(std::string_view what) {
  throw Error(ErrorCode::kInvalidArgument, std::string(kInvalidStructure).append(what));
}

// {"b64": "..."} is an element of a string tensor, unless the model has an input of that name.
bool is_encoded_string(json::Object& object, const Signature& signature) {
  if (signature.find_input("b64")) return false;
  bool encoded = false;
  std::size_t fields = 0;
  for (auto field : object) {
    simdjson::ondemand::field member = valid(std::move(field));
    // Compared as it stands: the parser has room to unescape each string once, and the caller will.
    encoded = member.key().is_equal("b64");
    if (++fields > 1) break;
  }
  valid(object.reset());
  return encoded && fields == 1;
}

// One pass over a body. Levels of nesting are counted from the outermost object down.
class PredictParser {
 public:
  PredictParser(json::Document& document, const Signature& signature, std::size_t max_depth)
      : document_(document), signature_(signature), builders_(signature, document.text_end()), max_depth_(max_depth) {}

  PredictBody parse() {
    simdjson::ondemand::document& root = document_.rewind();
    if (valid(root.type()) != Type::object) invalid_structure("The body must be an object");
    for (auto field : valid(root.get_object())) {
      simdjson::ondemand::field member = valid(std::move(field));
      const std::string_view key = valid(member.unescaped_key());
      if (key == "instances") {
        begin(Format::kRow);
        parse_instances(member.value());
      } else if (key == "inputs") {
        begin(Format::kColumn);
        parse_inputs(member.value());
      } else {
        json::check(member.value(), depth_below(1));
      }
    }
    document_.check_end();
    return take();
  }

 private:
  std::size_t depth_below(std::size_t levels) const { return max_depth_ > levels ? max_depth_ - levels : 0; }

  void begin(Format format) {
    if (format_) {
      invalid_structure(*format_ == format ? "\"instances\" or \"inputs\" is there twice"
                                           : "Only one of \"instances\" and \"inputs\" is allowed");
    }
    format_ = format;
  }

  void parse_instances(Value instances) {
    if (json::type_of(instances) != Type::array) invalid_structure("\"instances\" must be an array");
    std::optional<bool> named;
    for (auto element : valid(instances.get_array())) {
      Value instance = valid(element);
      if (json::type_of(instance) == Type::object) {
        parse_object_instance(instance, named);
      } else {
        if (named.value_or(false)) invalid_structure("One of instances is not an object");
        named = false;
        builders_.only_input().add(instance, depth_below(2));
      }
      ++rows_;
    }
    if (rows_ == 0) invalid_structure("Missing instances in row format");
  }

  void parse_object_instance(Value& instance, std::optional<bool>& named) {
    if (!named) {
      json::Object object = valid(instance.get_object());
      named = !is_encoded_string(object, signature_);
      if (*named) return parse_named_instance(object);
      return builders_.only_input().add(instance, depth_below(2));
    }
    if (!*named) return builders_.only_input().add(instance, depth_below(2));
    json::Object object = valid(instance.get_object());
    parse_named_instance(object);
  }

  void parse_named_instance(json::Object& object) {
    std::size_t position = 0;
    for (auto field : object) {
      simdjson::ondemand::field member = valid(std::move(field));
      json::TensorBuilder& builder = builders_.find(valid(member.unescaped_key()), position++);
      if (builder.values() != rows_) {
        throw_input_error("Invalid JSON structure. instances[" + std::to_string(rows_) +
                              "] has an input twice, or one that an earlier instance lacks",
                          builder.name());
      }
      builder.add(member.value(), depth_below(3));
    }
    for (const json::TensorBuilder& builder : builders_.all()) {
      if (builder.values() != rows_ + 1) {
        throw_input_error("Invalid JSON structure. instances[" + std::to_string(rows_) + "] lacks an input",
                          builder.name());
      }
    }
  }

  void parse_inputs(Value inputs) {
    if (json::type_of(inputs) != Type::object) return builders_.only_input().add(inputs, depth_below(1));
    json::Object object = valid(inputs.get_object());
    if (is_encoded_string(object, signature_)) return builders_.only_input().add(inputs, depth_below(1));
    std::size_t position = 0;
    for (auto field : object) {
      simdjson::ondemand::field member = valid(std::move(field));
      json::TensorBuilder& builder = builders_.find(valid(member.unescaped_key()), position++);
      if (builder.values() != 0) throw_input_error("Invalid JSON structure. An input is there twice", builder.name());
      builder.add(member.value(), depth_below(2));
    }
  }

  PredictBody take() {
    if (!format_) invalid_structure("Either \"instances\" (row format) or \"inputs\" (column format) is needed");
    PredictBody body;
    body.format = *format_;
    for (json::TensorBuilder& builder : builders_.all()) {
      body.inputs.push_back(body.format == Format::kRow ? std::move(builder).take_rows()
                                                        : std::move(builder).take_column());
    }
    return body;
  }

  json::Document& document_;
  const Signature& signature_;
  InputBuilders builders_;
  std::size_t max_depth_;
  std::optional<Format> format_;
  std::size_t rows_ = 0;
};

}  // namespace

PredictBody parse_predict(std::string_view body, const Signature& signature, std::size_t max_depth) {
  json::Document document(body);
  try {
    return PredictParser(document, signature, max_depth).parse();
  } catch (const Error& error) {
    // A body that is broken further on is reported as such, whatever else is wrong with it.
    if (error.code() != ErrorCode::kFailedPrecondition) document.check_all(max_depth);
    throw;
  }
}

}  // namespace ovserve::tfs_rest
