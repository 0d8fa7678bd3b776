#pragma once

#include <cstdint>
#include <span>

namespace ovserve {

/// Whether the bytes have the outline of an ONNX file: fields of a protobuf message that end where
/// the bytes end, a graph among them. Does not look into the fields, so it costs nothing.
///
/// OpenVINO tries its other readers on what is no ONNX, whatever the file is called; they would
/// write to stderr, or read something that nobody asked for.
bool has_onnx_outline(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace ovserve
