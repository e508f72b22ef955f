#pragma once

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

namespace cef {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool k_memory_can_be_limited = false;  // they take terabytes of addresses
#else
inline constexpr bool k_memory_can_be_limited = true;
#endif

/// From here on this process can start a few threads only: there are no addresses for more stacks.
inline void allow_few_threads() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit{};
  limit.rlim_cur = limit.rlim_max = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{100} << 20U);
  ::setrlimit(RLIMIT_AS, &limit);
}

}  // namespace cef
