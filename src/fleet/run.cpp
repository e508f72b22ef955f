#include "cef/fleet/run.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "cef/core/paths.hpp"
#include "cef/inventory/connection_vars.hpp"

namespace cef::fleet {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_names_shown = 3;

class Run {
 public:
  Run(const std::vector<ssh::Target>& targets, ssh::Connector& connector, const Work& work, const Observer& observer,
      const core::StopToken& stop)
      : targets_(targets),
        connector_(connector),
        work_(work),
        observer_(observer),
        stop_(stop),
        outcomes_(targets.size()) {
    progress_.total = targets.size();
    for (std::size_t i = 0; i < targets.size(); ++i) {
      outcomes_[i].host = targets[i].name;
      outcomes_[i].error = core::Error{ErrorCode::interrupted, "not begun: the run was stopped", {}};
    }
  }

  std::vector<Outcome> run(int forks) {
    const std::size_t count = std::min(targets_.size(), static_cast<std::size_t>(std::max(1, forks)));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < count; ++i) {
      threads.emplace_back([this] { work_through(); });
    }
    for (auto& thread : threads) {
      thread.join();
    }
    return std::move(outcomes_);
  }

 private:
  void work_through() {
    for (std::size_t i = next_++; i < targets_.size(); i = next_++) {
      if (stop_.draining()) {
        return;
      }
      begin(i);
      Outcome outcome = handle(i);
      end(i, std::move(outcome));
    }
  }

  Outcome handle(std::size_t index) {
    const auto start = core::Clock::now();
    Outcome outcome;
    outcome.host = targets_[index].name;
    Result<void> done;
    try {
      auto connection = connector_.connect(targets_[index], stop_);
      outcome.connect_time = core::Clock::now() - start;
      done = connection ? work_(index, **connection) : Result<void>(fail(connection.error()));
    } catch (const std::exception& error) {
      done = fail(ErrorCode::internal, std::string("a bug in cef: ") + error.what());
    }
    outcome.elapsed = core::Clock::now() - start;
    outcome.status = done                                          ? Status::ok
                     : done.error().code == ErrorCode::unreachable ? Status::unreachable
                     : done.error().code == ErrorCode::interrupted ? Status::skipped
                                                                   : Status::failed;
    if (!done) {
      outcome.error = std::move(done.error());
    }
    return outcome;
  }

  void begin(std::size_t index) {
    const std::lock_guard lock(mutex_);
    running_.insert(targets_[index].name);
    tell();
  }

  void end(std::size_t index, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    running_.erase(outcome.host);
    ++progress_.done;
    progress_.failed += outcome.status == Status::failed ? 1 : 0;
    progress_.unreachable += outcome.status == Status::unreachable ? 1 : 0;
    outcomes_[index] = std::move(outcome);
    if (observer_.finished) {
      observer_.finished(index, outcomes_[index]);
    }
    tell();
  }

  void tell() {
    if (observer_.progress) {
      progress_.running.clear();
      for (auto it = running_.begin(); it != running_.end() && progress_.running.size() < k_names_shown; ++it) {
        progress_.running.push_back(*it);
      }
      observer_.progress(progress_);
    }
  }

  const std::vector<ssh::Target>& targets_;
  ssh::Connector& connector_;
  const Work& work_;
  const Observer& observer_;
  const core::StopToken& stop_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::set<std::string> running_;
  Progress progress_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

const char* to_string(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::failed:
      return "failed";
    case Status::unreachable:
      return "unreachable";
    case Status::skipped:
      return "skipped";
  }
  return "skipped";
}

Result<HostPlan> plan_host(const inventory::Inventory& inventory, const std::string& host) {
  auto vars = inventory::connection_vars(inventory, host);
  if (!vars) {
    return fail(vars.error());
  }
  HostPlan plan;
  plan.target.name = host;
  plan.target.transport = vars->local ? ssh::Transport::local : ssh::Transport::ssh;
  plan.target.address = vars->address;
  plan.target.port = vars->port;
  plan.target.user = vars->user;
  if (vars->identity_file) {
    plan.target.identity_files.push_back(core::expand_home(*vars->identity_file));
  }
  plan.target.password = std::move(vars->password);
  plan.target.ssh_options = vars->ssh_args;
  plan.target.host_key = vars->host_key;
  plan.target.connect_deadline = vars->timeout;
  plan.become = {vars->become, vars->become_user, std::move(vars->become_password)};
  return plan;
}

std::vector<Outcome> run(const std::vector<ssh::Target>& targets, ssh::Connector& connector, const RunOptions& options,
                         const Work& work, const Observer& observer, const core::StopToken& stop) {
  return Run(targets, connector, work, observer, stop).run(options.forks);
}

}  // namespace cef::fleet
