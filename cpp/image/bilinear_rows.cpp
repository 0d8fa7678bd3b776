#include "image/bilinear_rows.h"

#include <cmath>
#include <cstdint>
#include <utility>

namespace ovserve {

BilinearRows::BilinearRows(const Pixels& pixels, std::size_t width, std::size_t height)
    : pixels_(pixels), columns_(places(pixels.width, width)), lines_(places(pixels.height, height)) {
  row_.resize(width * pixels.channels);
  upper_.values.resize(row_.size());
  lower_.values.resize(row_.size());
}

std::vector<BilinearRows::Place> BilinearRows::places(std::size_t from, std::size_t to) {
  std::vector<Place> places(to);
  const double step = static_cast<double>(from) / static_cast<double>(to);
  for (std::size_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * step - 0.5;
    if (center <= 0) continue;  // before the first sample there is only the first
    const double floor = std::floor(center);
    const auto first = static_cast<std::size_t>(floor);
    places[i] =
        first + 1 < from ? Place{first, first + 1, static_cast<float>(center - floor)} : Place{from - 1, from - 1, 0};
  }
  return places;
}

const std::vector<float>& BilinearRows::row(std::size_t y) {
  const Place& line = lines_[y];
  if (lower_.is_filled && lower_.number == line.first) std::swap(upper_, lower_);
  fill(upper_, line.first);
  if (line.nearness == 0) return upper_.values;
  fill(lower_, line.second);
  for (std::size_t i = 0; i < row_.size(); ++i) {
    row_[i] = upper_.values[i] + (lower_.values[i] - upper_.values[i]) * line.nearness;
  }
  return row_;
}

void BilinearRows::fill(WideRow& row, std::size_t number) const {
  if (row.is_filled && row.number == number) return;
  const std::byte* samples = pixels_.data + number * pixels_.width * pixels_.channels * pixels_.sample_bytes;
  if (pixels_.sample_bytes == 1) {
    fill_from(reinterpret_cast<const std::uint8_t*>(samples), row.values);
  } else {
    fill_from(reinterpret_cast<const std::uint16_t*>(samples), row.values);
  }
  row.number = number;
  row.is_filled = true;
}

template <class Sample>
void BilinearRows::fill_from(const Sample* samples, std::vector<float>& values) const {
  const std::size_t channels = pixels_.channels;
  float* value = values.data();
  for (const Place& column : columns_) {
    const Sample* first = samples + column.first * channels;
    const Sample* second = samples + column.second * channels;
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const auto left = static_cast<float>(first[channel]);
      *value++ = left + (static_cast<float>(second[channel]) - left) * column.nearness;
    }
  }
}

}  // namespace ovserve
