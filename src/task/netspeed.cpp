#include "cef/task/netspeed.hpp"

#include <algorithm>
#include <charconv>
#include <random>
#include <vector>

#include "become.hpp"
#include "cef/core/shell.hpp"
#include "netspeed_iperf3.hpp"
#include "netspeed_rate.hpp"

namespace cef::task {

using core::Clock;
using core::ErrorCode;
using core::fail;
using core::Milliseconds;
using core::Result;

namespace {

constexpr int k_round_trips = 10;
constexpr Milliseconds k_round_trip_budget{3'000};
constexpr Milliseconds k_wait{100};  // between looks at the stop token
constexpr std::size_t k_piece = std::size_t{64} * 1024;
constexpr std::size_t k_most_said = std::size_t{64} * 1024;  ///< greetings and lines; what is measured is counted apart
constexpr std::size_t k_most_shown = 80;                     ///< longer than any number that the servant says

// Orders come on stdin, a line each. dd takes exactly its blocks, so that the next order is read whole; `read` of a
// shell takes a byte at a time for the same reason. Ends with the connection, however that ends.
constexpr const char* k_servant =
    "dd if=/dev/null of=/dev/null bs=4096 count=1 iflag=fullblock 2>/dev/null || "
    "{ echo 'dd on this host does not know iflag=fullblock' >&2; exit 3; }\n"
    "while read -r what size count; do case $what in\n"
    "say) echo \"$size\" ;;\n"
    "take) dd of=/dev/null bs=\"$size\" count=\"$count\" iflag=fullblock 2>/dev/null && echo $((size * count)) ;;\n"
    "give) dd if=/dev/zero bs=\"$size\" count=\"$count\" 2>/dev/null ;;\n"
    "*) exit 0 ;;\n"
    "esac || exit 4; done";

/// Bytes that nothing on the way can make smaller.
const std::string& noise() {
  static const std::string text = [] {
    std::mt19937_64 random(20'240'601);
    std::string bytes(k_piece, '\0');
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
    return bytes;
  }();
  return text;
}

/// The program on the node that takes, gives and answers.
class Servant {
 public:
  Servant(const Host& host, std::unique_ptr<ssh::Stream> stream) : host_(host), stream_(std::move(stream)) {}

  Result<void> send(std::string_view data) {
    while (!data.empty()) {
      if (auto written = stream_->write(data.substr(0, k_piece), host_.deadline()); !written) {
        return stalled(written.error());
      }
      data.remove_prefix(std::min(data.size(), k_piece));
    }
    return {};
  }

  /// What has come, after at most `wait`; empty when nothing has. Errors also when the program ended.
  Result<std::string> take(Milliseconds wait) {
    if (host_.stop().immediate()) {
      return fail(ErrorCode::interrupted, "interrupted");
    }
    auto data = stream_->read(wait);
    if (!data && data.error().code == ErrorCode::timeout) {
      return std::string();
    }
    if (data && data->empty()) {
      return ended();
    }
    return data;
  }

  /// The next line, within the host's deadline.
  Result<std::string> line() {
    const auto end = Clock::now() + host_.deadline();
    while (lines_.find('\n') == std::string::npos) {
      auto data = take(k_wait);
      if (!data) {
        return data;
      }
      lines_ += *data;
      said_ += data->size();
      if (said_ > k_most_said) {
        return fail(ErrorCode::host_failed,
                    "the host says something else than it was asked: '" + lines_.substr(0, k_most_shown) + "'");
      }
      if (data->empty() && Clock::now() >= end) {
        return fail(ErrorCode::timeout, "the host did not answer within " + core::to_human(host_.deadline()));
      }
    }
    std::string line = lines_.substr(0, lines_.find('\n'));
    lines_.erase(0, line.size() + 1);
    return line;
  }

  Result<void> end() {
    if (auto told = send("end\n"); !told) {
      return told;
    }
    auto result = stream_->finish(host_.deadline());
    return result ? Result<void>() : fail(result.error());
  }

  [[nodiscard]] static tl::unexpected<core::Error> stalled(core::Error error) {
    if (error.code == ErrorCode::timeout) {
      error.message = "the link stalled: nothing went through within the deadline";
    }
    return fail(std::move(error));
  }

 private:
  tl::unexpected<core::Error> ended() {
    const auto result = stream_->finish(host_.deadline());
    return result ? fail(script_error("the measuring program on the host", *result)) : fail(result.error());
  }

  const Host& host_;
  std::unique_ptr<ssh::Stream> stream_;
  std::string lines_;
  std::size_t said_ = 0;
};

Result<Servant> start_servant(const Host& host) {
  auto stream = host.connection().start("exec sh -c " + core::shell_quote(k_servant));
  if (!stream) {
    return fail(stream.error());
  }
  Servant servant(host, std::move(*stream));
  // What the files of the login shell print comes before the word.
  const std::string word = random_word();
  if (auto sent = servant.send("say " + word + "\n"); !sent) {
    return fail(sent.error());
  }
  for (auto line = servant.line();; line = servant.line()) {
    if (!line) {
      return fail(line.error());
    }
    if (*line == word) {
      return servant;
    }
  }
}

Result<RoundTrip> round_trip(Servant& servant) {
  std::vector<std::chrono::nanoseconds> trips;
  const auto begin = Clock::now();
  while (trips.size() < k_round_trips && (trips.size() < 3 || Clock::now() - begin < k_round_trip_budget)) {
    const auto start = Clock::now();
    if (auto sent = servant.send("say " + std::to_string(trips.size()) + "\n"); !sent) {
      return fail(sent.error());
    }
    if (auto line = servant.line(); !line) {
      return fail(line.error());
    }
    trips.emplace_back(Clock::now() - start);
  }
  std::sort(trips.begin(), trips.end());
  return RoundTrip{trips.front(), trips[trips.size() / 2]};
}

/// One direction: blocks are ordered as `Pace` allows until bytes or time are over, then what is under way is awaited.
class Transfer {
 public:
  Transfer(const Host& host, Servant& servant, const NetspeedOptions& options, std::chrono::nanoseconds trip, bool down)
      : host_(host),
        servant_(servant),
        round_trip_(trip),
        down_(down),
        end_(Clock::now() + options.time),
        pace_(Clock::now(), options.max_bytes, trip) {}

  Result<LinkSpeed> run() {
    while (true) {
      const bool sending = Clock::now() < end_ && !pace_.spent();
      ended_ = sending ? Clock::now() : ended_;
      if (!sending && pace_.under_way() == 0) {
        break;
      }
      const Pace::Block block = sending ? pace_.next() : Pace::Block{};
      if (block.count > 0) {
        if (auto sent = order(block); !sent) {
          return fail(sent.error());
        }
      }
      if (auto taken = take_in(block.count > 0 ? Milliseconds(0) : k_wait); !taken) {
        return fail(taken.error());
      }
      if (Clock::now() - std::max(pace_.marks().back().at, last_sent_) > host_.deadline()) {
        return fail(ErrorCode::timeout,
                    "the link stalled: nothing went through within " + core::to_human(host_.deadline()));
      }
    }
    const auto speed = speed_of(pace_.marks(), ended_, round_trip_);
    return speed ? Result<LinkSpeed>(*speed) : fail(ErrorCode::host_failed, "too little went through to measure it");
  }

 private:
  Result<void> order(const Pace::Block& block) {
    const std::string line =
        (down_ ? "take " : "give ") + std::to_string(block.size) + " " + std::to_string(block.count) + "\n";
    if (auto sent = servant_.send(line); !sent) {
      return sent;
    }
    pace_.sent(block.bytes());
    for (std::uint64_t left = down_ ? block.bytes() : 0; left > 0;) {
      const std::uint64_t piece = std::min<std::uint64_t>(left, k_piece);
      if (auto sent = servant_.send(std::string_view(noise()).substr(0, piece)); !sent) {
        return sent;
      }
      left -= piece;
      if (auto taken = take_in(Milliseconds(0)); !taken) {
        return taken;
      }
    }
    last_sent_ = Clock::now();
    return {};
  }

  /// Downlink: the node tells how much it has read. Uplink: what comes is the measure itself.
  Result<void> take_in(Milliseconds wait) {
    auto data = servant_.take(wait);
    if (!data) {
      return fail(data.error());
    }
    const auto now = Clock::now();
    if (!down_ && data->size() > pace_.under_way()) {
      return fail(ErrorCode::host_failed, "the host gives more than it was asked for");
    }
    if (!down_ && !data->empty()) {
      pace_.delivered(data->size(), now);
      return {};
    }
    told_ += *data;
    for (std::size_t end = told_.find('\n'); end != std::string::npos; end = told_.find('\n')) {
      std::uint64_t bytes = 0;
      const auto [after, error] = std::from_chars(told_.data(), told_.data() + end, bytes);
      if (error != std::errc{} || after != told_.data() + end || bytes > pace_.under_way()) {
        return fail(ErrorCode::host_failed,
                    "the host does not say how much it read: " + told_.substr(0, std::min(end, k_most_shown)));
      }
      pace_.delivered(bytes, now);
      told_.erase(0, end + 1);
    }
    if (told_.size() > k_most_shown) {
      return fail(ErrorCode::host_failed, "the host does not say how much it read: " + told_.substr(0, k_most_shown));
    }
    return {};
  }

  const Host& host_;
  Servant& servant_;
  std::chrono::nanoseconds round_trip_;
  bool down_;
  Clock::time_point end_;
  Clock::time_point ended_;
  Clock::time_point last_sent_;
  Pace pace_;
  std::string told_;
};

Result<void> over_ssh(const Host& host, Servant& servant, const NetspeedOptions& options, NetspeedReport& report) {
  for (const bool down : {true, false}) {
    auto speed = Transfer(host, servant, options, report.round_trip->min, down).run();
    if (!speed) {
      return fail(std::move(speed.error()).in(down ? "downlink" : "uplink"));
    }
    (down ? report.downlink : report.uplink) = *speed;
  }
  return {};
}

}  // namespace

const char* to_string(NetspeedMeans means) noexcept {
  return means == NetspeedMeans::ssh ? "ssh" : "iperf3";
}

Result<void> netspeed(const Host& host, const NetspeedOptions& options, NetspeedReport& report) {
  report.means = options.server ? NetspeedMeans::iperf3 : NetspeedMeans::ssh;
  auto servant = start_servant(host);
  if (!servant) {
    return fail(servant.error());
  }
  const auto trip = round_trip(*servant);
  if (!trip) {
    return fail(trip.error());
  }
  report.round_trip = *trip;
  if (!options.server) {
    if (auto measured = over_ssh(host, *servant, options, report); !measured) {
      return measured;
    }
  }
  if (auto ended = servant->end(); !ended) {
    return ended;
  }
  return options.server ? over_iperf3(host, options, report) : Result<void>();
}

}  // namespace cef::task
