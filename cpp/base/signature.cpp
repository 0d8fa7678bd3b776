#include "base/signature.h"

#include <algorithm>
#include <iterator>

namespace ovserve {
namespace {

std::optional<std::size_t> find_by_name(const std::vector<TensorInfo>& tensors, std::string_view name) noexcept {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [name](const TensorInfo& tensor) { return tensor.name == name; });
  if (found == tensors.end()) return std::nullopt;
  return static_cast<std::size_t>(std::distance(tensors.begin(), found));
}

}  // namespace

Shape TensorInfo::shape_on_wire() const {
  Shape sizes;
  sizes.reserve(shape.size());
  std::transform(shape.begin(), shape.end(), std::back_inserter(sizes),
                 [](const Dimension& dimension) { return dimension.on_wire(); });
  return sizes;
}

bool TensorInfo::takes_images() const noexcept {
  const bool is_numeric = type != ElementType::kUndefined && type != ElementType::kBool && type != ElementType::kString;
  return is_numeric && !any_rank && shape.size() == 4;
}

bool TensorInfo::takes_text() const noexcept { return type == ElementType::kU8 && !any_rank && shape.size() == 2; }

std::optional<std::size_t> Signature::find_input(std::string_view name) const noexcept {
  return find_by_name(inputs, name);
}

std::optional<std::size_t> Signature::find_output(std::string_view name) const noexcept {
  return find_by_name(outputs, name);
}

std::string to_string(const Dimension& dimension) {
  if (dimension.is_static()) return std::to_string(dimension.min);
  if (dimension.max != Dimension::kAny) return std::to_string(dimension.min) + "~" + std::to_string(dimension.max);
  return dimension.min <= 1 ? "-1" : std::to_string(dimension.min) + "~";
}

std::string to_string(const std::vector<Dimension>& shape) {
  std::string text = "(";
  for (const Dimension& dimension : shape) {
    if (text.size() > 1) text += ',';
    text += to_string(dimension);
  }
  return text + ")";
}

}  // namespace ovserve
