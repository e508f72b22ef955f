#include "cef/fleet/run.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include <malloc.h>

#include "cef/core/loop.hpp"
#include "cef/core/paths.hpp"
#include "cef/inventory/connection_vars.hpp"

namespace cef::fleet {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_names_shown = 3;
constexpr std::size_t k_most_silent = 1024;  // threads or strands beyond forks

/// One heap for the two or so threads that loop, which grows by 2 MiB: glibc grows those of threads a few pages at a
/// time, eight system calls a host.
void share_heap() {
#ifdef __GLIBC__
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TOP_PAD, 2 << 20);
#endif
}

class Run {
 public:
  Run(const std::vector<ssh::Target>& targets, ssh::Connector& connector, const RunOptions& options, const Work& work,
      const Observer& observer, const core::StopToken& stop)
      : targets_(targets),
        connector_(connector),
        options_(options),
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

  std::vector<Outcome> run() {
    for (std::size_t begin = 0, batch = 0; begin < targets_.size(); ++batch) {
      const std::size_t size = batch_size(batch);
      run_batch(begin, begin + size);
      begin += size;
      if (exceeded() || (!options_.batches.empty() && all_failed(begin - size, begin))) {
        for (std::size_t i = begin; i < targets_.size() && !stop_.draining(); ++i) {
          leave_out(i);
        }
        break;
      }
    }
    return std::move(outcomes_);
  }

 private:
  [[nodiscard]] std::size_t batch_size(std::size_t batch) const {
    if (options_.batches.empty()) {
      return targets_.size();
    }
    const Share& share = options_.batches[std::min(batch, options_.batches.size() - 1)];
    return std::max<std::size_t>(1, share.of(targets_.size()));
  }

  void run_batch(std::size_t begin, std::size_t end) {
    next_ = begin;
    end_ = std::min(end, targets_.size());
    const std::size_t count = std::min(end_ - begin, static_cast<std::size_t>(std::max(1, options_.forks)));
    if (options_.drive == Drive::loops) {
      start_loops(count);
    } else {
      const std::lock_guard lock(threads_mutex_);
      for (std::size_t i = 0; i < count && add_thread([this] { work_through(); }); ++i) {
      }
    }
    for (std::thread one = take_thread(); one.joinable(); one = take_thread()) {
      one.join();
    }
  }

  /// Divides `count` strands among a thread for every two cores: with more of them each wakes up more often, for less.
  void start_loops(std::size_t count) {
    share_heap();
    const std::size_t loops = std::clamp<std::size_t>((std::thread::hardware_concurrency() + 1) / 2, 1, count);
    const std::lock_guard lock(threads_mutex_);
    for (std::size_t i = 0; i < loops; ++i) {
      auto loop = std::make_unique<core::Loop>();
      for (std::size_t strand = i; strand < count; strand += loops) {
        loop->add([this] { work_through(); });
      }
      if (!add_thread([loop = std::move(loop)] { loop->run(); })) {
        return;
      }
    }
  }

  /// False when the system has no more threads to give: those that there are take all hosts. The first one must be.
  template <class Part>
  bool add_thread(Part part) {
    try {
      threads_.emplace_back(std::move(part));
      return true;
    } catch (const std::system_error&) {
      if (threads_.empty()) {
        throw;
      }
      return false;
    }
  }

  /// One that was not joined yet. Threads are added by threads only, so none is left when all have been joined.
  std::thread take_thread() {
    const std::lock_guard lock(threads_mutex_);
    if (threads_.empty()) {
      return {};
    }
    std::thread one = std::move(threads_.back());
    threads_.pop_back();
    return one;
  }

  /// Another thread or strand goes on with the next hosts in place of this one, whose host is silent. Not where hosts
  /// are to be taken one by one, nor where the failure of one may keep the next from being begun.
  bool replace_this_thread() {
    const std::lock_guard lock(threads_mutex_);
    if (options_.forks <= 1 || options_.max_fail || silent_ == k_most_silent || next_ >= end_ || stop_.draining()) {
      return false;
    }
    try {
      if (core::Loop* loop = core::Loop::current(); loop != nullptr) {
        loop->add([this] { work_through(); });
      } else {
        threads_.emplace_back([this] { work_through(); });
      }
    } catch (const std::exception&) {
      return false;  // the system has no more threads, or stacks, to give
    }
    ++silent_;
    return true;
  }

  bool exceeded() {
    const std::lock_guard lock(mutex_);
    return options_.max_fail && progress_.failed + progress_.unreachable > options_.max_fail->of(targets_.size());
  }

  [[nodiscard]] bool all_failed(std::size_t begin, std::size_t end) const {
    return std::all_of(outcomes_.begin() + static_cast<std::ptrdiff_t>(begin),
                       outcomes_.begin() + static_cast<std::ptrdiff_t>(std::min(end, outcomes_.size())),
                       [](const Outcome& outcome) {
                         return outcome.status == Status::failed || outcome.status == Status::unreachable;
                       });
  }

  void leave_out(std::size_t index) {
    outcomes_[index].error =
        core::Error{ErrorCode::threshold, "not begun: the roll-out was stopped, too many hosts failed", {}};
  }

  void work_through() {
    for (std::size_t i = next_++; i < end_; i = next_++) {
      if (stop_.draining()) {
        return;
      }
      if (exceeded()) {
        leave_out(i);
        continue;
      }
      begin(i);
      bool replaced = false;
      Outcome outcome;
      if (targets_[i].transport == ssh::Transport::local) {  // it waits for its programs as it likes
        core::apart([&] { outcome = handle(i, replaced); });
      } else {
        outcome = handle(i, replaced);
      }
      end(i, std::move(outcome));
      if (replaced) {
        const std::lock_guard lock(threads_mutex_);
        --silent_;
        return;
      }
    }
  }

  Outcome handle(std::size_t index, bool& replaced) {
    const auto start = core::Clock::now();
    Outcome outcome;
    outcome.host = targets_[index].name;
    Result<void> done;
    try {
      auto connection =
          connector_.connect_telling(targets_[index], stop_, [&] { replaced = replaced || replace_this_thread(); });
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
  const RunOptions& options_;
  const Work& work_;
  const Observer& observer_;
  const core::StopToken& stop_;
  std::atomic<std::size_t> next_{0};
  std::size_t end_ = 0;  ///< of the batch
  std::mutex threads_mutex_;
  std::vector<std::thread> threads_;
  std::size_t silent_ = 0;  ///< threads or strands that were replaced
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

Result<HostPlan> plan_host(const inventory::Inventory& inventory, const std::string& host,
                           const inventory::GivenLogin& given) {
  auto vars = inventory::connection_vars(inventory, host, given);
  if (!vars) {
    return fail(vars.error());
  }
  return plan_host(std::move(*vars), host);
}

HostPlan plan_host(inventory::ConnectionVars vars, const std::string& host) {
  HostPlan plan;
  plan.target.name = host;
  plan.target.transport = vars.local ? ssh::Transport::local : ssh::Transport::ssh;
  plan.target.address = vars.address;
  plan.target.port = vars.port;
  plan.target.user = vars.user;
  if (vars.identity_file) {
    plan.target.identity_files.push_back(core::expand_home(*vars.identity_file));
  }
  plan.target.password = std::move(vars.password);
  plan.target.ssh_options = vars.ssh_args;
  plan.target.host_key = vars.host_key;
  plan.target.connect_deadline = vars.timeout;
  plan.become = std::move(vars.become);
  return plan;
}

std::vector<Outcome> run(const std::vector<ssh::Target>& targets, ssh::Connector& connector, const RunOptions& options,
                         const Work& work, const Observer& observer, const core::StopToken& stop) {
  return Run(targets, connector, options, work, observer, stop).run();
}

bool stopped_by_threshold(const std::vector<Outcome>& outcomes, const RunOptions& options) {
  std::size_t failures = 0;
  bool left_out = false;
  for (const auto& outcome : outcomes) {
    failures += outcome.status == Status::failed || outcome.status == Status::unreachable ? 1 : 0;
    left_out = left_out || (outcome.error && outcome.error->code == ErrorCode::threshold);
  }
  return left_out || (options.max_fail && failures > options.max_fail->of(outcomes.size()));
}

Result<Share> parse_share(const std::string& text, const std::string& option) {
  Share share;
  const char* end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data(), end, share.value);
  share.percent = after != end && *after == '%';
  if (error != std::errc{} || after + (share.percent ? 1 : 0) != end || (share.percent && share.value > 100)) {
    return fail(ErrorCode::usage,
                option + ": '" + text + "' is neither a number of hosts nor a percentage; write for example 3 or 25%");
  }
  return share;
}

}  // namespace cef::fleet
