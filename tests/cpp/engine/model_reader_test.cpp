#include "engine/model_reader.h"

#include <gtest/gtest.h>

#include "engine/expect_error.h"
#include "engine/onnx_bytes.h"
#include "engine/temporary_directory.h"
#include "engine/tiny_models.h"

namespace ovserve {
namespace {

using testing::buffer_of;
using testing::expect_error;

class ModelReader : public ::testing::Test {
 protected:
  void expect_unreadable(ModelKind kind, const std::string& model, const std::string& weights,
                         const std::string& reason) {
    SCOPED_TRACE(model.substr(0, 40));
    expect_error(ErrorCode::kInternal, reason,
                 [&] { read_from_buffers(core_, {kind, buffer_of(model), buffer_of(weights)}); });
  }

  ov::Core core_;
};

TEST_F(ModelReader, LetsAnOnnxBufferGoOnceItIsRead) {
  Buffer buffer = buffer_of(testing::onnx_add_model({1, 2, 3}));
  const std::weak_ptr<const void> owner = buffer.owner;
  const auto model = read_from_buffers(core_, {ModelKind::kOnnx, std::move(buffer), {}});
  EXPECT_TRUE(owner.expired());
  EXPECT_EQ(model->input(0).get_any_name(), "b");
}

TEST_F(ModelReader, LeavesNoFileBehindForOnnx) {
  const testing::TemporaryDirectory temporary;
  const char* before = std::getenv("TMPDIR");
  const std::string saved = before == nullptr ? "" : before;
  ::setenv("TMPDIR", temporary.path().c_str(), 1);
  read_from_buffers(core_, {ModelKind::kOnnx, buffer_of(testing::onnx_add_model({1, 2, 3})), {}});
  expect_unreadable(ModelKind::kOnnx, testing::OnnxMessage().bytes(7, "junk").content(), "", "cannot read");
  before == nullptr ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", saved.c_str(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(temporary.path()));
}

TEST_F(ModelReader, SaysWhyAnIrCannotBeRead) {
  const auto [xml, weights] = testing::serialize(testing::add_one());
  expect_unreadable(ModelKind::kIr, xml, weights.substr(0, 2), "with 2 bytes of weights: Incorrect weights");
  expect_unreadable(ModelKind::kIr, xml, "", "with 0 bytes of weights");
  expect_unreadable(ModelKind::kIr, xml.substr(0, xml.size() / 2), weights, "with 4 bytes of weights");
  expect_unreadable(ModelKind::kIr, "<net></net>", weights, "cannot read the IR model");
  expect_unreadable(ModelKind::kIr, std::string(5000, '\0'), weights, "no XML text");
  expect_unreadable(ModelKind::kIr, testing::onnx_add_model({1}), weights, "no XML text");
}

TEST_F(ModelReader, SaysWhyAnOnnxModelCannotBeRead) {
  const std::string model = testing::onnx_add_model({1, 2, 3});
  for (const std::string& bytes : {std::string("garbage"), std::string(5000, '\xFF'), model.substr(0, model.size() / 2),
                                   testing::serialize(testing::add_one()).first}) {
    expect_unreadable(ModelKind::kOnnx, bytes, "", "are no ONNX file, or only a part of one");
  }
  const std::string junk_inside = testing::OnnxMessage().number(1, 8).bytes(7, "junk").content();
  expect_unreadable(ModelKind::kOnnx, junk_inside, "", "cannot read the ONNX model");
}

TEST_F(ModelReader, ReadsAVersionDirectory) {
  const testing::TemporaryDirectory directory;
  const auto [xml, weights] = testing::serialize(testing::add_one());
  directory.write("m.xml", xml);
  directory.write("m.bin", weights);
  EXPECT_EQ(read_from_files(core_, directory.path().string())->input(0).get_any_name(), "b");
  directory.write("m.bin", weights.substr(0, 1));
  expect_error(ErrorCode::kInternal, "m.xml", [&] { read_from_files(core_, directory.path().string()); });
}

}  // namespace
}  // namespace ovserve
