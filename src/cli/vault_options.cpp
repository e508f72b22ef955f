#include "vault_options.hpp"

#include <algorithm>
#include <mutex>

#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "cef/operation/playbook.hpp"
#include "fleet_options.hpp"

namespace cef::cli {

using core::Result;

namespace {

using Passwords = std::vector<core::VaultPassword>;

constexpr const char* k_default_label = "default";

struct Source {
  std::string label;
  std::string text;  ///< a file, a program, or "prompt"; empty: -J
  [[nodiscard]] bool asks() const { return text.empty() || text == "prompt"; }
};

/// In the order in which they are tried.
std::vector<Source> sources_of(const VaultArguments& arguments) {
  std::vector<Source> sources;
  for (const std::string& id : arguments.ids) {
    const std::size_t at = id.find('@');
    sources.push_back({at == std::string::npos || at == 0 ? k_default_label : id.substr(0, at),
                       at == std::string::npos ? id : id.substr(at + 1)});
  }
  for (const std::string& file : arguments.password_files) {
    sources.push_back({k_default_label, file});
  }
  if (arguments.ask) {
    sources.push_back({k_default_label, ""});
  }
  return sources;
}

Result<core::Secret> password_of(const Source& source) {
  if (source.asks()) {
    return ask_secret(source.text.empty() ? "Vault password: " : "Vault password (" + source.label + "): ");
  }
  const std::string file = core::expand_home(source.text);
  struct stat status {};
  const bool program = ::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  return program ? operation::password_of_program(file, source.label) : read_password_file(file);
}

/// As Ansible does, a file that cannot be read is passed over where there are other passwords.
Result<Passwords> read_passwords(const std::vector<Source>& sources) {
  Passwords passwords;
  Result<core::Secret> password;
  for (const Source& source : sources) {
    password = password_of(source);
    if (password) {
      passwords.push_back({source.label, *password});
    } else if (source.asks()) {
      return core::fail(password.error());
    } else {
      core::log_warning(password.error().message);
    }
  }
  return passwords.empty() && !sources.empty() ? Result<Passwords>(core::fail(password.error())) : passwords;
}

}  // namespace

void add_vault_options(CLI::App& app, VaultArguments& arguments) {
  app.add_option("--vault-id", arguments.ids, "a password of vaults: a file or program, or 'prompt' to be asked")
      ->option_text("[LABEL@]FILE ...")
      ->allow_extra_args(false);
  app.add_option("--vault-password-file,--vault-pass-file", arguments.password_files,
                 "a file that holds the password of vaults, or a program that says it")
      ->allow_extra_args(false);
  app.add_flag("-J,--ask-vault-password,--ask-vault-pass", arguments.ask, "ask for the password of vaults");
}

bool asks(const VaultArguments& arguments) {
  const auto sources = sources_of(arguments);
  return std::any_of(sources.begin(), sources.end(), [](const Source& source) { return source.asks(); });
}

operation::VaultPasswords vault_passwords(std::shared_ptr<const VaultArguments> arguments) {
  struct Answer {
    std::once_flag once;
    Result<Passwords> passwords;
  };
  return [arguments = std::move(arguments), answer = std::make_shared<Answer>()] {
    std::call_once(answer->once, [&] { answer->passwords = read_passwords(sources_of(*arguments)); });
    return answer->passwords;
  };
}

}  // namespace cef::cli
