#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "monitor_sample.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr core::Milliseconds k_least_window{200};
constexpr core::Milliseconds k_longest_window{1'000};
constexpr core::Milliseconds k_least_deadline{15'000};  ///< longer than a program that the probe gives up
constexpr core::Milliseconds k_poll{50};                ///< how soon a stop is seen

/// At most `forks` connections are made at once; sampling itself is not limited, or the hosts would not be in step.
class Gate {
 public:
  explicit Gate(int places) : places_(places) {}
  /// False: stopped meanwhile.
  bool enter(const core::StopToken& stop) {
    std::unique_lock lock(mutex_);
    while (places_ <= 0) {
      if (stop.draining()) {
        return false;
      }
      free_.wait_for(lock, k_poll);
    }
    --places_;
    return !stop.draining();
  }
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      ++places_;
    }
    free_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  int places_;
};

class Sampler {
 public:
  Sampler(const MonitorOptions& options, std::vector<fleet::HostPlan> plans, const MonitorEvents& events,
          const core::StopToken& stop)
      : options_(options),
        plans_(std::move(plans)),
        events_(events),
        stop_(stop),
        connector_(options.fleet.connector
                       ? options.fleet.connector
                       : std::shared_ptr<ssh::Connector>(ssh::make_connector(options.fleet.connect))),
        gate_(std::max(1, options.fleet.forks)),
        window_(std::clamp(options.interval / 2, k_least_window, std::min(k_longest_window, options.window))),
        deadline_(std::min(options.fleet.timeout, std::max(options.interval, k_least_deadline) + window_)) {}

  Result<MonitorStreamResult> run() {
    reset(0);
    std::vector<std::thread> threads;
    if (!start(threads)) {
      const std::size_t started = threads.size();
      end(threads);
      return fail(ErrorCode::general, "this machine gives no more than " + std::to_string(started) +
                                          " threads, each host needs one; take fewer hosts at once (--limit, --shard), "
                                          "or allow more processes (ulimit -u)");
    }
    auto due = core::Clock::now() + options_.interval;
    for (std::uint64_t k = 0; (options_.count == 0 || k < options_.count) && !stop_.draining(); ++k) {
      begin_round(k);
      end_round(due, options_.count != 0 && k + 1 == options_.count);
      due =
          std::max(due, core::Clock::now() - options_.interval / 2) + options_.interval;  // this machine may have slept
    }
    end(threads);
    result_.last.interrupted = stop_.draining();
    return std::move(result_);
  }

 private:
  struct Slot {
    MonitorHost host;
    bool done = false;
  };

  /// A thread for each host; false when the system has no more to give.
  bool start(std::vector<std::thread>& threads) {
    try {
      for (std::size_t i = 0; i < plans_.size(); ++i) {
        threads.emplace_back([this, i] { serve(i); });
      }
    } catch (const std::system_error&) {
      return false;
    }
    return true;
  }

  void end(std::vector<std::thread>& threads) {
    leave();
    for (auto& thread : threads) {
      thread.join();
    }
  }

  void reset(std::uint64_t number) {
    number_ = number;
    slots_.assign(plans_.size(), {});
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      slots_[i].host.outcome.host = plans_[i].target.name;
    }
    doing_.resize(plans_.size());
    round_started_ = std::chrono::system_clock::now();
    round_begun_ = core::Clock::now();
  }

  void begin_round(std::uint64_t number) {
    {
      const std::lock_guard lock(mutex_);
      reset(number);
      open_ = true;
    }
    begun_.notify_all();
  }

  /// Waits for all hosts, or for the time of the next sample; the last sample may use up the deadlines of its hosts.
  void end_round(core::Clock::time_point due, bool last) {
    std::unique_lock lock(mutex_);
    const auto all_done = [&] {
      return std::all_of(slots_.begin(), slots_.end(), [](const Slot& s) { return s.done; });
    };
    while (!all_done() && !stop_.draining() && (last ? !due_for_last(due) : core::Clock::now() < due)) {
      answered_.wait_for(lock, k_poll);
    }
    open_ = false;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].done) {
        give_up(i);
      }
    }
    if (!stop_.draining() || result_.samples == 0) {
      publish();
    }
    while (!last && !stop_.draining() && core::Clock::now() < due) {
      answered_.wait_for(lock, std::min<std::chrono::nanoseconds>(k_poll, due - core::Clock::now()));
    }
  }

  /// Closes the sample without a host.
  void give_up(std::size_t index) {
    fleet::Outcome& outcome = slots_[index].host.outcome;
    outcome.elapsed = core::Clock::now() - round_begun_;
    if (stop_.draining()) {
      outcome.status = fleet::Status::skipped;
      outcome.error = core::Error{ErrorCode::interrupted, "the run was stopped", {}};
      return;
    }
    outcome.status = fleet::Status::unreachable;
    outcome.error = core::Error{ErrorCode::unreachable, "no answer in time for this sample" + doing_[index], {}};
    tell(slots_[index].host);
  }

  [[nodiscard]] bool due_for_last(core::Clock::time_point due) const {
    return core::Clock::now() >= std::max(due, round_begun_ + deadline_ + options_.fleet.connect.connect_deadline);
  }

  void publish() {
    FleetResult<MonitorHost> round;
    round.started = round_started_;
    round.elapsed = core::Clock::now() - round_begun_;
    for (auto& slot : slots_) {
      result_.alerts += slot.host.report.alerts.size();
      round.hosts.push_back(slot.host);
    }
    result_.samples = number_ + 1;
    if (events_.round) {
      events_.round(number_, round);
    }
    result_.last = std::move(round);
  }

  void tell(const MonitorHost& host) {
    if (events_.sampled) {
      events_.sampled(number_, host);
    }
  }

  void leave() {
    inner_stop_.request();
    inner_stop_.request();
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    begun_.notify_all();
  }

  /// The thread of one host.
  void serve(std::size_t index) {
    std::unique_ptr<ssh::Connection> connection;
    std::optional<std::uint64_t> seen;
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        begun_.wait(lock, [&] { return over_ || (open_ && (!seen || *seen < number_)); });
        if (over_) {
          return;
        }
        seen = number_;
      }
      MonitorHost host;
      host.outcome.host = plans_[index].target.name;
      sample(index, connection, host);
      const std::lock_guard lock(mutex_);
      doing_[index].clear();
      if (open_) {  // maybe the sample after the one it was asked for: a host that is slow is heard of now and then
        seen = number_;
        slots_[index] = {std::move(host), true};
        tell(slots_[index].host);
        answered_.notify_one();
      }
    }
  }

  void say(std::size_t index, const char* what) {
    const std::lock_guard lock(mutex_);
    doing_[index] = what;
  }

  void sample(std::size_t index, std::unique_ptr<ssh::Connection>& connection, MonitorHost& host) {
    const auto start = core::Clock::now();
    Result<void> done;
    try {
      done = connect(index, connection, host);
      if (done) {
        say(index, ": it is connected but does not answer");
        FleetOptions bounded = options_.fleet;
        bounded.timeout = deadline_;
        done = take_sample(host_of(plans_[index], *connection, bounded, inner_stop_), options_, window_, host.report);
      }
    } catch (const std::exception& error) {
      done = fail(ErrorCode::internal, std::string("a bug in cef: ") + error.what());
    }
    host.outcome.elapsed = core::Clock::now() - start;
    host.outcome.status = fleet::Status::ok;
    if (!done) {
      const ErrorCode code = done.error().code;
      host.outcome.status = code == ErrorCode::unreachable || code == ErrorCode::timeout ? fleet::Status::unreachable
                            : code == ErrorCode::interrupted                             ? fleet::Status::skipped
                                                                                         : fleet::Status::failed;
      host.outcome.error = std::move(done.error());
      if (code != ErrorCode::host_failed) {
        connection.reset();
      }
    }
  }

  Result<void> connect(std::size_t index, std::unique_ptr<ssh::Connection>& connection, MonitorHost& host) {
    if (connection) {
      return {};
    }
    say(index, ": it is still being connected to");
    if (!gate_.enter(inner_stop_)) {
      return fail(ErrorCode::interrupted, "the run was stopped");
    }
    const auto start = core::Clock::now();
    auto made = connector_->connect(plans_[index].target, inner_stop_);
    gate_.leave();
    host.outcome.connect_time = core::Clock::now() - start;
    if (!made) {
      return fail(made.error());
    }
    connection = std::move(*made);
    return {};
  }

  const MonitorOptions& options_;
  const std::vector<fleet::HostPlan> plans_;
  const MonitorEvents& events_;
  const core::StopToken& stop_;
  const core::StopToken inner_stop_;  ///< raised for the threads when the last sample is in
  const std::shared_ptr<ssh::Connector> connector_;
  Gate gate_;
  const core::Milliseconds window_;
  const core::Milliseconds deadline_;
  std::mutex mutex_;
  std::condition_variable begun_;
  std::condition_variable answered_;
  std::uint64_t number_ = 0;
  bool open_ = false;
  bool over_ = false;
  std::vector<Slot> slots_;
  std::vector<std::string> doing_;  ///< what a host is at, for the message when it is late
  std::chrono::system_clock::time_point round_started_;
  core::Clock::time_point round_begun_;
  MonitorStreamResult result_;
};

}  // namespace

Result<MonitorStreamResult> monitor_stream(const MonitorOptions& options, const MonitorEvents& events,
                                           const core::StopToken& stop) {
  auto plan = plan_hosts(options.fleet);
  if (!plan) {
    return fail(plan.error());
  }
  warn_if_empty(plan->shard);
  if (events.begun) {
    std::vector<std::string> names;
    for (const auto& host : plan->hosts) {
      names.push_back(host.target.name);
    }
    events.begun(names);
  }
  Result<MonitorStreamResult> result;
  if (!plan->hosts.empty()) {
    result = Sampler(options, std::move(plan->hosts), events, stop).run();
    if (!result) {
      return result;
    }
  }
  result->last.shard = std::move(plan->shard);
  return result;
}

}  // namespace cef::operation
