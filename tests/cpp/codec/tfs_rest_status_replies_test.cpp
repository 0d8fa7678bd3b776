#include <gtest/gtest.h>

#include "codec/tfs_rest.h"

namespace ovserve::tfs_rest {
namespace {

TEST(StatusReply, ListsVersions) {
  const StatusEntry entry{1, "AVAILABLE", "OK", "OK"};
  EXPECT_EQ(write_status({&entry, 1}), R"({
 "model_version_status": [
  {
   "version": "1",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": "OK"
   }
  }
 ]
}
)");
}

TEST(StatusReply, MayBeEmpty) { EXPECT_EQ(write_status({}), "{\n \"model_version_status\": []\n}\n"); }

TEST(ConfigStatusReply, HasOneObjectPerModel) {
  const NamedStatus models[] = {{"first", {{2, "LOADING", "UNKNOWN", "UNKNOWN: \"x\""}}}, {"second", {}}};
  EXPECT_EQ(write_config_status(models), R"({
 "first": {
  "model_version_status": [
   {
    "version": "2",
    "state": "LOADING",
    "status": {
     "error_code": "UNKNOWN",
     "error_message": "UNKNOWN: \"x\""
    }
   }
  ]
 },
 "second": {
  "model_version_status": []
 }
}
)");
  EXPECT_EQ(write_config_status({}), "{}\n");
}

TEST(ErrorReply, EscapesTheText) {
  EXPECT_EQ(write_error("Model with requested name is not found"),
            R"({"error": "Model with requested name is not found"})");
  EXPECT_EQ(write_error("a \"b\"\n\xFF"), "{\"error\": \"a \\\"b\\\"\\n\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace ovserve::tfs_rest
