#pragma once

#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace cef::core {

/// What went wrong, in the classes that an exit code or a retry depends on.
enum class ErrorCode {
  general,      ///< anything without a class of its own
  usage,        ///< wrong arguments, inventory or configuration
  unreachable,  ///< no connection: off, refused, no banner, host key, authentication
  host_failed,  ///< the host was reached, the work on it failed
  timeout,      ///< a deadline passed
  integrity,    ///< digest mismatch, damaged or unsafe file
  invalid_run,  ///< a bench run that is INVALID or misses its thresholds
  threshold,    ///< stopped because too many hosts failed
  interrupted,  ///< the user asked to stop
  internal,     ///< a bug in cef
};

/// One word for JSON and logs, for example "unreachable".
[[nodiscard]] const char* to_string(ErrorCode code) noexcept;

/// An error a person can act on: the message names the object, the cause and the fix.
struct Error {
  ErrorCode code = ErrorCode::general;
  std::string message;
  std::vector<std::string> context;  ///< outermost last: what was being done

  /// The same error with one more line of context.
  [[nodiscard]] Error in(std::string what) && {
    context.push_back(std::move(what));
    return std::move(*this);
  }
  /// "outer: inner: message" on one line.
  [[nodiscard]] std::string line() const;
};

template <class T>
using Result = tl::expected<T, Error>;

/// `return fail(ErrorCode::usage, "...")` out of any function that gives a Result.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message), {}});
}
/// Hands an error on; the caller's `Result<T>` may have another T.
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace cef::core
