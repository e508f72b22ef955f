#include "cef/core/result.hpp"

namespace cef::core {

const char* to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::general:
      return "general";
    case ErrorCode::usage:
      return "usage";
    case ErrorCode::unreachable:
      return "unreachable";
    case ErrorCode::host_failed:
      return "host_failed";
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::integrity:
      return "integrity";
    case ErrorCode::invalid_run:
      return "invalid_run";
    case ErrorCode::threshold:
      return "threshold";
    case ErrorCode::interrupted:
      return "interrupted";
    case ErrorCode::internal:
      return "internal";
  }
  return "internal";
}

std::string Error::line() const {
  std::string text;
  for (auto it = context.rbegin(); it != context.rend(); ++it) {
    text += *it;
    text += ": ";
  }
  return text + message;
}

}  // namespace cef::core
