#include "gateway/passed_calls.h"

#include <string>

#include "base/error.h"
#include "codec/protobuf_wire.h"

namespace ovserve {
namespace {

// All messages about a model have its name in field 1. Empty in those that are malformed, about which their
// method says what is wrong.
std::string model_of(std::string_view message) try {
  std::string model;
  wire::Reader reader(message);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == wire::bytes_field(1)) model = wire::text_of(field);
  }
  return model;
} catch (const Error&) {
  return {};
}

}  // namespace

bool PassedCalls::has_model_of(std::string_view message) const {
  return models.any() && models.contains(model_of(message));
}

}  // namespace ovserve
