#include "sandbox.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sched.h>
#include <sys/mount.h>

namespace cef::modules {

namespace {

bool mounted(const char* source, const std::string& target, const char* type, unsigned long flags) {
  return ::mount(source, target.c_str(), type, flags, nullptr) == 0;
}

}  // namespace

bool enter_sandbox() {
  static bool entered = false;
  if (entered) {
    return true;
  }
  if (::unshare(CLONE_NEWNS | CLONE_NEWUTS) != 0 || !mounted("none", "/", nullptr, MS_REC | MS_PRIVATE)) {
    return false;
  }
  std::string folder = "/tmp/cef-etc-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr || !mounted("none", folder, "tmpfs", 0)) {
    return false;
  }
  if (std::system(("cp -a /etc " + folder + "/etc && mkdir -p /var/spool/cron").c_str()) != 0) {
    return false;
  }
  entered = mounted((folder + "/etc").c_str(), "/etc", nullptr, MS_BIND) && mounted("none", "/home", "tmpfs", 0) &&
            mounted("none", "/var/spool/cron", "tmpfs", 0);
  ::umount2(folder.c_str(), MNT_DETACH);
  std::error_code ignored;
  std::filesystem::remove(folder, ignored);
  return entered;
}

}  // namespace cef::modules
