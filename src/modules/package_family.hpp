#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_apt(const Call& call);
core::Result<core::Json> run_apt_repository(const Call& call);
/// By apt, the package manager of the Debian family.
core::Result<core::Json> run_package(const Call& call);

}  // namespace cef::modules
