#include <algorithm>

#include "bench_parts.hpp"
#include "cef/core/digest.hpp"
#include "cef/core/paths.hpp"
#include "cef/model/weights.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::ErrorCode;

namespace {

core::Result<void> complete(BenchModel& entry, const model::Dataset& data) {
  const auto& file = entry.model.weights;
  const auto network = model::build_network(entry.model.architecture);
  if (!network) {
    return core::fail(network.error());
  }
  if (static_cast<std::size_t>(entry.model.architecture.classes) != data.classes.size()) {
    return core::fail(ErrorCode::usage, entry.model.name + " tells " +
                                            std::to_string(entry.model.architecture.classes) + " classes apart, " +
                                            data.name + " has " + std::to_string(data.classes.size()) +
                                            "; choose models and a data set that fit with --models and --dataset");
  }
  const auto weights = model::WeightFile::open(file);
  if (!weights) {
    return core::fail(weights.error());
  }
  if (auto fits = model::check_weights(*network, *weights); !fits) {
    return fits;
  }
  auto digest = core::sha256_file(file);
  if (!digest) {
    return core::fail(digest.error());
  }
  entry.model.digest = std::move(*digest);
  std::error_code error;
  entry.file_size = core::Bytes{fs::file_size(file, error)};
  entry.parameters = network->parameter_count();
  entry.macs = network->macs(data.height, data.width);
  entry.memory = core::Bytes{static_cast<std::uint64_t>(network->working_set_bytes(data.height, data.width))};
  return {};
}

core::Result<RunnerModel> locate(const std::string& name, const BenchOptions& options) {
  RunnerModel found;
  found.name = name;
  if (name.ends_with("-w8")) {
    found.architecture = {model::Family::torchvision_resnet, std::stoi(name.substr(6)), 8, 10};
  } else {
    found.architecture = {model::Family::cifar_resnet, std::stoi(name.substr(6)), 16, 10};
  }
  found.weights = options.weights / (name + ".safetensors");
  return found;
}

}  // namespace

core::Result<std::vector<BenchModel>> resolve_models(const BenchOptions& options, const model::Dataset& data) {
  std::vector<std::string> names = options.models;
  if (names.empty()) {
    names = {"resnet18-w8", "resnet34-w8", "resnet50-w8", "resnet101-w8", "resnet152-w8"};
  }
  std::vector<BenchModel> models;
  for (const auto& name : names) {
    auto located = locate(name, options);
    if (!located) {
      return core::fail(located.error());
    }
    BenchModel entry;
    entry.model = std::move(*located);
    if (auto done = complete(entry, data); !done) {
      return core::fail(done.error());
    }
    models.push_back(std::move(entry));
  }
  return models;
}

}  // namespace cef::operation
