#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "front/flood_guard.h"
#include "front/http2_memory.h"
#include "front/http2_stream.h"
#include "front/session.h"
#include "front/session_context.h"

namespace ovserve::front {

/// HTTP/2 on one connection. nghttp2 does the framing and the header compression; here are the
/// streams, what they may take, and the end.
class Http2Session final : public Session {
 public:
  explicit Http2Session(SessionContext& context);
  ~Http2Session() override;
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  std::span<char> wanted_place() override;
  void receive(std::string_view bytes) override;
  bool wants_input() const override { return !ended_; }
  void end_of_input() override;
  void produce() override;
  void check_time(Clock::time_point now) override;
  void drain() override;
  bool awaits_requests() const override;
  bool is_finished() const override;
  void abandon() override;

  // For the streams.
  void submit_head(Http2Stream& stream, const std::vector<ReplyField>& fields, bool is_all);
  void resume(Http2Stream& stream);
  void consume(Http2Stream& stream, std::size_t bytes);
  void reset(Http2Stream& stream, std::uint32_t error);
  void note_all_sent(Http2Stream& stream) { all_sent_.push_back(stream.id()); }
  /// Ends the connection of a client that goes too far.
  void end_calmly() { end_with(NGHTTP2_ENHANCE_YOUR_CALM); }

 private:
  friend struct Http2Callbacks;

  void open_stream(std::int32_t id);
  void close_stream(Http2Stream& stream);
  Http2Stream* stream_of(std::int32_t id) const;
  void count_frame(const nghttp2_frame_hd& frame);
  void spend(std::int64_t tokens = 1);
  void end_with(std::uint32_t error);
  ssize_t provide(Http2Stream& stream, std::size_t room, std::uint32_t& flags);

  SessionContext& context_;
  Http2Memory memory_;
  nghttp2_session* session_ = nullptr;
  FloodGuard guard_;
  std::vector<std::unique_ptr<Http2Stream>> streams_;
  std::vector<std::int32_t> all_sent_;  // streams to be told
  // The DATA frame that is being received.
  std::int32_t data_stream_ = 0;
  std::size_t data_left_ = 0;

  bool ended_ = false;       // nothing is read any more
  bool abandoned_ = false;   // and nothing is sent
  bool going_away_ = false;  // the client was told to open no more streams
  bool pinged_ = false;
  bool begun_ = false;        // a frame has come
  Clock::time_point heard_;   // last time something came
  Clock::time_point active_;  // last time there was a stream
};

}  // namespace ovserve::front
