#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_wait_for(const Call& call);
core::Result<core::Json> run_wait_for_connection(const Call& call);
core::Result<core::Json> run_reboot(const Call& call);

/// Sleeps, but not longer than until the user asks to stop. False: asked to stop.
bool pause_for(const Call& call, core::Milliseconds time);

}  // namespace cef::modules
