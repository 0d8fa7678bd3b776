#include "codec/json_printer.h"
#include "codec/json_text.h"
#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

void print_status(json::Printer& printer, std::span<const StatusEntry> entries) {
  printer.begin_object();
  printer.key("model_version_status");
  printer.begin_array();
  for (const StatusEntry& entry : entries) {
    printer.begin_object();
    printer.member("version", std::to_string(entry.version));
    printer.member("state", entry.state);
    printer.key("status");
    printer.begin_object();
    printer.member("error_code", entry.error_code);
    printer.member("error_message", entry.error_message);
    printer.end_object();
    printer.end_object();
  }
  printer.end_array();
  printer.end_object();
}

}  // namespace

std::string write_status(std::span<const StatusEntry> entries) {
  json::Printer printer;
  print_status(printer, entries);
  return std::move(printer).take() + "\n";
}

std::string write_config_status(std::span<const NamedStatus> models) {
  json::Printer printer;
  printer.begin_object();
  for (const NamedStatus& model : models) {
    printer.key(model.name);
    print_status(printer, model.entries);
  }
  printer.end_object();
  return std::move(printer).take() + "\n";
}

std::string write_error(std::string_view message) {
  std::string out = "{\"error\": ";
  json::append_string(out, message);
  out += '}';
  return out;
}

}  // namespace ovserve::tfs_rest
