#include <algorithm>

#include "daily_fixture.hpp"

namespace cef::cli {
namespace {

using testing::HasSubstr;

/// Options of rolling changes, what apt, service and reboot say of wrong use, and the help of all daily commands.
class RollOut : public Daily {
 protected:
  int put(const std::string& pattern, std::vector<std::string> more) {
    more.insert(more.begin(), {"file", "put", pattern, write("motd", "hello"), path("there"), "--connect-timeout", "5s",
                               "--retries", "1", "--json", "--check"});
    return on(std::move(more));
  }
  [[nodiscard]] std::string statuses() const {
    std::string text;
    const core::Json document = json();
    for (const auto& one : document.at("hosts")) {
      text += one.at("host").get<std::string>() + ":" + one.at("status").get<std::string>() + " ";
    }
    return text;
  }
};

TEST_F(RollOut, ABatchOfFailuresEndsItWithEight) {
  EXPECT_EQ(put("a,gone1,gone2,b", {"--batch", "1"}), 8);
  EXPECT_EQ(statuses(), "a:ok gone1:unreachable gone2:skipped b:skipped ");
  EXPECT_EQ(json().at("hosts").at(3).at("error").at("code"), "threshold");
  EXPECT_EQ(json().at("summary").at("stopped_by_threshold"), true);
  EXPECT_EQ(put("a,gone1,b,c", {"--batch", "1,100%"}), 4) << "one of a batch may fail";
  EXPECT_EQ(statuses(), "a:ok gone1:unreachable b:ok c:ok ");
  EXPECT_EQ(json().at("summary").at("stopped_by_threshold"), false);
}

TEST_F(RollOut, MaxFailEndsItWithEight) {
  EXPECT_EQ(put("gone1,gone2,a,b", {"--max-fail", "0", "-f", "1"}), 8);
  EXPECT_EQ(statuses(), "gone1:unreachable gone2:skipped a:skipped b:skipped ");
  EXPECT_EQ(put("gone1,gone2,a,b", {"--max-fail", "25%", "-f", "1"}), 8);
  EXPECT_EQ(statuses(), "gone1:unreachable gone2:unreachable a:skipped b:skipped ");
  EXPECT_EQ(put("gone1,gone2,a,b", {"--max-fail", "2", "-f", "1"}), 4);
}

TEST_F(RollOut, WrongSharesAreFive) {
  for (const auto& [option, text] : {std::pair{"--batch", "some"},
                                     {"--batch", "1,x%"},
                                     {"--batch", "101%"},
                                     {"--max-fail", "-1"},
                                     {"--max-fail", "1.5"}}) {
    EXPECT_EQ(put("a", {std::string(option) + "=" + text}), 5) << option << text;
    EXPECT_THAT(err_, HasSubstr(option));
    EXPECT_EQ(out_, "");
  }
}

TEST_F(RollOut, NamesThatAreNoneAreFiveBeforeAnyHostIsAsked) {
  EXPECT_EQ(on({"apt", "install", "gone1", "bash", "a;b"}), 5);
  EXPECT_EQ(err_, "cef: 'a;b' is not the name of a package; write NAME or NAME=VERSION\n");
  EXPECT_EQ(on({"apt", "install", "gone1", "hello-"}), 5) << "apt-get would remove it";
  EXPECT_EQ(on({"service", "restart", "gone1", "ssh", "a b"}), 5);
  EXPECT_EQ(err_, "cef: 'a b' is not the name of a service\n");
}

TEST_F(RollOut, DurationsThatAreNoneAreFive) {
  EXPECT_EQ(on({"apt", "update", "gone1", "--lock-timeout", "soon"}), 5);
  EXPECT_THAT(err_, HasSubstr("--lock-timeout: 'soon' is not a duration"));
  EXPECT_EQ(on({"apt", "upgrade", "gone1", "--reboot-wait", "0s"}), 5);
  EXPECT_THAT(err_, HasSubstr("--reboot-wait: '0s'"));
  EXPECT_EQ(on({"reboot", "gone1", "--wait", "0"}), 5);
  EXPECT_THAT(err_, HasSubstr("--wait: '0'"));
}

TEST_F(RollOut, ACheckOfARebootTellsTheBootId) {
  ASSERT_EQ(on({"reboot", "a", "--check", "--json"}), 0) << out_;
  EXPECT_EQ(json().at("schema"), "cef.reboot/1");
  EXPECT_EQ(host().at("changed"), true);
  EXPECT_EQ(host().at("boot_id_before").get<std::string>().size(), 36U);
  EXPECT_TRUE(host().at("boot_id_after").is_null());
  EXPECT_TRUE(host().at("down_seconds").is_null());
}

TEST(DailyHelp, HasTwoExamplesOfEveryCommand) {
  for (const std::string line :
       {"apt list",       "apt update",    "apt upgrade",   "apt install",     "file put",       "file get",
        "service status", "service start", "service stop",  "service restart", "service enable", "service disable",
        "reboot",         "repo init",     "repo add",      "repo list",       "repo verify",    "repo serve",
        "deploy model",   "deploy file",   "deploy status", "deploy rollback", "deploy prune"}) {
    std::istringstream split(line);
    std::vector<std::string> words{std::istream_iterator<std::string>(split), {}};
    words.emplace_back("--help");
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err, {}, false, {}};
    EXPECT_EQ(run(words, console), 0) << line;
    EXPECT_EQ(err.str(), "") << line;
    const std::string help = out.str();
    const std::size_t examples = help.find("Examples:\n");
    ASSERT_NE(examples, std::string::npos) << line;
    std::size_t count = 0;
    for (std::size_t at = help.find("  cef ", examples); at != std::string::npos; at = help.find("  cef ", at + 1)) {
      ++count;
    }
    EXPECT_GE(count, 2U) << line;
  }
}

}  // namespace
}  // namespace cef::cli
