#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cef/operation/inventory.hpp"

namespace CLI {
class App;
}

namespace cef::cli {

/// The options that open vaults, as they are on the command line.
struct VaultArguments {
  std::vector<std::string> ids;  ///< [LABEL@]SOURCE
  std::vector<std::string> password_files;
  bool ask = false;

  [[nodiscard]] bool given() const { return ask || !ids.empty() || !password_files.empty(); }
};

/// --vault-id, --vault-password-file, --ask-vault-pass.
void add_vault_options(CLI::App& app, VaultArguments& arguments);
/// Whether one of them is asked for on the terminal.
[[nodiscard]] bool asks(const VaultArguments& arguments);
/// Reads them when they are wanted first, once: asks on the terminal, reads files, runs programs.
operation::VaultPasswords vault_passwords(std::shared_ptr<const VaultArguments> arguments);

}  // namespace cef::cli
