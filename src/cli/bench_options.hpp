#pragma once

#include <ostream>
#include <string>

#include "cef/cli/command.hpp"
#include "cef/core/duration.hpp"
#include "cef/operation/bench.hpp"
#include "cef/report/bench.hpp"

namespace CLI {
class Option;
}

namespace cef::cli {

/// The line on stderr that is drawn over itself.
class BenchProgress {
 public:
  BenchProgress(Console& console, bool enabled) : console_(console), enabled_(enabled && console.err_is_terminal) {}
  BenchProgress(const BenchProgress&) = delete;
  BenchProgress& operator=(const BenchProgress&) = delete;
  ~BenchProgress() {
    if (drawn_) {
      console_.err << "\r\x1b[K" << std::flush;
    }
  }
  void show(const operation::BenchEvent& event) {
    const auto now = core::Clock::now();
    if (!enabled_ || (event.phase == phase_ && now - last_ < std::chrono::milliseconds(100))) {
      return;
    }
    phase_ = event.phase;
    last_ = now;
    drawn_ = true;
    console_.err << "\r\x1b[K" << report::progress_line(event)
                 << (console_.stop.draining() ? " (stopping; Ctrl-C again to leave now)" : "") << std::flush;
  }

 private:
  Console& console_;
  bool enabled_;
  bool drawn_ = false;
  std::string phase_;
  core::Clock::time_point last_;
};

struct BenchArguments {
  operation::BenchOptions options;
  bool ask_password = false;
};

/// A check of options: CLI11 would take -3 for a very large size.
std::string whole_number(const std::string& text);
/// Which edges, and how to reach them.
void add_edge_options(CLI::App& app, BenchArguments& arguments);
/// --state.
CLI::Option* add_state_option(CLI::App& app, bench::State& state, const std::string& what);
/// --profile and --probe-ties.
void add_profile_options(CLI::App& app, operation::BenchOptions& options);

}  // namespace cef::cli
