#pragma once

#include <string>

#include "cef/core/json.hpp"
#include "cef/operation/bench.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// Schema cef.bench/2: docs/json.md.
[[nodiscard]] core::Json to_json(const operation::BenchResult& result);
/// One event of --jsonl: "progress" for a phase, "edge" for a finished edge.
[[nodiscard]] core::Json to_json(const operation::BenchEvent& event);
/// For people.
[[nodiscard]] std::string bench_text(const operation::BenchResult& result, const Style& style);
/// One line for stderr: "pi-1  accuracy of resnet18-w8  400/1000".
[[nodiscard]] std::string progress_line(const operation::BenchEvent& event);

}  // namespace cef::report
