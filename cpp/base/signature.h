#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/element_type.h"
#include "base/tensor.h"

namespace ovserve {

/// One dimension of a model's tensor: a number, a range, or anything.
struct Dimension {
  static constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();

  std::int64_t min = 0;
  std::int64_t max = kAny;

  bool is_static() const noexcept { return min == max; }
  bool accepts(std::int64_t size) const noexcept { return size >= min && size <= max; }
  /// The number that metadata APIs show: the size, or -1 where it is not fixed.
  std::int64_t on_wire() const noexcept { return is_static() ? min : -1; }

  static Dimension fixed(std::int64_t size) noexcept { return {size, size}; }
  static Dimension any() noexcept { return {}; }
  friend bool operator==(const Dimension&, const Dimension&) = default;
};

/// Name, type and shape of one input or output, as clients see it.
struct TensorInfo {
  std::string name;
  ElementType type = ElementType::kUndefined;
  std::vector<Dimension> shape;
  /// Set when a model accepts any number of dimensions; `shape` is then empty.
  bool any_rank = false;
  /// What each dimension is, a letter for each, like "NHWC"; '?' where nothing is said of one, and
  /// empty where nothing is said at all.
  std::string layout{};

  Shape shape_on_wire() const;

  /// Whether strings sent for the numbers are encoded images: four dimensions.
  bool takes_images() const noexcept;
  /// Whether strings sent for the numbers are text, one row each: two dimensions of U8.
  bool takes_text() const noexcept;
};

/// What a model takes and gives, in the model's own order.
struct Signature {
  std::vector<TensorInfo> inputs;
  std::vector<TensorInfo> outputs;

  std::optional<std::size_t> find_input(std::string_view name) const noexcept;
  std::optional<std::size_t> find_output(std::string_view name) const noexcept;
};

/// "10", "-1" or, for ranges, "1~8" and "2~".
std::string to_string(const Dimension& dimension);

/// "(1,10)", "(-1,10)" or, for ranges, "(1~8,10)" and "(2~,10)".
std::string to_string(const std::vector<Dimension>& shape);

}  // namespace ovserve
