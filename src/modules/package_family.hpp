#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_apt(const Call& call);

}  // namespace cef::modules
