#include "front/grpc_message_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>

#include "http2_client.h"

namespace ovserve::front {
namespace {

std::shared_ptr<MemoryShare> share() {
  static const auto budget = std::make_shared<MemoryBudget>(std::size_t{1} << 30U);
  return std::make_shared<MemoryShare>(budget, std::size_t{1} << 30U);
}

TEST(GrpcMessageReader, CutsMessagesOutOfAnyPieces) {
  const std::string texts[] = {"one", "", std::string(100'000, 'x'), "four"};
  std::string all;
  for (const auto& text : texts) all += Http2Client::grpc_message(text);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{5000}, all.size()}) {
    GrpcMessageReader reader(share(), 1 << 20, false);
    std::vector<std::string> read;
    for (std::size_t at = 0; at < all.size(); at += step) {
      std::string_view part = std::string_view(all).substr(at, step);
      while (!part.empty()) {
        part.remove_prefix(reader.read(part));
        if (!reader.has_message()) continue;
        EXPECT_FALSE(reader.is_amid());
        const Body body = reader.take();
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(body.data()) % Body::kAlignment, 0U);
        read.emplace_back(body.view());
      }
    }
    ASSERT_EQ(read.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(read[i] == texts[i]);
  }
}

TEST(GrpcMessageReader, NamesThePlaceWhereBytesBelong) {
  GrpcMessageReader reader(share(), 1 << 20, false);
  EXPECT_TRUE(reader.wanted_place(100).empty());
  const std::string message = Http2Client::grpc_message("0123456789");
  reader.read(std::string_view(message).substr(0, 7));
  EXPECT_TRUE(reader.is_amid());
  const auto place = reader.wanted_place(100);
  ASSERT_EQ(place.size(), 8U) << "not more than belongs to the message";
  std::memcpy(place.data(), "23456789", 8);
  EXPECT_EQ(reader.read({place.data(), 8}), 8U);
  ASSERT_TRUE(reader.has_message());
  EXPECT_TRUE(reader.wanted_place(100).empty());
  EXPECT_EQ(reader.take().view(), "0123456789");
}

TEST(GrpcMessageReader, StopsAtOneMessage) {
  GrpcMessageReader reader(share(), 1 << 20, false);
  const std::string two = Http2Client::grpc_message("a") + Http2Client::grpc_message("b");
  EXPECT_EQ(reader.read(two), 6U);
  EXPECT_EQ(reader.read(std::string_view(two).substr(6)), 0U);
  EXPECT_EQ(reader.take().view(), "a");
  EXPECT_EQ(reader.read(std::string_view(two).substr(6)), 6U);
  EXPECT_EQ(reader.take().view(), "b");
}

TEST(GrpcMessageReader, RefusesWhatItCannotTake) {
  const auto failure = [](const std::string& bytes, bool may_be_compressed) {
    GrpcMessageReader reader(share(), 10, may_be_compressed);
    reader.read(bytes);
    return reader.failure() ? reader.failure()->code : GrpcCode::kOk;
  };
  EXPECT_EQ(failure(Http2Client::grpc_message("0123456789"), false), GrpcCode::kOk);
  EXPECT_EQ(failure(Http2Client::grpc_message("0123456789a"), false), GrpcCode::kResourceExhausted);
  EXPECT_EQ(failure(std::string("\0\xFF\xFF\xFF\xFF", 5), false), GrpcCode::kResourceExhausted);
  EXPECT_EQ(failure(Http2Client::grpc_message("x", true), false), GrpcCode::kInternal);
  EXPECT_EQ(failure(Http2Client::grpc_message("x", true), true), GrpcCode::kOk);
  EXPECT_EQ(failure(std::string("\2\0\0\0\0", 5), true), GrpcCode::kInternal);
}

}  // namespace
}  // namespace ovserve::front
