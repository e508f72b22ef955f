#include "cef/inventory/connection_vars.hpp"

#include <initializer_list>

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
  Reader(std::string host, Variables vars) : host_(std::move(host)), vars_(std::move(vars)) {}

  /// The first of several spellings of a variable, as text.
  std::optional<std::string> text(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      const auto found = vars_.find(name);
      if (found == vars_.end() || found->second.is_null()) {
        continue;
      }
      const Json& value = found->second;
      std::string text = core::text_of(value);
      if (value.is_structured()) {
        refuse(name, text, "it is one value, not a list or a map");
      } else if (text.find("{{") != std::string::npos) {
        refuse(name, text, "cef does not evaluate templates here; write the value");
      }
      return text;
    }
    return std::nullopt;
  }

  std::optional<int> port(std::initializer_list<const char*> names) {
    const auto value = text(names);
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

  void refuse(const std::string& name, const std::string& value, const std::string& remedy) {
    if (!error_) {
      const bool secret = name.find("pass") != std::string::npos;
      error_ = core::Error{
          ErrorCode::usage, "host '" + host_ + "': " + name + " is '" + (secret ? "***" : value) + "'; " + remedy, {}};
    }
  }
  [[nodiscard]] const std::optional<core::Error>& error() const { return error_; }

 private:
  std::string host_;
  Variables vars_;
  std::optional<core::Error> error_;
};

std::optional<core::Secret> secret(std::optional<std::string> text) {
  return text ? std::optional(core::Secret(std::move(*text))) : std::nullopt;
}

}  // namespace

Result<ConnectionVars> connection_vars(const Inventory& inventory, const std::string& host) {
  return connection_vars(inventory.effective(host), host);
}

Result<ConnectionVars> connection_vars(const Variables& variables, const std::string& host) {
  Reader read(host, variables);
  ConnectionVars vars;
  const std::string connection = read.text({"ansible_connection"}).value_or("ssh");
  vars.local = connection == "local";
  if (!vars.local && connection != "ssh" && connection != "smart" && connection != "paramiko") {
    read.refuse("ansible_connection", connection, "cef knows ssh and local");
  }
  vars.address = read.text({"ansible_host", "ansible_ssh_host"}).value_or(host);
  if (!vars.local && !core::is_safe_host_name(vars.address)) {
    read.refuse("ansible_host", vars.address, "write a host name or an address");
  }
  vars.port = read.port({"ansible_port", "ansible_ssh_port"});
  vars.user = read.text({"ansible_user", "ansible_ssh_user"});
  vars.identity_file = read.text({"ansible_ssh_private_key_file", "ansible_private_key_file"});
  vars.password = secret(read.text({"ansible_password", "ansible_ssh_pass", "ansible_ssh_password"}));
  vars.ssh_args = read.text({"ansible_ssh_common_args"}).value_or("");
  if (const auto extra = read.text({"ansible_ssh_extra_args"})) {
    vars.ssh_args += (vars.ssh_args.empty() ? "" : " ") + *extra;
  }
  if (const auto timeout = read.text({"ansible_timeout", "ansible_ssh_timeout"})) {
    const auto duration = core::parse_duration(*timeout);
    if (duration && duration->count() > 0) {
      vars.timeout = *duration;
    } else {
      read.refuse("ansible_timeout", *timeout, "write seconds, for example 10");
    }
  }
  vars.host_key = read.text({"host_key"});
  if (vars.host_key && (vars.host_key->rfind("SHA256:", 0) != 0 || vars.host_key->size() != 50)) {
    read.refuse("host_key", *vars.host_key, "write the fingerprint that 'ssh-keygen -lf' shows: SHA256:…");
  }
  vars.device = read.text({"device"});
  vars.become.wanted = read.boolean({"ansible_become"});
  vars.become.user = read.text({"ansible_become_user"}).value_or("root");
  vars.become.password =
      secret(read.text({"ansible_become_password", "ansible_become_pass", "ansible_sudo_pass", "ansible_su_pass"}));
  const std::string method = read.text({"ansible_become_method"}).value_or("sudo");
  if (const auto known = core::parse_become_method(method)) {
    vars.become.method = *known;
  } else {
    read.refuse("ansible_become_method", method, "cef knows sudo and su");
  }
  if (read.error()) {
    return fail(*read.error());
  }
  return vars;
}

}  // namespace cef::inventory
