#pragma once

#include <nghttp2/nghttp2.h>

namespace ovserve::front {

class Http2Session;

/// A new server's side of nghttp2, which calls back into `session`.
nghttp2_session* make_nghttp2_session(Http2Session& session);

/// Has the body of a reply read from its stream.
nghttp2_data_provider body_provider();

}  // namespace ovserve::front
