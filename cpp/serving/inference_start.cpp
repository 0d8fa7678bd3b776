// Inferences that a front begins without waiting for them.

#include <string>
#include <utility>

#include "base/chain_sink.h"
#include "serving/inference_service.h"

namespace ovserve {

void InferenceService::start(InferenceCall call, OnReply on_reply) {
  ChainSink sink;
  std::optional<std::size_t> header_length;
  try {
    switch (call.api) {
      case InferenceApi::kTfsPredict:
        tfs_predict(call.body, sink);
        break;
      case InferenceApi::kKserveInfer:
        kserve_model_infer(call.body, sink);
        break;
      case InferenceApi::kKserveStreamInfer:
        kserve_model_stream_infer(call.body, sink);
        break;
      case InferenceApi::kTfsRestPredict:
        sink.adopt(rest_predict(call.model, call.version, call.body));
        break;
      case InferenceApi::kKserveRestInfer:
        header_length = kserve_rest_infer(call.model, call.version, call.body, call.header_length, sink);
        break;
    }
  } catch (const Error& error) {
    on_reply(error);
    return;
  }
  on_reply(InferenceReply{sink.take(), header_length});
}

}  // namespace ovserve
