#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cef/operation/runner.hpp"

namespace cef::operation {

/// An edge runner without networks: image i has class i % 10, image 13 fails.
class FakeEdge : public EdgeRunner {
 public:
  FakeEdge() {
    environment_ = {"Cortex-A72",      4,           4,   3,       core::Bytes{4'000'000'000}, "Linux 6.1", "aarch64",
                    "LibTorch 1.13.1", CEF_VERSION, 0.5, {"fp32"}};
  }
  core::Result<bench::EdgeStatus> status() override {
    return bench::EdgeStatus{core::Bytes{123'456'789}, 0.75, {"small"}, {}};
  }
  core::Result<bench::EdgeCondition> condition() override {
    bench::EdgeCondition condition;
    condition.status = *status();
    condition.cpus = 4;
    condition.busy_seconds = 12.5;
    condition.own_seconds = 1.25;
    condition.other_cpus = 0.5;
    condition.clock = bench::Seconds(100);
    condition.cpu_temperature_celsius = 51.5;
    condition.throttled = false;
    return condition;
  }
  core::Result<bench::FetchReport> fetch(const std::string& model) override {
    if (model == "gone") {
      return core::fail(core::ErrorCode::unreachable, "http://repo/index.json: connection refused");
    }
    return bench::FetchReport{0, bench::Seconds(0.001), true};
  }
  core::Result<void> forget(const std::string& model) override {
    received.erase(model);
    return {};
  }
  core::Result<void> stage(const std::string& /*model*/, std::size_t /*first*/, std::size_t /*count*/) override {
    return {};
  }
  core::Result<bench::Answer> run(const std::string& model, std::size_t first, std::size_t count) override {
    const auto fetched = fetch(model);
    if (!fetched) {
      return core::fail(fetched.error());
    }
    return bench::Answer{*fetched, bench::Seconds(0.25), *infer(model, first, count)};
  }
  /// "large" has to come through the channel.
  core::Result<std::optional<core::Bytes>> wanted(const std::string& model) override {
    coming_ = model;
    return model == "large" && received[model].size() < file_size.count ? std::optional(file_size) : std::nullopt;
  }
  core::Result<void> receive(std::string_view piece) override {
    received[coming_] += piece;
    return disk_is_full ? core::Result<void>(core::fail(core::ErrorCode::general, "no space left on device"))
                        : core::Result<void>();
  }
  core::Result<void> enter() override { return {}; }
  void leave() override {}
  core::Result<void> load(const std::string& model) override {
    return model == "broken" ? core::Result<void>(core::fail(core::ErrorCode::integrity, "broken.pth: is damaged"))
                             : core::Result<void>();
  }
  core::Result<void> unload(const std::string& /*model*/) override { return {}; }
  core::Result<bench::TimedInference> infer(const std::string& /*model*/, std::size_t first,
                                            std::size_t count) override {
    bench::TimedInference inference{classes(first, count), {}, bench::Seconds(0.5)};
    for (std::size_t i = 0; i < count; ++i) {
      inference.latency.emplace_back(0.001 * static_cast<double>(i + 1));
    }
    return inference;
  }
  core::Result<std::vector<int>> classify(const std::string& /*model*/, std::size_t first, std::size_t count) override {
    return classes(first, count);
  }
  [[nodiscard]] const EdgeEnvironment& environment() const override { return environment_; }
  core::Result<select::DeviceProfile> profile(const ProfileRequest& request) override {
    select::DeviceProfile profile;
    profile.threads = {{request.threads > 0 ? request.threads : 3, select::Seconds(2e-5), 1.5}};
    profile.layers = {{{select::LayerKind::convolution, 3, 1e6, 1e4, 2e4, 3e4}, "fp32", 3, select::Seconds(1e-4)}};
    profile.link = select::Link{2.5e6, select::Seconds(0.02), {}};
    return profile;
  }
  /// Each model takes a millisecond for each thread it was given; "gone" cannot be probed.
  core::Result<std::vector<ProbeTimes>> probe(const std::vector<ThreadedModel>& models) override {
    std::vector<ProbeTimes> times;
    for (const auto& model : models) {
      if (model.model == "gone") {
        return core::fail(core::ErrorCode::usage, "the runner was not given a model named 'gone'");
      }
      const int threads = model.threads > 0 ? model.threads : threads_of[model.model];
      times.push_back({select::Seconds(0.25), select::Seconds(1e-3 * threads)});
    }
    return times;
  }
  core::Result<std::optional<select::Link>> link() override { return repository_link; }
  core::Result<void> use_threads(const ThreadedModel& model) override {
    threads_of[model.model] = model.threads;
    return {};
  }

  std::optional<select::Link> repository_link;
  std::map<std::string, int> threads_of;
  core::Bytes file_size{0};
  bool disk_is_full = false;
  std::map<std::string, std::string> received;

 private:
  static std::vector<int> classes(std::size_t first, std::size_t count) {
    std::vector<int> out;
    for (std::size_t i = first; i < first + count; ++i) {
      out.push_back(i == 13 ? bench::k_failed_image : static_cast<int>(i % 10));
    }
    return out;
  }
  EdgeEnvironment environment_;
  std::string coming_;
};

inline core::Result<PreparedRunner> prepare_fake(const RunnerSetup& setup) {
  if (setup.dataset == "missing") {
    return core::fail(core::ErrorCode::usage, "missing: there is no such data set");
  }
  auto edge = std::make_unique<FakeEdge>();
  if (setup.repository == "http://repo/") {
    edge->repository_link = select::Link{2.5e5, select::Seconds(0.04), {}};
  }
  for (const auto& model : setup.models) {
    edge->file_size = model.file_size;
    edge->disk_is_full = model.digest.front() == 'f';
  }
  return PreparedRunner{std::move(edge), {"data-digest"}};
}

inline RunnerModel fake_model(const std::string& name, char digest = 'a') {
  RunnerModel model;
  model.name = name;
  model.digest = std::string(64, digest);
  return model;
}

/// A channel to a RunnerSession in this process. The test may change what comes through.
class SessionStream : public ssh::Stream {
 public:
  explicit SessionStream(std::string before_greeting = {})
      : incoming_(std::move(before_greeting) + RunnerSession::greeting()) {}

  core::Result<void> write(std::string_view data, core::Milliseconds /*deadline*/) override {
    if (cut || cut_after_writes == 0) {
      return core::fail(core::ErrorCode::unreachable, "the link broke");
    }
    cut_after_writes -= cut_after_writes > 0 ? 1 : 0;
    auto answer = session_.hear(data);
    if (!answer) {
      ended_ = true;
      return {};
    }
    incoming_ += replace ? *std::exchange(replace, std::nullopt) : *answer;
    return {};
  }
  /// One to seven bytes at a time: frames must be put together again.
  core::Result<std::string> read(core::Milliseconds /*deadline*/) override {
    if (incoming_.empty() || cut) {
      return cut || ended_ || silent_is_end ? core::Result<std::string>(std::string())
                                            : core::fail(core::ErrorCode::timeout, "nothing came");
    }
    const std::size_t size = std::min<std::size_t>(incoming_.size(), 1 + incoming_.size() % 7);
    std::string part = incoming_.substr(0, size);
    incoming_.erase(0, size);
    return part;
  }
  core::Result<ssh::ExecResult> finish(core::Milliseconds /*deadline*/) override { return end; }

  bool cut = false;
  int cut_after_writes = -1;  ///< below 0: never
  bool silent_is_end = true;
  std::optional<std::string> replace;  ///< comes instead of the next answer
  ssh::ExecResult end;

 private:
  RunnerSession session_{prepare_fake};
  std::string incoming_;
  bool ended_ = false;
};

}  // namespace cef::operation
