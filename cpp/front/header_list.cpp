#include "front/header_list.h"

#include "front/ascii.h"

namespace ovserve::front {

void HeaderList::add(std::string_view name, std::string_view value) {
  if (fields_.empty()) {
    text_.reserve(256);
    fields_.reserve(8);
  }
  const auto begin = text_.size();
  text_.append(name);
  for (std::size_t i = begin; i < text_.size(); ++i) text_[i] = to_lower(text_[i]);
  text_.append(value);
  fields_.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size())});
}

void HeaderList::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Place& place) {
    return std::string_view(text_).substr(place.begin, place.name_size) == name;
  });
}

HeaderList::Field HeaderList::operator[](std::size_t index) const noexcept {
  const Place& place = fields_[index];
  const std::string_view text = text_;
  return {text.substr(place.begin, place.name_size), text.substr(place.begin + place.name_size, place.value_size)};
}

std::optional<std::string_view> HeaderList::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const Field field = (*this)[i];
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

}  // namespace ovserve::front
