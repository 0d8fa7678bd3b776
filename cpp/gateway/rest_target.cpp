#include "gateway/rest_target.h"

#include <charconv>

namespace ovserve {
namespace {

using Action = RestTarget::Action;

constexpr std::string_view kTfsModels = "/v1/models/";
constexpr std::string_view kKserveModels = "/v2/models/";
constexpr std::string_view kVersions = "/versions/";

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// NAME or NAME/versions/N; false if it is anything else.
bool read_model(std::string_view text, RestTarget& target) {
  const std::size_t slash = text.find('/');
  target.model = text.substr(0, slash);
  if (target.model.empty() || target.model.find('%') != std::string_view::npos) return false;
  if (slash == std::string_view::npos) return true;
  text.remove_prefix(slash);
  if (!text.starts_with(kVersions)) return false;
  text.remove_prefix(kVersions.size());
  Version version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size() || version < 0) return false;
  if (version != 0) target.version = version;
  return true;
}

std::optional<RestTarget> tfs_target(bool posts, std::string_view rest) {
  RestTarget target;
  target.action = Action::kTfsStatus;
  if (posts) {
    if (!take_suffix(rest, ":predict")) return std::nullopt;
    target.action = Action::kTfsPredict;
  } else if (take_suffix(rest, "/metadata")) {
    target.action = Action::kTfsMetadata;
  }
  if (rest.find(':') != std::string_view::npos || !read_model(rest, target)) return std::nullopt;
  return target;
}

std::optional<RestTarget> kserve_target(bool posts, std::string_view rest) {
  RestTarget target;
  target.action = Action::kKserveModelMetadata;
  if (posts) {
    if (!take_suffix(rest, "/infer")) return std::nullopt;
    target.action = Action::kKserveInfer;
  } else if (take_suffix(rest, "/ready")) {
    target.action = Action::kKserveModelReady;
  }
  if (!read_model(rest, target)) return std::nullopt;
  return target;
}

}  // namespace

std::optional<RestTarget> find_rest_target(std::string_view method, std::string_view path) {
  const bool posts = method == "POST";
  if (!posts && method != "GET") return std::nullopt;
  if (path.starts_with(kTfsModels)) return tfs_target(posts, path.substr(kTfsModels.size()));
  if (path.starts_with(kKserveModels)) return kserve_target(posts, path.substr(kKserveModels.size()));
  if (posts) return std::nullopt;
  if (path == "/v2/health/live") return RestTarget{Action::kServerLive, {}, {}};
  if (path == "/v2/health/ready") return RestTarget{Action::kServerReady, {}, {}};
  return std::nullopt;
}

}  // namespace ovserve
