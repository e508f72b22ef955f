#pragma once

#include <string>

#include "cef/operation/bench.hpp"

namespace cef::report {

/// The trials of a run in the JSON array format of Chrome's tracing, which Perfetto reads: an edge is a process, a
/// trial a slice with its steps inside; load, temperature and CPUs of other programs are counters, known before and
/// after the trials. Of each model and state the first 5,000 trials.
[[nodiscard]] std::string bench_trace(const operation::BenchResult& result);

}  // namespace cef::report
