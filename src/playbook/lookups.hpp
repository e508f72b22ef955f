#pragma once

#include <filesystem>

#include "cef/jinja/template.hpp"
#include "cef/playbook/document.hpp"

namespace cef::playbook {

/// An option of first_found that only loops give: the folder beside files that it looks into.
inline constexpr const char* k_subfolder = " subfolder";

/// Of lookup('NAME'), with or without its collection.
[[nodiscard]] bool is_lookup(const std::string& name);

class TaskScope;

/// Limits, lookup plug-ins and includes for templates of a task. `scope` must outlive it.
[[nodiscard]] jinja::Environment make_environment(const TaskScope& scope, const std::filesystem::path& playbook,
                                                  const Frame* frame);

}  // namespace cef::playbook
