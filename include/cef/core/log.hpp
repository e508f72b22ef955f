#pragma once

#include <string_view>

namespace cef::core {

enum class LogLevel { quiet, normal, verbose, debug };

/// Logs go to stderr only. Call once, early; before that nothing is logged.
void set_up_logging(LogLevel level);
void log_warning(std::string_view message);
void log_info(std::string_view message);
void log_debug(std::string_view message);

}  // namespace cef::core
