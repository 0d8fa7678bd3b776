#include <utility>

#include "base/error.h"
#include "codec/input_error.h"
#include "codec/json_document.h"
#include "codec/json_number.h"
#include "codec/json_tensor_builder.h"
#include "codec/kserve_grpc.h"
#include "codec/kserve_rest.h"
#include "codec/kserve_rest_binary_section.h"

namespace ovserve::kserve_rest {
namespace {

using json::Type;
using json::type_of;
using json::valid;
using json::Value;

[[noreturn]] void invalid_structure(const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument, "Invalid JSON structure. " + what);
}

std::string text_of(Value value, const char* what) {
  if (type_of(value) != Type::string) invalid_structure(std::string(what) + " must be a string");
  return std::string(valid(value.get_string()));
}

bool flag_of(Value value, const char* what) {
  if (type_of(value) != Type::boolean) invalid_structure(std::string(what) + " must be true or false");
  return valid(value.get_bool());
}

json::Array array_of(Value value, const char* what) {
  if (type_of(value) != Type::array) invalid_structure(std::string(what) + " must be an array");
  return valid(value.get_array());
}

json::Object object_of(Value value, const char* what) {
  if (type_of(value) != Type::object) invalid_structure(std::string(what) + " must be an object");
  return valid(value.get_object());
}

// An input as far as the JSON object has it.
struct Input {
  RequestTensor tensor;
  bool has_data = false;
  std::optional<std::size_t> binary_size;
};

// Where the data of an input stand in its object; they cannot be read before its datatype is known.
struct Position {
  std::size_t field = 0;
  bool found = false;
};

struct Output {
  std::string name;
  std::optional<bool> binary;  // none: as the request says for all
};

// One pass over the JSON object, and a second one over the inputs whose datatype follows their data.
class InferParser {
 public:
  explicit InferParser(std::size_t max_depth) : max_depth_(max_depth) {}

  void parse(json::Document& document) {
    simdjson::ondemand::document& root = document.rewind();
    if (valid(root.type()) != Type::object) invalid_structure("The body must be an object");
    for (auto field : valid(root.get_object())) {
      simdjson::ondemand::field member = valid(std::move(field));
      parse_member(valid(member.unescaped_key()), member.value());
    }
    document.check_end();
    if (!has_inputs_) invalid_structure("\"inputs\" is missing");
  }

  InferBody take(std::string_view binary, bool has_binary) && {
    InferBody body;
    BinarySection section(binary);
    for (Input& input : inputs_) {
      if (!input.has_data) {
        take_binary(input, section, has_binary, inputs_.size() == 1);
      } else if (input.binary_size) {
        throw_input_error("An input has both \"data\" and \"binary_data_size\"", input.tensor.name);
      }
      body.inputs.push_back(std::move(input.tensor));
    }
    section.check_end();
    for (Output& output : outputs_) {
      body.outputs.push_back({std::move(output.name), output.binary.value_or(binary_output_)});
    }
    body.id = std::move(id_);
    body.binary_output = binary_output_;
    return body;
  }

 private:
  std::size_t depth_below(std::size_t levels) const { return max_depth_ > levels ? max_depth_ - levels : 0; }

  void parse_member(std::string_view key, Value value) {
    if (key == "id") {
      id_ = text_of(value, "\"id\"");
    } else if (key == "parameters") {
      parse_parameters(value);
    } else if (key == "inputs") {
      if (std::exchange(has_inputs_, true)) invalid_structure("\"inputs\" is there twice");
      for (auto input : array_of(value, "\"inputs\"")) inputs_.push_back(parse_input(valid(input)));
    } else if (key == "outputs") {
      if (std::exchange(has_outputs_, true)) invalid_structure("\"outputs\" is there twice");
      for (auto output : array_of(value, "\"outputs\"")) outputs_.push_back(parse_output(valid(output)));
    } else {
      json::check(value, depth_below(1));
    }
  }

  void parse_parameters(Value value) {
    for (auto field : object_of(value, "\"parameters\"")) {
      simdjson::ondemand::field member = valid(std::move(field));
      if (valid(member.unescaped_key()) == "binary_data_output") {
        binary_output_ = flag_of(member.value(), "\"binary_data_output\"");
      } else {
        json::check(member.value(), depth_below(2));
      }
    }
  }

  Input parse_input(Value value) {
    json::Object object = object_of(value, "Each of \"inputs\"");
    Input input;
    Position data;
    std::size_t position = 0;
    bool has_shape = false;
    for (auto field : object) {
      simdjson::ondemand::field member = valid(std::move(field));
      const std::string_view key = valid(member.unescaped_key());
      if (key == "data") {
        if (std::exchange(data.found, true)) invalid_structure("An input has \"data\" twice");
        data.field = position;
        if (is_described(input)) parse_data(input, member.value());
      } else if (key == "name") {
        input.tensor.name = text_of(member.value(), "The \"name\" of an input");
      } else if (key == "datatype") {
        input.tensor.type_text = text_of(member.value(), "The \"datatype\" of an input");
        input.tensor.type = kserve_grpc::datatype_from_name(input.tensor.type_text);
      } else if (key == "shape") {
        has_shape = true;
        input.tensor.shape = parse_shape(member.value());
      } else if (key == "parameters") {
        parse_input_parameters(input, member.value());
      } else {
        json::check(member.value(), depth_below(3));
      }
      ++position;
    }
    if (input.tensor.name.empty()) invalid_structure("An input lacks its \"name\"");
    if (input.tensor.type_text.empty()) throw_input_error("An input lacks its \"datatype\"", input.tensor.name);
    if (!has_shape) throw_input_error("An input lacks its \"shape\"", input.tensor.name);
    if (data.found && !input.has_data) reread_data(input, object, data.field);
    return input;
  }

  static bool is_described(const Input& input) { return !input.tensor.name.empty() && !input.tensor.type_text.empty(); }

  // Fields are counted, not named: the parser has room to unescape each key once.
  void reread_data(Input& input, json::Object& object, std::size_t data_field) {
    valid(object.reset());
    std::size_t position = 0;
    for (auto field : object) {
      simdjson::ondemand::field member = valid(std::move(field));
      if (position++ == data_field) return parse_data(input, member.value());
    }
  }

  void parse_data(Input& input, Value value) {
    RequestTensor& described = input.tensor;
    if (described.type == ElementType::kBf16) {
      throw_input_error("BF16 data must be sent in binary form, JSON has none for it", described.name);
    }
    if (type_of(value) != Type::array) throw_input_error("The \"data\" of an input must be an array", described.name);
    json::TensorBuilder builder(described.name, described.type);
    builder.add(value, depth_below(3));
    RequestTensor tensor = std::move(builder).take_column();
    // How the values are nested does not matter; their number is checked against the shape.
    tensor.type_text = std::move(described.type_text);
    tensor.shape = std::move(described.shape);
    described = std::move(tensor);
    input.has_data = true;
  }

  Shape parse_shape(Value value) {
    Shape shape;
    for (auto element : array_of(value, "The \"shape\" of an input")) {
      Value size = valid(element);
      std::int64_t number = 0;
      if (size.get_int64().get(number) != simdjson::SUCCESS || number < 0) {
        invalid_structure("The \"shape\" of an input must hold integers that are not negative");
      }
      shape.push_back(number);
    }
    return shape;
  }

  void parse_input_parameters(Input& input, Value value) {
    for (auto field : object_of(value, "The \"parameters\" of an input")) {
      simdjson::ondemand::field member = valid(std::move(field));
      if (valid(member.unescaped_key()) == "binary_data_size") {
        Value size = member.value();
        std::uint64_t number = 0;
        if (size.get_uint64().get(number) != simdjson::SUCCESS) {
          invalid_structure("\"binary_data_size\" must be an integer that is not negative");
        }
        input.binary_size = number;
      } else {
        json::check(member.value(), depth_below(4));
      }
    }
  }

  Output parse_output(Value value) {
    Output output;
    for (auto field : object_of(value, "Each of \"outputs\"")) {
      simdjson::ondemand::field member = valid(std::move(field));
      const std::string_view key = valid(member.unescaped_key());
      if (key == "name") {
        output.name = text_of(member.value(), "The \"name\" of an output");
      } else if (key == "parameters") {
        parse_output_parameters(output, member.value());
      } else {
        json::check(member.value(), depth_below(3));
      }
    }
    if (output.name.empty()) invalid_structure("An output lacks its \"name\"");
    return output;
  }

  void parse_output_parameters(Output& output, Value value) {
    for (auto field : object_of(value, "The \"parameters\" of an output")) {
      simdjson::ondemand::field member = valid(std::move(field));
      if (valid(member.unescaped_key()) == "binary_data") {
        output.binary = flag_of(member.value(), "\"binary_data\"");
      } else {
        json::check(member.value(), depth_below(4));
      }
    }
  }

  static void take_binary(Input& input, BinarySection& section, bool has_binary, bool is_only_input) {
    if (!has_binary) {
      throw_input_error(input.binary_size ? "\"binary_data_size\" needs the header Inference-Header-Content-Length"
                                          : "An input has no \"data\"",
                        input.tensor.name);
    }
    const bool is_rest = is_only_input && !input.binary_size && input.tensor.shape == Shape{1};
    if (is_rest && input.tensor.type == ElementType::kString) return section.take_rest_as_string(input.tensor);
    section.take(input.tensor, input.binary_size);
  }

  std::size_t max_depth_;
  std::optional<std::string> id_;
  std::vector<Input> inputs_;
  std::vector<Output> outputs_;
  bool has_inputs_ = false;
  bool has_outputs_ = false;
  bool binary_output_ = false;
};

}  // namespace

InferBody parse_infer(std::string_view body, std::optional<std::size_t> header_length, std::size_t max_depth) {
  const std::size_t json_size = header_length.value_or(body.size());
  if (json_size > body.size()) {
    throw Error(ErrorCode::kInvalidArgument, "Inference-Header-Content-Length is " + std::to_string(json_size) +
                                                 ", but the body has " + std::to_string(body.size()) + " bytes");
  }
  if (header_length == 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "Inference-Header-Content-Length is 0, but a request without a JSON object is not supported");
  }
  json::Document document(body.substr(0, json_size));
  InferParser parser(max_depth);
  try {
    parser.parse(document);
  } catch (const Error& error) {
    // A body that is broken further on is reported as such, whatever else is wrong with it.
    if (error.code() != ErrorCode::kFailedPrecondition) document.check_all(max_depth);
    throw;
  }
  return std::move(parser).take(body.substr(json_size), header_length.has_value());
}

}  // namespace ovserve::kserve_rest
