#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "cef/core/log.hpp"
#include "cef/model/image_reader.hpp"
#include "cef/model/inference.hpp"
#include "cef/model/weights.hpp"
#include "cef/operation/edge_runner.hpp"
#include "model_repository.hpp"
#include "model_store.hpp"
#include "runner_classes.hpp"
#include "runner_machine.hpp"
#include "runner_profile.hpp"

namespace cef::operation {

namespace {

using core::Result;
constexpr int k_unknown = -2;  // no answer yet; bench::k_failed_image is -1

class LocalRunner final : public EdgeRunner {
 public:
  LocalRunner(std::shared_ptr<const model::Dataset> data, std::vector<RunnerModel> models,
              std::shared_ptr<model::InferenceRuntime> runtime, EdgeEnvironment environment, ModelOrigin origin,
              core::StopToken stop)
      : data_(std::move(data)),
        reader_(data_, {model::ImageReader::memory_for(*data_, machine_status().memory_available), 0}),
        runtime_(std::move(runtime)),
        environment_(std::move(environment)),
        origin_(std::move(origin)),
        stop_(std::move(stop)) {
    for (auto& model : models) {
      const std::string name = model.name;
      entries_[name].file = model.weights;
      entries_[name].model = std::move(model);
    }
  }

  Result<bench::EdgeStatus> status() override {
    bench::EdgeStatus status = machine_status();
    name_models(status);
    return status;
  }

  Result<bench::EdgeCondition> condition() override {
    bench::EdgeCondition condition = machine_condition();
    name_models(condition.status);
    return condition;
  }

  /// Outside trials: what forget set aside need not come again.
  Result<bench::FetchReport> fetch(const std::string& name) override {
    const auto found = find(name);
    if (!found) {
      return core::fail(found.error());
    }
    store_.take_back((*found)->model.digest);
    return bring_if_missing(**found);
  }

  Result<void> forget(const std::string& name) override {
    const auto found = find(name);
    if (!found) {
      return core::fail(found.error());
    }
    (*found)->loaded.reset();
    (*found)->file.clear();
    const std::string& digest = (*found)->model.digest;
    return repository_ ? store_.set_aside(digest) : store_.remove(digest);
  }

  Result<std::optional<core::Bytes>> wanted(const std::string& name) override {
    const auto found = find(name);
    if (!found) {
      return core::fail(found.error());
    }
    const RunnerModel& model = (*found)->model;
    if (!origin_.channel || store_.has(model.digest)) {
      return std::optional<core::Bytes>();
    }
    auto incoming = IncomingModel::create(store_, model.digest, model.file_size.count);
    if (!incoming) {
      return core::fail(incoming.error());
    }
    incoming_.emplace(std::move(*incoming));
    return std::optional(model.file_size);
  }

  Result<void> receive(std::string_view piece) override {
    if (!incoming_) {
      return core::fail(core::ErrorCode::host_failed, "a piece of a model came that nobody asked for");
    }
    auto added = incoming_->add(piece);
    if (!added || incoming_->complete()) {
      incoming_.reset();
    }
    return added;
  }

  Result<void> enter() override {
    if (auto locked = store_.lock(); !locked || origin_.repository.empty() || repository_) {
      return locked;
    }
    std::vector<RunnerModel> models;
    for (const auto& [name, entry] : entries_) {
      models.push_back(entry.model);
    }
    auto opened = RepositorySource::open(origin_.repository, models);
    if (!opened) {
      return core::fail(opened.error());
    }
    repository_ = std::move(*opened);
    return {};
  }

  void leave() override {
    for (auto& [name, entry] : entries_) {
      entry.loaded.reset();
    }
    store_.unlock();
  }

  Result<void> load(const std::string& name) override {
    const auto found = find(name);
    if (!found) {
      return core::fail(found.error());
    }
    Entry& entry = **found;
    if (entry.loaded) {
      return {};
    }
    if (entry.file.empty()) {
      return core::fail(core::ErrorCode::usage, name + " is not on the node: fetch it first");
    }
    const auto target = profile_target(entry.model, *data_);
    if (!target) {
      return core::fail(target.error());
    }
    const auto weights = model::WeightFile::open(entry.file);
    if (!weights) {
      return core::fail(weights.error());
    }
    set_threads(entry);  // what is made ready is made for a number of threads
    auto loaded = runtime_->load(target->network, *weights,
                                 {entry.model.precision, entry.model.calibration.get(), target->height, target->width});
    if (!loaded) {
      return core::fail(loaded.error());
    }
    entry.loaded = std::move(*loaded);
    return {};
  }

  Result<void> unload(const std::string& name) override {
    return find(name).map([](Entry* entry) { entry->loaded.reset(); });
  }

  Result<bench::TimedInference> infer(const std::string& name, std::size_t first, std::size_t count) override {
    const auto entry = ready(name, first, count);
    if (!entry) {
      return core::fail(entry.error());
    }
    if (auto staged = stage(name, first, count); !staged) {
      return core::fail(staged.error());
    }
    const Input& input = staged_.input;
    set_threads(**entry);
    const std::size_t stride = input.values.size() / count;
    bench::TimedInference result;
    result.latency.reserve(count);
    result.predicted.reserve(count);
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < count; ++i) {
      const auto image = std::span(input.values).subspan(i * stride, stride);
      const auto start = std::chrono::steady_clock::now();
      const auto logits = (*entry)->loaded->logits(image, 1, input.size.height, input.size.width);
      result.latency.emplace_back(std::chrono::steady_clock::now() - start);
      result.predicted.push_back(logits ? classes_of(*logits, (*entry)->model.architecture.classes).front()
                                        : bench::k_failed_image);
    }
    result.elapsed = std::chrono::steady_clock::now() - begin;
    for (const std::size_t failed : input.failed) {
      result.predicted[failed] = bench::k_failed_image;
    }
    return result;
  }

  Result<void> stage(const std::string& name, std::size_t first, std::size_t count) override {
    const auto entry = find(name);
    if (!entry) {
      return core::fail(entry.error());
    }
    if (auto there = check_range(first, count); !there) {
      return there;
    }
    if (staged_.model != name || staged_.first != first || staged_.count != count) {
      auto input = input_of((*entry)->model, first, count, 0);
      if (!input) {
        return core::fail(input.error());
      }
      staged_ = {name, first, count, std::move(*input)};
    }
    reader_.settle();  // nothing is decoded beside what is timed
    return {};
  }

  Result<bench::Answer> run(const std::string& name, std::size_t first, std::size_t count) override {
    bench::Answer answer;
    const auto found = find(name);
    const auto fetched = found ? bring_if_missing(**found) : core::fail(found.error());
    if (!fetched) {
      return core::fail(fetched.error());
    }
    answer.fetch = *fetched;
    const auto start = std::chrono::steady_clock::now();
    if (auto loaded = load(name); !loaded) {
      return core::fail(loaded.error());
    }
    answer.load = std::chrono::steady_clock::now() - start;
    auto inference = infer(name, first, count);
    if (!inference) {
      return core::fail(inference.error());
    }
    answer.inference = std::move(*inference);
    return answer;
  }

  /// An image that this process has classified before is not classified again: the answer would be the same.
  Result<std::vector<int>> classify(const std::string& name, std::size_t first, std::size_t count) override {
    const auto entry = ready(name, first, count);
    if (!entry) {
      return core::fail(entry.error());
    }
    auto& known = (*entry)->known;
    known.resize(data_->size(), k_unknown);
    const auto begin = known.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    if (std::find(begin, end, k_unknown) != end) {
      const auto target = profile_target((*entry)->model, *data_);
      if (!target) {
        return core::fail(target.error());
      }
      const std::size_t together = images_together(target->network.value_bytes(target->height, target->width),
                                                   machine_status().memory_available, count);
      for (std::size_t done = 0; done < count; done += together) {
        if (auto some = classify_anew(**entry, first + done, std::min(together, count - done)); !some) {
          return core::fail(some.error());
        }
      }
    }
    return std::vector<int>(begin, end);
  }

  [[nodiscard]] const EdgeEnvironment& environment() const override { return environment_; }

  Result<select::DeviceProfile> profile(const ProfileRequest& request) override {
    reader_.settle();
    std::vector<ProfileTarget> targets;
    for (const auto& [name, entry] : entries_) {
      auto target = profile_target(entry.model, *data_);
      if (!target) {
        return core::fail(target.error());
      }
      if (runtime_->supports(target->precision)) {
        targets.push_back(std::move(*target));
      }
    }
    return measure_profile(*runtime_, targets, request);
  }

  Result<std::vector<ProbeTimes>> probe(const std::vector<ThreadedModel>& models) override {
    reader_.settle();
    std::vector<ProbeTarget> targets;
    for (const ThreadedModel& wanted : models) {
      const auto entry = find(wanted.model);
      if (!entry) {
        return core::fail(entry.error());
      }
      auto target = profile_target((*entry)->model, *data_);
      if (!target) {
        return core::fail(target.error());
      }
      targets.push_back({std::move(*target), wanted.threads > 0 ? wanted.threads : environment_.threads});
    }
    return probe_networks(*runtime_, targets);
  }

  Result<std::optional<select::Link>> link() override {
    return repository_       ? repository_->link(store_, stop_)
           : origin_.channel ? std::optional<select::Link>()
                             : copy_link(store_, stop_);
  }

  Result<void> use_threads(const ThreadedModel& wanted) override {
    return find(wanted.model).map([&](Entry* entry) { entry->threads = wanted.threads; });
  }

 private:
  struct Entry {
    RunnerModel model;
    int threads = 0;             ///< 0: as the environment says
    std::filesystem::path file;  ///< empty: not on the node
    std::unique_ptr<model::LoadedModel> loaded;
    std::vector<int> known;
  };

  /// Decoded, resized and normalised; an image that failed is zeros, and named once in the log.
  struct Input {
    std::vector<float> values;
    model::InputSize size;
    std::vector<std::size_t> failed;  ///< positions, from 0
  };

  /// Images ready for inference.
  struct Staged {
    std::string model;
    std::size_t first = 0;
    std::size_t count = 0;
    Input input;
  };

  /// What OpenMP is told only when it changes.
  void set_threads(const Entry& entry) {
    const int wanted = entry.threads > 0 ? entry.threads : environment_.threads;
    if (runtime_->threads() != wanted) {
      runtime_->set_threads(wanted);
    }
  }

  Result<Entry*> find(const std::string& name) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      return core::fail(core::ErrorCode::usage, "the runner was not given a model named '" + name + "'");
    }
    return &found->second;
  }

  Result<Entry*> ready(const std::string& name, std::size_t first, std::size_t count) {
    auto found = find(name);
    if (!found) {
      return found;
    }
    if (auto there = check_range(first, count); !there) {
      return core::fail(there.error());
    }
    if (auto loaded = load(name); !loaded) {
      return core::fail(loaded.error());
    }
    return found;
  }

  [[nodiscard]] Result<void> check_range(std::size_t first, std::size_t count) const {
    return count > 0 && first < data_->size() && count <= data_->size() - first
               ? Result<void>()
               : core::fail(core::ErrorCode::usage, "the data set has no such images");
  }

  Result<bench::FetchReport> bring_if_missing(Entry& entry) {
    const auto start = std::chrono::steady_clock::now();
    const std::string& digest = entry.model.digest;
    bench::FetchReport report;
    if (!store_.has(digest)) {
      const auto bytes = bring(entry.model);
      if (!bytes) {
        return core::fail(bytes.error());
      }
      report = {*bytes, {}, false};
    }
    entry.file = store_.path(digest);
    report.elapsed = std::chrono::steady_clock::now() - start;
    return report;
  }

  /// Gives the bytes that came.
  Result<std::uint64_t> bring(const RunnerModel& model) {
    if (!origin_.repository.empty() && !repository_) {
      return core::fail(core::ErrorCode::internal, "the repository was not opened");
    }
    if (repository_) {
      return repository_->fetch(model, store_, stop_);
    }
    if (origin_.channel) {
      return core::fail(core::ErrorCode::host_failed, model.name + " did not come through the channel");
    }
    return store_.copy_in(model.weights, model.digest, stop_).map([&] { return model.file_size.count; });
  }

  void name_models(bench::EdgeStatus& status) const {
    for (const auto& [name, entry] : entries_) {
      if (store_.checked(entry.model.digest)) {
        status.on_node.push_back(name);
      }
      if (entry.loaded) {
        status.loaded.push_back(name);
      }
    }
  }

  Result<void> classify_anew(Entry& entry, std::size_t first, std::size_t count) {
    const auto begin = entry.known.begin() + static_cast<std::ptrdiff_t>(first);
    const auto input = input_of(entry.model, first, count, 2 * count);
    if (!input) {
      return core::fail(input.error());
    }
    const auto logits = entry.loaded->logits(input->values, count, input->size.height, input->size.width);
    if (logits) {
      const auto classes = classes_of(*logits, entry.model.architecture.classes);
      std::copy(classes.begin(), classes.end(), begin);
    } else {
      std::fill_n(begin, count, bench::k_failed_image);
    }
    for (const std::size_t failed : input->failed) {
      begin[static_cast<std::ptrdiff_t>(failed)] = bench::k_failed_image;
    }
    return {};
  }

  Result<Input> input_of(const RunnerModel& model, std::size_t first, std::size_t count, std::size_t ahead) {
    const auto size = model::input_size(*data_, model.preprocessing);
    if (!size) {
      return core::fail(size.error());
    }
    Input input;
    input.size = *size;
    input.values.resize(count * 3 * static_cast<std::size_t>(size->height) * static_cast<std::size_t>(size->width));
    const auto failed = reader_.fetch({first, count, model.preprocessing, model.normalisation, ahead}, input.values);
    if (!failed) {
      return core::fail(failed.error());
    }
    for (const auto& image : *failed) {
      input.failed.push_back(image.index - first);
      if (named_.insert(image.index).second) {
        core::log_warning("image " + std::to_string(image.index) + " counts as failed: " + image.reason);
      }
    }
    return input;
  }

  std::shared_ptr<const model::Dataset> data_;
  model::ImageReader reader_;
  std::set<std::size_t> named_;  ///< images that failed
  std::shared_ptr<model::InferenceRuntime> runtime_;
  EdgeEnvironment environment_;
  std::map<std::string, Entry> entries_;
  ModelOrigin origin_;
  std::optional<RepositorySource> repository_;
  core::StopToken stop_;
  ModelStore store_{ModelStore::default_folder()};
  std::optional<IncomingModel> incoming_;
  Staged staged_;
};

core::Result<void> check_model(const RunnerModel& model) {
  const auto network = model::build_network(model.architecture);
  if (!network) {
    return core::fail(network.error());
  }
  if (model.weights.empty()) {
    return {};
  }
  const auto weights = model::WeightFile::open(model.weights);
  return weights ? model::check_weights(*network, *weights) : core::fail(weights.error());
}

}  // namespace

core::Result<std::unique_ptr<EdgeRunner>> make_local_runner(std::shared_ptr<const model::Dataset> data,
                                                            std::vector<RunnerModel> models, int threads,
                                                            const ModelOrigin& origin, const core::StopToken& stop) {
  for (const auto& model : models) {
    if (auto fits = check_model(model); !fits) {
      return core::fail(fits.error());
    }
  }
  // OpenMP's threads spin while they wait for each other: on an edge that also does other work a trial then takes 10 to
  // 50 times as long. Sleeping costs a little on an idle one. Read by libgomp when LibTorch is loaded.
  ::setenv("OMP_WAIT_POLICY", "PASSIVE", 0);
  auto runtime = model::open_runtime();
  if (!runtime) {
    return core::fail(runtime.error());
  }
  EdgeEnvironment environment = this_machine(threads);
  (*runtime)->set_threads(environment.threads);
  environment.threads = (*runtime)->threads();
  environment.runtime = (*runtime)->version();
  for (const auto precision : {model::Precision::fp32, model::Precision::bf16, model::Precision::int8}) {
    if ((*runtime)->supports(precision)) {
      environment.precisions.emplace_back(model::to_string(precision));
    }
  }
  return std::make_unique<LocalRunner>(std::move(data), std::move(models), std::move(*runtime), std::move(environment),
                                       origin, stop);
}

}  // namespace cef::operation
