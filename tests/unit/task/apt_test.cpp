#include "cef/task/apt.hpp"

#include <gtest/gtest.h>

namespace cef::task {
namespace {

using Changes = std::vector<PackageChange>;

TEST(AptPlan, OfDebian12) {
  const AptPlan plan = parse_apt_plan(
      "Reading package lists...\nBuilding dependency tree...\nReading state information...\n"
      "Calculating upgrade...\n"
      "The following packages were automatically installed and are no longer required:\n"
      "  libfoo1 linux-image-6.1.0-9-amd64\n"
      "Use 'apt autoremove' to remove them.\n"
      "The following NEW packages will be installed:\n  linux-image-6.1.0-25-amd64\n"
      "The following packages have been kept back:\n"
      "  docker-ce docker-ce-cli containerd.io libgl1-mesa-dri:armhf\n  mesa-va-drivers\n"
      "The following packages will be upgraded:\n  base-files libc6 libc6:armhf vim-common\n"
      "4 upgraded, 1 newly installed, 0 to remove and 5 not upgraded.\n"
      "Inst base-files [12.4+deb12u5] (12.4+deb12u6 Debian:12.6/stable [amd64])\n"
      "Conf base-files (12.4+deb12u6 Debian:12.6/stable [amd64])\n"
      "Inst libc6:armhf [2.36-9+deb12u4] (2.36-9+deb12u7 Debian:12.6/stable, Debian-Security:12/stable-security "
      "[armhf]) [libc6:amd64 on libc6:armhf] [libc6:amd64 ]\n"
      "Inst libc6 [2.36-9+deb12u4] (2.36-9+deb12u7 Debian:12.6/stable [amd64]) []\n"
      "Inst vim-common [2:9.0.1378-2] (2:9.0.1378-2+deb12u1 Debian:12.6/stable [all])\n"
      "Inst linux-image-6.1.0-25-amd64 (6.1.106-3 Debian-Security:12/stable-security [amd64])\n"
      "Conf libc6 (2.36-9+deb12u7 Debian:12.6/stable [amd64])\n");
  EXPECT_EQ(plan.packages, (Changes{{"base-files", "12.4+deb12u5", "12.4+deb12u6"},
                                    {"libc6:armhf", "2.36-9+deb12u4", "2.36-9+deb12u7"},
                                    {"libc6", "2.36-9+deb12u4", "2.36-9+deb12u7"},
                                    {"vim-common", "2:9.0.1378-2", "2:9.0.1378-2+deb12u1"},
                                    {"linux-image-6.1.0-25-amd64", "", "6.1.106-3"}}));
  EXPECT_EQ(plan.held_back, (std::vector<std::string>{"docker-ce", "docker-ce-cli", "containerd.io",
                                                      "libgl1-mesa-dri:armhf", "mesa-va-drivers"}));
}

TEST(AptPlan, OfRaspberryPiOsWithARemoval) {
  const AptPlan plan = parse_apt_plan(
      "NOTE: This is only a simulation!\n      apt-get needs root privileges for real execution.\n"
      "      Keep also in mind that locking is deactivated,\n"
      "Remv raspberrypi-kernel [1:1.20230405-1] []\n"
      "Remv libraspberrypi0 [1:2+git20231018-1] [libraspberrypi-bin:arm64 ]\n"
      "Inst rpi-eeprom [21.1-1] (26.3-1 Raspberry Pi Foundation:stable [all])\n"
      "Inst linux-image-rpi-v8 (1:6.6.31-1+rpt1 Raspberry Pi Foundation:stable [arm64])\n"
      "Inst local-tool [1.0] (1.1)\n"
      "Remv odd\nInst \nInst\n");
  EXPECT_EQ(plan.packages, (Changes{{"raspberrypi-kernel", "1:1.20230405-1", ""},
                                    {"libraspberrypi0", "1:2+git20231018-1", ""},
                                    {"rpi-eeprom", "21.1-1", "26.3-1"},
                                    {"linux-image-rpi-v8", "", "1:6.6.31-1+rpt1"},
                                    {"local-tool", "1.0", "1.1"},
                                    {"odd", "", ""}}));
  EXPECT_TRUE(plan.held_back.empty());
}

TEST(AptPlan, OfUbuntuWithPhasedUpdates) {
  const AptPlan plan = parse_apt_plan(
      "Calculating upgrade...\n"
      "The following upgrades have been deferred due to phasing:\n  libsystemd0 systemd\n  udev\n"
      "The following packages have been kept back:\n  snapd\n"
      "0 upgraded, 0 newly installed, 0 to remove and 4 not upgraded.\n");
  EXPECT_TRUE(plan.packages.empty());
  EXPECT_EQ(plan.held_back, (std::vector<std::string>{"libsystemd0", "systemd", "udev", "snapd"}));
}

TEST(AptPlan, OfNothing) {
  EXPECT_TRUE(parse_apt_plan("").packages.empty());
  EXPECT_TRUE(parse_apt_plan("The following packages have been kept back:").held_back.empty());
}

TEST(PackageDifference, PairsWhatWentWithWhatCame) {
  EXPECT_EQ(parse_package_difference("bash\t5.2-1\n\tbash\t5.2-2\ngone\t1.0\n\tlibc6:arm64\t1:2.36\n\tnew\t0.1~rc1\n"
                                     "zlib1g:i386\t1\n\tzlib1g:i386\t2\n"),
            (Changes{{"bash", "5.2-1", "5.2-2"},
                     {"gone", "1.0", ""},
                     {"libc6:arm64", "", "1:2.36"},
                     {"new", "", "0.1~rc1"},
                     {"zlib1g:i386", "1", "2"}}));
  EXPECT_TRUE(parse_package_difference("\n\n").empty());
}

struct Trouble {
  const char* name;
  const char* log;
  const char* said;
};
void PrintTo(const Trouble& trouble, std::ostream* out) {
  *out << trouble.name;
}

class AptTrouble : public testing::TestWithParam<Trouble> {};

TEST_P(AptTrouble, IsOneLineWithTheRemedy) {
  EXPECT_EQ(apt_trouble(GetParam().log), GetParam().said);
}

const Trouble k_troubles[] = {
    {"LockWithItsHolder",
     "Reading package lists...\n"
     "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (unattended-upgr)\n"
     "N: Be aware that removing the lock file is not a solution and may break your system.\n"
     "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n",
     "another package manager is at work: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 "
     "(unattended-upgr); wait longer with --lock-timeout"},
    {"LockOfTheLists",
     "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 77 (apt-get)\n"
     "E: Unable to lock directory /var/lib/apt/lists/\n",
     "another package manager is at work: Could not get lock /var/lib/apt/lists/lock. It is held by process 77 "
     "(apt-get); wait longer with --lock-timeout"},
    {"LockWithoutItsHolder",
     "E: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource temporarily unavailable)\n"
     "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?\n",
     "another package manager is at work: Could not get lock /var/lib/dpkg/lock-frontend - open (11: Resource "
     "temporarily unavailable); wait longer with --lock-timeout"},
    {"ADiskThatCannotBeWrittenIsNoLock",
     "W: Not using locking for read only lock file /var/lib/dpkg/lock-frontend\n"
     "E: Could not open lock file /var/lib/dpkg/lock - open (30: Read-only file system)\n"
     "E: Unable to lock the administration directory (/var/lib/dpkg/), are you root?\n",
     "Could not open lock file /var/lib/dpkg/lock - open (30: Read-only file system)"},
    {"DpkgInterrupted",
     "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. \n",
     "dpkg was interrupted on this host earlier; run again with --repair"},
    {"NotFound",
     "Err:1 http://10.0.0.1/debian bookworm/main amd64 hello amd64 2.10-3\n  404  Not Found [IP: 10.0.0.1 80]\n"
     "E: Failed to fetch http://10.0.0.1/debian/pool/h/hello_2.10-3_amd64.deb  404  Not Found [IP: 10.0.0.1 80]\n"
     "E: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n",
     "a mirror cannot be read: http://10.0.0.1/debian/pool/h/hello_2.10-3_amd64.deb  404  Not Found [IP: 10.0.0.1 80]"},
    {"ConnectionRefused",
     "Ign:1 http://127.0.0.1:9 bookworm InRelease\n"
     "W: Failed to fetch http://127.0.0.1:9/dists/bookworm/InRelease  Could not connect to 127.0.0.1:9 (127.0.0.1). - "
     "connect (111: Connection refused)\n"
     "W: Some index files failed to download. They have been ignored, or old ones used instead.\n",
     "a mirror cannot be read: http://127.0.0.1:9/dists/bookworm/InRelease  Could not connect to 127.0.0.1:9 "
     "(127.0.0.1). - connect (111: Connection refused)"},
    {"FetchOfNothing", "E: Failed to fetch\n", "Failed to fetch"},
    {"ClockBehind",
     "E: Release file for http://deb.debian.org/debian/dists/bookworm/InRelease is not valid yet (invalid for another "
     "3h 20min 10s). Updates for this repository will not be applied.\n",
     "Release file for http://deb.debian.org/debian/dists/bookworm/InRelease is not valid yet (invalid for another 3h "
     "20min 10s). Updates for this repository will not be applied. The clock of this host is behind: cef time sync"},
    {"FailingPostinst",
     "Setting up bad (1.0) ...\nthe license server cannot be reached\n"
     "dpkg: error processing package bad (--configure):\n"
     " installed bad package post-installation script subprocess returned error exit status 1\n"
     "Errors were encountered while processing:\n bad\n"
     "E: Sub-process /usr/bin/dpkg returned an error code (1)\n",
     "dpkg: error processing package bad (--configure): (the license server cannot be reached)"},
    {"NoSpace",
     "dpkg: error processing archive /var/cache/apt/archives/x.deb (--unpack):\n"
     " cannot copy extracted data for './usr/x' to '/usr/x.dpkg-new': failed to write (No space left on device)\n"
     "E: Sub-process /usr/bin/dpkg returned an error code (1)\n",
     "no space is left on the host's disk"},
    {"NoSpaceBefore", "E: You don't have enough free space in /var/cache/apt/archives/.\n",
     "You don't have enough free space in /var/cache/apt/archives/."},
    {"UnknownPackage", "Reading package lists...\nE: Unable to locate package nosuch\n",
     "Unable to locate package nosuch"},
    {"UnknownVersion", "E: Version '9' for 'hello' was not found\n", "Version '9' for 'hello' was not found"},
    {"UnmetDependencies",
     "Some packages could not be installed. This may mean that you have\nrequested an impossible situation\n"
     "The following packages have unmet dependencies:\n"
     " needy : Depends: bar (>= 2) but 1 is to be installed\n"
     "E: Unable to correct problems, you have held broken packages.\n",
     "Unable to correct problems, you have held broken packages. (needy : Depends: bar (>= 2) but 1 is to be "
     "installed)"},
    {"SomethingElse", "Segmentation fault\n\n", "Segmentation fault"},
    {"Nothing", "", ""},
};

// NOLINTNEXTLINE(cert-err58-cpp)
INSTANTIATE_TEST_SUITE_P(Of, AptTrouble, testing::ValuesIn(k_troubles),
                         [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace cef::task
