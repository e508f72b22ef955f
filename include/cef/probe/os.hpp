#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"

namespace cef::probe {

/// What a node is. Text is empty and numbers are 0 where the node does not tell.
struct OsFacts {
  std::string hostname;
  std::string os_id;       ///< "debian"
  std::string os_version;  ///< "12"
  std::string os_name;     ///< "Debian GNU/Linux 12 (bookworm)"
  std::string kernel;      ///< "Linux"
  std::string kernel_release;
  std::string architecture;  ///< as uname -m says
  std::string board;         ///< "Raspberry Pi 4 Model B Rev 1.4", or the product name of the firmware
  std::string cpu_model;
  std::uint64_t cpus = 0;  ///< that a process may use
  core::Bytes memory_total;
  core::Bytes memory_available;
  double load_1m = 0;
  double uptime_seconds = 0;
  std::string virtualisation;  ///< as systemd-detect-virt names it; "none" on bare metal
};

/// A POSIX shell fragment that prints what parse_os reads; it needs no root and always exits 0.
[[nodiscard]] std::string os_fragment();
/// Error (host_failed) when the answer is not that of the fragment.
[[nodiscard]] core::Result<OsFacts> parse_os(std::string_view answer);

}  // namespace cef::probe
