#pragma once

#include "cef/core/become.hpp"
#include "cef/core/stop.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::task {

/// Runs a command as another user by sudo or su. A password goes over stdin, never into a command line. Errors:
/// host_failed when that refuses, with its reason; else those of Connection::exec.
core::Result<ssh::ExecResult> exec_become(ssh::Connection& connection, ssh::ExecRequest request,
                                          const core::Become& become, const core::StopToken& stop);

/// A round trip that proves a working shell: the host gives back a word that it could not know. Error: host_failed.
core::Result<std::chrono::nanoseconds> ping(ssh::Connection& connection, core::Milliseconds deadline,
                                            const core::StopToken& stop);

}  // namespace cef::task
