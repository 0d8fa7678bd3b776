#include "echo_handler.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string_view>

namespace ovserve::front {
namespace {

constexpr std::string_view kService = "/echo.Echo/";

// "Unary", for both protocols; empty if there is no such thing.
std::string_view method_of(const CallHead& head) {
  static constexpr std::pair<std::string_view, std::string_view> kPaths[] = {
      {"/echo", "Unary"}, {"/late", "Late"},   {"/count", "Count"}, {"/large", "Large"},
      {"/fail", "Fail"},  {"/never", "Never"}, {"/throw", "Throw"}, {"/pieces", "Pieces"}};
  const std::string_view path = head.path;
  const bool is_grpc = head.protocol == Protocol::kGrpc;
  if (is_grpc && path == "/echo.Echo/Stream") return "Stream";
  for (const auto& [known, method] : kPaths) {
    if (is_grpc ? path.starts_with(kService) && path.substr(kService.size()) == method
                : path.substr(0, path.find('?')) == known) {
      return method;
    }
  }
  return "";
}

std::size_t number(const CallHead& head, std::string_view name) {
  const std::string_view text = head.header(name);
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Admission EchoHandler::admit(const CallHead& head) {
  Admission admission;
  const std::string_view method = method_of(head);
  if (method == "Stream") {
    admission.kind = Admission::Kind::kStream;
  } else if (method.empty() && !(any_ && head.protocol == Protocol::kGrpc)) {
    admission.kind = Admission::Kind::kRefuse;
    admission.refusal = GrpcReply{GrpcCode::kUnimplemented, "There is no method " + head.path, {}};
    if (head.protocol == Protocol::kHttp) admission.refusal = error_reply(404, "There is no path " + head.path);
  }
  if (number(head, "x-limit") > 0) admission.body_limit = number(head, "x-limit");
  return admission;
}

void EchoHandler::answer(const Call& call, const Responder& responder, ByteChain body) const {
  if (call.head.protocol == Protocol::kGrpc) {
    responder.reply(GrpcReply{GrpcCode::kOk, "", std::move(body)});
  } else {
    const std::string_view type = call.head.header("content-type");
    responder.reply(HttpReply{200, {{"content-type", std::string(type)}}, std::move(body)});
  }
}

void EchoHandler::answer_when_cancelled(Call call, Responder responder) {
  struct Waiting {
    Waiting(EchoHandler& owner, Call taken, Responder answer)
        : handler(owner), call(std::move(taken)), responder(std::move(answer)) {}
    EchoHandler& handler;
    Call call;
    Responder responder;
    std::optional<std::stop_callback<std::function<void()>>> callback;
  };
  auto waiting = std::make_shared<Waiting>(*this, std::move(call), std::move(responder));
  waiting->callback.emplace(waiting->call.cancelled, [waiting] {
    ++waiting->handler.cancelled;
    // Not from within the callback, which must not end itself.
    waiting->handler.late_.post(std::chrono::milliseconds(0), [waiting]() mutable {
      waiting->responder.reply(error_reply(503, "Cancelled."));
      waiting->callback.reset();
    });
  });
}

void EchoHandler::handle(Call call, Responder responder) {
  ++handled;
  const std::string method(method_of(call.head));
  if (method == "Count") {
    answer(call, responder, chain_of(std::to_string(call.body.size())));
  } else if (method == "Large") {
    answer(call, responder, chain_of(std::string(number(call.head, "x-size"), 'x')));
  } else if (method == "Fail") {
    const auto code = static_cast<GrpcCode>(number(call.head, "x-code"));
    if (call.head.protocol == Protocol::kGrpc) {
      responder.reply(GrpcReply{code, std::string(call.head.header("x-message")), {}});
    } else {
      responder.reply(error_reply(static_cast<int>(number(call.head, "x-code")), call.head.header("x-message")));
    }
  } else if (method == "Late") {
    const std::chrono::milliseconds delay(number(call.head, "x-delay-ms"));
    auto parts = std::make_shared<std::pair<Call, Responder>>(std::move(call), std::move(responder));
    late_.post(delay, [this, parts] {
      Call& late = parts->first;
      ByteChain body = chain_of(std::move(late.body));
      answer(late, parts->second, std::move(body));
    });
  } else if (method == "Never") {
    answer_when_cancelled(std::move(call), std::move(responder));
  } else if (method == "Pieces") {
    // The body, then so many pieces of that size; "x-break": without an end.
    auto parts = std::make_shared<std::pair<Call, Responder>>(std::move(call), std::move(responder));
    HttpReply first;
    first.headers.emplace_back("content-type", "text/x-pieces");
    first.body = chain_of(std::move(parts->first.body));
    parts->second.begin(std::move(first));
    late_.post(std::chrono::milliseconds(0), [parts] {
      const auto& [taken, to] = *parts;
      for (std::size_t i = 0; i < number(taken.head, "x-count"); ++i) {
        to.send(chain_of(std::string(number(taken.head, "x-size"), 'p')));
      }
      if (number(taken.head, "x-lose") == 0) to.end(number(taken.head, "x-break") == 0);
    });
  } else if (method == "Throw") {
    throw std::runtime_error("thrown on purpose");
  } else {
    ByteChain body = chain_of(std::move(call.body));
    answer(call, responder, std::move(body));
  }
}

std::unique_ptr<StreamReceiver> EchoHandler::open(Call /*call*/, StreamSender sender) {
  return std::make_unique<EchoStream>(std::move(sender));
}

}  // namespace ovserve::front
