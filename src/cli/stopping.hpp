#pragma once

namespace cef::cli {

/// From here on the first Ctrl-C is answered with a line on stderr: for commands that draw nothing while hosts work.
void tell_of_stopping() noexcept;

}  // namespace cef::cli
