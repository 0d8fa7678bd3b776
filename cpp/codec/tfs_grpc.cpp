#include "codec/tfs_grpc.h"

#include <algorithm>
#include <utility>

#include "codec/protobuf_wire.h"
#include "codec/tfs_grpc_tensor.h"

namespace ovserve::tfs_grpc {
namespace {

using wire::bytes_field;
using wire::varint_field;

struct MapEntry {
  std::string_view key;
  std::string_view value;
};

MapEntry parse_map_entry(std::string_view wire) {
  MapEntry entry;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) entry.key = wire::text_of(field);
    if (field.tag == bytes_field(2)) entry.value = field.bytes;
  }
  return entry;
}

// Of several entries with one key the last counts, as in every protobuf map.
void keep_last_of_equal_keys(std::vector<MapEntry>& entries) {
  if (entries.size() < 2) return;
  const auto by_key = [](const MapEntry& a, const MapEntry& b) { return a.key < b.key; };
  const auto same_key = [](const MapEntry& a, const MapEntry& b) { return a.key == b.key; };
  std::reverse(entries.begin(), entries.end());
  std::stable_sort(entries.begin(), entries.end(), by_key);
  entries.erase(std::unique(entries.begin(), entries.end(), same_key), entries.end());
}

std::int64_t parse_int64_value(std::string_view wire) {
  std::int64_t value = 0;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == varint_field(1)) value = field.int64();
  }
  return value;
}

// Version and label are one choice in the protocol: a label after a version takes its place.
void merge_model_spec(std::string_view wire, ModelSpec& spec) {
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    switch (field.tag) {
      case bytes_field(1):
        spec.name = wire::text_of(field);
        break;
      case bytes_field(2): {
        const std::int64_t version = parse_int64_value(field.bytes);
        spec.version = version == 0 ? std::nullopt : std::optional(version);
        break;
      }
      case bytes_field(4):
        spec.version.reset();
        break;
      default:
        break;
    }
  }
}

}  // namespace

InferRequest parse_predict_request(std::string_view wire) {
  ModelSpec spec;
  std::vector<MapEntry> entries;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) merge_model_spec(field.bytes, spec);
    if (field.tag == bytes_field(2)) entries.push_back(parse_map_entry(field.bytes));
  }
  keep_last_of_equal_keys(entries);

  InferRequest request;
  request.model = std::move(spec.name);
  request.version = spec.version;
  request.inputs.reserve(entries.size());
  for (const MapEntry& entry : entries) request.inputs.push_back(parse_tensor(entry.key, entry.value));
  return request;
}

MetadataRequest parse_metadata_request(std::string_view wire) {
  MetadataRequest request;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) merge_model_spec(field.bytes, request.model_spec);
    if (field.tag == bytes_field(2)) request.metadata_fields.emplace_back(wire::text_of(field));
  }
  return request;
}

ModelSpec parse_status_request(std::string_view wire) {
  ModelSpec spec;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) merge_model_spec(field.bytes, spec);
  }
  return spec;
}

}  // namespace ovserve::tfs_grpc
