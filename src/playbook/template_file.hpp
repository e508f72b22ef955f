#pragma once

#include <filesystem>
#include <string>

#include "variables.hpp"

namespace cef::playbook {

/// The text of the template module's `src`, which is `file`, with the variables of a task; `args` are those of the
/// module.
[[nodiscard]] core::Result<std::string> render_template(const std::string& text, const std::filesystem::path& file,
                                                        const core::Json& args, const TaskScope& scope);

}  // namespace cef::playbook
