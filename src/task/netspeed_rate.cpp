#include "netspeed_rate.hpp"

#include <algorithm>

namespace cef::task {

using std::chrono::nanoseconds;

namespace {

constexpr double k_segment_payload = 1448;  // 1500 of Ethernet - 20 of IPv4 - 20 of TCP - 12 of time stamps
constexpr double k_frame = 1514;            // 1500 and the header of Ethernet
constexpr double k_ssh_packet = 32768;      // what sshd lets a channel send at once
constexpr double k_ssh_headers = 40;        // lengths 5, channel data 9, padding 4 and more, tag 16

constexpr nanoseconds k_recent = std::chrono::milliseconds(500);
constexpr nanoseconds k_queue = std::chrono::milliseconds(500);
constexpr double k_least_under_way = 32.0 * 1024;
constexpr double k_most_under_way = 16.0 * 1024 * 1024;
constexpr std::uint64_t k_least_block = std::uint64_t{8} * 1024;
constexpr std::uint64_t k_most_block = std::uint64_t{1024} * 1024;
constexpr std::uint64_t k_large_unit = std::uint64_t{64} * 1024;

LinkSpeed between(const Mark& from, const Mark& to, nanoseconds elapsed, std::uint64_t moved) {
  LinkSpeed speed;
  speed.bytes.count = to.bytes - from.bytes;
  speed.elapsed = elapsed;
  speed.moved.count = moved;
  speed.payload_mbit_per_s = static_cast<double>(speed.bytes.count) * 8 / 1e6 / core::seconds(elapsed);
  speed.mbit_per_s = with_ssh_headers(speed.payload_mbit_per_s);
  return speed;
}

}  // namespace

double with_tcp_headers(double payload) {
  return payload * k_frame / k_segment_payload;
}

double with_ssh_headers(double payload) {
  return with_tcp_headers(payload * (k_ssh_packet + k_ssh_headers) / k_ssh_packet);
}

std::optional<LinkSpeed> speed_of(const std::vector<Mark>& marks, core::Clock::time_point sending_ended,
                                  nanoseconds round_trip) {
  if (marks.size() < 2 || marks.back().bytes == 0) {
    return std::nullopt;
  }
  const auto first_at = [&](core::Clock::time_point moment) {
    return std::lower_bound(marks.begin(), marks.end(), moment,
                            [](const Mark& mark, core::Clock::time_point at) { return mark.at < at; });
  };
  auto last = first_at(sending_ended);
  if (last == marks.end() || last->bytes < marks.back().bytes / 2) {
    last = std::prev(marks.end());
  }
  const auto first = first_at(marks.front().at + (last->at - marks.front().at) / 4);
  if (first != marks.begin() && first->bytes < last->bytes && first->at < last->at) {
    return between(*first, *last, last->at - first->at, marks.back().bytes);
  }
  const nanoseconds whole = marks.back().at - marks.front().at;
  const nanoseconds elapsed = whole > round_trip ? whole - round_trip : whole;
  return elapsed.count() > 0 ? std::optional(between(marks.front(), marks.back(), elapsed, marks.back().bytes))
                             : std::nullopt;
}

Pace::Pace(core::Clock::time_point start, core::Bytes max_bytes, nanoseconds round_trip)
    : marks_{{start, 0}}, max_bytes_(max_bytes.count), round_trip_(round_trip) {}

void Pace::delivered(std::uint64_t bytes, core::Clock::time_point now) {
  marks_.push_back({now, marks_.back().bytes + bytes});
  while (recent_ + 2 < marks_.size() && marks_[recent_ + 1].at + k_recent <= now) {
    ++recent_;
  }
}

double Pace::allowed() const {
  const Mark& from = marks_[recent_];
  const Mark& to = marks_.back();
  // What goes through in the first moment may be a burst: twice as much is sent each time it arrived, not more.
  const double elapsed = core::seconds(std::max({nanoseconds(to.at - from.at), round_trip_, k_recent}));
  const double rate = static_cast<double>(to.bytes - from.bytes) / elapsed;
  return std::clamp(rate * core::seconds(round_trip_ + k_queue), k_least_under_way, k_most_under_way);
}

Pace::Block Pace::next() const {
  const double most = allowed();
  std::uint64_t bytes = std::clamp(static_cast<std::uint64_t>(most / 8), k_least_block, k_most_block);
  bytes = std::min(bytes, max_bytes_ - sent_);
  const std::uint64_t size = bytes >= k_large_unit ? k_large_unit : k_unit;
  if (static_cast<double>(under_way() + bytes) > most || bytes < k_unit) {
    return {};
  }
  return {size, bytes / size};
}

}  // namespace cef::task
