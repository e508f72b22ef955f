#pragma once

#include <string>

#include "bench_format.hpp"
#include "cef/operation/bench_record.hpp"
#include "document.hpp"

namespace cef::report {

/// The parts of a bench page, in its order; each adds its blocks.
void add_verdict(Document& document, const operation::BenchRecord& record, const Wording& words);
void add_configurations(Document& document, const operation::BenchRecord& record, const Wording& words);
void add_overview(Document& document, const operation::BenchRecord& record, const Wording& words);
/// `number` makes the ids of its charts unlike those of other edges.
void add_edge(Document& document, const operation::BenchRecord& record, const operation::RecordEdge& edge,
              std::size_t number, const Wording& words);
void add_budgets(Document& document, const operation::BenchRecord& record, const Wording& words);
void add_conditions(Document& document, const operation::BenchRecord& record, const Wording& words);
void add_method(Document& document, const operation::BenchRecord& record, const Wording& words);

}  // namespace cef::report
