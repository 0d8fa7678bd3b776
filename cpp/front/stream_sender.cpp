#include "front/stream_sender.h"

namespace ovserve::front {

StreamSender::~StreamSender() {
  if (slot_ && slot_->is_open()) finish(GrpcCode::kInternal, "The server lost the stream.");
}

}  // namespace ovserve::front
