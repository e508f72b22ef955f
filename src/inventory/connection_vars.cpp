#include "cef/inventory/connection_vars.hpp"

#include <initializer_list>
#include <set>

#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"
#include "cef/core/yaml.hpp"

namespace cef::inventory {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

class Reader {
 public:
  Reader(std::string host, Variables vars, const core::OpenVault& open_vault)
      : host_(std::move(host)), vars_(std::move(vars)), open_vault_(open_vault) {}

  /// The first of several spellings of a variable, as text. Why a vault does not open is an error, unless it is wanted
  /// in `shut`.
  std::optional<std::string> text(std::initializer_list<const char*> names, std::string* shut = nullptr) {
    for (const char* name : names) {
      const auto found = vars_.find(name);
      if (found == vars_.end() || found->second.is_null()) {
        continue;
      }
      const Json& value = found->second;
      const std::string* vault = vault_text(value);
      const auto opened = vault != nullptr ? open_vault_(*vault) : core::text_of(value);
      if (!opened) {
        leave_shut(std::string(name) + " " + opened.error().message, opened.error().code, shut);
        return std::nullopt;
      }
      const std::string& text = *opened;
      if (vault != nullptr) {
        secrets_.insert(text);
      }
      if (vault == nullptr && value.is_structured()) {
        refuse(name, text, "it is one value, not a list or a map");
      } else if (text.find("{{") != std::string::npos) {
        refuse(name, text, "cef does not evaluate templates here; write the value");
      }
      return text;
    }
    return std::nullopt;
  }

  std::optional<int> port(std::initializer_list<const char*> names, std::string* shut) {
    const auto value = text(names, shut);
    if (!value) {
      return std::nullopt;
    }
    if (value->empty() || value->size() > 5 || value->find_first_not_of("0123456789") != std::string::npos ||
        std::stoi(*value) < 1 || std::stoi(*value) > 65535) {
      refuse(*names.begin(), *value, "a port is 1 to 65535");
      return std::nullopt;
    }
    return std::stoi(*value);
  }

  bool boolean(std::initializer_list<const char*> names) {
    const auto value = text(names);
    if (!value) {
      return false;
    }
    const Json resolved = core::resolve_yaml_scalar(*value);
    if (!resolved.is_boolean()) {
      refuse(*names.begin(), *value, "write yes or no");
      return false;
    }
    return resolved.get<bool>();
  }

  std::vector<std::string> words(std::initializer_list<const char*> names) {
    const auto line = text(names);
    auto words = core::shell_split(line.value_or(""));
    if (!words) {
      refuse(*std::prev(names.end()), *line, "a quote does not end in it");
    }
    return words.value_or(std::vector<std::string>{});
  }

  void refuse(const std::string& name, const std::string& value, const std::string& remedy) {
    const bool secret = name.find("pass") != std::string::npos || secrets_.count(value) > 0;
    fail_with(ErrorCode::usage, name + " is '" + (secret ? "***" : value) + "'; " + remedy);
  }
  [[nodiscard]] const std::optional<core::Error>& error() const { return error_; }

 private:
  void leave_shut(const std::string& why, ErrorCode code, std::string* shut) {
    if (shut != nullptr && code != ErrorCode::interrupted) {
      *shut = why;
    } else {
      fail_with(code, why);
    }
  }
  /// The first error counts.
  void fail_with(ErrorCode code, const std::string& what) {
    if (!error_) {
      error_ = core::Error{code, "host '" + host_ + "': " + what, {}};
    }
  }

  std::string host_;
  Variables vars_;
  const core::OpenVault& open_vault_;
  std::set<std::string> secrets_;  ///< that were in vaults
  std::optional<core::Error> error_;
};

std::optional<core::Secret> secret(std::optional<std::string> text) {
  return text ? std::optional(core::Secret(std::move(*text))) : std::nullopt;
}

/// Who logs in where, and how.
void read_login(Reader& read, const std::string& host, const GivenLogin& given, ConnectionVars& vars) {
  std::string unneeded;
  std::string* const shut = vars.local ? &unneeded : nullptr;
  vars.address = read.text({"ansible_host", "ansible_ssh_host"}, shut).value_or(host);
  if (!vars.local && !core::is_safe_host_name(vars.address)) {
    read.refuse("ansible_host", vars.address, "write a host name or an address");
  }
  vars.port = read.port({"ansible_port", "ansible_ssh_port"}, shut);
  vars.user = given.user ? given.user : read.text({"ansible_user", "ansible_ssh_user"}, shut);
  vars.identity_file = given.private_key
                           ? given.private_key->string()
                           : read.text({"ansible_ssh_private_key_file", "ansible_private_key_file"}, shut);
  vars.password = given.password
                      ? given.password
                      : secret(read.text({"ansible_password", "ansible_ssh_pass", "ansible_ssh_password"}, shut));
  vars.ssh_args = read.text({"ansible_ssh_common_args"}, shut).value_or("");
  if (const auto extra = read.text({"ansible_ssh_extra_args"}, shut)) {
    vars.ssh_args += (vars.ssh_args.empty() ? "" : " ") + *extra;
  }
  if (const auto timeout = read.text({"ansible_timeout", "ansible_ssh_timeout"}, shut)) {
    const auto duration = core::parse_duration(*timeout);
    if (duration && duration->count() > 0) {
      vars.timeout = *duration;
    } else {
      read.refuse("ansible_timeout", *timeout, "write seconds, for example 10");
    }
  }
  vars.host_key = read.text({"host_key"}, shut);
  if (vars.host_key && (vars.host_key->rfind("SHA256:", 0) != 0 || vars.host_key->size() != 50)) {
    read.refuse("host_key", *vars.host_key, "write the fingerprint that 'ssh-keygen -lf' shows: SHA256:…");
  }
}

}  // namespace

Result<ConnectionVars> connection_vars(const Inventory& inventory, const std::string& host, const GivenLogin& given) {
  return connection_vars(inventory.effective(host), host, given, inventory.open_vault);
}

Result<ConnectionVars> connection_vars(const Variables& variables, const std::string& host, const GivenLogin& given,
                                       const core::OpenVault& open_vault) {
  Reader read(host, variables, open_vault);
  ConnectionVars vars;
  const std::string connection = read.text({"ansible_connection"}).value_or("ssh");
  vars.local = connection == "local";
  if (!vars.local && connection != "ssh" && connection != "smart" && connection != "paramiko") {
    read.refuse("ansible_connection", connection, "cef knows ssh and local");
  }
  read_login(read, host, given, vars);
  std::string unneeded;
  vars.device = read.text({"device"}, &unneeded);
  vars.become.wanted = read.boolean({"ansible_become"});
  vars.become.user = read.text({"ansible_become_user"}).value_or("root");
  vars.become.password =
      secret(read.text({"ansible_become_password", "ansible_become_pass", "ansible_sudo_pass", "ansible_su_pass"},
                       &vars.become.no_password));
  const std::string method = read.text({"ansible_become_method"}).value_or("sudo");
  if (const auto known = core::parse_become_method(method)) {
    vars.become.method = *known;
  } else {
    read.refuse("ansible_become_method", method, "cef knows sudo and su");
  }
  const bool su = vars.become.method == core::BecomeMethod::su;
  vars.become.flags = read.words({su ? "ansible_su_flags" : "ansible_sudo_flags", "ansible_become_flags"});
  vars.become.program = read.words({su ? "ansible_su_exe" : "ansible_sudo_exe", "ansible_become_exe"});
  if (read.error()) {
    return fail(*read.error());
  }
  return vars;
}

}  // namespace cef::inventory
