#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/operation/bench_compare.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// What --fail-on-slower found; unset without it.
using SlowerReasons = std::optional<std::vector<std::string>>;

/// Schema cef.bench-compare/1: docs/bench-report.md.
[[nodiscard]] core::Json to_json(const operation::BenchComparison& comparison, const SlowerReasons& slower);
/// For people.
[[nodiscard]] std::string compare_text(const operation::BenchComparison& comparison, const SlowerReasons& slower,
                                       const Style& style);

}  // namespace cef::report
