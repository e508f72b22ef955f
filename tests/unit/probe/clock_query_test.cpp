// What programs said of a server 7.25 s ahead of the clock; recorded.
#include <cstdlib>

#include <gtest/gtest.h>

#include "cef/probe/clock.hpp"

namespace cef::probe {
namespace {

constexpr const char* k_chronyd =
    "2026-11-21T07:25:17Z chronyd version 4.3 starting (+CMDMON +NTP -DEBUG)\n"
    "2026-11-21T07:25:17Z Disabled control of system clock\n"
    "2026-11-21T07:25:18Z System clock wrong by 7.249995 seconds (ignored)\n"
    "2026-11-21T07:25:18Z chronyd exiting\n";
constexpr const char* k_log =
    "2026-11-21 07:25:18 10.99.0.1       N 10 111 111 1111   6  6 0.00  7.250e+00  1.378e-05  2.164e-07  2.000e-06  "
    "3.000e-06 7F7F0101 4B K K\n";

ClockQueries one(const std::string& text) {
  return parse_clock_queries(text, {"10.99.0.1"});
}

TEST(ClockQuery, Chronyd) {
  const auto found = one(std::string("@cef:0.chronyd\n") + k_chronyd + k_log).measurement;
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset_us, 7'249'995);
  EXPECT_EQ(found->uncertainty_us, 12);  // (13.78 + 2) / 2 + 0.2164 + 3
  EXPECT_EQ(found->stratum, 10);
  EXPECT_EQ(found->server, "10.99.0.1");
  EXPECT_EQ(found->means, "chronyd -Q");
}

TEST(ClockQuery, ChronydThatMayNotWriteItsLogGivesWayToABound) {
  const std::string alone = std::string("@cef:0.chronyd\n") + k_chronyd;
  EXPECT_EQ(one(alone).measurement->uncertainty_us, std::nullopt);
  const auto found = one(alone + "@cef:0.perl\nsample 1000000 8250010 8250020 1000030 10 0 0 0 -25\n").measurement;
  ASSERT_TRUE(found);
  EXPECT_EQ(found->means, "perl");
}

TEST(ClockQuery, Ntpdig) {
  const auto found =
      one("@cef:0.ntpdig\n{\"time\":\"2026-11-21T07:27:23.34975+0000\",\"offset\":7.250061,\"precision\":0.000137,"
          "\"host\":\"10.99.0.1\",\"ip\":\"10.99.0.1\",\"stratum\":10,\"leap\":\"no-leap\",\"adjusted\":false}\n")
          .measurement;
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset_us, 7'250'061);
  EXPECT_EQ(found->uncertainty_us, 137);
  EXPECT_EQ(found->stratum, 10);
}

TEST(ClockQuery, NtpdateOfTodayAndOfBefore) {
  const auto today =
      one("@cef:0.ntpdate\n2026-11-21 07:27:25.521029 (+0000) -7.250011 +/- 0.000062 10.99.0.1 s10 no-leap\n")
          .measurement;
  ASSERT_TRUE(today);
  EXPECT_EQ(today->offset_us, -7'250'011);
  EXPECT_EQ(today->uncertainty_us, 62);
  EXPECT_EQ(today->stratum, 10);
  EXPECT_EQ(today->means, "ntpdate -q");
  const auto before = one("@cef:0.ntpdate\nserver 10.99.0.9, stratum 0, offset 0.000000, delay 0.00000\n"
                          "server 10.99.0.1, stratum 10, offset 7.250011, delay 0.02570\n"
                          "21 Nov 07:27:25 ntpdate[42]: step time server 10.99.0.1 offset 7.250011 sec\n")
                          .measurement;
  ASSERT_TRUE(before);
  EXPECT_EQ(before->offset_us, 7'250'011);
  EXPECT_EQ(before->uncertainty_us, 12'850);
}

TEST(ClockQuery, SntpByPerlTakesTheQuickestAnswer) {
  const auto found = one("@cef:0.perl\nsample 1000000 8260000 8260010 1020010 3 0 1000 500 -20\n"
                         "sample 2000000 9250040 9250050 2000090 3 0 1000 500 -20\n")
                         .measurement;
  ASSERT_TRUE(found);
  EXPECT_EQ(found->offset_us, 7'250'000) << "((T2 - T1) + (T3 - T4)) / 2";
  EXPECT_EQ(found->uncertainty_us, 40 + 500 + 500 + 1 + 1) << "delay, root delay and dispersion, precision, rounding";
  EXPECT_EQ(found->stratum, 3);
}

TEST(ClockQuery, AServerThatCannotBeTrustedIsNone) {
  const auto unsynchronised = one("@cef:0.perl\nsample 1 2 3 4 0 3 0 0 -20\n");
  EXPECT_FALSE(unsynchronised.measurement);
  EXPECT_EQ(unsynchronised.failures, std::vector<std::string>{"10.99.0.1: it refuses to answer (kiss of death)"});
  EXPECT_EQ(one("@cef:0.perl\nsample 1 2 3 4 16 3 0 0 -20\n").failures,
            std::vector<std::string>{"10.99.0.1: it is not synchronised itself"});
}

TEST(ClockQuery, AbsurdNumbersAreNoMeasurement) {
  for (const char* text :
       {"@cef:0.chronyd\nx System clock wrong by 9e11 seconds (ignored)\n", "@cef:0.ntpdig\n{\"offset\":1e300}\n",
        "@cef:0.ntpdig\n{\"offset\":\"7\"}\n", "@cef:0.ntpdate\nd t (+0000) -7e200 +/- 0.000062 10.99.0.1 s10\n",
        "@cef:0.ntpdate\nd t (+0000) -7 +/- 9e9 10.99.0.1 s10\n",
        "@cef:0.perl\nsample -9223372036854775807 9223372036854775807 9223372036854775807 -9 3 0 0 0 -20\n"}) {
    EXPECT_FALSE(one(text).measurement) << text;
  }
  const auto great = one("@cef:0.ntpdate\nserver 10.99.0.1, stratum 9e11, offset 4.25e9, delay 0\n").measurement;
  ASSERT_TRUE(great) << "what NTP can tell is none";
  EXPECT_EQ(great->offset_us, 4'250'000'000'000'000);
  EXPECT_EQ(great->stratum, 255);
}

TEST(ClockQuery, ServersThatDoNotAnswerEachSaySo) {
  const auto none = parse_clock_queries(
      "@cef:0.chronyd\n2026-11-21T07:25:21Z Timeout reached\n@cef:1.chronyd\n@cef:1.perl\nrefused: Connection "
      "refused\n",
      {"10.99.0.2", "10.99.0.3", "10.99.0.4"});
  EXPECT_FALSE(none.measurement);
  EXPECT_EQ(none.failures, (std::vector<std::string>{"10.99.0.2: no answer", "10.99.0.3: refused: Connection refused",
                                                     "10.99.0.4: no answer"}));
}

TEST(ClockQuery, TheFirstThatAnswersCounts) {
  const auto second =
      parse_clock_queries("@cef:0.perl\n@cef:1.perl\nsample 2000000 9250040 9250050 2000090 3 0 0 0 -20\n", {"a", "b"});
  ASSERT_TRUE(second.measurement);
  EXPECT_EQ(second.measurement->server, "b");
}

TEST(ClockScript, IsAShellScript) {
  ASSERT_EQ(::setenv("CEF_CLOCK_SCRIPT", clock_script().c_str(), 1), 0);
  EXPECT_EQ(std::system("sh -n -c \"$CEF_CLOCK_SCRIPT\""), 0);
  ::unsetenv("CEF_CLOCK_SCRIPT");
}

}  // namespace
}  // namespace cef::probe
