#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::probe {

/// What keeps the clock of a node.
enum class TimeService { none, chrony, timesyncd, ntp, openntpd };
/// "systemd-timesyncd"
[[nodiscard]] const char* to_string(TimeService service) noexcept;

struct TimeServer {
  std::string name;
  bool selected = false;  ///< the one that the node's clock follows now
};

/// How far a clock is off. Everywhere in cef an offset is what has to be added to the node's clock, as NTP defines it:
/// reference - node, so it is positive when the node's clock is behind.
struct ClockMeasurement {
  std::string server;
  std::int64_t offset_us = 0;
  std::optional<std::int64_t> uncertainty_us;  ///< the true offset is within +- so much, if the server is right
  std::optional<int> stratum;                  ///< of the server
  std::string means;                           ///< the program that measured: "chronyd -Q", "chronyc tracking", "perl"
};

/// 142 years, more than NTP can tell: neither the sum of two nor one in nanoseconds is an overflow.
inline constexpr std::int64_t k_most_us = 4'500'000'000'000'000;
[[nodiscard]] bool is_plausible(const ClockMeasurement& measured) noexcept;

struct ClockFacts {
  TimeService service = TimeService::none;  ///< that runs, else that is installed
  bool running = false;
  std::vector<std::string> programs;  ///< that have to do with time and are installed
  std::string time_zone;
  std::optional<bool> synchronised;          ///< as the node's service, else its kernel, believes
  std::vector<std::string> configured;       ///< servers in its configuration
  std::vector<TimeServer> servers;           ///< that it uses; those of its configuration where nothing runs
  std::optional<ClockMeasurement> tracking;  ///< what a running chronyd believes; as old as its last poll

  [[nodiscard]] bool has(std::string_view program) const noexcept;
};

/// What a clock of a node read.
struct ClockReading {
  std::int64_t time_us = 0;        ///< since 1970
  std::int64_t resolution_us = 1;  ///< the true time is within half of it
};

/// What came of asking servers in turn.
struct ClockQueries {
  std::optional<ClockMeasurement> measurement;
  std::vector<std::string> failures;  ///< "10.0.0.1: no answer"
};

/// A POSIX shell script to talk with over stdin and stdout; needs no root and changes nothing.
/// It prints k_clock_ready; then each line "t" is answered with a line that parse_clock_reading reads; the line "q"
/// with what parse_clock reads, up to the line k_clock_end; the next line, names of servers with a blank between, with
/// what parse_clock_queries reads, up to the end of file. A server is given up after 5 s.
[[nodiscard]] std::string clock_script();
constexpr std::string_view k_clock_ready = "@cef:clock";
constexpr std::string_view k_clock_end = "@cef:end";

[[nodiscard]] std::optional<ClockReading> parse_clock_reading(std::string_view line);
/// Error (host_failed) when the answer is not complete.
[[nodiscard]] core::Result<ClockFacts> parse_clock(std::string_view answer);
[[nodiscard]] ClockQueries parse_clock_queries(std::string_view answer, const std::vector<std::string>& servers);

}  // namespace cef::probe
