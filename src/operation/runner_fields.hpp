#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runner_protocol.hpp"

namespace cef::operation::protocol {

/// host_failed: a message without this field, or with another type of it.
[[nodiscard]] tl::unexpected<core::Error> bad_field(const char* name);

/// An array of strings.
core::Result<std::vector<std::string>> texts_field(const core::Json& json, const char* name);

/// Collects fields; remembers the first that was wrong.
class Reader {
 public:
  explicit Reader(const core::Json& json) : json_(json) {}
  std::string text(const char* name) { return take(text_field(json_, name)); }
  std::vector<std::string> texts(const char* name) { return take(texts_field(json_, name)); }
  double number(const char* name) { return take(number_field(json_, name)); }
  std::uint64_t count(const char* name) { return take(count_field(json_, name)); }
  int small(const char* name) {
    const auto value = count(name);
    if (value > 1'000'000 && !error_) {
      error_ = bad_field(name).value();
    }
    return static_cast<int>(value);
  }
  template <class T>
  core::Result<T> done(T value) {
    return error_ ? core::Result<T>(core::fail(*error_)) : core::Result<T>(std::move(value));
  }

 private:
  template <class T>
  T take(core::Result<T> result) {
    if (!result && !error_) {
      error_ = result.error();
    }
    return result ? std::move(*result) : T{};
  }
  const core::Json& json_;
  std::optional<core::Error> error_;
};

}  // namespace cef::operation::protocol
