#pragma once

#include <cstddef>

#include "front/call.h"
#include "front/output_queue.h"

namespace ovserve::front {

/// What the request and the connection make of an answer.
struct Http1ReplyForm {
  bool is_http11 = true;
  bool closes = false;
  bool without_body = false;  ///< the request was HEAD
};

/// Puts the reply into `output`; a body up to `small` bytes is copied, so that its owner goes at once.
void write_http1_reply(const HttpReply& reply, const Http1ReplyForm& form, std::size_t small, OutputQueue& output);

}  // namespace ovserve::front
