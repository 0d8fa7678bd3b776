#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "codec/chain_text.h"
#include "front/call.h"
#include "front/call_slot.h"
#include "front/mailbox.h"
#include "front/responder.h"
#include "front/stream_sender.h"

namespace ovserve::testing {

/// The loop's thread of a front without sockets: the thread of the test.
class FakeLoop {
 public:
  FakeLoop() { mailbox_->settle_here(); }
  ~FakeLoop() { mailbox_->close(); }
  FakeLoop(const FakeLoop&) = delete;
  FakeLoop& operator=(const FakeLoop&) = delete;

  const std::shared_ptr<front::Mailbox>& mailbox() const noexcept { return mailbox_; }

  /// Delivers what other threads have for the loop until `condition` holds; false after a minute.
  template <typename Condition>
  bool run_until(Condition condition) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      if (!mailbox_->deliver()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

 private:
  std::shared_ptr<front::Mailbox> mailbox_ = std::make_shared<front::Mailbox>();
};

/// A connection's side of one call: notes what is answered.
class FakeConnection final : public front::CallTarget {
 public:
  explicit FakeConnection(const FakeLoop& loop)
      : loop_(loop),
        slot_(std::make_shared<front::CallSlot>(loop.mailbox(), *this, std::make_shared<std::atomic<std::size_t>>(0))) {
  }
  ~FakeConnection() override { slot_->abandon(); }

  front::Responder responder(front::Protocol protocol) const { return {slot_, protocol}; }
  front::StreamSender sender() const { return front::StreamSender(slot_); }
  std::stop_token cancelled() const { return slot_->cancelled(); }
  /// The client has gone.
  void leave() { slot_->abandon(); }

  bool await_reply() const {
    return loop_.run_until([this] { return reply.has_value(); });
  }
  bool await_messages(std::size_t count) const {
    return loop_.run_until([this, count] { return messages.size() >= count; });
  }

  const front::GrpcReply& grpc() const { return std::get<front::GrpcReply>(reply.value()); }
  const front::HttpReply& http() const { return std::get<front::HttpReply>(reply.value()); }
  /// Of the reply.
  std::string body() const {
    return std::visit([](const auto& made) { return text_of(made.body); }, reply.value());
  }
  std::string_view http_header(std::string_view name) const {
    for (const auto& [known, value] : http().headers) {
      if (known == name) return value;
    }
    return "";
  }

  std::optional<front::Reply> reply;
  std::vector<std::string> messages;
  int asked_for = 0;  ///< messages of the client

 private:
  void on_reply(front::Reply made, bool /*compressed*/) override {
    reply = std::move(made);
    slot_->detach();
  }
  void on_send(Message message) override { messages.push_back(text_of(message.bytes)); }
  void on_next() override { ++asked_for; }
  void on_inflated(front::InflateResult /*result*/, front::Body /*plain*/) override {}

  const FakeLoop& loop_;
  std::shared_ptr<front::CallSlot> slot_;
};

inline front::Body body_of(std::string_view bytes) {
  front::Body body;
  body.append(bytes);
  return body;
}

inline front::CallHead grpc_head(std::string path) {
  front::CallHead head;
  head.protocol = front::Protocol::kGrpc;
  head.method = "POST";
  head.path = std::move(path);
  return head;
}

using Headers = std::vector<std::pair<std::string, std::string>>;

inline front::CallHead http_head(std::string method, std::string path, const Headers& headers = {}) {
  front::CallHead head;
  head.method = std::move(method);
  head.path = std::move(path);
  for (const auto& [name, value] : headers) head.headers.add(name, value);
  return head;
}

}  // namespace ovserve::testing
