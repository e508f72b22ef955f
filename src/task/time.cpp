#include "cef/task/time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr int k_readings = 6;
constexpr std::size_t k_servers_asked = 3;
constexpr std::size_t k_answer_cap = 4U << 20U;

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

/// The conversation with probe::clock_script on a host, within the host's deadline.
class Conversation {
 public:
  Conversation(const Host& host, std::unique_ptr<ssh::Stream> stream)
      : host_(host), stream_(std::move(stream)), end_(core::Clock::now() + host.deadline()) {}

  Result<void> say(const std::string& line) { return stream_->write(line + "\n", left()); }

  Result<std::string> line() {
    for (;;) {
      if (const std::size_t end = unread_.find('\n'); end != std::string::npos) {
        std::string one = unread_.substr(0, end);
        unread_.erase(0, end + 1);
        return one;
      }
      if (unread_.size() > k_answer_cap) {
        return fail(without_end());
      }
      const auto more = read();
      if (!more) {
        return fail(more.error());
      }
      if (!*more) {
        return fail(ended());
      }
    }
  }
  /// The lines up to `last`, with it.
  Result<std::string> until(std::string_view last) {
    std::string all;
    while (all.size() < k_answer_cap) {
      const auto one = line();
      if (!one) {
        return fail(one.error());
      }
      all += *one + "\n";
      if (*one == last) {
        return all;
      }
    }
    return fail(without_end());
  }
  Result<std::string> rest() {
    for (;;) {
      const auto more = read();
      if (!more) {
        return fail(more.error());
      }
      if (!*more || unread_.size() > k_answer_cap) {
        static_cast<void>(stream_->finish(left()));
        return std::move(unread_);
      }
    }
  }

 private:
  static core::Error without_end() {
    return {ErrorCode::host_failed, "it answers the question for its clock without end", {}};
  }
  core::Milliseconds left() const {
    const auto time = std::chrono::duration_cast<core::Milliseconds>(end_ - core::Clock::now());
    return std::max(time, core::Milliseconds(1));
  }
  /// False at the end of the answer.
  Result<bool> read() {
    for (;;) {
      const core::Milliseconds time = left();
      const auto data = stream_->read(std::min(time, core::Milliseconds(300)));  // to see a stop in between
      if (data) {
        unread_ += *data;
        return !data->empty();
      }
      if (host_.stop().immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (data.error().code != ErrorCode::timeout || core::Clock::now() >= end_) {
        return fail(data.error());
      }
    }
  }
  core::Error ended() {
    auto result = stream_->finish(left());
    return result ? script_error("asking for the clock", *result) : result.error();
  }

  const Host& host_;
  std::unique_ptr<ssh::Stream> stream_;
  core::Clock::time_point end_;
  std::string unread_;
};

/// The reading with the quickest round trip: the host's clock was read somewhere within it.
Result<std::optional<ClockDifference>> compare(Conversation& talk) {
  std::optional<ClockDifference> best;
  for (int i = 0; i < k_readings; ++i) {
    const std::int64_t sent = now_us();
    const auto start = core::Clock::now();
    if (auto said = talk.say("t"); !said) {
      return fail(said.error());
    }
    const auto line = talk.line();
    if (!line) {
      return fail(line.error());
    }
    const auto half = std::chrono::duration_cast<std::chrono::microseconds>(core::Clock::now() - start).count() / 2;
    const auto reading = probe::parse_clock_reading(*line);
    if (!reading) {
      return std::optional<ClockDifference>();
    }
    const ClockDifference one{sent + half - reading->time_us, half + 1 + reading->resolution_us / 2};
    if (!best || one.uncertainty_us < best->uncertainty_us) {
      best = one;
    }
  }
  return best;
}

std::vector<std::string> servers_to_ask(const std::string& server, const probe::ClockFacts& clock) {
  if (!server.empty()) {
    return {server};
  }
  std::vector<std::string> names;
  for (const bool selected : {true, false}) {
    for (const auto& one : clock.servers) {
      if (one.selected == selected && core::is_safe_host_name(one.name) && names.size() < k_servers_asked) {
        names.push_back(one.name);
      }
    }
  }
  return names;
}

std::string join(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const auto& part : parts) {
    text += (text.empty() ? "" : between) + part;
  }
  return text;
}

/// What chronyd makes of many samples is better than one of ours, unless the clock has moved since its last poll.
bool confirms(const probe::ClockMeasurement& one, const probe::ClockMeasurement& tracking) {
  return std::llabs(one.offset_us - tracking.offset_us) <=
         one.uncertainty_us.value_or(0) + tracking.uncertainty_us.value_or(0);
}

}  // namespace

Result<void> time_status(const Host& host, const std::string& server, TimeReport& report) {
  auto stream = host.start(probe::clock_script());
  if (!stream) {
    return fail(stream.error());
  }
  Conversation talk(host, std::move(*stream));
  if (const auto ready = talk.until(probe::k_clock_ready); !ready) {
    return fail(ready.error());
  }
  auto control = compare(talk);
  if (!control) {
    return fail(control.error());
  }
  report.control = *control;
  if (auto said = talk.say("q"); !said) {
    return fail(said.error());
  }
  const auto answer = talk.until(probe::k_clock_end);
  if (!answer) {
    return fail(answer.error());
  }
  auto clock = probe::parse_clock(*answer);
  if (!clock) {
    return fail(clock.error());
  }
  report.clock = std::move(*clock);
  const std::vector<std::string> servers = servers_to_ask(server, report.clock);
  if (auto said = talk.say(join(servers, " ")); !said) {
    return fail(said.error());
  }
  const auto asked = talk.rest();
  if (!asked) {
    return fail(asked.error());
  }
  auto queries = probe::parse_clock_queries(*asked, servers);
  report.measurement = std::move(queries.measurement);
  const auto& tracking = report.clock.tracking;
  if (server.empty() && tracking &&
      (servers.empty() || (report.measurement && confirms(*report.measurement, *tracking)))) {
    report.measurement = tracking;
  }
  if (!report.measurement && !servers.empty()) {
    return fail(ErrorCode::host_failed, "no time server answers: " + join(queries.failures, "; "));
  }
  return {};
}

std::string offset_text(std::int64_t offset_us) {
  if (offset_us == 0) {
    return "right";
  }
  const double size = std::abs(static_cast<double>(offset_us));
  std::array<char, 64> text{};
  if (size < 1e3) {
    std::snprintf(text.data(), text.size(), "%.0f µs", size);
  } else if (size < 1e6) {
    std::snprintf(text.data(), text.size(), "%.2f ms", size / 1e3);
  } else if (size < 1e8) {
    std::snprintf(text.data(), text.size(), "%.3f s", size / 1e6);
  } else {
    return core::to_human(std::chrono::microseconds(std::llabs(offset_us))) + (offset_us > 0 ? " behind" : " ahead");
  }
  return std::string(text.data()) + (offset_us > 0 ? " behind" : " ahead");
}

}  // namespace cef::task
