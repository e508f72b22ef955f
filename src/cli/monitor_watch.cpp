#include "monitor_watch.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "cef/report/monitor.hpp"
#include "screen.hpp"

namespace cef::cli {

using core::Result;
using operation::MonitorHost;
using operation::MonitorStreamResult;

namespace {

constexpr int k_draw_milliseconds = 200;

/// The samples come from a thread of their own, so that keys are answered at once.
class Watch {
 public:
  Watch(const operation::MonitorOptions& options, operation::HistoryStore* store, Console& console)
      : options_(options), store_(store), console_(console) {}

  Result<MonitorStreamResult> run() {
    std::thread sampler([this] { sample(); });
    Result<void> shown;
    {
      std::unique_lock lock(mutex_);
      begun_.wait(lock, [this] { return view_.has_value() || over_; });
    }
    if (!over_) {
      shown = show();
    }
    stop_.request();
    stop_.request();
    sampler.join();
    if (!shown) {
      return core::fail(shown.error());
    }
    if (!saved_) {
      return core::fail(saved_.error());
    }
    return std::move(result_);
  }

 private:
  void sample() {
    operation::MonitorEvents events;
    events.begun = [this](const std::vector<std::string>& hosts) {
      {
        const std::lock_guard lock(mutex_);
        view_.emplace(hosts);
        view_->set_interval(options_.interval);
      }
      begun_.notify_one();
    };
    events.sampled = [this](std::uint64_t sample, const MonitorHost& host) {
      const std::lock_guard lock(mutex_);
      view_->set_sample(sample);
      view_->take(host);
    };
    events.round = [this](std::uint64_t, const operation::FleetResult<MonitorHost>& round) {
      if (store_ != nullptr && saved_) {
        saved_ = store_->add(round.hosts);
        over_ = over_ || !saved_;
      }
    };
    result_ = operation::monitor_stream(options_, events, stop_);
    {
      const std::lock_guard lock(mutex_);  // not between the look and the wait of run
      over_ = true;
    }
    begun_.notify_one();
  }

  Result<void> show() {
    const auto screen = Screen::open();
    if (!screen) {
      return core::fail(screen.error());
    }
    while (!over_ && !console_.stop.draining()) {
      draw(*screen);
      const char key = screen->key(k_draw_milliseconds);
      if (key == 'q' || key == 'Q') {
        break;
      }
      const std::lock_guard lock(mutex_);
      view_->sort_by_key(key);
    }
    return {};
  }

  void draw(const Screen& screen) {
    const ScreenSize size = Screen::size();
    report::Style style = console_.style;
    style.width = size.width;
    const std::string time = core::to_rfc3339(std::chrono::system_clock::now()).substr(11, 8) + " UTC";
    std::string frame;
    {
      const std::lock_guard lock(mutex_);
      frame = view_->frame(time, size.height, style);
    }
    screen.show(frame);
  }

  const operation::MonitorOptions& options_;
  operation::HistoryStore* const store_;
  Console& console_;
  const core::StopToken stop_;
  std::mutex mutex_;
  std::condition_variable begun_;
  std::atomic<bool> over_ = false;
  std::optional<report::WatchView> view_;
  Result<void> saved_;
  Result<MonitorStreamResult> result_;
};

}  // namespace

Result<MonitorStreamResult> watch(const operation::MonitorOptions& options, operation::HistoryStore* store,
                                  Console& console) {
  return Watch(options, store, console).run();
}

}  // namespace cef::cli
