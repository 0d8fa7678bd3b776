#include "http1_connection.h"

#include <exception>

namespace ovserve::bench {

std::string http1_head(const Options& options, std::size_t body_size) {
  std::string head = options.method + " " + options.path + " HTTP/1.1\r\n";
  head += "Host: " + options.host + ":" + std::to_string(options.port) + "\r\n";
  head += "Content-Length: " + std::to_string(body_size) + "\r\n";
  for (const auto& [name, value] : options.headers) head.append(name).append(": ").append(value).append("\r\n");
  return head + "\r\n";
}

Http1Connection::Http1Connection(const Options& options, std::size_t index, const Http1Request& request,
                                 OutcomeListener& listener)
    : index_(index), request_(request), listener_(listener), socket_(options.host, options.port) {}

void Http1Connection::start_request() {
  started_ = Clock::now();
  reply_ = std::make_unique<Http1Reply>(request_.expected);
  output_.append_view(request_.head);
  output_.append_view(request_.body);
}

void Http1Connection::flush() {
  if (!closed_ && !output_.send(socket_)) close("the server closed the connection");
}

void Http1Connection::on_readable() {
  const auto [state, bytes] = socket_.read(read_buffer());
  if (state == Socket::State::kWouldBlock) return;
  if (state == Socket::State::kClosed) return close("the server closed the connection");
  try {
    feed({read_buffer().data(), bytes});
  } catch (const std::exception& e) {
    close(e.what());
  }
}

void Http1Connection::feed(std::string_view bytes) {
  if (reply_ == nullptr) return close("the server sent an answer to nothing");
  const std::size_t taken = reply_->feed(bytes);
  if (!reply_->is_complete()) return;
  const Outcome outcome{started_, reply_->failure(), reply_->body_bytes()};
  closed_ = !reply_->keeps_alive() || !output_.empty() || taken != bytes.size();
  reply_.reset();
  listener_.finished(index_, outcome);
}

void Http1Connection::close(const std::string& why) {
  closed_ = true;
  if (reply_ == nullptr) return;
  reply_.reset();
  listener_.finished(index_, {started_, why, 0});
}

}  // namespace ovserve::bench
