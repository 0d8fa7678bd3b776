#pragma once

#include <string_view>

#include "gateway/passage.h"
#include "gateway/passed_models.h"

namespace ovserve {

/// What others answer: the models they have, and where calls about those wait for them.
struct PassedCalls {
  PassedModels models;
  Passage passage;

  /// Whether a message of KServe's gRPC service is about one of those models.
  bool has_model_of(std::string_view message) const;
};

}  // namespace ovserve
