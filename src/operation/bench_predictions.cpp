#include <string>
#include <utility>
#include <vector>

#include "bench_parts.hpp"

namespace cef::operation {

core::Result<void> write_predictions(const BenchResult& result, const model::Dataset& data, core::AtomicFile& file) {
  std::vector<std::pair<std::string, const std::vector<int>*>> columns;
  for (const BenchEdge& edge : result.edges) {
    for (const BenchModel& model : result.models) {
      const bench::ModelRun* run = edge.report ? edge.report->find(model.model.name) : nullptr;
      if (run != nullptr) {
        const std::string prefix = result.edges.size() > 1 ? edge.name + "/" : "";
        columns.emplace_back(prefix + model.model.name, &run->pass.predicted);
      }
    }
  }
  std::string text = "index\tlabel";
  for (const auto& [name, predicted] : columns) {
    text += "\t" + name;
  }
  text += "\n";
  for (std::size_t i = 0; i < result.dataset.images; ++i) {
    text += std::to_string(i) + "\t" + std::to_string(data.labels[i]);
    for (const auto& [name, predicted] : columns) {
      text += "\t" + std::to_string((*predicted)[i]);
    }
    text += "\n";
  }
  auto written = file.write(text);
  return written ? file.commit() : written;
}

}  // namespace cef::operation
