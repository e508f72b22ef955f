#pragma once

#include <string>
#include <string_view>

#include "cef/ssh/connection.hpp"

namespace cef::ssh {

/// Appends up to the cap; `cut` tells that something was thrown away.
void append_capped(std::string& to, bool& cut, std::string_view data, core::Bytes cap);

/// 9 for "KILL"; 0 for a name that is not known.
int signal_number(const std::string& name);
std::string signal_name(int number);

/// `cat` into a file aside, its size checked, then one rename.
core::Result<void> upload_by_stream(Connection& connection, const std::filesystem::path& from, const std::string& to,
                                    unsigned mode, core::Milliseconds within, const core::StopToken& stop);
core::Result<void> download_by_stream(Connection& connection, const std::string& from, const std::filesystem::path& to,
                                      core::Milliseconds within, const core::StopToken& stop);

}  // namespace cef::ssh
