#include "engine/model_files.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"

namespace ovserve {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExpected =
    "a .xml file with its .bin, one .onnx, one .pdmodel, saved_model.pb, one .pb or one .tflite";
// After .xml, in the order in which they count.
constexpr std::array<std::string_view, 2> kBeforeSavedModel{".onnx", ".pdmodel"};
constexpr std::array<std::string_view, 2> kAfterSavedModel{".pb", ".tflite"};
constexpr std::string_view kSavedModel = "saved_model.pb";

[[noreturn]] void fail(const std::string& text) { throw Error(ErrorCode::kInternal, text); }

bool is_file(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

std::vector<fs::path> list_files(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  std::vector<fs::path> files;
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& file = entry->path();
    if (!file.filename().string().starts_with('.') && is_file(file)) files.push_back(file);
  }
  if (error) fail("cannot read directory " + directory.string() + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<fs::path> with_extension(const std::vector<fs::path>& files, std::string_view extension) {
  std::vector<fs::path> chosen;
  std::copy_if(files.begin(), files.end(), std::back_inserter(chosen),
               [extension](const fs::path& file) { return file.extension() == extension; });
  return chosen;
}

// Weights may be named differently from their model where it is clear which are meant.
ModelFiles intermediate_representation(const std::vector<fs::path>& models, const std::vector<fs::path>& files) {
  const std::vector<fs::path> weights = with_extension(files, ".bin");
  for (const fs::path& xml : models) {
    const fs::path same_name = fs::path(xml).replace_extension(".bin");
    if (std::find(weights.begin(), weights.end(), same_name) != weights.end()) return {xml, same_name};
  }
  if (models.size() == 1 && weights.size() == 1) return {models.front(), weights.front()};
  const fs::path& xml = models.front();
  fail("no weights for " + xml.string() + ": expected " + fs::path(xml).replace_extension(".bin").filename().string() +
       " beside it");
}

std::optional<ModelFiles> only_file(const std::vector<fs::path>& files, std::string_view extension) {
  const std::vector<fs::path> found = with_extension(files, extension);
  if (found.empty()) return std::nullopt;
  if (found.size() == 1) return ModelFiles{found.front(), {}};
  fail("directory " + found.front().parent_path().string() + " holds " + std::to_string(found.size()) + " " +
       std::string(extension) + " files (" + found[0].filename().string() + ", " + found[1].filename().string() +
       (found.size() > 2 ? ", ..." : "") + "); expected one");
}

ModelFiles in_directory(const fs::path& directory) {
  const std::vector<fs::path> files = list_files(directory);
  const std::vector<fs::path> xml = with_extension(files, ".xml");
  if (!xml.empty()) return intermediate_representation(xml, files);
  for (const std::string_view extension : kBeforeSavedModel) {
    if (const auto found = only_file(files, extension)) return *found;
  }
  if (is_file(directory / kSavedModel)) return {directory, {}};
  for (const std::string_view extension : kAfterSavedModel) {
    if (const auto found = only_file(files, extension)) return *found;
  }
  fail("no model in directory " + directory.string() + ": expected " + kExpected);
}

}  // namespace

ModelFiles find_model_files(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return in_directory(path);
  if (!is_file(path)) fail("no model at " + path.string() + ": expected a model file or a directory with " + kExpected);
  if (path.extension() != ".xml") return {path, {}};
  const fs::path directory = path.has_parent_path() ? path.parent_path() : fs::path(".");
  return intermediate_representation({directory / path.filename()}, list_files(directory));
}

}  // namespace ovserve
