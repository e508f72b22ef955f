#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cef/playbook/document.hpp"

namespace cef::playbook {

/// The nearest value of a keyword that is set, from a task out to its play; nullptr when none is.
[[nodiscard]] const Field* nearest(const Frame* frame, Field Keywords::*keyword);
/// A boolean, or a text or number that Ansible takes for one.
[[nodiscard]] std::optional<bool> boolean_word(const core::Json& value);
/// Conditions in the order in which they are asked: the play's side first, up to the file that was included.
[[nodiscard]] std::vector<const Field*> conditions(const Frame& frame);
[[nodiscard]] std::set<std::string> tags_of(const Frame& frame);
/// Whether --tags and --skip-tags let a task run, by Ansible's rules for always, never, tagged, untagged and all.
[[nodiscard]] bool is_selected(const std::set<std::string>& tags, const std::vector<std::string>& wanted,
                               const std::vector<std::string>& skipped);
/// The environment of a task as it is written, the outermost first.
[[nodiscard]] std::vector<const Field*> environments(const Frame& frame);

}  // namespace cef::playbook
