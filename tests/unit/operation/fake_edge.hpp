#pragma once

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
    environment_ = {"Cortex-A72",      4,           4,  3, core::Bytes{4'000'000'000}, "Linux 6.1", "aarch64",
                    "LibTorch 1.13.1", CEF_VERSION, 0.5};
  }
  core::Result<bench::EdgeStatus> status() override { return bench::EdgeStatus{core::Bytes{123'456'789}, 0.75}; }
  core::Result<void> load(const std::string& model) override {
    return model == "broken" ? core::Result<void>(core::fail(core::ErrorCode::integrity, "broken.pth: is damaged"))
                             : core::Result<void>();
  }
  core::Result<void> unload(const std::string& /*model*/) override { return {}; }
  core::Result<bench::TimedInference> infer(const std::string& /*model*/, std::size_t first,
                                            std::size_t count) override {
    bench::TimedInference inference{classes(first, count), {}};
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
    profile.link = select::Link{2.5e6, select::Seconds(0.02)};
    return profile;
  }

 private:
  static std::vector<int> classes(std::size_t first, std::size_t count) {
    std::vector<int> out;
    for (std::size_t i = first; i < first + count; ++i) {
      out.push_back(i == 13 ? bench::k_failed_image : static_cast<int>(i % 10));
    }
    return out;
  }
  EdgeEnvironment environment_;
};

inline core::Result<PreparedRunner> prepare_fake(const RunnerSetup& setup) {
  if (setup.dataset == "missing") {
    return core::fail(core::ErrorCode::usage, "missing: there is no such data set");
  }
  return PreparedRunner{std::make_unique<FakeEdge>(),
                        {"data-digest", std::vector<std::string>(setup.models.size(), "weights-digest")}};
}

/// A channel to a RunnerSession in this process. The test may change what comes through.
class SessionStream : public ssh::Stream {
 public:
  explicit SessionStream(std::string before_greeting = {})
      : incoming_(std::move(before_greeting) + RunnerSession::greeting()) {}

  core::Result<void> write(std::string_view data, core::Milliseconds /*deadline*/) override {
    if (cut) {
      return core::fail(core::ErrorCode::unreachable, "the link broke");
    }
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
  bool silent_is_end = true;
  std::optional<std::string> replace;  ///< comes instead of the next answer
  ssh::ExecResult end;

 private:
  RunnerSession session_{prepare_fake};
  std::string incoming_;
  bool ended_ = false;
};

}  // namespace cef::operation
