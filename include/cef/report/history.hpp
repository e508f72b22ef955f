#pragma once

#include <string>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/operation/history.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

core::Json history_json(const operation::HistoryResult& result);
/// A row for each value of each host, with a sparkline.
std::string history_text(const operation::HistoryResult& result, const Style& style);

/// A plot for each value, a line for each host, over the time in which there are points; times are UTC. Follows the
/// reader's light or dark scheme.
std::string history_svg(const operation::HistoryResult& result);

/// The mean of the points in each of `count` equal parts of the time from `from` to `to`; NaN where there is none.
std::vector<double> in_buckets(const std::vector<operation::HistoryPoint>& points, std::size_t count,
                               std::chrono::system_clock::time_point from, std::chrono::system_clock::time_point to);

}  // namespace cef::report
