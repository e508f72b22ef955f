#pragma once

#include <vector>

#include "cef/modules/module.hpp"

namespace cef::modules {

/// find getent tempfile package_facts service_facts
std::vector<Module> asking_modules();
/// debug set_fact assert fail meta pause include_* import_*: the engine does them itself, their `run` is null.
std::vector<Module> control_modules();
/// ping setup gather_facts command shell raw script wait_for wait_for_connection reboot async_status
std::vector<Module> command_modules();
/// copy template file stat lineinfile replace blockinfile fetch slurp
std::vector<Module> file_modules();
/// unarchive get_url uri git
std::vector<Module> transfer_modules();
/// apt apt_repository package docker_image docker_container
std::vector<Module> package_modules();
/// service systemd user group authorized_key sysctl modprobe cron hostname timezone
std::vector<Module> system_modules();

}  // namespace cef::modules
