#pragma once

#include <string>

#include "cef/modules/module.hpp"

namespace cef::modules {

/// Python's str(): True, None, 1.0, ['a', 1].
[[nodiscard]] std::string python_text(const core::Json& value);
/// "str", "int", "dict", …
[[nodiscard]] const char* python_type(const core::Json& value) noexcept;
/// "int", "bool", …, as Ansible's messages name it.
[[nodiscard]] const char* type_name(Type type) noexcept;
/// The value as the type, by the rules of ansible.module_utils.common.validation; the error holds Ansible's reason
/// only.
[[nodiscard]] core::Result<core::Json> convert(const core::Json& value, Type type);

}  // namespace cef::modules
