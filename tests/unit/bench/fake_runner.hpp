#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cef/bench/runner.hpp"

namespace cef::bench {

/// Time that passes only when the fake edge works.
class VirtualClock : public Clock {
 public:
  [[nodiscard]] Seconds now() override { return time; }
  Seconds time{0};
};

/// An edge whose every answer and duration is set by the test. Image i has class i % 10.
class FakeRunner : public Runner {
 public:
  struct Model {
    Seconds latency{0.001};
    int wrong_every = 0;  ///< image i is misclassified when i % wrong_every == 0; 0: never
    bool breaks = false;  ///< every image fails
    Seconds load_time{0.5};
    bool loaded = false;
  };

  explicit FakeRunner(VirtualClock& clock) : clock_(clock) {}

  core::Result<EdgeStatus> status() override {
    clock_.time += status_time;
    ++calls;
    if (on_call) {
      on_call(calls);
    }
    if (dies_after > 0 && calls > dies_after) {
      return core::fail(core::ErrorCode::unreachable, "edge-1: the link broke");
    }
    return EdgeStatus{memory, 0.25};
  }
  core::Result<void> load(const std::string& model) override {
    Model& m = models.at(model);
    clock_.time += m.loaded ? Seconds(0) : m.load_time;
    m.loaded = true;
    return {};
  }
  core::Result<void> unload(const std::string& model) override {
    models.at(model).loaded = false;
    return {};
  }
  core::Result<TimedInference> infer(const std::string& model, std::size_t first, std::size_t count) override {
    order.push_back(model);
    ranges.emplace_back(first, count);
    const Model& m = models.at(model);
    clock_.time += m.latency * static_cast<double>(count);
    return TimedInference{answers(m, first, count), std::vector<Seconds>(count, m.latency)};
  }
  core::Result<std::vector<int>> classify(const std::string& model, std::size_t first, std::size_t count) override {
    classified[model] += count;
    return answers(models.at(model), first, count);
  }

  std::map<std::string, Model> models;
  core::Bytes memory{1'000'000'000};
  Seconds status_time{0.001};
  int dies_after = 0;
  int calls = 0;
  std::function<void(int)> on_call;
  std::vector<std::string> order;
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  std::map<std::string, std::size_t> classified;

 private:
  static std::vector<int> answers(const Model& model, std::size_t first, std::size_t count) {
    std::vector<int> out;
    for (std::size_t i = first; i < first + count; ++i) {
      const int right = static_cast<int>(i % 10);
      const bool wrong = model.wrong_every > 0 && static_cast<int>(i) % model.wrong_every == 0;
      out.push_back(model.breaks ? k_failed_image : wrong ? (right + 1) % 10 : right);
    }
    return out;
  }
  VirtualClock& clock_;
};

inline void ignore_progress(std::string_view /*phase*/, std::size_t /*done*/, std::size_t /*total*/) {}

}  // namespace cef::bench
