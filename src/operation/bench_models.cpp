#include <algorithm>

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

core::Result<BenchModel> complete(const model::ResolvedModel& resolved, model::Precision precision,
                                  const model::Dataset& data) {
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
  const model::Variant variant{resolved.name, precision};
  entry.model.name = variant.name();
  entry.model.precision = precision;
  entry.variant_of = precision == model::Precision::fp32 ? "" : resolved.name;
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
  if (precision == model::Precision::fp32) {
    entry.winograd_memory =
        core::Bytes{static_cast<std::uint64_t>(network.winograd_bytes(input->height, input->width))};
  }
  const auto& known = resolved.entry;
  if (precision == model::Precision::fp32 && known && known->quoted_accuracy && known->dataset == data.name &&
      model::digest_matches(*known, entry.model.digest)) {
    entry.accuracy_percent = known->quoted_accuracy->percent;
    entry.accuracy_source = known->quoted_accuracy->source;
    entry.origin = AccuracyOrigin::quoted;
  }
  return entry;
}

}  // namespace

namespace {

/// "resnet50:int8" as it is; "resnet50" once for each of --precisions.
core::Result<std::vector<model::Variant>> variants_of(const BenchOptions& options, const model::Catalog& catalog) {
  std::vector<model::Precision> precisions;
  for (const auto& text : options.precisions) {
    const auto precision = model::parse_precision(text);
    if (!precision) {
      return core::fail(ErrorCode::usage, "--precisions: '" + text + "' is none; write fp32, bf16 or int8");
    }
    precisions.push_back(*precision);
  }
  if (precisions.empty()) {
    precisions.push_back(model::Precision::fp32);
  }
  std::vector<model::Variant> variants;
  const auto add = [&](const model::Variant& variant) {
    const bool wanted = !options.exact_only || variant.precision == model::Precision::fp32;
    if (wanted && std::find(variants.begin(), variants.end(), variant) == variants.end()) {
      variants.push_back(variant);
    }
  };
  for (const auto& name : options.models.empty() ? catalog.embedded() : options.models) {
    const auto variant = model::parse_variant(name);
    if (!variant) {
      return core::fail(variant.error());
    }
    if (name.find(':') != std::string::npos) {
      add(*variant);
      continue;
    }
    for (const auto precision : precisions) {
      add({name, precision});
    }
  }
  return variants;
}

}  // namespace

core::Result<std::vector<BenchModel>> resolve_models(const BenchOptions& options, const model::Dataset& data) {
  const auto catalog = model::open_catalog();
  if (!catalog) {
    return core::fail(catalog.error());
  }
  const auto variants = variants_of(options, *catalog);
  if (!variants) {
    return core::fail(variants.error());
  }
  std::vector<BenchModel> models;
  for (const auto& variant : *variants) {
    const auto resolved =
        model::resolve_model(*catalog, variant.model, options.weights, static_cast<int>(data.classes.size()));
    if (!resolved) {
      return core::fail(with_hint(resolved.error(), catalog->find(variant.model), data));
    }
    auto entry = complete(*resolved, variant.precision, data);
    if (!entry) {
      return core::fail(entry.error());
    }
    models.push_back(std::move(*entry));
  }
  return models;
}

}  // namespace cef::operation
