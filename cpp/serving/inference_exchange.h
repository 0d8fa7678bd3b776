#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_sink.h"
#include "base/error.h"
#include "base/infer_request.h"
#include "base/signature.h"
#include "base/tensor.h"
#include "metrics/series.h"
#include "repository/version_policy.h"

namespace ovserve {

/// One inference request of one API and its answer: the parser and the writer that InferencePipeline
/// works with. Functions are called in the order in which they stand here, each once; all throw Error.
class InferenceExchange {
 public:
  /// `body` must outlive the exchange.
  InferenceExchange(Interface interface, Method method, std::string_view body) noexcept
      : interface_(interface), method_(method), body_(body) {}
  virtual ~InferenceExchange() = default;
  InferenceExchange(const InferenceExchange&) = delete;
  InferenceExchange& operator=(const InferenceExchange&) = delete;

  // How it is counted.
  Interface interface() const noexcept { return interface_; }
  Method method() const noexcept { return method_; }
  std::string_view body() const noexcept { return body_; }

  /// Whether reading the request may take so long that a thread with other clients must not do it.
  virtual bool is_long_to_read() const noexcept { return body_.size() > kLongMessage; }

  struct Target {
    const std::string& model;
    std::optional<Version> version;  ///< none: the default
  };
  /// What the request is for; reads as much of it as that takes. The name lives as long as the exchange.
  virtual Target target() = 0;

  /// Reads the rest. The inputs live as long as the exchange and may be changed.
  virtual std::vector<RequestTensor>& inputs(const Signature& signature) = 0;

  /// Finds the outputs that are asked for, where the API lets clients choose.
  virtual void select_outputs(const Signature& /*signature*/) {}

  struct Answer {
    Version version;
    const Signature& signature;
    std::span<const TensorView> outputs;  ///< of the signature, in its order
  };
  /// Whether writing it takes as long as that; tensors that are sent as they are take no time.
  virtual bool is_long_to_write(const Answer& /*answer*/) const noexcept { return false; }
  virtual void write(const Answer& answer, ByteSink& sink) = 0;

  /// Of the answer that was written: the length of its JSON object, if tensors follow it.
  virtual std::optional<std::size_t> header_length() const noexcept { return std::nullopt; }

  /// In place of the rest, for an API in which an error is an answer. False: it is none.
  virtual bool write_error(const Error& /*error*/, ByteSink& /*sink*/) { return false; }

 protected:
  // About a tenth of a millisecond: text is parsed, and of messages only numbers that are not raw.
  static constexpr std::size_t kLongText = std::size_t{64} << 10U;
  static constexpr std::size_t kLongMessage = std::size_t{1} << 20U;
  // Bytes of numbers, each of which becomes about as many characters or more.
  static constexpr std::size_t kLongNumbers = std::size_t{32} << 10U;

 private:
  const Interface interface_;
  const Method method_;
  const std::string_view body_;
};

}  // namespace ovserve
