#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "cef/core/result.hpp"

namespace cef::model {

/// Entries of a zip file that stores and does not compress, as PyTorch writes them: name → bytes in the file. Every
/// entry lies inside the file, none overlap, every CRC holds. Reads zip64. Errors: integrity, or usage for compressed
/// entries.
core::Result<std::map<std::string, std::span<const std::byte>>> read_stored_zip(std::span<const std::byte> bytes,
                                                                                const std::string& file);

}  // namespace cef::model
