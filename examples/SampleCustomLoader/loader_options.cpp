#include "loader_options.h"

#include <fstream>
#include <initializer_list>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

namespace {

using nlohmann::json;

constexpr std::string_view kForceCheck = "ENABLE_FORCE_BLACKLIST_CHECK";
constexpr double kLongestPeriod_s = 365 * 86400.0;

json parse_object(const std::string& text, const std::string& what) {
  try {
    json object = json::parse(text);
    if (object.is_object()) return object;
  } catch (const json::parse_error& error) {
    throw LoaderError(what + " is not valid JSON: " + error.what());
  }
  throw LoaderError(what + " must be a JSON object");
}

/// A misspelt key would otherwise be noticed only by what does not happen.
void warn_unknown_keys(const json& object, std::initializer_list<std::string_view> known, const std::string& what) {
  for (const auto& item : object.items()) {
    bool is_known = false;
    for (const std::string_view key : known) is_known = is_known || item.key() == key;
    if (!is_known) std::cerr << "sampleloader: " << what << ": \"" << item.key() << "\" is not known, ignored\n";
  }
}

/// A plain file name, so that no option reaches outside the version directory. Empty if the key is missing.
std::string file_name(const json& options, const char* key) {
  const auto found = options.find(key);
  if (found == options.end()) return "";
  const std::string* name = found->get_ptr<const std::string*>();
  if (name == nullptr || name->empty()) throw LoaderError(std::string("\"") + key + "\" must be a file name");
  constexpr std::string_view kForbidden("/\0", 2);
  if (name->find_first_of(kForbidden) != std::string::npos || *name == "." || *name == "..") {
    throw LoaderError(std::string("\"") + key + "\" must name a file in the version directory itself, but is \"" +
                      *name + "\"");
  }
  return *name;
}

std::chrono::duration<double> seconds(const json& settings, const char* key, std::chrono::duration<double> otherwise,
                                      double least) {
  const auto found = settings.find(key);
  if (found == settings.end()) return otherwise;
  if (found->is_number()) {
    const double value = found->get<double>();
    if (value >= least && value <= kLongestPeriod_s) return std::chrono::duration<double>(value);
  }
  throw LoaderError(std::string("\"") + key + "\" must be a number of seconds, " + json(least).dump() +
                    " or more, but is " + found->dump());
}

}  // namespace

ModelOptions parse_model_options(const std::string& text) {
  const json object = parse_object(text, "custom_loader_options");
  ModelOptions options;
  options.model_file = file_name(object, "model_file");
  options.bin_file = file_name(object, "bin_file");
  options.enable_file = file_name(object, "enable_file");
  // The name that older documents give the same option.
  const std::string xml_file = file_name(object, "xml_file");
  if (options.model_file.empty()) options.model_file = xml_file;
  if (options.model_file.empty()) throw LoaderError("\"model_file\" is missing: name the .xml, .onnx or .blob file");
  if (!xml_file.empty() && xml_file != options.model_file) {
    throw LoaderError("\"xml_file\" is another name for \"model_file\", but they differ: give one of them");
  }
  warn_unknown_keys(object, {"loader_name", "model_file", "xml_file", "bin_file", "enable_file"},
                    "custom_loader_options");
  return options;
}

WatchSettings read_settings(const std::string& config_file) {
  WatchSettings settings;
  std::ifstream file(config_file);
  if (config_file.empty() || !file) return settings;
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.substr(0, text.find('\n')).find(kForceCheck) != std::string::npos) {
    settings.check_at_each_question = true;
    return settings;
  }
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || text[first] != '{') return settings;  // plain text without the word

  const json object = parse_object(text, config_file);
  settings.check_period = seconds(object, "check_period_s", settings.check_period, 0.001);
  settings.cycle = seconds(object, "cycle_s", settings.cycle, 0);
  if (const auto force = object.find("force_check"); force != object.end()) {
    if (!force->is_boolean()) throw LoaderError("\"force_check\" must be true or false, but is " + force->dump());
    settings.check_at_each_question = force->get<bool>();
  }
  warn_unknown_keys(object, {"check_period_s", "force_check", "cycle_s"}, config_file);
  return settings;
}
