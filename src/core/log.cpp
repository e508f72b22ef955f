#include "cef/core/log.hpp"

#include <memory>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace cef::core {

namespace {
std::shared_ptr<spdlog::logger> g_logger;
}  // namespace

void set_up_logging(LogLevel level) {
  g_logger = std::make_shared<spdlog::logger>("cef", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  g_logger->set_pattern(level == LogLevel::debug ? "%H:%M:%S.%e %^%l%$: %v" : "cef: %^%l%$: %v");
  switch (level) {
    case LogLevel::quiet:
      g_logger->set_level(spdlog::level::err);
      break;
    case LogLevel::normal:
      g_logger->set_level(spdlog::level::warn);
      break;
    case LogLevel::verbose:
      g_logger->set_level(spdlog::level::info);
      break;
    case LogLevel::debug:
      g_logger->set_level(spdlog::level::debug);
      break;
  }
}

void log_warning(std::string_view message) {
  if (g_logger) {
    g_logger->warn(message);
  }
}
void log_info(std::string_view message) {
  if (g_logger) {
    g_logger->info(message);
  }
}
void log_debug(std::string_view message) {
  if (g_logger) {
    g_logger->debug(message);
  }
}

}  // namespace cef::core
