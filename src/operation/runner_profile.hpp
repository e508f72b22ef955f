#pragma once

#include <optional>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/model/inference.hpp"
#include "cef/operation/edge_runner.hpp"
#include "cef/select/profile.hpp"
#include "model_store.hpp"

namespace cef::operation {

/// A network that the profile is to predict.
struct ProfileTarget {
  model::Network network;
  model::Precision precision = model::Precision::fp32;
  int height = 0;
  int width = 0;
};

core::Result<ProfileTarget> profile_target(const RunnerModel& model, const model::Dataset& data);

/// The rate of copying a file into the store, found by doing it; the round trip stands for what an empty one takes.
/// None where a file cannot be copied.
std::optional<select::Link> copy_link(ModelStore& store, const core::StopToken& stop);

/// A request with so many bytes, and what it took longer than one without.
struct TimedPayload {
  std::size_t bytes = 0;
  double seconds = 0;
};
/// Bytes a second of a link, from requests of growing size; at least one.
[[nodiscard]] double rate_of(const std::vector<TimedPayload>& payloads);

/// Times the layers that weigh most in the targets, each in a small network of its own with random weights, and what
/// each number of threads is slowed down by. At most some three seconds, whatever is left out then. The runtime's
/// number of threads is as before afterwards.
core::Result<select::DeviceProfile> measure_profile(model::InferenceRuntime& runtime,
                                                    const std::vector<ProfileTarget>& targets,
                                                    const ProfileRequest& request);

/// A network to run as a whole.
struct ProbeTarget {
  ProfileTarget network;
  int threads = 1;
};
/// Each with random weights, in turn. The runtime's number of threads is that of the last one afterwards.
core::Result<std::vector<ProbeTimes>> probe_networks(model::InferenceRuntime& runtime,
                                                     const std::vector<ProbeTarget>& targets);

/// 1, 2, 4 … and `cores`; at most four numbers.
[[nodiscard]] std::vector<int> thread_counts(int cores);

}  // namespace cef::operation
