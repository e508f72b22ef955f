#pragma once

#include "cef/core/bytes.hpp"

namespace cef::probe {

/// As /proc/meminfo says; `available` is reckoned where an old kernel does not tell.
struct MemoryFacts {
  core::Bytes total;
  core::Bytes available;
  core::Bytes free;
  core::Bytes buffers;
  core::Bytes cached;
  core::Bytes swap_total;
  core::Bytes swap_free;
};

}  // namespace cef::probe
