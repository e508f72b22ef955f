#pragma once

#include <filesystem>

#include "cef/jinja/template.hpp"
#include "cef/playbook/document.hpp"

namespace cef::playbook {

/// Of lookup('NAME'), with or without its collection.
[[nodiscard]] bool is_lookup(const std::string& name);

class TaskScope;

/// Limits, lookup plug-ins and includes for templates of a task. `scope` must outlive it.
[[nodiscard]] jinja::Environment make_environment(const TaskScope& scope, const std::filesystem::path& playbook,
                                                  const Frame* frame);

}  // namespace cef::playbook
