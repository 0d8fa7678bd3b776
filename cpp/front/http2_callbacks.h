#pragma once

#include <nghttp2/nghttp2.h>

#include "front/http2_memory.h"

namespace ovserve::front {

class Http2Session;

/// A new server's side of nghttp2, which calls back into `session` and lives in `memory`.
nghttp2_session* make_nghttp2_session(Http2Session& session, Http2Memory& memory);

/// Has the body of a reply read from its stream.
nghttp2_data_provider body_provider();

}  // namespace ovserve::front
