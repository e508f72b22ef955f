#include "cef/probe/monitor.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "cases.hpp"

namespace cef::probe {
namespace {

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "cef-probe-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_all);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Said {
  std::string out;
  int status = -1;
};

/// The fragment in this shell, the folder's programs first.
Said run(const std::string& shell, const std::string& fragment, const Folder& folder) {
  folder.put("fragment.sh", fragment);
  const std::string path = folder.path().string();
  const std::string command = "PATH='" + path + "':\"$PATH\" " + shell + " '" + path + "/fragment.sh' </dev/null 2>&1";
  Said said;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    return said;
  }
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; (got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    said.out.append(buffer.data(), got);
  }
  said.status = WEXITSTATUS(::pclose(pipe));
  return said;
}

bool is_installed(const std::string& shell) {
  return std::system(("command -v " + shell.substr(0, shell.find(' ')) + " >/dev/null").c_str()) == 0;
}

TEST(Monitor, EveryRecordedMachineIsUnderstood) {
  const auto names = case_names();
  ASSERT_GE(names.size(), 5U);
  for (const auto& name : names) {
    const auto facts = parse_monitor(case_text(name), k_all_metrics);
    ASSERT_TRUE(facts) << name << ": " << facts.error().message;
    EXPECT_EQ(facts->asked, k_all_metrics);
    ASSERT_TRUE(facts->temperature && facts->cpu && facts->memory && facts->gpu) << name;
    EXPECT_FALSE(facts->cpu->model.empty()) << name;
    EXPECT_GT(facts->cpu->cores, 0U) << name;
    EXPECT_GT(facts->memory->total.count, 0U) << name;
    EXPECT_FALSE(facts->disks.empty()) << name;
    EXPECT_FALSE(facts->interfaces.empty()) << name;
    EXPECT_GT(facts->boot_time, 0) << name;
  }
}

TEST(Monitor, TheIntervalIsByTheClockOfTheNode) {
  const auto facts = parse_monitor(case_text("container-busybox"), k_all_metrics);
  ASSERT_TRUE(facts);
  EXPECT_DOUBLE_EQ(facts->interval_seconds, 1.5);
  EXPECT_EQ(facts->boot_time, 1'795'226'333);
  EXPECT_DOUBLE_EQ(facts->interfaces.at(0).rx_bytes_per_s, 2000);
}

TEST(Monitor, WhatWasNotAskedForIsEmpty) {
  const auto facts = parse_monitor(case_text("gpu-server"), Metric::memory | Metric::gpu);
  ASSERT_TRUE(facts);
  EXPECT_TRUE(facts->memory && facts->gpu);
  EXPECT_FALSE(facts->temperature || facts->cpu);
  EXPECT_TRUE(facts->disks.empty() && facts->interfaces.empty());
  EXPECT_EQ(facts->interval_seconds, 0);
}

TEST(Monitor, AnAnswerCutOffAnywhereIsRefused) {
  const std::string whole = case_text("raspberry-pi-4");
  for (std::size_t length = 0; length < whole.size() - 1; ++length) {
    const auto facts = parse_monitor(std::string_view(whole).substr(0, length), k_all_metrics);
    ASSERT_FALSE(facts) << length;
    EXPECT_EQ(facts.error().code, core::ErrorCode::host_failed);
  }
  EXPECT_FALSE(parse_monitor("% Unknown command: LC_ALL=C\n", 1));
}

TEST(Monitor, AnAnswerToAnotherQuestionIsRefused) {
  EXPECT_TRUE(parse_monitor("@cef:boot\n@cef:memory\n@cef:end\n", static_cast<Metrics>(Metric::memory)));
  EXPECT_FALSE(parse_monitor("@cef:boot\n@cef:memory\n@cef:end\n", static_cast<Metrics>(Metric::disk)));
}

TEST(Monitor, OneSleepServesBothReadingsAndOnlyThem) {
  const auto sleeps = [](Metrics metrics, double interval) {
    const std::string fragment = monitor_fragment(metrics, interval);
    std::vector<std::string> found;
    for (std::size_t at = fragment.find("\nsleep "); at != std::string::npos; at = fragment.find("\nsleep ", at + 1)) {
      found.push_back(fragment.substr(at + 1, fragment.find('\n', at + 1) - at - 1));
    }
    return found;
  };
  using Found = std::vector<std::string>;
  EXPECT_EQ(sleeps(k_all_metrics, 2), Found{"sleep 2"});
  EXPECT_EQ(sleeps(k_all_metrics, 0.25), Found{"sleep 0.25 || sleep 1"});
  EXPECT_EQ(sleeps(static_cast<Metrics>(Metric::network), 2.5), Found{"sleep 2.5 || sleep 3"});
  EXPECT_EQ(sleeps(static_cast<Metrics>(Metric::cpu), -1), Found{"sleep 0.05 || sleep 1"});
  EXPECT_EQ(sleeps(static_cast<Metrics>(Metric::cpu), 1e12), Found{"sleep 3600"});
  EXPECT_EQ(sleeps(Metric::temperature | Metric::memory | Metric::disk | Metric::gpu, 2), Found{});
}

class RealShell : public testing::TestWithParam<const char*> {};

TEST_P(RealShell, ThisMachineAnswers) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  const auto said = run(GetParam(), monitor_fragment(k_all_metrics, 0.2), folder);
  EXPECT_EQ(said.status, 0);
  ASSERT_EQ(said.out.rfind("@cef:boot\n", 0), 0U) << said.out;
  const auto facts = parse_monitor(said.out, k_all_metrics);
  ASSERT_TRUE(facts) << said.out;
  EXPECT_GE(facts->interval_seconds, 0.15);
  EXPECT_GT(facts->boot_time, 1'600'000'000);
  EXPECT_GT(facts->cpu->cores, 0U);
  EXPECT_EQ(facts->cpu->core_utilisation_percent.size(), facts->cpu->cores);
  EXPECT_GT(facts->cpu->seconds_by_mode.at("user"), 0);
  EXPECT_EQ(facts->cpu->core_seconds_by_mode.size(), facts->cpu->cores);
  EXPECT_GE(facts->time, facts->boot_time);
  EXPECT_GT(facts->memory->total.count, 0U);
  ASSERT_FALSE(facts->disks.empty()) << said.out;
  EXPECT_EQ(std::count_if(facts->disks.begin(), facts->disks.end(), [](const Disk& d) { return d.mount == "/"; }), 1);
  EXPECT_FALSE(facts->gpu->state == GpuFacts::State::ok && facts->gpu->gpus.empty());
}

TEST_P(RealShell, EachMetricAloneIsAnswered) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  for (Metrics metric = 1; metric < k_all_metrics; metric *= 2) {
    const auto said = run(GetParam(), monitor_fragment(metric, 0.05), folder);
    EXPECT_EQ(said.status, 0);
    EXPECT_TRUE(parse_monitor(said.out, metric)) << metric << "\n" << said.out;
  }
}

TEST_P(RealShell, ANvidiaSmiThatFailsIsQuoted) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put("nvidia-smi", "#!/bin/sh\nprintf 'Failed to initialize NVML: Driver/library version mismatch'\nexit 18\n");
  const auto said = run(GetParam(), monitor_fragment(static_cast<Metrics>(Metric::gpu), 1), folder);
  const auto facts = parse_monitor(said.out, static_cast<Metrics>(Metric::gpu));
  ASSERT_TRUE(facts) << said.out;
  EXPECT_EQ(facts->gpu->state, GpuFacts::State::broken);
  EXPECT_EQ(facts->gpu->note, "Failed to initialize NVML: Driver/library version mismatch");
}

TEST_P(RealShell, ANvidiaSmiThatAnswersIsAskedForItsProcessesToo) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put("nvidia-smi",
             "#!/bin/sh\ncase $1 in\n--query-gpu=*) echo '0, Tesla T4, 535.1, 40, 7, 100, 15360, 27.1, "
             "00000000:00:1E.0' ;;\n--query-compute-apps=*) echo '77, python, 90, 00000000:00:1E.0' ;;\nesac\n");
  const auto said = run(GetParam(), monitor_fragment(static_cast<Metrics>(Metric::gpu), 1), folder);
  const auto facts = parse_monitor(said.out, static_cast<Metrics>(Metric::gpu));
  ASSERT_TRUE(facts) << said.out;
  ASSERT_EQ(facts->gpu->gpus.size(), 1U);
  ASSERT_EQ(facts->gpu->gpus[0].processes.size(), 1U);
  EXPECT_EQ(facts->gpu->gpus[0].processes[0].pid, 77U);
}

TEST_P(RealShell, ANvidiaSmiThatCannotBeEndedDoesNotHoldTheAnswer) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put("nvidia-smi", "#!/bin/sh\ntrap '' TERM\necho hello\nfor i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; done\n");
  std::string fragment = monitor_fragment(static_cast<Metrics>(Metric::gpu), 1);
  const std::string patience = "ask smi 14 ";
  const std::size_t at = fragment.find(patience);
  ASSERT_NE(at, std::string::npos);
  fragment.replace(at, patience.size(), "ask smi 1 ");
  const auto said = run(GetParam(), fragment, folder);
  EXPECT_EQ(said.status, 0);
  const auto facts = parse_monitor(said.out, static_cast<Metrics>(Metric::gpu));
  ASSERT_TRUE(facts) << said.out;
  EXPECT_EQ(facts->gpu->state, GpuFacts::State::broken);
  EXPECT_NE(said.out.find("@cef:smi.status\nhung\n"), std::string::npos) << said.out;
}

TEST_P(RealShell, ToolsOfABoardAreAsked) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put(
      "vcgencmd",
      "#!/bin/sh\ncase $1 in measure_temp) echo \"temp=55.8'C\" ;; get_throttled) echo throttled=0x50005 ;; esac\n");
  folder.put("sensors", "#!/bin/sh\necho '{\"jc42-i2c-0-18\":{\"temp1\":{\"temp1_input\": 33.5}}}'\n");
  folder.put(
      "tegrastats",
      "#!/bin/sh\nwhile :; do echo 'RAM 1/2MB CPU [1%@1] GR3D_FREQ 45%@921 GPU@34C' || exit 0; sleep 0.1; done\n");
  const Metrics metrics = Metric::temperature | Metric::gpu;
  const auto said = run(GetParam(), monitor_fragment(metrics, 1), folder);
  const auto facts = parse_monitor(said.out, metrics);
  ASSERT_TRUE(facts) << said.out;
  EXPECT_EQ(facts->temperature->throttled_bits, 0x50005U) << said.out;
  EXPECT_EQ(std::count_if(facts->temperature->sensors.begin(), facts->temperature->sensors.end(),
                          [](const TemperatureSensor& s) { return s.source == "sensors" && s.celsius == 33.5; }),
            1);
  ASSERT_FALSE(facts->gpu->gpus.empty()) << said.out;
  EXPECT_EQ(facts->gpu->gpus[0].utilisation_percent, 45);
}

TEST_P(RealShell, NothingIsLeftBehind) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put("mktemp", "#!/bin/sh\nmkdir '" + folder.path().string() + "/aside' && echo '" + folder.path().string() +
                           "/aside'\n");
  const auto said = run(GetParam(), monitor_fragment(static_cast<Metrics>(Metric::disk), 1), folder);
  EXPECT_TRUE(parse_monitor(said.out, static_cast<Metrics>(Metric::disk))) << said.out;
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "aside"));
}

TEST_P(RealShell, WithoutAPlaceToWriteItStillAnswers) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put("mktemp", "#!/bin/sh\nexit 1\n");
  const auto said = run(GetParam(), monitor_fragment(k_all_metrics, 0.1), folder);
  EXPECT_EQ(said.status, 0);
  const auto facts = parse_monitor(said.out, k_all_metrics);
  ASSERT_TRUE(facts) << said.out;
  EXPECT_FALSE(facts->disks.empty());
}

TEST_P(RealShell, ASleepOfWholeSecondsAndATimeoutOfOldAreEnough) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  folder.put("sleep", "#!/bin/sh\ncase $1 in *.*) exit 1 ;; esac\nexec /bin/sleep \"$1\"\n");
  folder.put("timeout", "#!/bin/sh\n[ \"$1\" = -t ] || exit 127\nshift 2\nexec \"$@\"\n");
  const Metrics metrics = Metric::network | Metric::disk;
  const auto said = run(GetParam(), monitor_fragment(metrics, 0.2), folder);
  const auto facts = parse_monitor(said.out, metrics);
  ASSERT_TRUE(facts) << said.out;
  EXPECT_GE(facts->interval_seconds, 0.9);
  EXPECT_FALSE(facts->disks.empty()) << said.out;
}

TEST_P(RealShell, OnlyFileSystemsThatHoldDataCountEachDeviceOnce) {
  if (!is_installed(GetParam())) {
    GTEST_SKIP() << GetParam() << " is not installed";
  }
  const Folder folder;
  const std::string at = folder.path().string();
  std::filesystem::create_directory(folder.path() / "data store");
  std::filesystem::create_directory(folder.path() / "other");
  folder.put("df", "#!/bin/sh\necho Filesystem\necho \"/dev/x 1000 400 600 40% $2\"\n");
  folder.put("mounts", "overlay / overlay rw 0 0\nproc /proc proc rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/loop3 " + at +
                           " squashfs ro 0 0\n/dev/sdz1 " + at + "/mounts ext4 rw 0 0\n/dev/sdz1 " + at +
                           "/data\\040store ext4 rw 0 0\n/dev/sdz1 " + at + "/other ext4 rw 0 0\nserver:/x " + at +
                           "/other nfs4 rw 0 0\n");
  std::string fragment = monitor_fragment(static_cast<Metrics>(Metric::disk), 1);
  const std::string mounts = "/proc/mounts";
  fragment.replace(fragment.find(mounts), mounts.size(), at + mounts.substr(5));
  const auto said = run(GetParam(), fragment, folder);
  const auto facts = parse_monitor(said.out, static_cast<Metrics>(Metric::disk));
  ASSERT_TRUE(facts) << said.out;
  ASSERT_EQ(facts->disks.size(), 2U) << said.out;
  EXPECT_EQ(facts->disks[0].mount, "/");
  EXPECT_EQ(facts->disks[0].type, "overlay");
  EXPECT_EQ(facts->disks[1].mount, at + "/data store");
  EXPECT_EQ(facts->disks[1].device, "/dev/sdz1");
  EXPECT_EQ(facts->disks[1].size, core::Bytes{1000 * 1024});
}

INSTANTIATE_TEST_SUITE_P(Shells, RealShell, testing::Values("dash", "busybox sh", "bash --posix"),
                         [](const auto& parameter) {
                           const std::string shell = parameter.param;
                           return shell.substr(0, shell.find(' '));
                         });

}  // namespace
}  // namespace cef::probe
