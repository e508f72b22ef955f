#pragma once

#include <string>

#include "cef/bench/whole.hpp"
#include "cef/operation/merge.hpp"
#include "cef/report/table.hpp"

namespace cef::report {

/// Puts the verdict and the means over all edges into a document of cef.bench.
void put_whole(core::Json& document, const bench::Whole& whole);
/// The document with the counters and verdicts of the whole run.
[[nodiscard]] core::Json merged_json(const operation::Merged& merged);
/// One line a host or edge and the sum, from that document.
[[nodiscard]] std::string merged_text(const core::Json& document, const operation::Merged& merged, const Style& style);

}  // namespace cef::report
