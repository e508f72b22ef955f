#pragma once

#include <string>

#include "cef/modules/module.hpp"
#include "cef/playbook/document.hpp"

namespace cef::playbook {

/// Whether a module can run on by itself on a node: command, shell, raw.
[[nodiscard]] bool can_detach(const std::string& module);
/// Starts a command on the node and leaves it: `async` with `poll: 0`. It ends after `limit` seconds where the node has
/// timeout(1). What it says is kept below ~/.ansible_async. Gives what Ansible registers, with ansible_job_id.
[[nodiscard]] core::Result<core::Json> start_detached(const modules::Call& call, const std::string& module, int limit);
/// What became of a job: the module async_status.
[[nodiscard]] core::Result<core::Json> detached_status(const modules::Call& call);

}  // namespace cef::playbook
