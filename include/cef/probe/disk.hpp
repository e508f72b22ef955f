#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cef/core/bytes.hpp"

namespace cef::probe {

/// One file system that holds data; whatever else is mounted at / is one too. Each device counts once.
struct Disk {
  std::string mount;
  std::string device;
  std::string type;  ///< "ext4"
  core::Bytes size;
  core::Bytes used;
  core::Bytes available;  ///< to a user who is not root
  std::optional<double> inodes_used_percent;
  std::optional<std::uint64_t> inodes = std::nullopt;
  std::optional<std::uint64_t> inodes_free = std::nullopt;
};

}  // namespace cef::probe
