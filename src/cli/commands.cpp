#include "commands.hpp"

namespace cef::cli {

const std::vector<Register>& commands() {
  static const std::vector<Register> list = {
      register_inventory, register_ping,   register_exec,   register_os_info,  register_file,
      register_service,   register_reboot, register_apt,    register_time,     register_monitor,
      register_repo,      register_deploy, register_docker, register_playbook, register_model,
      register_select,    register_bench,  register_runner, register_merge,
  };
  return list;
}

}  // namespace cef::cli
