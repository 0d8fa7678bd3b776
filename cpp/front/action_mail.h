#pragma once

#include <memory>
#include <utility>

#include "front/mailbox.h"

namespace ovserve::front {

/// Mail that does something.
template <typename Action>
class ActionMail final : public Mail {
 public:
  explicit ActionMail(Action action) : action_(std::move(action)) {}
  void deliver() override { action_(); }

 private:
  Action action_;
};

template <typename Action>
std::unique_ptr<Mail> make_mail(Action action) {
  return std::make_unique<ActionMail<Action>>(std::move(action));
}

}  // namespace ovserve::front
