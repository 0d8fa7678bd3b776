#include "codec/json_printer.h"
#include "codec/tfs_data_type.h"
#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

void print_shape(json::Printer& printer, const TensorInfo& info) {
  printer.key("tensorShape");
  printer.begin_object();
  printer.key("dim");
  printer.begin_array();
  for (const std::int64_t size : info.shape_on_wire()) {
    printer.begin_object();
    printer.member("size", std::to_string(size));
    printer.member("name", "");
    printer.end_object();
  }
  printer.end_array();
  printer.key("unknownRank");
  printer.boolean(info.any_rank);
  printer.end_object();
}

void print_tensors(json::Printer& printer, std::string_view key, const std::vector<TensorInfo>& tensors) {
  printer.key(key);
  printer.begin_object();
  for (const TensorInfo& info : tensors) {
    printer.key(info.name);
    printer.begin_object();
    printer.member("dtype", tfs::data_type_name(info.type));
    print_shape(printer, info);
    printer.member("name", info.name);
    printer.end_object();
  }
  printer.end_object();
}

void print_signature_def(json::Printer& printer, const Signature& signature) {
  printer.key("signature_def");
  printer.begin_object();
  printer.member("@type", "type.googleapis.com/tensorflow.serving.SignatureDefMap");
  printer.key("signatureDef");
  printer.begin_object();
  printer.key("serving_default");
  printer.begin_object();
  print_tensors(printer, "inputs", signature.inputs);
  print_tensors(printer, "outputs", signature.outputs);
  printer.member("methodName", "");
  printer.end_object();
  printer.end_object();
  printer.end_object();
}

}  // namespace

std::string write_metadata(std::string_view model, std::int64_t version, const Signature& signature) {
  json::Printer printer;
  printer.begin_object();
  printer.key("modelSpec");
  printer.begin_object();
  printer.member("name", model);
  printer.member("signatureName", "");
  printer.member("version", std::to_string(version));
  printer.end_object();
  printer.key("metadata");
  printer.begin_object();
  print_signature_def(printer, signature);
  printer.end_object();
  printer.end_object();
  return std::move(printer).take() + "\n";
}

}  // namespace ovserve::tfs_rest
