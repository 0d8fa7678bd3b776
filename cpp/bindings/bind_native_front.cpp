#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "bindings/bindings.h"
#include "bindings/native_front.h"
#include "gateway/replies.h"

namespace py = pybind11;
using namespace py::literals;

namespace ovserve {
namespace {

using ReleaseGil = py::call_guard<py::gil_scoped_release>;
using Milliseconds = std::chrono::milliseconds;

py::bytes to_bytes(std::string_view text) { return {text.data(), text.size()}; }

Milliseconds from_seconds(double seconds) { return Milliseconds(std::llround(seconds * 1000)); }

void add_address(front::ServerOptions& options, const std::vector<std::string>& hosts, std::uint16_t port,
                 front::Protocols protocols) {
  // Alone, "::" means both families; beside "0.0.0.0" it would be in the way.
  const bool no_ipv4 =
      std::ranges::all_of(hosts, [](const std::string& host) { return host.find(':') != std::string::npos; });
  for (std::size_t i = 0; i < hosts.size(); ++i) options.listen.push_back({hosts[i], port, protocols, i > 0, no_ipv4});
}

using Address = std::optional<std::pair<std::vector<std::string>, std::uint16_t>>;

std::unique_ptr<NativeFront> make_native_front(Core& core, const Address& grpc, const Address& rest, bool one_port,
                                               std::shared_ptr<front::TransportFactory> transports,
                                               std::size_t message_bytes, std::size_t body_bytes,
                                               std::size_t header_bytes, std::size_t header_count,
                                               std::size_t connections, std::optional<double> idle_timeout_s,
                                               double transfer_timeout_s) {
  front::ServerOptions options;
  options.transports = std::move(transports);
  if (grpc) add_address(options, grpc->first, grpc->second, {true, one_port});
  if (rest && !one_port) add_address(options, rest->first, rest->second, {false, true});
  front::Limits& limits = options.limits;
  limits.message_bytes = message_bytes;
  limits.body_bytes = body_bytes;
  limits.head_bytes = header_bytes;
  limits.head_fields = header_count;
  limits.connections = connections;
  if (idle_timeout_s) limits.http1_idle_timeout = limits.http2_idle_timeout = from_seconds(*idle_timeout_s);
  limits.head_timeout = limits.body_timeout = limits.write_timeout = from_seconds(transfer_timeout_s);
  const py::gil_scoped_release release;
  return std::make_unique<NativeFront>(core, options);
}

// Names and values as ASGI has them: bytes, names in lower case.
py::list headers_of(const PassedCall& passed) {
  const front::HeaderList& headers = passed.call.head.headers;
  py::list fields;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    fields.append(py::make_tuple(to_bytes(headers[i].name), to_bytes(headers[i].value)));
  }
  return fields;
}

using Fields = std::vector<std::pair<std::string, std::string>>;

front::HttpReply http_reply(int status, const Fields& headers, const py::bytes& body, std::string reason) {
  front::HttpReply reply;
  reply.reason = std::move(reason);
  reply.status = status;
  reply.headers = headers;
  reply.body = ovserve::to_chain(std::string(body));
  return reply;
}

void reply(PassedCall& passed, int status, const Fields& headers, const py::bytes& body, std::string reason) {
  front::HttpReply answer = http_reply(status, headers, body, std::move(reason));
  const py::gil_scoped_release release;
  passed.reply(std::move(answer));
}

void begin(PassedCall& passed, int status, const Fields& headers, const py::bytes& body, std::string reason) {
  front::HttpReply answer = http_reply(status, headers, body, std::move(reason));
  const py::gil_scoped_release release;
  passed.begin(std::move(answer));
}

ByteChain to_chain(const py::bytes& bytes) { return ovserve::to_chain(std::string(bytes)); }

// Numbers that gRPC does not have are unknown errors to clients.
void reply_grpc(PassedCall& passed, int code, std::string message, const py::bytes& body) {
  front::GrpcReply answer{static_cast<front::GrpcCode>(code), std::move(message), to_chain(body)};
  const py::gil_scoped_release release;
  passed.reply(std::move(answer));
}

void send(PassedCall& passed, const py::bytes& message) {
  ByteChain bytes = to_chain(message);
  const py::gil_scoped_release release;
  passed.send(std::move(bytes));
}

std::optional<double> time_remaining(const PassedCall& passed) {
  if (!passed.call.head.deadline) return std::nullopt;
  return std::chrono::duration<double>(*passed.call.head.deadline - front::Clock::now()).count();
}

}  // namespace

void bind_native_front(py::module_& m) {
  py::class_<PassedCall>(m, "PassedRequest")
      .def_property_readonly("method", [](const PassedCall& passed) { return passed.call.head.method; })
      .def_property_readonly("path", [](const PassedCall& passed) { return to_bytes(passed.call.head.path); })
      .def_property_readonly("headers", &headers_of)
      .def_property_readonly("body", [](const PassedCall& passed) { return to_bytes(passed.call.body.view()); })
      .def_property_readonly("cancelled",
                             [](const PassedCall& passed) { return passed.call.cancelled.stop_requested(); })
      .def_property_readonly(
          "is_grpc", [](const PassedCall& passed) { return passed.call.head.protocol == front::Protocol::kGrpc; })
      .def_property_readonly("peer",
                             [](const PassedCall& passed) {
                               const auto& peer = passed.call.head.peer;
                               return peer != nullptr ? *peer : std::string();
                             })
      .def_property_readonly("time_remaining", &time_remaining)
      .def("reply", &reply, "status"_a, "headers"_a, "body"_a, "reason"_a = "")
      .def("reply_grpc", &reply_grpc, "code"_a, "message"_a, "body"_a)
      .def("begin", &begin, "status"_a, "headers"_a, "body"_a, "reason"_a = "")
      .def("send", &send, "message"_a)
      .def("end", &PassedCall::end, "complete"_a, ReleaseGil())
      .def_property_readonly("backlog", &PassedCall::backlog);

  // Others than plain TCP come from modules of their own. NOLINTNEXTLINE(bugprone-unused-raii)
  py::class_<front::TransportFactory, std::shared_ptr<front::TransportFactory>>(
      m, "TransportFactory", "How the native front carries bytes over connections.");

  py::class_<NativeFront>(m, "NativeFront", "gRPC and HTTP from threads that never take the GIL.",
                          py::release_gil_before_calling_cpp_dtor())
      .def(py::init(&make_native_front), "core"_a, py::kw_only(), "grpc"_a, "rest"_a, "one_port"_a, "transports"_a,
           "message_bytes"_a, "body_bytes"_a, "header_bytes"_a, "header_count"_a, "connections"_a, "idle_timeout_s"_a,
           "transfer_timeout_s"_a, py::keep_alive<1, 2>())
      .def_property_readonly_static("MAX_WATCHERS", [](const py::object&) { return Gateway::kMostWatchers; })
      .def("start", &NativeFront::start, ReleaseGil())
      .def_property_readonly("ports", &NativeFront::ports)
      .def_property_readonly("closed", &NativeFront::closed)
      .def_property_readonly("passage_descriptor", &NativeFront::passage_descriptor)
      .def("pass_models", &NativeFront::pass_models, "names"_a, py::kw_only(), "all"_a = false, ReleaseGil())
      .def("announce_state", &NativeFront::announce_state, ReleaseGil())
      .def(
          "next_request",
          [](NativeFront& self, double timeout_s) { return self.next_request(from_seconds(timeout_s)); }, "timeout_s"_a,
          ReleaseGil())
      .def(
          "stop", [](NativeFront& self, double grace_s) { self.stop(from_seconds(grace_s)); }, "grace_s"_a,
          ReleaseGil());
}

}  // namespace ovserve
