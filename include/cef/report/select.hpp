#pragma once

#include <string>

#include "cef/core/json.hpp"
#include "cef/operation/bench.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// Of operation::explain_selection; schema cef.select/1: docs/json.md.
[[nodiscard]] core::Json select_json(const operation::BenchResult& result);
/// The last of --jsonl's lines are of edges.
[[nodiscard]] core::Json select_edge_json(const operation::BenchEdge& edge);
/// For people.
[[nodiscard]] std::string select_text(const operation::BenchResult& result, const Style& style);

}  // namespace cef::report
