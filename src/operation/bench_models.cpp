#include "bench_parts.hpp"
#include "cef/core/digest.hpp"
#include "cef/model/catalog.hpp"
#include "cef/model/weights.hpp"

namespace cef::operation {

using core::ErrorCode;

namespace {

core::Result<void> check_classes(const model::Network& network, const std::string& name, const model::Dataset& data) {
  const int classes = network.architecture.classes;
  if (static_cast<std::size_t>(classes) == data.classes.size()) {
    return {};
  }
  return core::fail(ErrorCode::usage, name + " tells " + std::to_string(classes) + " classes apart, " + data.name +
                                          " has " + std::to_string(data.classes.size()) +
                                          "; choose models and a data set that fit with --models and --dataset");
}

/// Folders of some classes have too few labels, and the wrong ones, without a list of them all.
core::Error with_hint(core::Error error, const model::CatalogEntry* entry, const model::Dataset& data) {
  if (data.files && entry != nullptr && entry->architecture.classes > static_cast<int>(data.classes.size())) {
    error.message += "; if the folders are some of its classes, list all of them in " +
                     (data.files->folder / "classes.txt").string();
  }
  return error;
}

core::Result<BenchModel> complete(const model::ResolvedModel& resolved, const model::Dataset& data) {
  if (auto fits = check_classes(resolved.network, resolved.name, data); !fits) {
    return core::fail(fits.error());
  }
  const auto weights = model::WeightFile::open(resolved.weights);
  if (!weights) {
    return core::fail(weights.error());
  }
  if (auto fits = model::check_weights(resolved.network, *weights); !fits) {
    return core::fail(fits.error());
  }
  auto digest = core::sha256_file(resolved.weights);
  if (!digest) {
    return core::fail(digest.error());
  }
  const auto input = model::input_size(data, resolved.preprocessing);
  if (!input) {
    return core::fail(core::Error(input.error()).in("model '" + resolved.name + "'"));
  }
  const model::Network& network = resolved.network;
  BenchModel entry;
  entry.model.name = resolved.name;
  entry.model.architecture = network.architecture;
  entry.model.normalisation = resolved.normalisation;
  entry.model.preprocessing = resolved.preprocessing;
  entry.model.weights = resolved.weights;
  entry.model.digest = std::move(*digest);
  std::error_code error;
  entry.file_size = core::Bytes{std::filesystem::file_size(resolved.weights, error)};
  entry.model.file_size = entry.file_size;
  entry.parameters = network.parameter_count();
  entry.macs = network.macs(input->height, input->width);
  entry.memory = core::Bytes{static_cast<std::uint64_t>(network.working_set_bytes(input->height, input->width))};
  const auto& known = resolved.entry;
  if (known && known->quoted_accuracy && known->dataset == data.name &&
      model::digest_matches(*known, entry.model.digest)) {
    entry.accuracy_percent = known->quoted_accuracy->percent;
    entry.accuracy_source = known->quoted_accuracy->source;
    entry.origin = AccuracyOrigin::quoted;
  }
  return entry;
}

}  // namespace

core::Result<std::vector<BenchModel>> resolve_models(const BenchOptions& options, const model::Dataset& data) {
  const auto catalog = model::open_catalog();
  if (!catalog) {
    return core::fail(catalog.error());
  }
  const std::vector<std::string> names = options.models.empty() ? catalog->embedded() : options.models;
  std::vector<BenchModel> models;
  for (const auto& name : names) {
    const auto resolved = model::resolve_model(*catalog, name, options.weights, static_cast<int>(data.classes.size()));
    if (!resolved) {
      return core::fail(with_hint(resolved.error(), catalog->find(name), data));
    }
    auto entry = complete(*resolved, data);
    if (!entry) {
      return core::fail(entry.error());
    }
    models.push_back(std::move(*entry));
  }
  return models;
}

}  // namespace cef::operation
