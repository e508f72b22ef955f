#include "cef/probe/os.hpp"

#include <array>
#include <cstdio>
#include <fstream>

#include <sys/utsname.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cef::probe {
namespace {

// Written after the files of a Raspberry Pi 4 with Raspberry Pi OS 12 (64 bit).
constexpr const char* k_raspberry_pi = R"X(@cef:uname
pi-01
Linux
6.6.31+rpt-rpi-v8
aarch64
@cef:os
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
ID=debian
@cef:board
Raspberry Pi 4 Model B Rev 1.4
@cef:cpu
Model		: Raspberry Pi 4 Model B Rev 1.4
@cef:lscpu
Model name:                         Cortex-A72
@cef:cpus
4
@cef:memory
MemTotal:        3885312 kB
MemAvailable:    3411200 kB
@cef:load
0.08 0.03 0.01 1/142 2210
@cef:uptime
86400.52 343210.11
@cef:virt
none
@cef:end
)X";

// As a container on a server answers, behind a login banner, with the line ends of a terminal.
constexpr const char* k_container =
    "Welcome to the edge!\r\n@not a section\r\n@cef:uname\r\nnode1\r\nLinux\r\n6.1.0\r\nx86_64\r\n"
    "@cef:os\r\nID=\"alpine\"\r\nVERSION_ID=3.20.1\r\nPRETTY_NAME='Alpine Linux v3.20'\r\n"
    "@cef:board\r\nStandard PC\r\n@cef:cpu\r\nmodel name\t: AMD EPYC: 64-Core\r\nmodel name\t: AMD EPYC: 64-Core\r\n"
    "@cef:lscpu\r\n@cef:cpus\r\n2\r\n@cef:memory\r\nMemTotal: 1024 kB\r\nMemAvailable: 512 kB\r\n"
    "@cef:load\r\n12.5 1 1\r\n@cef:uptime\r\n7 1\r\n@cef:virt\r\ndocker\r\n@cef:end\r\n";

// Nothing but uname answers: no /proc, no os-release.
constexpr const char* k_bare =
    "@cef:uname\nbox\nFreeBSD\n14.1-RELEASE\namd64\n@cef:os\n@cef:board\n\n@cef:cpu\n@cef:lscpu\n@cef:cpus\n"
    "@cef:memory\n@cef:load\n@cef:uptime\n@cef:virt\nnone\n@cef:end\n";

TEST(Os, ARaspberryPiTellsItsBoardAndItsProcessor) {
  const auto facts = parse_os(k_raspberry_pi);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->hostname, "pi-01");
  EXPECT_EQ(facts->kernel, "Linux");
  EXPECT_EQ(facts->kernel_release, "6.6.31+rpt-rpi-v8");
  EXPECT_EQ(facts->architecture, "aarch64");
  EXPECT_EQ(facts->os_id, "debian");
  EXPECT_EQ(facts->os_version, "12");
  EXPECT_EQ(facts->os_name, "Debian GNU/Linux 12 (bookworm)");
  EXPECT_EQ(facts->board, "Raspberry Pi 4 Model B Rev 1.4");
  EXPECT_EQ(facts->cpu_model, "Cortex-A72");
  EXPECT_EQ(facts->cpus, 4U);
  EXPECT_EQ(facts->memory_total.count, 3'885'312U * 1024);
  EXPECT_EQ(facts->memory_available.count, 3'411'200U * 1024);
  EXPECT_DOUBLE_EQ(facts->load_1m, 0.08);
  EXPECT_DOUBLE_EQ(facts->uptime_seconds, 86400.52);
  EXPECT_EQ(facts->virtualisation, "none");
}

TEST(Os, ABannerAndCarriageReturnsAreLeftOut) {
  const auto facts = parse_os(k_container);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->hostname, "node1");
  EXPECT_EQ(facts->os_id, "alpine");
  EXPECT_EQ(facts->os_name, "Alpine Linux v3.20");
  EXPECT_EQ(facts->os_version, "3.20.1");
  EXPECT_EQ(facts->cpu_model, "AMD EPYC: 64-Core");
  EXPECT_EQ(facts->cpus, 2U);
  EXPECT_EQ(facts->memory_total.count, 1024U * 1024);
  EXPECT_DOUBLE_EQ(facts->load_1m, 12.5);
  EXPECT_EQ(facts->virtualisation, "docker");
}

TEST(Os, WhatANodeDoesNotTellIsEmptyOrZero) {
  const auto facts = parse_os(k_bare);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->kernel, "FreeBSD");
  EXPECT_EQ(facts->os_id + facts->os_name + facts->board + facts->cpu_model, "");
  EXPECT_EQ(facts->cpus, 0U);
  EXPECT_EQ(facts->memory_total.count, 0U);
  EXPECT_EQ(facts->uptime_seconds, 0);
}

TEST(Os, AnAnswerCutOffAnywhereIsRefusedOrWhole) {
  const std::string whole = k_raspberry_pi;
  for (std::size_t length = 0; length < whole.size() - 1; ++length) {
    const auto facts = parse_os(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(facts) << length;
    EXPECT_EQ(facts.error().code, core::ErrorCode::host_failed);
  }
  EXPECT_FALSE(parse_os("% Unknown command: LC_ALL=C\n"));
}

TEST(Os, NumbersThatAreNoneAreZero) {
  std::string answer = k_raspberry_pi;
  answer.replace(answer.find("3885312"), 7, "a lot  ");
  answer.replace(answer.find("\n4\n"), 3, "\n-\n");
  const auto facts = parse_os(answer);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->memory_total.count, 0U);
  EXPECT_EQ(facts->cpus, 0U);
  for (const char* odd : {"1e300", "inf", "nan", "-5"}) {
    std::string other = k_raspberry_pi;
    other.replace(other.find("86400.52"), 8, odd);
    EXPECT_EQ(parse_os(other)->uptime_seconds, 0) << odd;
  }
}

std::string answer_of(const std::string& shell) {
  const std::string path = testing::TempDir() + "cef-os-fragment." + std::to_string(::getpid());
  std::ofstream(path) << os_fragment();
  std::string said;
  FILE* pipe = ::popen((shell + " '" + path + "' </dev/null 2>&1").c_str(), "r");
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; pipe != nullptr && (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    said.append(buffer.data(), got);
  }
  const int status = pipe == nullptr ? -1 : ::pclose(pipe);
  std::remove(path.c_str());
  return status == 0 ? said : "the shell ended with " + std::to_string(status) + ": " + said;
}

class OsOfThisMachine : public testing::TestWithParam<const char*> {};

TEST_P(OsOfThisMachine, IsWhatItsFilesAndUnameSay) {
  const std::string shell = GetParam();
  if (std::system(("command -v " + shell.substr(0, shell.find(' ')) + " >/dev/null").c_str()) != 0) {
    GTEST_SKIP() << "this machine has no " << shell;
  }
  const std::string answer = answer_of(shell);
  const auto facts = parse_os(answer);
  ASSERT_TRUE(facts) << answer;
  utsname names{};
  ASSERT_EQ(::uname(&names), 0);
  EXPECT_EQ(facts->hostname, names.nodename);
  EXPECT_EQ(facts->kernel, names.sysname);
  EXPECT_EQ(facts->kernel_release, names.release);
  EXPECT_EQ(facts->architecture, names.machine);
  std::ifstream release("/etc/os-release");
  const std::string text((std::istreambuf_iterator<char>(release)), {});
  EXPECT_NE(facts->os_id, "");
  EXPECT_NE(text.find(facts->os_id), std::string::npos);
  EXPECT_GT(facts->memory_total.count, 0U);
  EXPECT_GT(facts->memory_available.count, 0U);
  EXPECT_GT(facts->cpus, 0U);
  EXPECT_NE(facts->cpu_model, "");
  EXPECT_EQ(answer.find("No such file"), std::string::npos) << answer;
}

INSTANTIATE_TEST_SUITE_P(Shells, OsOfThisMachine, testing::Values("dash", "busybox sh", "bash --posix"),
                         [](const auto& parameter) {
                           const std::string shell = parameter.param;
                           return shell.substr(0, shell.find(' '));
                         });

}  // namespace
}  // namespace cef::probe
