#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "front/begin_exchange.h"
#include "front/exchange.h"
#include "front/header_list.h"
#include "front/outgoing_body.h"
#include "front/session_context.h"

namespace ovserve::front {

class Http2Session;

/// A field of a reply's head or trailer. Both texts must live until the call that takes it returns.
struct ReplyField {
  std::string_view name;
  std::string_view value;
};

/// One stream of an HTTP/2 connection: collects the head of the request, and has the reply of its
/// exchange framed.
class Http2Stream {
 public:
  using Clock = std::chrono::steady_clock;

  Http2Stream(Http2Session& session, SessionContext& context, std::int32_t id);

  std::int32_t id() const noexcept { return id_; }
  SessionContext& context() noexcept { return context_; }

  // The request, as the session sees it come.
  void add_field(std::string_view name, std::string_view value);
  void add_trailer_field(std::string_view name, std::string_view value);
  void end_of_head(bool is_all);
  std::span<char> wanted_place(std::size_t size);
  void receive(std::string_view bytes);
  void end_of_request();
  bool is_request_complete() const noexcept { return request_complete_; }
  void check_time(Clock::time_point now);
  void abandon();

  // The reply, as the exchange makes it.
  /// The head; with `is_all` it is the whole reply.
  void send_head(const std::vector<ReplyField>& fields, bool is_all);
  void send(std::string_view prefix, ByteChain bytes);
  /// The end of the body, and the trailer if there is one.
  void finish(std::vector<std::pair<std::string, std::string>> trailer);
  bool is_head_sent() const noexcept { return head_sent_; }
  std::size_t unsent() const noexcept { return outgoing_.size(); }
  /// Has the exchange told once when nothing is unsent any more.
  void tell_when_sent() noexcept { tell_when_sent_ = true; }
  /// The exchange has made use of so many bytes of what it received: the client may send more.
  void grant(std::size_t bytes);
  /// Ends the stream at once, without a reply; refuse() says that nothing was done, so that the client may
  /// try again.
  void refuse();
  void reset(std::uint32_t error);

  // What the session frames.
  OutgoingBody& outgoing() noexcept { return outgoing_; }
  bool is_finished() const noexcept { return finished_; }
  const std::vector<std::pair<std::string, std::string>>& trailer() const noexcept { return trailer_; }
  void on_sent();
  void on_all_sent();
  bool waits_for_data = false;  // nothing was there to be sent when it was asked for

  std::size_t place_in_session = 0;

 private:
  Http2Session& session_;
  SessionContext& context_;
  const std::int32_t id_;

  std::string method_;
  std::string path_;
  HeaderList headers_;
  std::size_t head_size_ = 0;
  std::size_t trailer_size_ = 0;
  HeadSize head_fits_ = HeadSize::kFits;
  bool request_complete_ = false;
  std::unique_ptr<Exchange> exchange_;

  OutgoingBody outgoing_;
  std::vector<std::pair<std::string, std::string>> trailer_;
  bool head_sent_ = false;
  bool finished_ = false;
  bool tell_when_sent_ = false;
  Clock::time_point sent_;  // last time something left, or nothing was there to be sent
};

}  // namespace ovserve::front
