#include "cef/probe/clock.hpp"

#include <gtest/gtest.h>

namespace cef::probe {
namespace {

/// What the script prints between "q" and the end, sections of a node of the kind.
std::string answer(const std::string& programs, const std::string& running, const std::string& rest) {
  return "@cef:programs\n" + programs + "@cef:running\n" + running + rest + "@cef:end\n";
}

// Recorded: chronyd 4.3, `timedatectl` of systemd 252, ntpd of ntpsec 1.2.2.
constexpr const char* k_timedatectl =
    "@cef:timedatectl\nTimezone=Asia/Seoul\nLocalRTC=no\nCanNTP=yes\nNTP=yes\nNTPSynchronized=yes\n"
    "TimeUSec=Sat 2026-11-21 08:04:09 UTC\n@cef:zone\nEtc/UTC\nUTC\n";

TEST(Clock, ChronyThatFollowsAServer) {
  const auto facts = parse_clock(answer(
      "chronyd\nchronyc\nperl\n", "chronyd\n",
      std::string(k_timedatectl) +
          "@cef:tracking\n0A630001,10.99.0.1,11,1795245668.285732270,7.094608784,-0.056230746,0.056230746,-0.032,"
          "-17290.715,12.737,0.000032420,0.080245450,2.0,Normal\n"
          "@cef:sources\n#,?,PPS0,0,4,0,4294967295,0.0,0.0,0.0\n"
          "^,*,10.99.0.1,10,6,17,0,-0.099559575,-0.155790314,0.000016275\n^,?,10.99.0.9,0,6,0,0,0,0,0\n"
          "@cef:conf.chrony\nserver ntp.lab iburst\n  pool 2.debian.pool.ntp.org iburst\n"));
  ASSERT_TRUE(facts) << facts.error().line();
  EXPECT_EQ(facts->service, TimeService::chrony);
  EXPECT_TRUE(facts->running);
  EXPECT_EQ(facts->time_zone, "Asia/Seoul");
  EXPECT_EQ(facts->synchronised, true);
  ASSERT_EQ(facts->servers.size(), 2U);
  EXPECT_EQ(facts->servers[0].name, "10.99.0.1");
  EXPECT_TRUE(facts->servers[0].selected);
  EXPECT_FALSE(facts->servers[1].selected);
  EXPECT_EQ(facts->configured, (std::vector<std::string>{"ntp.lab", "2.debian.pool.ntp.org"}));
  ASSERT_TRUE(facts->tracking);
  EXPECT_EQ(facts->tracking->server, "10.99.0.1");
  EXPECT_EQ(facts->tracking->offset_us, 7'094'609) << "slow is behind, and behind is positive";
  EXPECT_EQ(facts->tracking->uncertainty_us, 80'262) << "half the root delay, and the root dispersion";
  EXPECT_EQ(facts->tracking->stratum, 10) << "of the server, not of the node";
}

TEST(Clock, AnAbsurdTrackingIsNone) {
  for (const char* said : {"1e300,0,0,0,0,0,0", "7,0,0,0,0,0,9.1e9", "nan,0,0,0,0,0,0"}) {
    const auto facts = parse_clock(answer(
        "chronyd\n", "chronyd\n", std::string("@cef:tracking\n0A630001,10.99.0.1,11,0,") + said + ",0,2.0,Normal\n"));
    ASSERT_TRUE(facts);
    EXPECT_FALSE(facts->tracking) << said;
  }
}

TEST(Clock, ChronyThatFollowsNothing) {
  const auto facts = parse_clock(
      answer("chronyd\nchronyc\n", "chronyd\n",
             std::string(k_timedatectl) +
                 "@cef:tracking\n00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,"
                 "1.000000000,1.000000000,0.0,Not synchronised\n"
                 "@cef:sources\n^,?,10.99.0.1,10,6,1,1,-7.249559879,-7.249559879,0.000443428\n"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->synchronised, false) << "chronyd knows better than the kernel's flag";
  EXPECT_FALSE(facts->tracking);
}

TEST(Clock, Timesyncd) {
  const auto facts = parse_clock(
      answer("systemd-timesyncd\ntimedatectl\nperl\n", "systemd-timesyn\n",
             std::string(k_timedatectl) +
                 "@cef:timesync\nSystemNTPServers=10.99.0.1 10.99.0.9\nFallbackNTPServers=0.debian.pool.ntp.org "
                 "1.debian.pool.ntp.org\nServerName=10.99.0.1\nServerAddress=10.99.0.1\nRootDistanceMaxUSec=5s\n"
                 "NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=10, Precision=-25, RootDelay=0 }\nFrequency=0\n"
                 "@cef:conf.timesyncd\nNTP=old\nFallbackNTP=\nNTP=\nNTP=10.99.0.1 10.99.0.9\n"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->service, TimeService::timesyncd);
  EXPECT_EQ(facts->configured, (std::vector<std::string>{"10.99.0.1", "10.99.0.9"})) << "an empty NTP= begins anew";
  ASSERT_EQ(facts->servers.size(), 2U) << "no fallback servers where there are others";
  EXPECT_TRUE(facts->servers[0].selected);
}

TEST(Clock, TimesyncdOnItsFallbackServers) {
  const auto facts =
      parse_clock(answer("systemd-timesyncd\n", "systemd-timesyn\n",
                         "@cef:timesync\nFallbackNTPServers=0.debian.pool.ntp.org 1.debian.pool.ntp.org\n"
                         "ServerName=1.debian.pool.ntp.org\n"));
  ASSERT_TRUE(facts);
  ASSERT_EQ(facts->servers.size(), 2U);
  EXPECT_TRUE(facts->servers[1].selected);
  const auto off = parse_clock(answer("systemd-timesyncd\n", "", "@cef:conf.timesyncd\nFallbackNTP=a b\n"));
  ASSERT_TRUE(off);
  EXPECT_FALSE(off->running);
  EXPECT_TRUE(off->configured.empty());
  EXPECT_EQ(off->servers.size(), 2U);
}

TEST(Clock, NtpdThatFollowsAServerAndOneThatDoesNot) {
  const std::string head =
      "@cef:ntpq\n     remote           refid      st t when poll reach   delay   offset   jitter\n"
      "===============================================================================\n";
  const auto facts =
      parse_clock(answer("ntpd\nntpq\nntpdig\n", "ntpd\n",
                         head + " 0.pool.ntp.org  .POOL.          16 p    -   64    0   0.0   0.0   0.0\n"
                                "*10.99.0.1       LOCAL(1)        10 u    3   64    1   0.1   0.0   0.1\n"
                                "+10.99.0.2       10.99.0.1       11 u    3   64    1   0.1   0.0   0.1\n"));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->service, TimeService::ntp);
  EXPECT_EQ(facts->synchronised, true);
  ASSERT_EQ(facts->servers.size(), 2U) << "a pool is no server";
  EXPECT_TRUE(facts->servers[0].selected);
  const auto searching =
      parse_clock(answer("ntpd\nntpq\n", "ntpd\n",
                         head + " 10.99.0.1       .STEP.          16 u    -   64    0   0.0000   0.0000   0.0001\n"));
  ASSERT_TRUE(searching);
  EXPECT_EQ(searching->synchronised, false);
}

TEST(Clock, OneServiceBeforeAnother) {
  EXPECT_EQ(parse_clock(answer("chronyd\nsystemd-timesyncd\n", "systemd-timesyn\n", ""))->service,
            TimeService::timesyncd)
      << "what runs before what is only installed";
  EXPECT_EQ(parse_clock(answer("openntpd\nntpctl\nntpd\n", "ntpd\n", ""))->service, TimeService::openntpd)
      << "openntpd's program has the name of ntp's";
  EXPECT_EQ(parse_clock(answer("perl\n", "chronyd\n", ""))->service, TimeService::none)
      << "what runs and is not installed runs in a container";
  const auto none = parse_clock(answer("perl\n", "", "@cef:zone\nEurope/Berlin\nCET\n"));
  EXPECT_EQ(none->service, TimeService::none);
  EXPECT_EQ(none->time_zone, "Europe/Berlin");
  EXPECT_EQ(none->synchronised, std::nullopt);
}

TEST(Clock, AnAnswerThatIsCutIsAnError) {
  const auto cut = parse_clock("@cef:programs\nperl\n@cef:running\n");
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, core::ErrorCode::host_failed);
}

TEST(Clock, ReadingsOfAnyFineness) {
  EXPECT_EQ(parse_clock_reading("1795245662952797")->time_us, 1795245662952797);
  EXPECT_EQ(parse_clock_reading("1795245662952797036\r")->time_us, 1795245662952797);
  const auto coarse = parse_clock_reading("1795245662%N");  // a date without %N
  EXPECT_EQ(coarse->time_us, 1795245662500000);
  EXPECT_EQ(coarse->resolution_us, 1'000'000);
  EXPECT_FALSE(parse_clock_reading("sh: date: not found"));
  EXPECT_FALSE(parse_clock_reading("17952456629527970361795245662952797036"));
  EXPECT_FALSE(parse_clock_reading("99999999999")) << "in the year 5138";
}

}  // namespace
}  // namespace cef::probe
