#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

class FleetTest : public Fleet {};

TEST_F(FleetTest, PingReachesEveryNode) {
  const Outcome outcome = cef({"ping", "all", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto json = outcome.json();
  EXPECT_EQ(json["schema"], "cef.ping/1");
  EXPECT_EQ(json["summary"]["ok"], 4);
  EXPECT_GT(host(json, "pi-1")["round_trip_seconds"].get<double>(), 0);
}

TEST_F(FleetTest, JsonLinesHaveOneObjectAHostAndASummary) {
  const Outcome outcome = cef({"ping", "rpi", "--jsonl"});
  std::istringstream lines(outcome.out);
  std::vector<std::string> events;
  for (std::string line; std::getline(lines, line);) {
    const auto json = core::parse_json(line, "line");
    ASSERT_TRUE(json) << line;
    events.push_back((*json)["event"]);
  }
  EXPECT_EQ(events, (std::vector<std::string>{"host", "host", "summary"}));
}

TEST_F(FleetTest, ExecTellsOutputAndExitStatus) {
  const Outcome outcome = cef({"exec", "pi-1", "--json", "--", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(outcome.code, 2);
  const auto entry = host(outcome.json(), "pi-1");
  EXPECT_EQ(entry["status"], "failed");
  EXPECT_EQ(entry["exit_status"], 3);
  EXPECT_EQ(entry["stdout"], "out\n");
  EXPECT_EQ(entry["stderr"], "err\n");
}

TEST_F(FleetTest, ArgumentsArriveAsTheyAre) {
  const Outcome outcome = cef({"exec", "pi-1", "--json", "--", "printf", "%s|", "a b", "$(id)", "it's", ""});
  EXPECT_EQ(host(outcome.json(), "pi-1")["stdout"], "a b|$(id)|it's||");
}

TEST_F(FleetTest, OutputIsCutAtTheCapAndSaysSo) {
  const Outcome outcome = cef({"exec", "gpu-1", "--json", "--", "head -c 9000000 /dev/zero | tr '\\0' x"});
  const auto entry = host(outcome.json(), "gpu-1");
  EXPECT_EQ(entry["stdout"].get<std::string>().size(), 8U << 20U);
  EXPECT_EQ(entry["stdout_cut"], true);
  EXPECT_EQ(entry["stderr_cut"], false);
}

TEST_F(FleetTest, FoldShowsTheSameOutputOnce) {
  const Outcome outcome = cef({"exec", "rpi", "--fold", "--", "echo same"});
  EXPECT_NE(outcome.out.find("pi-1 pi-2 | ok\nsame\n"), std::string::npos) << outcome.out;
}

TEST_F(FleetTest, ACommandThatTakesTooLongFailsAndEnds) {
  const Outcome outcome = cef({"exec", "pi-1", "--timeout", "1s", "--json", "--", "exec sleep 4711"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(host(outcome.json(), "pi-1")["error"]["code"], "timeout");
}

TEST_F(FleetTest, OsInfoKnowsBoardAndProcessors) {
  const auto json = cef({"os-info", "all", "--json"}).json();
  EXPECT_EQ(host(json, "gpu-1")["facts"]["os"]["id"], "debian");
  CEF_NEEDS_NAMESPACES();
  const auto facts = host(json, "pi-2")["facts"];
  EXPECT_EQ(facts["hostname"], "pi-2");
  EXPECT_EQ(facts["board"], "Raspberry Pi 4 Model B Rev 1.4");
  EXPECT_EQ(facts["cpu"]["count"], 1);
}

TEST_F(FleetTest, BecomeWithoutAPasswordWhereSudoAsksNone) {
  CEF_NEEDS_NAMESPACES();
  const auto json = cef({"exec", "all", "-b", "--json", "--", "id -u"}).json();
  EXPECT_EQ(host(json, "pi-1")["stdout"], "0\n");
  EXPECT_EQ(host(json, "gpu-1")["status"], "failed");
  EXPECT_EQ(host(json, "gpu-1")["error"]["message"],
            "sudo asks for a password; give it with -K or --become-password-file");
}

TEST_F(FleetTest, BecomeWithAPasswordThatNoProcessListShows) {
  CEF_NEEDS_NAMESPACES();
  const auto json = cef({"exec", "all", "-b", "--become-password-file", state() / "become-password", "--json", "--",
                         "id -u; ps -eo args"})
                        .json();
  for (const char* name : {"pi-1", "gpu-1"}) {
    const auto out = host(json, name)["stdout"].get<std::string>();
    EXPECT_EQ(out.rfind("0\n", 0), 0U) << out;
    EXPECT_EQ(out.find("edge-pass"), std::string::npos) << out;
  }
}

TEST_F(FleetTest, AWrongPasswordIsSaid) {
  CEF_NEEDS_NAMESPACES();
  shell("umask 077; echo wrong > " + (state() / "wrong").string());
  const auto json =
      cef({"exec", "gpu-2", "-b", "--become-password-file", state() / "wrong", "--json", "--", "id"}).json();
  EXPECT_EQ(host(json, "gpu-2")["error"]["message"], "sudo refused the password");
}

}  // namespace
}  // namespace cef::e2e
