#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace cef::probe {

/// One network interface, the loopback left out. Counts are since boot, rates over the interval.
struct Interface {
  std::string name;
  bool up = false;
  std::uint64_t rx_bytes = 0;
  std::uint64_t tx_bytes = 0;
  std::uint64_t rx_errors = 0;
  std::uint64_t tx_errors = 0;
  std::uint64_t rx_dropped = 0;
  std::uint64_t tx_dropped = 0;
  double rx_bytes_per_s = 0;
  double tx_bytes_per_s = 0;
  std::optional<std::uint64_t> speed_mbit_per_s;
  std::string address;  ///< IPv4 first, else IPv6; without the prefix length; empty when unknown
};

}  // namespace cef::probe
