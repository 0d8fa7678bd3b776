#include "engine/element_types.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ovserve {
namespace {

using Pair = std::pair<ElementType, ov::element::Type_t>;

constexpr std::array<Pair, 14> kTypes{{
    {ElementType::kBool, ov::element::Type_t::boolean},
    {ElementType::kBf16, ov::element::Type_t::bf16},
    {ElementType::kF16, ov::element::Type_t::f16},
    {ElementType::kF32, ov::element::Type_t::f32},
    {ElementType::kF64, ov::element::Type_t::f64},
    {ElementType::kI8, ov::element::Type_t::i8},
    {ElementType::kI16, ov::element::Type_t::i16},
    {ElementType::kI32, ov::element::Type_t::i32},
    {ElementType::kI64, ov::element::Type_t::i64},
    {ElementType::kU8, ov::element::Type_t::u8},
    {ElementType::kU16, ov::element::Type_t::u16},
    {ElementType::kU32, ov::element::Type_t::u32},
    {ElementType::kU64, ov::element::Type_t::u64},
    {ElementType::kString, ov::element::Type_t::string},
}};

}  // namespace

ElementType from_openvino(const ov::element::Type& type) noexcept {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const Pair& pair) { return type == pair.second; });
  return found == kTypes.end() ? ElementType::kUndefined : found->first;
}

ov::element::Type to_openvino(ElementType type) noexcept {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const Pair& pair) { return type == pair.first; });
  return found == kTypes.end() ? ov::element::dynamic : ov::element::Type(found->second);
}

}  // namespace ovserve
