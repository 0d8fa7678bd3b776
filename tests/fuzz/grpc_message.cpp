// The messages of a gRPC call in any pieces, compressed ones too.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "front/grpc_message_reader.h"
#include "front/gzip.h"
#include "pieces.h"

using namespace ovserve::front;  // NOLINT(google-build-using-namespace): one function

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLimit = std::size_t{1} << 16U;
  const auto budget = std::make_shared<MemoryBudget>(std::size_t{1} << 22U);
  {
    GrpcMessageReader reader(std::make_shared<MemoryShare>(budget, budget->limit()), kLimit, true);
    ovserve::fuzz::Pieces pieces(data, size);
    while (!pieces.empty() && !reader.failure()) {
      std::string_view piece = pieces.next();
      while (!piece.empty() && !reader.failure()) {
        piece.remove_prefix(reader.read(piece));
        if (!reader.has_message()) continue;
        const bool compressed = reader.is_compressed();
        const Body message = reader.take();
        if (message.size() > kLimit) std::abort();
        if (!compressed) continue;
        Body plain;
        const InflateResult result = inflate(message.view(), kLimit, plain);
        if (result == InflateResult::kOk && plain.size() > kLimit) std::abort();
      }
    }
  }
  if (budget->used() != 0) std::abort();
  return 0;
}
