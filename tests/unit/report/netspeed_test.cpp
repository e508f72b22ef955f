#include "cef/report/netspeed.hpp"

#include <gtest/gtest.h>

namespace cef::report {
namespace {

using std::chrono::microseconds;

task::LinkSpeed speed(double payload, double link) {
  task::LinkSpeed one;
  one.payload_mbit_per_s = payload;
  one.mbit_per_s = link;
  one.bytes.count = 1000;
  one.elapsed = microseconds(1'500'000);
  one.moved.count = 1200;
  return one;
}

operation::NetspeedHost measured() {
  operation::NetspeedHost host;
  host.outcome.host = "pi-1";
  host.outcome.status = fleet::Status::ok;
  host.report.round_trip = {microseconds(400), microseconds(1250)};
  host.report.downlink = speed(19.1, 20.0);
  host.report.uplink = speed(955.4, 1000.2);
  return host;
}

operation::NetspeedHost failed() {
  operation::NetspeedHost host;
  host.outcome.host = "pi-2";
  host.outcome.status = fleet::Status::failed;
  host.outcome.error = core::Error{core::ErrorCode::host_failed, "no \x1b", {"downlink"}};
  host.report.means = task::NetspeedMeans::iperf3;
  return host;
}

TEST(NetspeedReport, JsonHasFiguresInBaseUnits) {
  const auto json = host_json(measured());
  EXPECT_EQ(json["means"], "ssh");
  EXPECT_EQ(json["round_trip_seconds"], (core::Json{{"min", 0.0004}, {"median", 0.00125}}));
  EXPECT_EQ(json["downlink"], (core::Json{{"mbit_per_s", 20.0},
                                          {"payload_mbit_per_s", 19.1},
                                          {"bytes", 1000},
                                          {"seconds", 1.5},
                                          {"moved_bytes", 1200}}));
  EXPECT_EQ(json["uplink"]["mbit_per_s"], 1000.2);
  EXPECT_TRUE(json["error"].is_null());
}

TEST(NetspeedReport, WhatWasNotMeasuredIsNull) {
  const auto json = host_json(failed());
  EXPECT_EQ(json["means"], "iperf3");
  for (const char* key : {"round_trip_seconds", "downlink", "uplink"}) {
    ASSERT_TRUE(json.contains(key));
    EXPECT_TRUE(json[key].is_null()) << key;
  }
  auto unreachable = failed();
  unreachable.outcome.status = fleet::Status::unreachable;
  EXPECT_TRUE(host_json(unreachable)["means"].is_null());
}

TEST(NetspeedReport, TheTableHasARowAHost) {
  operation::FleetResult<operation::NetspeedHost> result;
  result.hosts = {measured(), failed()};
  EXPECT_EQ(netspeed_text(result, {false, 200}),
            "HOST  STATUS  RTT MIN ms  MEDIAN  DOWN Mbit/s  PAYLOAD  UP Mbit/s  PAYLOAD  NOTE\n"
            "pi-1  ok            0.40    1.25         20.0     19.1       1000    955.4\n"
            "pi-2  failed           -       -            -        -          -        -  downlink: no \\x1b\n"
            "2 hosts: 1 ok, 1 failed in 0 µs\n");
}

}  // namespace
}  // namespace cef::report
