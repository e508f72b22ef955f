#pragma once

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

core::Result<core::Json> run_service(const Call& call);
core::Result<core::Json> run_systemd(const Call& call);
core::Result<core::Json> run_user(const Call& call);
core::Result<core::Json> run_group(const Call& call);
core::Result<core::Json> run_authorized_key(const Call& call);
core::Result<core::Json> run_sysctl(const Call& call);
core::Result<core::Json> run_modprobe(const Call& call);
core::Result<core::Json> run_cron(const Call& call);
core::Result<core::Json> run_hostname(const Call& call);
core::Result<core::Json> run_timezone(const Call& call);

}  // namespace cef::modules
