#pragma once

#include <string_view>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "facts.hpp"

namespace cef::modules {

core::Result<core::Json> run_setup(const Call& call);

/// Facts out of what facts_script printed.
[[nodiscard]] core::Json facts_from(std::string_view text, const FactGroups& groups);

}  // namespace cef::modules
