#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cef/core/bytes.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

/// By what the speed was measured.
enum class NetspeedMeans { ssh, iperf3 };
/// "ssh", "iperf3"
[[nodiscard]] const char* to_string(NetspeedMeans means) noexcept;

struct Iperf3Server {
  std::string address;
  int port = 5201;
};
/// "HOST", "HOST:PORT", "[ADDRESS]:PORT". Error: usage.
[[nodiscard]] core::Result<Iperf3Server> parse_iperf3_server(const std::string& text);

struct NetspeedOptions {
  core::Milliseconds time{5'000};                     ///< for each direction
  core::Bytes max_bytes{256U * 1024U * 1024U};        ///< for each direction; whichever ends first
  std::optional<Iperf3Server> server = std::nullopt;  ///< nodes measure against it; else through the SSH connection
};

/// Of a line over the open connection: to the node and back.
struct RoundTrip {
  std::chrono::nanoseconds min{0};
  std::chrono::nanoseconds median{0};
};

/// One direction of a link. The rates are those of `bytes` in `elapsed`, the part after the slow start.
struct LinkSpeed {
  double mbit_per_s = 0;          ///< what the link carried, with the headers of SSH, TCP, IP and Ethernet: an estimate
  double payload_mbit_per_s = 0;  ///< what the receiver got, as measured
  core::Bytes bytes;              ///< of payload
  std::chrono::nanoseconds elapsed{0};
  core::Bytes moved;  ///< all payload, the slow start included
};

struct NetspeedReport {
  NetspeedMeans means = NetspeedMeans::ssh;
  std::optional<RoundTrip> round_trip;
  std::optional<LinkSpeed> downlink;  ///< to the node: from the control node, or from the iperf3 server
  std::optional<LinkSpeed> uplink;    ///< from the node
};

/// Measures the round trip, then the downlink, then the uplink of a node, as its login user. Nothing is left behind on
/// it. Waits at most the host's deadline for a link that stalls. Errors: host_failed, timeout, unreachable,
/// interrupted; what was measured until then is in the report.
core::Result<void> netspeed(const Host& host, const NetspeedOptions& options, NetspeedReport& report);

}  // namespace cef::task
