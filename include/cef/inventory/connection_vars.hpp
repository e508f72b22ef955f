#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cef/core/become.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/secret.hpp"
#include "cef/inventory/inventory.hpp"

namespace cef::inventory {

/// How to reach one host and become root there, read from its variables. Names are Ansible's; `host_key` and `device`
/// are cef's own.
struct ConnectionVars {
  bool local = false;                         ///< ansible_connection: local
  std::string address;                        ///< ansible_host, else the host's name
  std::optional<int> port;                    ///< ansible_port
  std::optional<std::string> user;            ///< ansible_user
  std::optional<std::string> identity_file;   ///< ansible_ssh_private_key_file
  std::optional<core::Secret> password;       ///< ansible_password
  std::string ssh_args;                       ///< ansible_ssh_common_args and ansible_ssh_extra_args
  std::optional<core::Milliseconds> timeout;  ///< ansible_timeout: of the connection
  std::optional<std::string> host_key;        ///< pinned fingerprint, "SHA256:…"
  std::optional<std::string> device;          ///< "rpi4", "gpu", …
  core::Become become;
};

/// What the command line says of a login: it wins, and the variables are not read.
struct GivenLogin {
  std::optional<std::string> user;
  std::optional<std::filesystem::path> private_key;
  std::optional<core::Secret> password{};
};

/// Error (usage): "host 'NAME': ansible_port is 'abc'; …". Values with {{ }} are refused: cef does not template them.
/// Vaults are opened; one that does not open is an error where the login needs it.
core::Result<ConnectionVars> connection_vars(const Inventory& inventory, const std::string& host,
                                             const GivenLogin& given = {});
/// From variables whose templates are rendered already.
core::Result<ConnectionVars> connection_vars(const Variables& variables, const std::string& host,
                                             const GivenLogin& given = {},
                                             const core::OpenVault& open_vault = core::refuse_vault);

}  // namespace cef::inventory
