#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cef/operation/playbook.hpp"

namespace cef::operation {

/// What cef takes from ansible.cfg and from ANSIBLE_* in the environment, which wins.
struct AnsibleConfig {
  std::filesystem::path file;  ///< empty: there is none
  std::vector<std::filesystem::path> inventory;
  std::vector<std::filesystem::path> roles_path;
  std::string remote_user, private_key_file, become_user, become_flags, become_exe, vault_password_file,
      ansible_managed;
  std::vector<std::string> vault_ids;  ///< "LABEL@FILE"
  std::optional<int> forks;
  bool become = false;
  std::optional<core::BecomeMethod> become_method;
  bool force_handlers = false;
  std::vector<std::string> warnings;  ///< settings that change what a playbook does, and are not honoured
};

/// $ANSIBLE_CONFIG, ansible.cfg in this folder (unless anyone may write into it), ~/.ansible.cfg,
/// /etc/ansible/ansible.cfg: the first that is there. Error: usage, "FILE:LINE: …".
core::Result<AnsibleConfig> read_ansible_config();
/// Of the text of one file; `environment` gives a variable or "".
core::Result<AnsibleConfig> parse_ansible_config(const std::string& text, const std::filesystem::path& file,
                                                 const std::function<std::string(const char*)>& environment);
/// Into what the command line has left open.
void apply(const AnsibleConfig& config, PlaybookOptions& options);

}  // namespace cef::operation
