#include "base/error.h"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <typeinfo>

#include "base/printable_text.h"

namespace ovserve {
namespace {

std::string demangled(const char* mangled) {
  struct Free {
    void operator()(char* text) const noexcept { std::free(text); }
  };
  int status = 0;
  const std::unique_ptr<char, Free> name(abi::__cxa_demangle(mangled, nullptr, nullptr, &status));
  return status == 0 && name != nullptr ? name.get() : mangled;
}

std::string type_of_current_exception() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  return "an exception of type " + (type == nullptr ? std::string("unknown") : demangled(type->name()));
}

// The exception's own text, or its type where the text is null or blank.
std::string text_or_type(const char* text) {
  const std::string printable = text == nullptr ? std::string() : printable_text(text);
  return printable.empty() ? type_of_current_exception() + " without a text" : printable;
}

std::string number(const std::string& digits) { return type_of_current_exception() + ": " + digits; }

std::string describe() {
  try {
    throw;
  } catch (const std::exception& e) {
    return text_or_type(e.what());
  } catch (const std::string& text) {
    return text_or_type(text.c_str());
  } catch (const char* text) {
    return text_or_type(text);
  } catch (int value) {
    return number(std::to_string(value));
  } catch (long value) {
    return number(std::to_string(value));
  } catch (unsigned value) {
    return number(std::to_string(value));
  } catch (...) {
    return type_of_current_exception();
  }
}

}  // namespace

const char* name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case ErrorCode::kNotFound:
      return "NOT_FOUND";
    case ErrorCode::kAlreadyExists:
      return "ALREADY_EXISTS";
    case ErrorCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case ErrorCode::kUnavailable:
      return "UNAVAILABLE";
    case ErrorCode::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case ErrorCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case ErrorCode::kCancelled:
      return "CANCELLED";
    case ErrorCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case ErrorCode::kInternal:
      break;
  }
  return "INTERNAL";
}

std::string describe_current_exception() noexcept {
  try {
    return describe();
  } catch (...) {
    // Building the text failed, so memory is short: this one needs none.
    return "out of memory";
  }
}

}  // namespace ovserve
