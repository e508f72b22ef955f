#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/core/secret.hpp"

namespace cef::core {

/// Whether a text begins as an Ansible vault does.
[[nodiscard]] bool is_vault(std::string_view text) noexcept;

struct VaultPassword {
  std::string label;  ///< as in the header of vaults that have one
  Secret password;
};

/// Reads "$ANSIBLE_VAULT;1.1;AES256" and "$ANSIBLE_VAULT;1.2;AES256;LABEL": PBKDF2-SHA256 (10,000 rounds), AES-256-CTR,
/// HMAC-SHA256 compared in constant time before anything is decrypted. The passwords are tried in their order, those
/// with the vault's label first. Errors: usage when none of them opens it or it is another kind of vault, integrity
/// when it is cut.
[[nodiscard]] Result<std::string> decrypt_vault(std::string_view text, std::vector<VaultPassword> passwords);

/// What stands for a value whose vault did not open. Who renders it gets `why` as the error.
[[nodiscard]] Json shut_vault(std::string why);
/// Of such a value, else nullptr.
[[nodiscard]] const std::string* why_shut(const Json& value);

/// Opens the text of a vault.
using OpenVault = std::function<Result<std::string>(const std::string& vault)>;
/// Opens none, and says which options give a password. Error: usage.
[[nodiscard]] Result<std::string> refuse_vault(const std::string& vault);

}  // namespace cef::core
