#pragma once

#include <string>
#include <vector>

#include "bench_parts.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::operation {

struct BenchTargets {
  std::vector<ssh::Target> edges;
  std::optional<ShardView> shard;
};
/// The edges that the options name: this machine when there is no inventory. Error: usage.
core::Result<BenchTargets> bench_targets(const BenchOptions& options);

/// All that one edge needs from the control node.
struct EdgeContext {
  const BenchOptions& options;
  const std::vector<BenchModel>& models;
  DataPointer data;
  std::size_t images = 0;
  SharedLocalRunner& local;
  ssh::Connector& connector;
  bool explain_only = false;  ///< profile and choose, run nothing
};

/// Connect, profile, predict, measure. Whatever goes wrong is in the result.
BenchEdge bench_edge(const ssh::Target& target, const EdgeContext& context, const BenchEvents& events,
                     const core::StopToken& stop);

}  // namespace cef::operation
