#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_get_url(const Call& call);
core::Result<core::Json> run_unarchive(const Call& call);
core::Result<core::Json> run_uri(const Call& call);
core::Result<core::Json> run_git(const Call& call);

}  // namespace cef::modules
