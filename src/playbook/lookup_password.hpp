#pragma once

#include <filesystem>
#include <string>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::playbook {

/// lookup('password', 'FILE length=12 chars=digits'): the password that a file of the control node holds, which is made
/// with it where it is not there; of /dev/null a new one each time. `named`: length, chars, seed, encrypt.
[[nodiscard]] core::Result<std::string> password_of(const std::string& term, const core::Json& named,
                                                    const std::filesystem::path& playbook);

}  // namespace cef::playbook
