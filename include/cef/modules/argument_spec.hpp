#pragma once

#include <string>
#include <vector>

#include "cef/core/json.hpp"

namespace cef::modules {

/// What is wrong with arguments of a role, by the `options` of its meta/argument_specs.yml: in the words and the order
/// of Ansible's ArgumentSpecValidator. Empty: nothing.
[[nodiscard]] std::vector<std::string> check_argument_spec(const core::Json& spec, const core::Json& arguments);

}  // namespace cef::modules
