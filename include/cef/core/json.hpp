#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "cef/core/bytes.hpp"
#include "cef/core/result.hpp"

namespace cef::core {

/// Keys keep the order in which they were put: documents read the same each time.
using Json = nlohmann::ordered_json;

/// Parses a whole document; never throws. Depth is bounded (64), duplicate keys are refused.
/// `origin` names the source in the message, for example a file name.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::string_view origin);

/// {"code":…,"message":…,"context":[…]}
[[nodiscard]] Json to_json(const Error& error);

/// One line for JSON Lines, or a document of two-space indent; bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string dump_line(const Json& json);
[[nodiscard]] std::string dump_document(const Json& json);

}  // namespace cef::core
