#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cef/core/result.hpp"
#include "cef/registry/bundle.hpp"

namespace cef::registry {

inline constexpr std::string_view k_manifest_file = "cef-model.yaml";

/// What is wrong with a bundle's name, version, task or architecture; "" when nothing is.
std::string fault_of(const BundleInfo& info);

/// The text of a cef-model.yaml: the keys name, version, task, architecture, each of them optional. Errors (usage)
/// begin with "ORIGIN:LINE:".
core::Result<BundleInfo> parse_manifest(std::string_view text, const std::string& origin);

/// Name and version from "NAME-VERSION.zip", where the version begins at the last '-' that a digit follows.
BundleInfo info_of_file_name(const std::filesystem::path& archive);

/// The fields of `first`, where they are empty those of `second`.
BundleInfo merge(BundleInfo first, const BundleInfo& second);

}  // namespace cef::registry
