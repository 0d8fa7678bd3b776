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
  bool goes_on = false;       ///< more of the body will come: in chunks, or up to the end of the connection
};

/// Puts the reply into `output`; a body up to `small` bytes is copied, so that its owner goes at once.
void write_http1_reply(const HttpReply& reply, const Http1ReplyForm& form, std::size_t small, OutputQueue& output);

/// More of a body that goes on; nothing for no bytes.
void write_http1_piece(const ByteChain& bytes, const Http1ReplyForm& form, std::size_t small, OutputQueue& output);

/// The end of a body that went on.
void write_http1_end(const Http1ReplyForm& form, OutputQueue& output);

}  // namespace ovserve::front
