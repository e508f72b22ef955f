#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_stat(const Call& call);
core::Result<core::Json> run_file(const Call& call);
core::Result<core::Json> run_copy(const Call& call);
core::Result<core::Json> run_template(const Call& call);
core::Result<core::Json> run_lineinfile(const Call& call);
core::Result<core::Json> run_replace(const Call& call);
core::Result<core::Json> run_blockinfile(const Call& call);
core::Result<core::Json> run_fetch(const Call& call);
core::Result<core::Json> run_slurp(const Call& call);

}  // namespace cef::modules
