#pragma once

#include <string>

#include "bench_format.hpp"
#include "cef/operation/bench_record.hpp"

namespace cef::report {

/// Charts of a bench page as SVG; `id` is unlike any other on the page. Empty where there is nothing to draw.
[[nodiscard]] std::string savings_chart(const operation::BenchRecord& record, const Wording& words);
[[nodiscard]] std::string steps_chart(const operation::RecordEdge& edge, bool cold, const Wording& words,
                                      const std::string& id);
[[nodiscard]] std::string distribution_chart(const operation::RecordEdge& edge, const Wording& words,
                                             const std::string& id);
[[nodiscard]] std::string plane_chart(const operation::RecordEdge& edge, const Wording& words, const std::string& id);
[[nodiscard]] std::string prediction_chart(const operation::RecordEdge& edge, const Wording& words,
                                           const std::string& id);

}  // namespace cef::report
