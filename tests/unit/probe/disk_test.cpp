#include <gtest/gtest.h>

#include "cases.hpp"
#include "probe/parts.hpp"

namespace cef::probe {
namespace {

std::vector<Disk> disks_of(const std::string& answer) {
  return parse_disks(split_sections(answer));
}

TEST(Disk, ARaspberryPisCard) {
  const auto disks = disks_of(case_text("raspberry-pi-4"));
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(disks[0].mount, "/");
  EXPECT_EQ(disks[0].device, "/dev/mmcblk0p2");
  EXPECT_EQ(disks[0].type, "ext4");
  EXPECT_EQ(disks[0].size.count, 30'358'556ULL * 1024);
  EXPECT_EQ(disks[0].used.count, 5'062'252ULL * 1024);
  EXPECT_EQ(disks[0].available.count, 24'027'728ULL * 1024);
  ASSERT_TRUE(disks[0].inodes_used_percent);
  EXPECT_NEAR(*disks[0].inodes_used_percent, 4.63, 0.01);
  EXPECT_NEAR(100.0 * static_cast<double>(*disks[0].inodes_free) / static_cast<double>(*disks[0].inodes), 95.37, 0.01);
  EXPECT_EQ(disks[1].mount, "/boot/firmware");
  EXPECT_FALSE(disks[1].inodes_used_percent);  // vfat has none
}

TEST(Disk, BusyboxAndTheOverlayOfAContainer) {
  const auto disks = disks_of(case_text("container-busybox"));
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(disks[0].type, "overlay");
  EXPECT_EQ(disks[0].mount, "/");
  EXPECT_EQ(disks[1].mount, "/data");
  ASSERT_TRUE(disks[1].inodes_used_percent);
  EXPECT_NEAR(*disks[1].inodes_used_percent, 3.03, 0.01);
}

TEST(Disk, AFullDiskWithABlankInItsPath) {
  const auto disks = disks_of(case_text("gpu-server"));
  ASSERT_EQ(disks.size(), 2U);
  EXPECT_EQ(disks[1].mount, "/mnt/model store");
  EXPECT_EQ(disks[1].available.count, 0U);
  EXPECT_EQ(disks[1].inodes_used_percent, 10);
}

TEST(Disk, WhatIsMountedOverAnotherHidesIt) {
  const auto disks = disks_of(
      "@cef:disk\nfs rootfs rootfs\nat /\nk rootfs 10 5 5 50% /\nfs ext4 /dev/root\nat /\nk /dev/root 20 5 15 25% /\n");
  ASSERT_EQ(disks.size(), 1U);
  EXPECT_EQ(disks[0].device, "/dev/root");
}

TEST(Disk, WhatDfDoesNotAnswerIsLeftOut) {
  EXPECT_TRUE(disks_of("@cef:disk\nfs ext4 /dev/sda1\nat /data\n").empty());
  EXPECT_TRUE(disks_of("@cef:disk\nfs ext4 /dev/sda1\nat /data\nk - 0 0 0 - /data\n").empty());
  EXPECT_TRUE(disks_of("@cef:disk\nk /dev/sda1 20 5 15 25% /\n").empty());
  // the inodes of one that is left out are not those of the one before
  const auto disks = disks_of(
      "@cef:disk\nfs ext4 /dev/a\nat /\nk /dev/a 20 5 15 25% /\nfs ext4 /dev/b\nat /b\ni /dev/b 20 5 15 25% /b\n");
  ASSERT_EQ(disks.size(), 1U);
  EXPECT_FALSE(disks[0].inodes_used_percent);
}

TEST(Disk, RootsReserveInUseLeavesNothing) {
  const auto disks = disks_of("@cef:disk\nfs ext4 /dev/a\\040b\nat /\nk /dev/a b 1000 990 -40 104% /\n");
  ASSERT_EQ(disks.size(), 1U);
  EXPECT_EQ(disks[0].device, "/dev/a b");
  EXPECT_EQ(disks[0].available.count, 0U);
}

}  // namespace
}  // namespace cef::probe
