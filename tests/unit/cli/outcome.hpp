#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "cef/cli/command.hpp"

namespace cef::cli {

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// The command line in process; tables are as wide as they need.
inline Outcome cef(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, {false, 1'000'000}, false, {}};
  const int code = run(arguments, console);
  return {code, out.str(), err.str()};
}

}  // namespace cef::cli
