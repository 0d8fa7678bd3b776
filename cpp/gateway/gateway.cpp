#include "gateway/gateway.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/chain_sink.h"
#include "base/error.h"
#include "gateway/replies.h"

namespace ovserve {
namespace {

using front::Call;
using front::GrpcCode;
using front::GrpcReply;
using front::HttpReply;
using front::Responder;
using Action = RestTarget::Action;

constexpr std::string_view kKserve = "/inference.GRPCInferenceService/Model";
constexpr std::string_view kHeaderLength = "inference-header-content-length";

std::string too_many_watchers() {
  return std::to_string(Gateway::kMostWatchers) + " health watchers are connected, which is the limit; use Check";
}

std::string_view without_query(std::string_view path) { return path.substr(0, path.find('?')); }

// Pages of other origins are rare: the full table of routes knows what to do with them.
bool is_plain(const front::CallHead& head) { return !head.headers.find("origin"); }

bool is_about_a_model(const RestTarget& target) {
  return target.action != Action::kServerLive && target.action != Action::kServerReady;
}

// The routes' table says what is wrong with a value that is no number, or that is there twice.
bool read_header_length(const front::HeaderList& headers, std::optional<std::size_t>& length) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    if (name != kHeaderLength) continue;
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (length || value.empty() || error != std::errc() || end != value.data() + value.size()) return false;
    length = number;
  }
  return true;
}

GrpcReply to_grpc(std::variant<InferenceReply, Error> outcome) {
  if (const Error* error = std::get_if<Error>(&outcome)) return grpc_error(*error);
  return {GrpcCode::kOk, {}, std::move(std::get<InferenceReply>(outcome).body)};
}

HttpReply to_http(std::variant<InferenceReply, Error> outcome) {
  if (const Error* error = std::get_if<Error>(&outcome)) return http_error(*error);
  auto& inferred = std::get<InferenceReply>(outcome);
  if (!inferred.header_length) return json_reply(std::move(inferred.body));
  HttpReply reply;
  reply.headers.emplace_back("content-type", "application/octet-stream");
  reply.headers.emplace_back(kHeaderLength, std::to_string(*inferred.header_length));
  reply.body = std::move(inferred.body);
  return reply;
}

// What a receiver does with the messages of one stream; the streams themselves are shared with those
// who answer and with the gateway.
class WatchReceiver : public front::StreamReceiver {
 public:
  explicit WatchReceiver(std::shared_ptr<HealthWatcher> watcher) noexcept : watcher_(std::move(watcher)) {}
  void on_message(front::Body message) override { watcher_->watch(std::string(message.view())); }
  void on_half_close() override {}

 private:
  std::shared_ptr<HealthWatcher> watcher_;
};

class InferReceiver : public front::StreamReceiver {
 public:
  explicit InferReceiver(std::shared_ptr<InferStream> stream) noexcept : stream_(std::move(stream)) {}
  void on_message(front::Body message) override { stream_->infer(std::move(message)); }
  void on_half_close() override { stream_->half_close(); }

 private:
  std::shared_ptr<InferStream> stream_;
};

// Passes on the one message of a call that is answered with many.
class PassingReceiver : public front::StreamReceiver {
 public:
  PassingReceiver(Passage& passage, Call call, front::StreamSender sender)
      : passage_(passage), call_(std::make_unique<PassedCall>(std::move(call), std::move(sender))) {}
  void on_message(front::Body message) override {
    if (call_ == nullptr) return;
    call_->call.body = std::move(message);
    passage_.pass(std::move(*std::exchange(call_, nullptr)));
  }
  void on_half_close() override {
    if (call_ != nullptr) call_->reply(GrpcReply{GrpcCode::kUnimplemented, "The call has no message.", {}});
  }

 private:
  Passage& passage_;
  std::unique_ptr<PassedCall> call_;
};

}  // namespace

front::Admission Gateway::admit(const front::CallHead& head) {
  front::Admission admission;
  if (head.protocol != front::Protocol::kGrpc) return admission;
  const GrpcMethod method = find_grpc_method(head.path);
  const auto* passed = std::get_if<PassedMethod>(&method);
  if (std::holds_alternative<GrpcStreamMethod>(method) || (passed != nullptr && *passed == PassedMethod::kStream)) {
    admission.kind = front::Admission::Kind::kStream;
  } else if (const auto* not_offered = std::get_if<NotOffered>(&method)) {
    admission.kind = front::Admission::Kind::kRefuse;
    admission.refusal = GrpcReply{GrpcCode::kUnimplemented, std::string(not_offered->details), {}};
  } else if (std::holds_alternative<UnknownMethod>(method)) {
    admission.kind = front::Admission::Kind::kRefuse;
    admission.refusal = GrpcReply{GrpcCode::kUnimplemented, "Method not found!", {}};
  }
  return admission;
}

void Gateway::handle(Call call, Responder responder) {
  if (call.head.protocol == front::Protocol::kGrpc) {
    handle_grpc(std::move(call), std::move(responder));
  } else {
    handle_http(std::move(call), std::move(responder));
  }
}

std::unique_ptr<front::StreamReceiver> Gateway::open(Call call, front::StreamSender sender) {
  const GrpcMethod method = find_grpc_method(call.head.path);
  if (std::holds_alternative<PassedMethod>(method)) {
    return std::make_unique<PassingReceiver>(passed_.passage, std::move(call), std::move(sender));
  }
  if (std::get<GrpcStreamMethod>(method) == GrpcStreamMethod::kHealthWatch) {
    auto watcher = std::make_shared<HealthWatcher>(service_, std::move(sender));
    switch (watchers_.add(watcher)) {
      case OpenStreams<HealthWatcher>::Added::kYes:
        break;
      case OpenStreams<HealthWatcher>::Added::kTooMany:
        watcher->refuse(too_many_watchers());
        break;
      case OpenStreams<HealthWatcher>::Added::kClosed:
        watcher->close();
        break;
    }
    return std::make_unique<WatchReceiver>(std::move(watcher));
  }
  auto stream = std::make_shared<InferStream>(service_, passed_, std::move(call), std::move(sender));
  if (streams_.add(stream) == OpenStreams<InferStream>::Added::kClosed) stream->close();
  return std::make_unique<InferReceiver>(std::move(stream));
}

void Gateway::announce_state() {
  watchers_.for_each([](HealthWatcher& watcher) { watcher.look_again(); });
}

void Gateway::close_streams() {
  watchers_.close([](HealthWatcher& watcher) { watcher.close(); });
  streams_.close([](InferStream& stream) { stream.close(); });
}

void Gateway::handle_grpc(Call call, Responder responder) {
  const GrpcMethod method = find_grpc_method(call.head.path);
  const bool is_passed = std::holds_alternative<PassedMethod>(method) ||
                         (call.head.path.starts_with(kKserve) && passed_.has_model_of(call.body.view()));
  if (is_passed) return passed_.passage.pass({std::move(call), std::move(responder)});
  if (const InferenceApi* api = std::get_if<InferenceApi>(&method)) {
    return begin_inference(*api, {}, {std::move(call), std::move(responder)});
  }
  ChainSink reply;
  if (const auto* function = std::get_if<void (InferenceService::*)(std::string_view, ByteSink&)>(&method)) {
    try {
      (service_.**function)(call.body.view(), reply);
    } catch (const Error& error) {
      return responder.reply(grpc_error(error));
    }
  }
  responder.reply(GrpcReply{GrpcCode::kOk, {}, reply.take()});
}

void Gateway::handle_http(Call call, Responder responder) {
  const auto target = is_plain(call.head) ? find_rest_target(call.head.method, without_query(call.head.path))
                                          : std::optional<RestTarget>();
  if (!target || (is_about_a_model(*target) && passed_.models.contains(target->model))) {
    return passed_.passage.pass({std::move(call), std::move(responder)});
  }
  switch (target->action) {
    case Action::kTfsPredict:
      return begin_inference(InferenceApi::kTfsRestPredict, *target, {std::move(call), std::move(responder)});
    case Action::kKserveInfer:
      return begin_inference(InferenceApi::kKserveRestInfer, *target, {std::move(call), std::move(responder)});
    default:
      return responder.reply(answer(*target));
  }
}

void Gateway::begin_inference(InferenceApi api, const RestTarget& target, PassedCall call) {
  InferenceCall inference;
  inference.api = api;
  inference.model = target.model;
  inference.version = target.version;
  if (api == InferenceApi::kKserveRestInfer && !read_header_length(call.call.head.headers, inference.header_length)) {
    return passed_.passage.pass(std::move(call));
  }
  const auto pending = std::make_shared<PassedCall>(std::move(call));
  inference.body = pending->call.body.view();
  inference.owner = pending;
  inference.cancelled = pending->call.cancelled;
  service_.start(std::move(inference), [pending](std::variant<InferenceReply, Error> outcome) {
    if (pending->call.head.protocol == front::Protocol::kGrpc) {
      pending->reply(to_grpc(std::move(outcome)));
    } else {
      pending->reply(to_http(std::move(outcome)));
    }
  });
}

HttpReply Gateway::answer(const RestTarget& target) try {
  const std::string& model = target.model;
  switch (target.action) {
    case Action::kTfsStatus:
      return json_reply(to_chain(service_.rest_status(model, target.version)));
    case Action::kTfsMetadata:
      return json_reply(to_chain(service_.rest_metadata(model, target.version)));
    case Action::kKserveModelMetadata:
      return json_reply(to_chain(service_.kserve_rest_model_metadata(model, target.version)));
    case Action::kKserveModelReady:
      if (!service_.model_ready(model, target.version)) {
        throw Error(ErrorCode::kNotFound, "Model with requested version is not ready");
      }
      return json_reply({});
    case Action::kServerReady:
      if (!service_.ready()) {
        throw Error(ErrorCode::kUnavailable, "the server is not ready: the initial configuration is being processed");
      }
      return json_reply({});
    default:
      return json_reply({});
  }
} catch (const Error& error) {
  return http_error(error);
}

}  // namespace ovserve
