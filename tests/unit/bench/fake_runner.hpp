#pragma once

#include <algorithm>
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
    Seconds fetch_time{2.0};
    bool on_node = false;
    std::uint64_t bytes = 1000;
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
    EdgeStatus status{memory, 0.25, {}, {}};
    for (const auto& [name, model] : models) {
      if (model.on_node) {
        status.on_node.push_back(name);
      }
      if (model.loaded) {
        status.loaded.push_back(name);
      }
    }
    return status;
  }
  core::Result<EdgeCondition> condition() override {
    const auto now = status();
    if (!now) {
      return core::fail(now.error());
    }
    EdgeCondition result = conditions.empty() ? EdgeCondition{} : conditions.front();
    if (conditions.size() > 1) {
      conditions.erase(conditions.begin());
    }
    result.status = *now;
    return result;
  }
  core::Result<FetchReport> fetch(const std::string& model) override {
    Model& m = models.at(model);
    if (m.on_node) {
      return FetchReport{};
    }
    if (repository_is_down) {
      return core::fail(core::ErrorCode::unreachable, "http://repo: connection refused");
    }
    clock_.time += m.fetch_time;
    m.on_node = true;
    return FetchReport{m.bytes, m.fetch_time, false};
  }
  core::Result<void> forget(const std::string& model) override {
    models.at(model).on_node = models.at(model).loaded = false;
    return {};
  }
  core::Result<void> stage(const std::string& /*model*/, std::size_t first, std::size_t count) override {
    clock_.time += stage_time;
    staged.emplace_back(first, count);
    return {};
  }
  core::Result<Answer> run(const std::string& model, std::size_t first, std::size_t count) override {
    Answer answer;
    const auto fetched = fetch(model);
    if (!fetched) {
      return core::fail(fetched.error());
    }
    answer.fetch = *fetched;
    answer.load = models.at(model).loaded ? Seconds(0) : models.at(model).load_time;
    static_cast<void>(load(model));
    answer.inference = *infer(model, first, count);
    clock_.time += result_time;
    return answer;
  }
  core::Result<void> load(const std::string& model) override {
    Model& m = models.at(model);
    clock_.time += m.loaded ? Seconds(0) : m.load_time;
    m.loaded = true;
    const auto loaded =
        std::count_if(models.begin(), models.end(), [](const auto& other) { return other.second.loaded; });
    return loaded <= most_loaded ? core::Result<void>() : core::fail(core::ErrorCode::general, "out of memory");
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
    return TimedInference{answers(m, first, count), std::vector<Seconds>(count, m.latency),
                          m.latency * static_cast<double>(count)};
  }
  core::Result<std::vector<int>> classify(const std::string& model, std::size_t first, std::size_t count) override {
    classified[model] += count;
    return answers(models.at(model), first, count);
  }

  std::map<std::string, Model> models;
  core::Bytes memory{1'000'000'000};
  std::vector<EdgeCondition> conditions;  ///< the next ones; the last stays
  bool repository_is_down = false;
  Seconds result_time{0};
  Seconds stage_time{0};
  std::ptrdiff_t most_loaded = 100;
  std::vector<std::pair<std::size_t, std::size_t>> staged;
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
