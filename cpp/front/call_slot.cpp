#include "front/call_slot.h"

#include <utility>

#include "front/action_mail.h"

namespace ovserve::front {
namespace {

// Can become a thousand times as much, which takes a few milliseconds.
constexpr std::size_t kInflatedHere = std::size_t{4} << 10U;

CallTarget::Message message_of(ByteChain bytes, bool compress) {
  if (!compress || bytes.size() < kWorthCompressing) return {std::move(bytes), false};
  return {gzip(bytes), true};
}

}  // namespace

CallSlot::CallSlot(std::shared_ptr<Mailbox> mailbox, CallTarget& target, Counter running)
    : mailbox_(std::move(mailbox)), running_(std::move(running)), target_(&target) {
  running_->fetch_add(1, std::memory_order_relaxed);
}

CallSlot::~CallSlot() { running_->fetch_sub(1, std::memory_order_relaxed); }

template <typename Action>
void CallSlot::on_loop(Action action) {
  if (mailbox_->is_here() && on_the_way_.load(std::memory_order_acquire) == 0) {
    if (target_ != nullptr) action(*target_);
    return;
  }
  on_the_way_.fetch_add(1, std::memory_order_relaxed);
  mailbox_->post(make_mail([slot = shared_from_this(), action = std::move(action)]() mutable {
    slot->on_the_way_.fetch_sub(1, std::memory_order_release);
    if (slot->target_ != nullptr) action(*slot->target_);
  }));
}

void CallSlot::reply(Reply reply) {
  if (over_.exchange(true)) return;
  bool compressed = false;
  if (auto* grpc = std::get_if<GrpcReply>(&reply); grpc != nullptr && grpc->code == GrpcCode::kOk) {
    auto message = message_of(std::move(grpc->body), compress_);
    grpc->body = std::move(message.bytes);
    compressed = message.compressed;
  }
  on_loop([reply = std::move(reply), compressed](CallTarget& target) mutable {
    target.on_reply(std::move(reply), compressed);
  });
}

void CallSlot::begin(HttpReply reply) {
  if (over_.load(std::memory_order_relaxed)) return;
  on_loop([reply = std::move(reply)](CallTarget& target) { target.on_begin(reply); });
}

void CallSlot::send(ByteChain message) {
  if (over_.load(std::memory_order_relaxed)) return;
  const std::size_t size = message.size();
  given_.fetch_add(size, std::memory_order_relaxed);
  on_loop([this, size, message = message_of(std::move(message), compress_)](CallTarget& target) mutable {
    given_.fetch_sub(size, std::memory_order_relaxed);
    target.on_send(std::move(message));
  });
}

void CallSlot::next() {
  on_loop([](CallTarget& target) { target.on_next(); });
}

void CallSlot::inflate(InflateThread& thread, Body compressed, std::size_t limit,
                       const std::shared_ptr<MemoryShare>& share) {
  if (compressed.size() <= kInflatedHere) {
    Body plain(share);
    const InflateResult result = front::inflate(compressed.view(), limit, plain);
    if (target_ != nullptr) target_->on_inflated(result, std::move(plain));
    return;
  }
  auto source = std::make_shared<Body>(std::move(compressed));
  thread.post([slot = shared_from_this(), source = std::move(source), limit, share] {
    Body plain(share);
    const InflateResult result = front::inflate(source->view(), limit, plain, slot->cancelled());
    slot->on_loop([result, plain = std::move(plain)](CallTarget& target) mutable {
      target.on_inflated(result, std::move(plain));
    });
  });
}

void CallSlot::detach() noexcept {
  target_ = nullptr;
  over_ = true;
}

void CallSlot::abandon() {
  detach();
  stop_.request_stop();
}

}  // namespace ovserve::front
