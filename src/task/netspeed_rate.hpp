#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cef/task/netspeed.hpp"

namespace cef::task {

/// So many bytes in all had reached the receiver by then.
struct Mark {
  core::Clock::time_point at;
  std::uint64_t bytes = 0;
};

/// What a link carries for so much payload, in full TCP segments over Ethernet of 1500 bytes.
[[nodiscard]] double with_tcp_headers(double payload);
/// The same for payload in an SSH channel.
[[nodiscard]] double with_ssh_headers(double payload);

/// The speed between the end of the slow start (a quarter of the time) and `sending_ended`: the last packets may wait
/// for a resend. `marks` begins with the moment before the first byte. Nothing when less than two say anything.
[[nodiscard]] std::optional<LinkSpeed> speed_of(const std::vector<Mark>& marks, core::Clock::time_point sending_ended,
                                                std::chrono::nanoseconds round_trip);

/// Says how much may be under way: enough to keep the link busy, and no more than it delivers in a moment, so that a
/// measurement ends soon after its time and fills no long queue on its way.
class Pace {
 public:
  Pace(core::Clock::time_point start, core::Bytes max_bytes, std::chrono::nanoseconds round_trip);

  /// Size of the next block: `count` times `size` bytes; 0 when none may be sent now.
  struct Block {
    std::uint64_t size = 0;
    std::uint64_t count = 0;
    [[nodiscard]] std::uint64_t bytes() const noexcept { return size * count; }
  };
  [[nodiscard]] Block next() const;
  void sent(std::uint64_t bytes) { sent_ += bytes; }
  void delivered(std::uint64_t bytes, core::Clock::time_point now);

  [[nodiscard]] bool spent() const { return max_bytes_ - sent_ < k_unit; }
  [[nodiscard]] std::uint64_t under_way() const { return sent_ - marks_.back().bytes; }
  [[nodiscard]] const std::vector<Mark>& marks() const { return marks_; }

 private:
  static constexpr std::uint64_t k_unit = 4096;
  [[nodiscard]] double allowed() const;

  std::vector<Mark> marks_;
  std::size_t recent_ = 0;  ///< the mark from which the rate of now is taken
  std::uint64_t max_bytes_;
  std::uint64_t sent_ = 0;
  std::chrono::nanoseconds round_trip_;
};

}  // namespace cef::task
