#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ovserve::front {

/// Header fields in the order they came, names in lower case, all in one block of text.
class HeaderList {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  void add(std::string_view name, std::string_view value);
  /// All fields of that name (in lower case).
  void remove(std::string_view name);

  std::size_t size() const noexcept { return fields_.size(); }
  Field operator[](std::size_t index) const noexcept;

  /// The first field of that name (in lower case).
  std::optional<std::string_view> find(std::string_view name) const noexcept;

  /// What HTTP/2 calls the size of the list: names, values and 32 bytes for each field.
  std::size_t weight() const noexcept { return text_.size() + 32 * fields_.size(); }

 private:
  struct Place {
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  std::string text_;
  std::vector<Place> fields_;
};

}  // namespace ovserve::front
