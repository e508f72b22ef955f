#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"
#include "node_file.hpp"

namespace cef::modules {

core::Result<core::Json> run_find(const Call& call);
core::Result<core::Json> run_getent(const Call& call);
core::Result<core::Json> run_package_facts(const Call& call);
core::Result<core::Json> run_service_facts(const Call& call);
core::Result<core::Json> run_tempfile(const Call& call);

/// What `stat` and `find` both say of a file.
[[nodiscard]] core::Json stat_of(const FileState& state, const std::string& path);

}  // namespace cef::modules
