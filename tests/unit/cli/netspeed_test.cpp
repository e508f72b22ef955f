#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include <gtest/gtest.h>

#include "cef/cli/command.hpp"

namespace cef::cli {
namespace {

namespace fs = std::filesystem;

class NetspeedCommand : public testing::Test {
 protected:
  NetspeedCommand() : file_(fs::temp_directory_path() / ("cef-netspeed-" + std::to_string(::getpid()) + ".yaml")) {
    std::ofstream(file_) << "all:\n  vars: {ansible_connection: local}\n  hosts: {b: {}, a: {}, c: {}}\n";
  }
  ~NetspeedCommand() override { fs::remove(file_); }
  int cef(std::vector<std::string> options) {
    std::vector<std::string> arguments = {"monitor", "netspeed", "all", "-i", file_.string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    out_.str("");
    err_.str("");
    Console console{out_, err_, {false, 200}, false, {}};
    return run(arguments, console);
  }

  fs::path file_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(NetspeedCommand, HostsGoInTurn) {
  ASSERT_EQ(cef({"--max-bytes", "64K", "--seconds", "1", "--jsonl"}), 0) << err_.str();
  std::string order;
  std::istringstream lines(out_.str());
  for (std::string line; std::getline(lines, line);) {
    const auto json = core::parse_json(line, "line");
    ASSERT_TRUE(json) << line;
    EXPECT_EQ(json->at("schema"), "cef.netspeed/1");
    order += json->value("host", "");
    if (json->at("event") == "host") {
      EXPECT_EQ(json->at("status"), "ok") << line;
      EXPECT_LE(json->at("uplink").at("moved_bytes"), 65536);
    }
  }
  EXPECT_EQ(order, "bac");
}

TEST_F(NetspeedCommand, ParallelMeasuresThemToo) {
  EXPECT_EQ(cef({"--parallel", "--max-bytes", "64K"}), 0) << err_.str();
  EXPECT_NE(out_.str().find("3 hosts: 3 ok in "), std::string::npos) << out_.str();
}

TEST_F(NetspeedCommand, WrongUseIsFive) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--max-bytes", "1K"}, {"--max-bytes", "lots"}, {"--seconds", "0"},
      {"--iperf3", "-R"},    {"--iperf3", "a:b:c;d"}, {"--iperf3", "10.0.0.1", "--parallel"},
  };
  for (const auto& options : wrong) {
    EXPECT_EQ(cef(options), 5) << options[0] << " " << options[1] << ": " << out_.str();
    EXPECT_EQ(out_.str(), "");
    EXPECT_FALSE(err_.str().empty());
  }
}

}  // namespace
}  // namespace cef::cli
