#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::operation {

/// The plays of all shards: what ran on several shards stands once, with the hosts of all, by their names.
core::Json merge_plays(const std::vector<core::Json>& plays_of_shards);

bool is_json_lines(std::string_view text);
/// The document that --json would have given for the lines of --jsonl. Error (usage): not the lines of a shard, or not
/// all of them.
core::Result<core::Json> document_of_lines(std::string_view text, const std::string& origin);

}  // namespace cef::operation
