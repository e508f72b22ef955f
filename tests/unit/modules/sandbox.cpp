#include "sandbox.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace cef::modules {

namespace {

bool mounted(const char* source, const std::string& target, const char* type, unsigned long flags) {
  return ::mount(source, target.c_str(), type, flags, nullptr) == 0;
}

int opened(const char* path) {
  return ::open(path, O_RDONLY | O_CLOEXEC);
}

bool furnished() {
  if (!mounted("none", "/", nullptr, MS_REC | MS_PRIVATE)) {
    return false;
  }
  std::string folder = "/tmp/cef-etc-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr || !mounted("none", folder, "tmpfs", 0)) {
    return false;
  }
  if (std::system(("cp -a /etc " + folder + "/etc && mkdir -p /var/spool/cron").c_str()) != 0) {
    return false;
  }
  const bool done = mounted((folder + "/etc").c_str(), "/etc", nullptr, MS_BIND) &&
                    mounted("none", "/home", "tmpfs", 0) && mounted("none", "/var/spool/cron", "tmpfs", 0);
  ::umount2(folder.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove(folder, ignored);
  return done;
}

}  // namespace

Sandbox::Sandbox()
    : mounts_(opened("/proc/thread-self/ns/mnt")),
      names_(opened("/proc/thread-self/ns/uts")),
      folder_(opened(".")),
      away_(::geteuid() == 0 && ::unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0),
      entered_(away_ && furnished()) {}

Sandbox::~Sandbox() {
  if (away_) {
    EXPECT_EQ(::setns(mounts_, CLONE_NEWNS), 0);
    EXPECT_EQ(::setns(names_, CLONE_NEWUTS), 0);
    EXPECT_EQ(::fchdir(folder_), 0);
  }
  ::close(mounts_);
  ::close(names_);
  ::close(folder_);
}

}  // namespace cef::modules
