#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/file.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/model/dataset.hpp"
#include "cef/operation/bench.hpp"

namespace cef::operation {

using DataPointer = std::shared_ptr<const model::Dataset>;

/// What is wrong with numbers, before anything is opened. Error: usage.
core::Result<void> check_options(const BenchOptions& options);

/// The models by name, with digests, counts and quoted accuracies; each weight file checked against its network and the
/// data set's classes. Errors: usage, integrity.
core::Result<std::vector<BenchModel>> resolve_models(const BenchOptions& options, const model::Dataset& data);

/// Leaves out the variants that this machine cannot measure, with a warning, and gives the int8 ones their calibration:
/// from `options.calibration`, else from images that the bench does not look at (those after the first `images`, or the
/// embedded data set's other part), else, with a warning, from the first ones. Kept in the cache. Errors: usage,
/// integrity, interrupted.
core::Result<void> prepare_variants(std::vector<BenchModel>& models, const BenchOptions& options,
                                    const DataPointer& data, std::size_t images, const BenchEvents& events,
                                    const core::StopToken& stop);

/// One runner in this process for the accuracy table and for every local edge, made when first needed.
class SharedLocalRunner {
 public:
  SharedLocalRunner(DataPointer data, const std::vector<BenchModel>& models, const BenchOptions& options,
                    core::StopToken stop)
      : data_(std::move(data)), models_(models), options_(options), stop_(std::move(stop)) {}
  core::Result<EdgeRunner*> get();

 private:
  DataPointer data_;
  const std::vector<BenchModel>& models_;
  const BenchOptions& options_;
  core::StopToken stop_;
  std::unique_ptr<EdgeRunner> runner_;
};

/// Fills in the accuracies that are not known: from the cache, else measured here and cached.
core::Result<void> fill_accuracy_table(std::vector<BenchModel>& models, const model::Dataset& data, std::size_t images,
                                       SharedLocalRunner& local, const BenchEvents& events,
                                       const core::StopToken& stop);

/// "index label MODEL…" and one line an image, separated by tabs. With several edges a column is "EDGE/MODEL".
core::Result<void> write_predictions(const BenchResult& result, const model::Dataset& data, core::AtomicFile& file);

}  // namespace cef::operation
