#pragma once

#include <memory>
#include <openvino/core/model.hpp>

#include "engine/model.h"

namespace ovserve {

/// True if the options ask for something to be done to inputs or outputs.
bool asks_for_preprocessing(const ModelOptions& options) noexcept;

/// Returns the model with what the options ask for before and after it: layouts, colors, types, mean
/// and scale. Uses `model` up. Throws Error(kInvalidArgument) naming the key if the model does not
/// allow that.
std::shared_ptr<ov::Model> add_preprocessing(const std::shared_ptr<ov::Model>& model, const ModelOptions& options);

}  // namespace ovserve
