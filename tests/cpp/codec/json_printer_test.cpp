#include "codec/json_printer.h"

#include <gtest/gtest.h>

#include <utility>

namespace ovserve::json {
namespace {

TEST(JsonPrinter, IndentsByOneSpace) {
  Printer printer;
  printer.begin_object();
  printer.member("a", "x\"");
  printer.key("list");
  printer.begin_array();
  printer.string("1");
  printer.begin_object();
  printer.key("flag");
  printer.boolean(true);
  printer.end_object();
  printer.end_array();
  printer.end_object();
  EXPECT_EQ(std::move(printer).take(),
            "{\n \"a\": \"x\\\"\",\n \"list\": [\n  \"1\",\n  {\n   \"flag\": true\n  }\n ]\n}");
}

TEST(JsonPrinter, KeepsEmptyContainersOnOneLine) {
  Printer printer;
  printer.begin_object();
  printer.key("list");
  printer.begin_array();
  printer.end_array();
  printer.key("object");
  printer.begin_object();
  printer.end_object();
  printer.end_object();
  EXPECT_EQ(std::move(printer).take(), "{\n \"list\": [],\n \"object\": {}\n}");
}

}  // namespace
}  // namespace ovserve::json
