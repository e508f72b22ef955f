#pragma once

#include <string>

#include "cef/task/deploy.hpp"

namespace cef::task {

/// Scripts print KEY=VALUE lines. Each begins with a head that sets $b to DEST, absolute.
[[nodiscard]] std::string deploy_head(const std::string& dest);
/// machine, path, free (KiB), current, release and part ("BYTES SHA256.part"; one line each).
[[nodiscard]] std::string state_script(const std::string& dest, const std::string& name);
/// Makes the folders of a model; prints nothing.
[[nodiscard]] std::string prepare_script(const std::string& dest, const std::string& name);
/// The file that a transfer fills, as a quoted shell word.
[[nodiscard]] std::string part_word(const DeployState& state, const Release& release);
/// The host fetches the tar itself, from where an earlier try ended; bytes and resumed_from.
[[nodiscard]] std::string pull_script(const DeployState& state, const Release& release, const std::string& url,
                                      core::Milliseconds stall);
/// Unpacks if need be, verifies, switches, prunes; pruned lines.
[[nodiscard]] std::string activate_script(const DeployState& state, const Release& release,
                                          const std::string& verify_command, unsigned keep);
[[nodiscard]] std::string status_script(const std::string& dest, const std::string& name, bool verify);
/// from, to.
[[nodiscard]] std::string rollback_script(const std::string& dest, const std::string& name, const std::string& to,
                                          bool check);
/// removed lines.
[[nodiscard]] std::string prune_script(const std::string& dest, const std::string& name, unsigned keep, bool check);

}  // namespace cef::task
