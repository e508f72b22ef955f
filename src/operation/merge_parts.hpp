#pragma once

#include <vector>

#include "cef/core/json.hpp"

namespace cef::operation {

/// The plays of all shards: what ran on several shards stands once, with the hosts of all, by their names.
core::Json merge_plays(const std::vector<core::Json>& plays_of_shards);

}  // namespace cef::operation
