#include "bindings/numpy_tensors.h"

#include <pybind11/stl.h>

#include <array>
#include <cstring>
#include <string>

#include "base/error.h"

namespace py = pybind11;

namespace ovserve {
namespace {

struct DtypeRow {
  const char* dtype;
  ElementType type;
};

constexpr std::array kDtypes = {
    DtypeRow{"bool", ElementType::kBool},   DtypeRow{"bfloat16", ElementType::kBf16},
    DtypeRow{"float16", ElementType::kF16}, DtypeRow{"float32", ElementType::kF32},
    DtypeRow{"float64", ElementType::kF64}, DtypeRow{"int8", ElementType::kI8},
    DtypeRow{"int16", ElementType::kI16},   DtypeRow{"int32", ElementType::kI32},
    DtypeRow{"int64", ElementType::kI64},   DtypeRow{"uint8", ElementType::kU8},
    DtypeRow{"uint16", ElementType::kU16},  DtypeRow{"uint32", ElementType::kU32},
    DtypeRow{"uint64", ElementType::kU64},
};

ElementType element_type_of(const std::string& dtype_name) {
  for (const DtypeRow& row : kDtypes) {
    if (dtype_name == row.dtype) return row.type;
  }
  return ElementType::kUndefined;
}

py::dtype dtype_of(ElementType type) {
  if (type == ElementType::kBf16) return py::dtype("uint16");
  for (const DtypeRow& row : kDtypes) {
    if (type == row.type) return py::dtype(row.dtype);
  }
  throw Error(ErrorCode::kUnimplemented,
              std::string("numpy has no type for outputs of precision ") + precision_name(type));
}

std::string type_name(const py::handle& value) {
  return py::str(py::type::of(value).attr("__name__")).cast<std::string>();
}

std::string text_element(const py::handle& element, const std::string& input_name) {
  if (py::isinstance<py::str>(element) || py::isinstance<py::bytes>(element)) return element.cast<std::string>();
  throw Error(ErrorCode::kInvalidArgument,
              "input " + input_name + ": an array of objects may hold only str and bytes, got " + type_name(element));
}

void take_strings(const py::array& array, RequestTensor& tensor) {
  tensor.type = ElementType::kString;
  tensor.type_text = precision_name(tensor.type);
  tensor.content = RequestTensor::Content::kValues;
  const py::list elements = array.attr("ravel")().attr("tolist")();
  tensor.strings.reserve(elements.size());
  for (const py::handle& element : elements) tensor.strings.push_back(text_element(element, tensor.name));
  tensor.data = tensor.strings.data();
  tensor.value_count = tensor.strings.size();
  tensor.bytes = tensor.strings.size() * sizeof(std::string);
}

/// The array itself if it is dense and in native byte order, else a copy that is.
py::array dense(const py::array& array) {
  const py::object dtype = array.dtype().attr("newbyteorder")("=");
  return py::module_::import("numpy").attr("asarray")(array, dtype, py::arg("order") = "C");
}

bool is_bf16_input(const Signature& signature, const std::string& name) {
  const auto index = signature.find_input(name);
  return index && signature.inputs[*index].type == ElementType::kBf16;
}

RequestTensor without_content(const py::handle& name, const py::array& array) {
  if (!py::isinstance<py::str>(name)) {
    throw Error(ErrorCode::kInvalidArgument, "inputs: expected names of type str, got " + type_name(name));
  }
  RequestTensor tensor;
  tensor.name = name.cast<std::string>();
  tensor.shape.assign(array.shape(), array.shape() + array.ndim());
  return tensor;
}

py::array string_array(const TensorView& output) {
  const auto* const strings = static_cast<const std::string*>(output.data);
  py::list elements;
  for (std::size_t i = 0; i < element_count(output.shape); ++i) elements.append(py::bytes(strings[i]));
  const py::object numpy = py::module_::import("numpy");
  py::object array = numpy.attr("empty")(elements.size(), py::arg("dtype") = "O");
  array[py::slice(py::none(), py::none(), py::none())] = elements;
  return array.attr("reshape")(py::cast(output.shape));
}

struct Copy {
  void* to;
  const TensorView* from;
};

}  // namespace

NumpyInputs::NumpyInputs(const py::dict& inputs, const Signature& signature) {
  tensors_.reserve(inputs.size());
  for (const auto& [name, value] : inputs) {
    const py::array array = py::array::ensure(value);
    if (!array) throw py::error_already_set();
    RequestTensor tensor = without_content(name, array);
    const char kind = array.dtype().kind();
    if (kind == 'O' || kind == 'U' || kind == 'S') {
      take_strings(array, tensor);
    } else {
      const auto dtype_name = py::str(array.dtype().attr("name")).cast<std::string>();
      tensor.type = element_type_of(dtype_name);
      if (tensor.type == ElementType::kU16 && is_bf16_input(signature, tensor.name)) tensor.type = ElementType::kBf16;
      tensor.type_text = tensor.type == ElementType::kUndefined ? dtype_name : precision_name(tensor.type);
      arrays_.push_back(dense(array));
      tensor.data = arrays_.back().data();
      tensor.bytes = static_cast<std::size_t>(arrays_.back().nbytes());
    }
    tensors_.push_back(std::move(tensor));
  }
}

py::dict to_numpy(const Signature& signature, std::span<const TensorView> outputs) {
  py::dict result;
  std::vector<Copy> copies;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const TensorView& output = outputs[i];
    const py::str name(signature.outputs[i].name);
    if (output.type == ElementType::kString) {
      result[name] = string_array(output);
    } else {
      py::array array(dtype_of(output.type), output.shape);
      copies.push_back({array.mutable_data(), &output});
      result[name] = std::move(array);
    }
  }
  const py::gil_scoped_release release;
  for (const Copy& copy : copies) {
    if (copy.from->bytes > 0) std::memcpy(copy.to, copy.from->data, copy.from->bytes);
  }
  return result;
}

}  // namespace ovserve
