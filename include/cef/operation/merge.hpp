#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cef/bench/whole.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/fleet/run.hpp"
#include "cef/operation/time.hpp"

namespace cef::operation {

/// What one shard printed with --json, or the like made of its lines of --jsonl.
struct ShardDocument {
  std::string origin;  ///< the file
  core::Json json;
};

enum class MergedKind { hosts, bench, select, playbook };

/// The shards of one run as one document. The keys that sum up the run are still the first shard's: `report` puts in
/// those of the whole from what is beside the document.
struct Merged {
  MergedKind kind = MergedKind::hosts;
  core::Json document;
  bool interrupted = false;
  bool stopped_by_threshold = false;
  bool check = false;
  std::optional<std::size_t> changed;   ///< hosts; only of commands that can change something
  std::vector<fleet::Status> statuses;  ///< of the hosts, in their order
  bool has_clocks = false;              ///< cef.time-status
  std::optional<ClockSpread> clocks;
  std::optional<bench::Whole> whole;  ///< of a bench
  std::set<std::string> forgiven;     ///< of a playbook: hosts whose failures do not count
};

/// The files that are meant: a folder stands for the *.json and *.jsonl in it, but for `output`. Error (usage): there
/// is none.
core::Result<std::vector<std::filesystem::path>> merge_sources(const std::vector<std::filesystem::path>& given,
                                                               const std::filesystem::path& output);
/// Error (usage): not a cef document, not a shard, of another command or another run than the others, a shard that is
/// missing or there twice, a host in two shards.
core::Result<Merged> merge_shards(std::vector<ShardDocument> shards);
core::Result<Merged> merge_files(const std::vector<std::filesystem::path>& files);
/// Of a value that has another type than its key.
core::Error not_as_printed();

/// Adds a line of `cef playbook run --jsonl` to the plays of --json.
void add_play_line(core::Json& plays, core::Json line);

}  // namespace cef::operation
