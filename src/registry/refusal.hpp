#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cef/core/result.hpp"

namespace cef::registry {

/// A name of any bytes on one line, for a message: what is not printable ASCII or UTF-8 as \xNN, cut at 120 bytes.
std::string printable(std::string_view name);

/// "ARCHIVE: REASON", an integrity error.
tl::unexpected<core::Error> refuse(const std::filesystem::path& archive, const std::string& reason);
/// "ARCHIVE: entry 'NAME' REASON", an integrity error.
tl::unexpected<core::Error> refuse(const std::filesystem::path& archive, std::string_view entry,
                                   const std::string& reason);

}  // namespace cef::registry
