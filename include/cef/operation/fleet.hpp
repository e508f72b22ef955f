#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/core/secret.hpp"
#include "cef/core/stop.hpp"
#include "cef/fleet/run.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/probe/os.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::operation {

/// What every command over hosts can be told. Unset values come from the inventory.
struct FleetOptions {
  std::vector<std::filesystem::path> inventory;
  std::string pattern = "all";
  std::string limit;
  std::optional<inventory::Shard> shard;  ///< of the hosts selected; it may be empty
  int forks = 64;
  std::vector<fleet::Share> batches;  ///< see fleet::RunOptions
  std::optional<fleet::Share> max_fail;
  bool check = false;                  ///< say what would change, and change nothing
  core::Milliseconds timeout{60'000};  ///< of a command on a host
  ssh::ConnectOptions connect;
  std::optional<std::string> user;
  std::optional<std::filesystem::path> private_key;
  std::optional<core::Secret> password;
  bool become = false;
  std::optional<std::string> become_user;
  std::optional<core::Secret> become_password;
  std::optional<core::BecomeMethod> become_method;
  VaultPasswords vault_passwords{};           ///< of vaults in the inventory
  std::shared_ptr<ssh::Connector> connector;  ///< for tests; else a real one is made
};

struct PingHost {
  fleet::Outcome outcome;
  std::chrono::nanoseconds round_trip{0};  ///< of one command over the open connection
};
struct ExecHost {
  fleet::Outcome outcome;
  ssh::ExecResult result;  ///< valid when the command ran, also when it failed
  bool ran = false;
};
struct OsInfoHost {
  fleet::Outcome outcome;
  probe::OsFacts facts;
};

/// One host of a command that has a report on it. Whatever the report holds is true also when the host failed later on.
template <class Report>
struct TaskHost {
  fleet::Outcome outcome;
  Report report;
};

/// The result of a command over hosts, in the order of the pattern.
template <class Host>
struct FleetResult {
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds elapsed{0};
  std::vector<Host> hosts;
  bool interrupted = false;
  bool stopped_by_threshold = false;
  bool check = false;
  std::optional<ShardView> shard;  ///< the order of `hosts` is that of its places
};

template <class Host>
struct FleetEvents {
  std::function<void(const fleet::Progress&)> progress;
  std::function<void(const Host&)> finished;
};

/// Errors, before any host is asked: usage. What goes wrong on a host is in its outcome.
core::Result<FleetResult<PingHost>> ping(const FleetOptions& options, const FleetEvents<PingHost>& events,
                                         const core::StopToken& stop);
/// A program that exits other than 0 makes its host `failed`.
core::Result<FleetResult<ExecHost>> exec(const FleetOptions& options, const std::string& command,
                                         const FleetEvents<ExecHost>& events, const core::StopToken& stop);
core::Result<FleetResult<OsInfoHost>> os_info(const FleetOptions& options, const FleetEvents<OsInfoHost>& events,
                                              const core::StopToken& stop);

}  // namespace cef::operation
