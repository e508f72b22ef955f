#include "netspeed_iperf3.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "cef/core/json.hpp"
#include "cef/core/shell.hpp"
#include "netspeed_rate.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Milliseconds;
using core::Result;

namespace {

constexpr long long k_set_up_seconds = 10;  // for iperf3 to reach its server and to hand over the results

struct Run {
  long long seconds = 1;
  long long omitted = 0;  ///< of the slow start, before the seconds
  bool down = false;
};

Result<LinkSpeed> run_once(const Host& host, const Iperf3Server& server, const Run& run) {
  const long long limit = run.seconds + run.omitted + k_set_up_seconds;
  ssh::ExecRequest request;
  const std::string script = "command -v iperf3 >/dev/null || exit 127\nexec timeout -k 1 " + std::to_string(limit) +
                             " iperf3 -J -c " + core::shell_quote(server.address) + " -p " +
                             std::to_string(server.port) + " -t " + std::to_string(run.seconds) +
                             (run.omitted > 0 ? " -O " + std::to_string(run.omitted) : "") + (run.down ? " -R" : "");
  request.command = "exec sh -c " + core::shell_quote(script);
  request.deadline = host.deadline() + std::chrono::seconds(limit);
  const auto result = host.connection().exec(request, host.stop());
  if (!result) {
    return fail(result.error());
  }
  if (result->exit_status == 127) {
    return fail(ErrorCode::host_failed,
                "iperf3 is not installed on this host; install it, or measure without --iperf3, which needs nothing");
  }
  if (result->exit_status == 124 || result->exit_status == 137) {
    return fail(ErrorCode::host_failed,
                "iperf3 did not end: no answer from " + server.address + " port " + std::to_string(server.port));
  }
  if (result->exit_status != 0 && result->out.find('{') == std::string::npos) {
    return fail(script_error("iperf3", *result));
  }
  return parse_iperf3(result->out);
}

/// Short first, to learn how long the rest may take within the bytes.
Result<LinkSpeed> run_bounded(const Host& host, const NetspeedOptions& options, bool down) {
  auto first = run_once(host, *options.server, {1, 0, down});
  if (!first || first->payload_mbit_per_s <= 0) {
    return first;
  }
  const double bytes_left = static_cast<double>(options.max_bytes.count) - static_cast<double>(first->bytes.count);
  const double by_bytes = bytes_left * 8 / 1e6 / first->payload_mbit_per_s;
  const double by_time = core::seconds(options.time) - 1;
  const auto seconds = static_cast<long long>(std::floor(std::max(0.0, std::min(by_bytes, by_time))));
  if (seconds < 1) {
    return first;
  }
  const long long omitted = seconds >= 3 ? 1 : 0;
  auto second = run_once(host, *options.server, {seconds - omitted, omitted, down});
  if (second) {
    second->moved.count += first->moved.count;
  }
  return second;
}

}  // namespace

Result<Iperf3Server> parse_iperf3_server(const std::string& text) {
  Iperf3Server server;
  std::string port;
  server.address = text;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    server.address = text.substr(1, end == std::string::npos ? end : end - 1);
    port = end == std::string::npos ? "x" : text.substr(end + 1);
  } else if (const std::size_t colon = text.find(':'); colon != std::string::npos && colon == text.rfind(':')) {
    server.address = text.substr(0, colon);
    port = text.substr(colon);
  }
  const char* end = port.data() + port.size();
  bool good = core::is_safe_host_name(server.address);
  if (!port.empty()) {
    const auto [after, error] = std::from_chars(port.data() + 1, end, server.port);
    good =
        good && port.front() == ':' && error == std::errc{} && after == end && server.port > 0 && server.port < 65536;
  }
  if (!good) {
    return fail(ErrorCode::usage,
                "--iperf3: '" + text + "' is not a server; write HOST, HOST:PORT or [IPV6-ADDRESS]:PORT");
  }
  return server;
}

Result<LinkSpeed> parse_iperf3(const std::string& text) {
  const auto json = core::parse_json(text, "iperf3");
  if (!json || !json->is_object()) {
    return fail(ErrorCode::host_failed,
                "iperf3 gave no whole report" + (json ? std::string() : ": " + json.error().message));
  }
  if (const auto error = json->find("error"); error != json->end() && error->is_string()) {
    return fail(ErrorCode::host_failed, "iperf3: " + error->get<std::string>());
  }
  const Json none = Json::object();
  const Json end = json->value("end", none);
  const Json received = end.is_object() ? end.value("sum_received", none) : none;
  for (const char* key : {"seconds", "bytes", "bits_per_second"}) {
    if (!received.is_object() || !received.contains(key) || !received[key].is_number()) {
      return fail(ErrorCode::host_failed,
                  std::string("the report of iperf3 has no end.sum_received.") + key + "; is it a TCP test?");
    }
  }
  LinkSpeed speed;
  const auto elapsed = std::chrono::duration<double>(std::clamp(received["seconds"].get<double>(), 0.0, 1e9));
  speed.bytes.count = static_cast<std::uint64_t>(std::clamp(received["bytes"].get<double>(), 0.0, 1e18));
  speed.moved = speed.bytes;
  speed.elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed);
  speed.payload_mbit_per_s = received["bits_per_second"].get<double>() / 1e6;
  speed.mbit_per_s = with_tcp_headers(speed.payload_mbit_per_s);
  return speed;
}

Result<void> over_iperf3(const Host& host, const NetspeedOptions& options, NetspeedReport& report) {
  for (const bool down : {true, false}) {
    auto speed = run_bounded(host, options, down);
    if (!speed) {
      return fail(std::move(speed.error()).in(down ? "downlink" : "uplink"));
    }
    (down ? report.downlink : report.uplink) = *speed;
  }
  return {};
}

}  // namespace cef::task
