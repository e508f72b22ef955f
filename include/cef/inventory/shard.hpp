#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cef/core/result.hpp"

namespace cef::inventory {

/// One of `count` parts of the hosts that were selected; `index` is from 1.
struct Shard {
  std::size_t index = 1;
  std::size_t count = 1;
};

/// "2/8". Error: usage.
core::Result<Shard> parse_shard(const std::string& text);

/// Places in `hosts` of those that belong to the shard, ascending. Hosts are dealt out in turn by the order of their
/// names, so that every host is in one shard, the sizes of shards differ by one at most, and the order of `hosts` is of
/// no account.
[[nodiscard]] std::vector<std::size_t> places_of(const std::vector<std::string>& hosts, const Shard& shard);

}  // namespace cef::inventory
