#pragma once

#include <string>
#include <utility>

#include "cef/core/result.hpp"

namespace cef::jinja {

/// Where in the text, both from 1; line 0 when it is not known.
struct Place {
  int line = 0;
  int column = 0;
};

/// Thrown within this room only: an expression is a deep recursion, and each public function catches it. The place is
/// that of the node under evaluation when it is not given.
struct Fault {
  core::ErrorCode code = core::ErrorCode::general;
  std::string message;
  Place place{};
  bool undefined = false;  ///< a value was used that is not there
};

[[noreturn]] inline void fault(std::string message) {
  throw Fault{core::ErrorCode::general, std::move(message)};
}
[[noreturn]] inline void fault_of_text(std::string message, Place place = {}) {
  throw Fault{core::ErrorCode::usage, std::move(message), place};
}
[[noreturn]] inline void fault_undefined(std::string why) {
  throw Fault{core::ErrorCode::general, std::move(why), {}, true};
}

}  // namespace cef::jinja
