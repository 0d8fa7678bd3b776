#pragma once

#include <cstddef>
#include <vector>

#include "image/pixel_conversion.h"

namespace ovserve {

/// The rows of a picture in another size, one after the other; see write_pixels for the rule.
class BilinearRows {
 public:
  /// `pixels` must outlive this object; the size is at least 1 by 1.
  BilinearRows(const Pixels& pixels, std::size_t width, std::size_t height);

  /// Row `y`, channels beside each other; valid until the next call. Rows are asked for from the top.
  const std::vector<float>& row(std::size_t y);

 private:
  // Between which two samples a new one lies, and how near to the second.
  struct Place {
    std::size_t first = 0;
    std::size_t second = 0;
    float nearness = 0;
  };
  // A row of the picture in the new width.
  struct WideRow {
    std::size_t number = 0;
    bool is_filled = false;
    std::vector<float> values;
  };

  static std::vector<Place> places(std::size_t from, std::size_t to);

  void fill(WideRow& row, std::size_t number) const;
  template <class Sample>
  void fill_from(const Sample* samples, std::vector<float>& values) const;

  const Pixels pixels_;
  const std::vector<Place> columns_;
  const std::vector<Place> lines_;
  WideRow upper_;
  WideRow lower_;
  std::vector<float> row_;
};

}  // namespace ovserve
