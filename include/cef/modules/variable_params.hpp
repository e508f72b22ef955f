#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"

namespace cef::modules {

/// Rendered arguments of any task: the map under "_variable_params" laid below the others. Error (general): it is no
/// map.
[[nodiscard]] core::Result<core::Json> with_variable_params(core::Json args);

}  // namespace cef::modules
