#pragma once

#include <string>

#include "cef/ssh/connection.hpp"

namespace cef::ssh {

/// A stream whose stdout and stderr are both read as they come. All streams of connections that `make_connector` makes
/// are such.
class BothOutputs : public Stream {
 public:
  struct Said {
    std::string out, err;
    bool at_end = false;  ///< of stdout
  };
  /// At least one byte of either, or the end. Not to be mixed with `read`.
  virtual core::Result<Said> read_both(core::Milliseconds deadline) = 0;
};

}  // namespace cef::ssh
