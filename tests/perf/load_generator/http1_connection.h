#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "connection.h"
#include "http1_reply.h"
#include "options.h"
#include "output_queue.h"
#include "socket.h"

namespace ovserve::bench {

/// What all HTTP/1.1 connections send: the head, made once, and the body.
struct Http1Request {
  std::string head;
  std::string_view body;
  const std::string_view* expected = nullptr;  ///< body of the answers, or nullptr
};

std::string http1_head(const Options& options, std::size_t body_size);

/// One request at a time.
class Http1Connection : public Connection {
 public:
  /// `request` and `listener` must outlive this. Throws std::system_error.
  Http1Connection(const Options& options, std::size_t index, const Http1Request& request, OutcomeListener& listener);

  int descriptor() const noexcept override { return socket_.descriptor(); }
  void start_request() override;
  void flush() override;
  void on_readable() override;
  bool wants_write() const noexcept override { return !output_.empty(); }
  bool is_closed() const noexcept override { return closed_; }

 private:
  void feed(std::string_view bytes);
  void close(const std::string& why);

  const std::size_t index_;
  const Http1Request& request_;
  OutcomeListener& listener_;
  Socket socket_;
  OutputQueue output_;
  std::unique_ptr<Http1Reply> reply_;  // set while a request is under way
  Clock::time_point started_;
  bool closed_ = false;
};

}  // namespace ovserve::bench
