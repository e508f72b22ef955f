#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/become.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/inventory/connection_vars.hpp"
#include "cef/inventory/inventory.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::fleet {

struct HostPlan {
  ssh::Target target;
  core::Become become;
};

/// Target and become of a host of the inventory. Error: usage.
core::Result<HostPlan> plan_host(const inventory::Inventory& inventory, const std::string& host,
                                 const inventory::GivenLogin& given = {});
[[nodiscard]] HostPlan plan_host(inventory::ConnectionVars vars, const std::string& host);

enum class Status { ok, failed, unreachable, skipped };
[[nodiscard]] const char* to_string(Status status) noexcept;

/// How it went with one host; there is one for every host, whatever happens to the others.
struct Outcome {
  std::string host;
  Status status = Status::skipped;
  std::optional<core::Error> error;
  std::chrono::nanoseconds connect_time{0};  ///< until authenticated
  std::chrono::nanoseconds elapsed{0};       ///< all of it
};

struct Progress {
  std::size_t done = 0;
  std::size_t total = 0;
  std::size_t failed = 0;
  std::size_t unreachable = 0;
  std::vector<std::string> running;  ///< a few of those at work
};

/// A number of hosts, or a share of all of them: "3" or "25%".
struct Share {
  std::size_t value = 0;
  bool percent = false;
  /// Hosts out of `total`, rounded down.
  [[nodiscard]] std::size_t of(std::size_t total) const noexcept { return percent ? total * value / 100 : value; }
};
/// Error (usage): `option` is named in the message.
core::Result<Share> parse_share(const std::string& text, const std::string& option);

/// What the hosts that are at work at the same time share.
enum class Drive {
  threads,  ///< a thread for each
  loops,    ///< some threads for all: for work that waits by nothing but its connection and core/loop.hpp
};

struct RunOptions {
  /// Hosts at once. Those that do not answer at all are not counted while they are waited for, unless forks is 1 or
  /// max_fail is set.
  int forks = 64;
  /// Sizes of the batches of a rolling change: the next batch begins when the one before ended. The last size repeats,
  /// a batch has at least one host, none given means all hosts at once.
  std::vector<Share> batches{};
  /// No host is begun once more than so many failed or could not be reached.
  std::optional<Share> max_fail{};
  Drive drive = Drive::threads;
};

/// Called one at a time, from the threads that do the work.
struct Observer {
  std::function<void(const Progress&)> progress;
  std::function<void(std::size_t index, const Outcome&)> finished;
};

/// The work on one connected host. Its error decides the status: unreachable, interrupted (skipped), else failed.
using Work = std::function<core::Result<void>(std::size_t index, ssh::Connection&)>;

/// Whether `outcomes` went beyond the threshold, or hosts were left out because of it.
bool stopped_by_threshold(const std::vector<Outcome>& outcomes, const RunOptions& options);

/// Connects to every host and does the work. With batches, a batch in which every host failed also ends the roll-out;
/// hosts left out are skipped with ErrorCode::threshold. When the stop token drains, no further host is begun and what
/// runs ends within its own deadline; at `immediate` it leaves. Outcomes in the order of `targets`.
std::vector<Outcome> run(const std::vector<ssh::Target>& targets, ssh::Connector& connector, const RunOptions& options,
                         const Work& work, const Observer& observer, const core::StopToken& stop);

}  // namespace cef::fleet
