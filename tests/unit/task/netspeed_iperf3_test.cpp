#include "task/netspeed_iperf3.hpp"

#include <gtest/gtest.h>

#include "task/netspeed_rate.hpp"

namespace cef::task {
namespace {

using core::ErrorCode;

/// The end of what iperf3 3.12 prints.
const std::string k_report = R"({
	"start":	{ "version": "iperf 3.12", "test_start": { "protocol": "TCP" } },
	"intervals":	[],
	"end":	{
		"streams":	[],
		"sum_sent":	{ "start": 0, "end": 3.0001, "seconds": 3.0001, "bytes": 37748736, "bits_per_second": 100659600.5, "retransmits": 4, "sender": true },
		"sum_received":	{ "start": 0, "end": 3.0008, "seconds": 3.0008, "bytes": 35651584, "bits_per_second": 95044211.5, "sender": true },
		"cpu_utilization_percent":	{ "host_total": 3.1 }
	}
})";

TEST(Iperf3, TheReceiversFiguresCount) {
  const auto speed = parse_iperf3(k_report);
  ASSERT_TRUE(speed) << speed.error().line();
  EXPECT_NEAR(speed->payload_mbit_per_s, 95.0442115, 1e-6);
  EXPECT_NEAR(speed->mbit_per_s, with_tcp_headers(95.0442115), 1e-6);
  EXPECT_EQ(speed->bytes.count, 35651584U);
  EXPECT_NEAR(core::seconds(speed->elapsed), 3.0008, 1e-9);
}

TEST(Iperf3, AbsurdFiguresAreBounded) {
  const auto speed =
      parse_iperf3(R"({"end":{"sum_received":{"seconds":1e300,"bytes":1e300,"bits_per_second":1e-300}}})");
  ASSERT_TRUE(speed) << speed.error().line();
  EXPECT_EQ(speed->bytes.count, 1'000'000'000'000'000'000U);
  EXPECT_EQ(core::seconds(speed->elapsed), 1e9);
}

TEST(Iperf3, ItsReasonIsHandedOn) {
  const auto refused = parse_iperf3(R"({"start":{"connected":[]},"intervals":[],"end":{},
                       "error":"unable to connect to server: Connection refused"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::host_failed);
  EXPECT_EQ(refused.error().message, "iperf3: unable to connect to server: Connection refused");
}

TEST(Iperf3, AnythingElseIsNoReport) {
  for (std::size_t length : {std::size_t{0}, std::size_t{1}, k_report.size() / 2, k_report.size() - 1}) {
    const auto cut = parse_iperf3(k_report.substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().code, ErrorCode::host_failed);
    EXPECT_EQ(cut.error().message.rfind("iperf3 gave no whole report", 0), 0U) << cut.error().message;
  }
  for (const char* text : {"[]", "7", "null", "iperf3: option requires an argument"}) {
    EXPECT_FALSE(parse_iperf3(text)) << text;
  }
  for (const char* text :
       {"{}", R"({"end":[]})", R"({"end":{"sum_received":5}})", R"({"end":{"sum":{"bits_per_second":1}}})",
        R"({"error":5,"end":{"sum_received":{"seconds":1,"bytes":"many","bits_per_second":3}}})"}) {
    const auto wrong = parse_iperf3(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_NE(wrong.error().message.find("end.sum_received"), std::string::npos) << wrong.error().message;
  }
}

TEST(Iperf3, ServersAreHostAndPort) {
  const auto plain = parse_iperf3_server("10.0.0.7");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->address, "10.0.0.7");
  EXPECT_EQ(plain->port, 5201);
  EXPECT_EQ(parse_iperf3_server("speed.example.org:5210")->port, 5210);
  EXPECT_EQ(parse_iperf3_server("fd00::7")->address, "fd00::7");
  EXPECT_EQ(parse_iperf3_server("[fd00::7]:99")->address, "fd00::7");
  EXPECT_EQ(parse_iperf3_server("[fd00::7]:99")->port, 99);
  EXPECT_EQ(parse_iperf3_server("[fd00::7]")->port, 5201);
}

TEST(Iperf3, WhatIsNoServerIsRefused) {
  for (const char* text : {"", "-R", "a b", "host:", "host:0", "host:65536", "host:5201x", "host;reboot", "[fd00::7",
                           "[fd00::7]99", "[]:5", ":5201", "$(id)"}) {
    const auto server = parse_iperf3_server(text);
    ASSERT_FALSE(server) << text;
    EXPECT_EQ(server.error().code, ErrorCode::usage);
  }
}

}  // namespace
}  // namespace cef::task
