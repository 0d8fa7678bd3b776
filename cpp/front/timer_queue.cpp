#include "front/timer_queue.h"

#include <utility>

namespace ovserve::front {

void Timer::set(TimerQueue& queue, Clock::time_point when) {
  cancel();
  when_ = when;
  queue.insert(*this);
  queue_ = &queue;
}

void Timer::cancel() noexcept {
  if (queue_ != nullptr) queue_->remove(*this);
  queue_ = nullptr;
}

std::optional<Timer::Clock::time_point> TimerQueue::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->when_;
}

void TimerQueue::run(Timer::Clock::time_point now) {
  while (!heap_.empty() && heap_.front()->when_ <= now) {
    Timer& due = *heap_.front();
    due.cancel();
    // The action may end the timer's life.
    const auto action = due.action_;
    action();
  }
}

void TimerQueue::insert(Timer& timer) {
  heap_.push_back(&timer);
  timer.place_ = heap_.size() - 1;
  rise(timer.place_);
}

void TimerQueue::remove(Timer& timer) noexcept {
  const std::size_t place = timer.place_;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  put(place, last);
  rise(place);
  sink(last->place_);
}

void TimerQueue::rise(std::size_t place) noexcept {
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (heap_[parent]->when_ <= heap_[place]->when_) return;
    Timer* above = heap_[parent];
    put(parent, heap_[place]);
    put(place, above);
    place = parent;
  }
}

void TimerQueue::sink(std::size_t place) noexcept {
  while (true) {
    std::size_t child = 2 * place + 1;
    if (child >= heap_.size()) return;
    if (child + 1 < heap_.size() && heap_[child + 1]->when_ < heap_[child]->when_) ++child;
    if (heap_[place]->when_ <= heap_[child]->when_) return;
    Timer* below = heap_[child];
    put(child, heap_[place]);
    put(place, below);
    place = child;
  }
}

void TimerQueue::put(std::size_t place, Timer* timer) noexcept {
  heap_[place] = timer;
  timer->place_ = place;
}

}  // namespace ovserve::front
