#include "front/http1_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>
#include <utility>

#include "front/ascii.h"
#include "front/http_refusals.h"

namespace ovserve::front {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

std::string_view view_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpRefusal refusal_of(const error_code& error, std::size_t head_limit) {
  if (error == http::error::header_limit) return {431, too_large_head_text(head_limit)};
  if (error == http::error::body_limit) return {413, "The body of the request is too large."};
  if (error == http::error::bad_version)
    return {505, "The first line of the request does not end with HTTP/1.0 or HTTP/1.1."};
  return {400, "Not a valid HTTP request: " + error.message() + "."};
}

// A request that is aimed at a proxy names the server too: "http://host/path".
std::optional<std::string_view> path_of(std::string_view target) {
  if (target.starts_with('/') || target == "*") return target;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_text(target.substr(0, scheme.size()), scheme)) continue;
    const auto path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos) return "/";
    if (target[path] == '/') return target.substr(path);
  }
  return std::nullopt;
}

}  // namespace

class Http1Parser::Parser final : public http::basic_parser<true> {
 public:
  Parser(std::size_t head_limit, std::size_t field_limit) : head_limit_(head_limit), field_limit_(field_limit) {
    header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(head_limit, 1U << 30U)));
    body_limit(std::numeric_limits<std::uint64_t>::max());  // the body's owner counts
  }

  State parse(std::string_view bytes, std::size_t& taken) {
    error_code error;
    taken = put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error == http::error::need_more) return State::kNeedsMore;
    if (error && refusal.text.empty()) refusal = refusal_of(error, head_limit_);
    return error ? State::kRefused : State::kDone;
  }

  // What the parser lets pass and this server does not.
  State check_head() {
    if (const char* reason = objection(); reason != nullptr) {
      refusal = {400, reason};
      return State::kRefused;
    }
    if (has_other_expectation_) {
      refusal = {417, "Only the expectation 100-continue is understood."};
      return State::kRefused;
    }
    if (has_other_coding_) {
      refusal = {501, "Only the transfer encoding chunked is understood."};
      return State::kRefused;
    }
    const auto path = path_of(head.target);
    if (!path) {
      refusal = {400, "The target of the request is not a path."};
      return State::kRefused;
    }
    head.target = std::string(*path);
    head.keep_alive = keep_alive();
    head.is_chunked = chunked();
    head.content_length = content_length().value_or(0);
    return State::kDone;
  }

  Http1Head head;
  HttpRefusal refusal;
  const BodySink* sink = nullptr;
  bool refused_by_sink = false;

 private:
  const char* objection() const {
    if (head.is_http11 && hosts_ != 1) return "An HTTP/1.1 request needs exactly one Host.";
    if (hosts_ > 1) return "The request has more than one Host.";
    if (lengths_ > 1 || length_is_list_) return "The request has more than one Content-Length.";
    if (codings_ > 1) return "The request has more than one Transfer-Encoding.";
    if (codings_ > 0 && lengths_ > 0) return "The request has a Content-Length and a Transfer-Encoding.";
    if (codings_ > 0 && !head.is_http11) return "An HTTP/1.0 request cannot have a Transfer-Encoding.";
    return nullptr;
  }

  void on_request_impl(http::verb /*verb*/, boost::beast::string_view method, boost::beast::string_view target,
                       int version, error_code& error) override {
    head.method = view_of(method);
    head.target = view_of(target);
    head.is_http11 = version == 11;
    error = {};
  }

  void on_field_impl(http::field field, boost::beast::string_view raw_name, boost::beast::string_view raw_value,
                     error_code& error) override {
    const std::string_view name = view_of(raw_name);
    const std::string_view value = view_of(raw_value);
    // A folded line is put together elsewhere, or begins after a line break.
    const char* after_name = name.data() + name.size();
    const bool in_place = value.data() >= after_name && value.data() - after_name < 4096;
    if (!in_place && !value.empty()) {
      error = http::error::bad_value;
      return;
    }
    if (in_place && std::any_of(after_name, value.data(), [](char c) { return c == '\r'; })) {
      error = http::error::bad_value;
      return;
    }
    error = {};
    const std::size_t weight = name.size() + value.size() + 32;
    if (sink != nullptr) {  // of a trailer nothing is used
      trailer_weight_ += weight;
      if (trailer_weight_ > head_limit_) error = http::error::header_limit;
      return;
    }
    if (head.headers.weight() + weight > head_limit_) {
      error = http::error::header_limit;
      return;
    }
    if (head.headers.size() >= field_limit_) {
      refusal = {431, too_many_fields_text(field_limit_)};
      error = http::error::header_limit;
      return;
    }
    if (field == http::field::host) ++hosts_;
    if (field == http::field::content_length) {
      ++lengths_;
      length_is_list_ = length_is_list_ || value.find(',') != std::string_view::npos;
    }
    if (field == http::field::transfer_encoding) {
      ++codings_;
      has_other_coding_ = has_other_coding_ || !same_text(value, "chunked");
    }
    if (field == http::field::expect) {
      head.expects_continue = same_text(value, "100-continue");
      has_other_expectation_ = !head.expects_continue;
    }
    head.headers.add(name, value);
  }

  void on_header_impl(error_code& error) override { error = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/, error_code& error) override { error = {}; }
  std::size_t on_body_impl(boost::beast::string_view bytes, error_code& error) override {
    error = {};
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t /*size*/, boost::beast::string_view extensions, error_code& error) override {
    error = {};
    if (extensions.size() > kLongestExtension) error = http::error::bad_chunk_extension;
  }
  std::size_t on_chunk_body_impl(std::uint64_t /*left*/, boost::beast::string_view bytes, error_code& error) override {
    error = {};
    refused_by_sink = !(*sink)(view_of(bytes));
    if (refused_by_sink) error = http::error::body_limit;
    return bytes.size();
  }
  void on_finish_impl(error_code& error) override { error = {}; }
  void on_response_impl(int /*code*/, boost::beast::string_view /*reason*/, int /*version*/,
                        error_code& error) override {
    error = {};
  }

  static constexpr std::size_t kLongestExtension = 256;

  const std::size_t head_limit_;
  const std::size_t field_limit_;
  std::size_t trailer_weight_ = 0;
  int hosts_ = 0;
  int lengths_ = 0;
  int codings_ = 0;
  bool length_is_list_ = false;
  bool has_other_coding_ = false;
  bool has_other_expectation_ = false;
};

Http1Parser::Http1Parser(std::size_t head_limit, std::size_t field_limit)
    : head_limit_(head_limit), field_limit_(field_limit) {}

Http1Parser::~Http1Parser() = default;

void Http1Parser::start() { parser_ = std::make_unique<Parser>(head_limit_, field_limit_); }

Http1Parser::State Http1Parser::parse_head(std::string_view bytes, std::size_t& taken) {
  const State state = parser_->parse(bytes, taken);
  return state == State::kDone ? parser_->check_head() : state;
}

Http1Head& Http1Parser::head() noexcept { return parser_->head; }

void Http1Parser::limit_body(std::uint64_t bytes) { parser_->body_limit(bytes); }

Http1Parser::State Http1Parser::parse_chunks(std::string_view bytes, std::size_t& taken, const BodySink& sink) {
  parser_->sink = &sink;
  parser_->eager(true);
  const State state = parser_->parse(bytes, taken);
  if (state == State::kDone && !parser_->is_done()) return State::kNeedsMore;
  return state;
}

bool Http1Parser::is_refused_by_sink() const noexcept { return parser_->refused_by_sink; }

const HttpRefusal& Http1Parser::refusal() const noexcept { return parser_->refusal; }

}  // namespace ovserve::front
