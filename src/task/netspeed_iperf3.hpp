#pragma once

#include <string>

#include "cef/task/netspeed.hpp"

namespace cef::task {

/// What `iperf3 -J` of a client printed, of a TCP test: the receiver's figures. Error: host_failed, with iperf3's
/// reason.
[[nodiscard]] core::Result<LinkSpeed> parse_iperf3(const std::string& text);

/// Both directions between the node and the iperf3 server of the options. Errors as `netspeed`.
core::Result<void> over_iperf3(const Host& host, const NetspeedOptions& options, NetspeedReport& report);

}  // namespace cef::task
