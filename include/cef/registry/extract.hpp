#pragma once

#include <filesystem>
#include <string>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"

namespace cef::registry {

/// Takes out of a repository's bundle (a plain tar as TarWriter makes it) the file whose SHA-256 is `sha256` and puts
/// it at `target`, which appears only when it is whole. Errors: integrity (no tar, or no such file in it), interrupted,
/// general.
core::Result<void> extract_by_digest(const std::filesystem::path& tar, const std::string& sha256,
                                     const std::filesystem::path& target, const core::StopToken& stop);

}  // namespace cef::registry
