#include "cef/report/bench_trace.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace cef::report {

using bench::Seconds;
using bench::StepTimes;
using core::Json;

namespace {

constexpr std::size_t k_most_trials = 5000;
constexpr int k_thread = 1;

double microseconds(Seconds time) {
  return std::round(time.count() * 1e9) / 1e3;
}

class Trace {
 public:
  explicit Trace(Seconds zero) : zero_(zero) {}

  void name_process(int pid, const std::string& name) {
    add({{"ph", "M"}, {"name", "process_name"}, {"pid", pid}, {"tid", 0}, {"args", {{"name", name}}}});
    add({{"ph", "M"}, {"name", "thread_name"}, {"pid", pid}, {"tid", k_thread}, {"args", {{"name", "trials"}}}});
  }
  void slice(int pid, const std::string& name, const std::string& category, Seconds start, Seconds length) {
    add({{"ph", "X"},
         {"name", name},
         {"cat", category},
         {"pid", pid},
         {"tid", k_thread},
         {"ts", microseconds(start - zero_)},
         {"dur", microseconds(length)}});
  }
  void counter(int pid, const std::string& name, Seconds at, double value) {
    add({{"ph", "C"}, {"name", name}, {"pid", pid}, {"ts", microseconds(at - zero_)}, {"args", {{name, value}}}});
  }
  [[nodiscard]] std::string str() const { return "[\n" + text_ + "\n]\n"; }

 private:
  void add(const Json& event) { text_ += (text_.empty() ? "" : ",\n") + core::dump_line(event); }
  Seconds zero_;
  std::string text_;
};

void add_trial(Trace& trace, int pid, const std::string& model, const char* state, const StepTimes& trial) {
  trace.slice(pid, model + ", " + state, "trial", trial.start, trial.total);
  const std::array<std::pair<const char*, Seconds>, 6> steps{{{"status", trial.status},
                                                              {"selection", trial.selection},
                                                              {"fetch", trial.fetch},
                                                              {"load", trial.load},
                                                              {"inference", trial.inference},
                                                              {"result", trial.result}}};
  Seconds at = trial.start;
  for (const auto& [name, length] : steps) {
    if (length > Seconds(0)) {
      trace.slice(pid, name, "step", at, length);
    }
    at += length;
  }
}

void add_condition(Trace& trace, int pid, const bench::EdgeCondition& condition, Seconds at) {
  trace.counter(pid, "load_1min", at, condition.status.load_1min);
  trace.counter(pid, "other_cpus", at, condition.other_cpus);
  if (condition.cpu_temperature_celsius) {
    trace.counter(pid, "cpu_temperature_celsius", at, *condition.cpu_temperature_celsius);
  }
}

/// Calls `use` with every trial that is traced.
template <class Use>
void for_each_trial(const operation::BenchEdge& edge, const Use& use) {
  if (!edge.report) {
    return;
  }
  for (const auto& run : edge.report->models) {
    for (const auto state : {bench::State::cold, bench::State::warm}) {
      const auto& trials = run.in(state).log.trials;
      for (std::size_t i = 0; i < std::min(trials.size(), k_most_trials); ++i) {
        use(run.model, bench::to_string(state), trials[i]);
      }
    }
  }
}

}  // namespace

std::string bench_trace(const operation::BenchResult& result) {
  Seconds zero = Seconds::max();
  for (const auto& edge : result.edges) {
    for_each_trial(edge, [&zero](const auto&, const char*, const StepTimes& t) { zero = std::min(zero, t.start); });
  }
  Trace trace(zero);
  int pid = 0;
  for (const auto& edge : result.edges) {
    trace.name_process(++pid, edge.name);
    Seconds first = Seconds::max();
    Seconds last = Seconds(0);
    for_each_trial(edge, [&](const std::string& model, const char* state, const StepTimes& trial) {
      add_trial(trace, pid, model, state, trial);
      first = std::min(first, trial.start);
      last = std::max(last, trial.start + trial.total);
    });
    if (first <= last) {
      add_condition(trace, pid, edge.report->before, first);
      add_condition(trace, pid, edge.report->after, last);
    }
  }
  return trace.str();
}

}  // namespace cef::report
