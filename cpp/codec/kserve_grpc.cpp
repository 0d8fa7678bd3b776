#include "codec/kserve_grpc.h"

#include "codec/model_version_text.h"
#include "codec/protobuf_wire.h"

namespace ovserve::kserve_grpc {

using wire::bytes_field;

ModelName parse_model_name(std::string_view wire) {
  ModelName name;
  std::string_view version;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) name.name = wire::text_of(field);
    if (field.tag == bytes_field(2)) version = wire::text_of(field);
  }
  name.version = parse_model_version(version);
  return name;
}

std::string parse_health_request(std::string_view wire) {
  std::string service;
  wire::Reader reader(wire);
  for (wire::Field field; reader.next(field);) {
    if (field.tag == bytes_field(1)) service = wire::text_of(field);
  }
  return service;
}

}  // namespace ovserve::kserve_grpc
