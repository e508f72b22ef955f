#include "families.hpp"
#include "system_family.hpp"

namespace cef::modules {
namespace {

Parameter boolean(const char* name, bool fallback) {
  return {.name = name, .type = Type::boolean, .fallback = fallback};
}

Parameter maybe(const char* name) {
  return {.name = name, .type = Type::boolean};
}

Parameter integer(const char* name) {
  return {.name = name, .type = Type::integer};
}

Parameter present() {
  return {.name = "state", .fallback = "present", .choices = {"absent", "present"}};
}

std::vector<Parameter> unit_parameters(Parameter name) {
  return {std::move(name),
          {.name = "state", .choices = {"reloaded", "restarted", "started", "stopped"}},
          maybe("enabled"),
          maybe("force"),
          maybe("masked"),
          {.name = "daemon_reload", .type = Type::boolean, .fallback = false, .aliases = {"daemon-reload"}},
          {.name = "daemon_reexec", .type = Type::boolean, .fallback = false, .aliases = {"daemon-reexec"}},
          {.name = "scope", .fallback = "system", .choices = {"system", "user", "global"}},
          boolean("no_block", false)};
}

Module systemd_module(const char* name) {
  return {.name = name,
          .parameters = unit_parameters({.name = "name", .aliases = {"service", "unit"}}),
          .run = run_systemd};
}

/// Ansible hands what it is given to the module of the host's service manager: `service` has the parameters of both.
Module service_module() {
  Module module = {.name = "service",
                   .parameters = unit_parameters({.name = "name", .required = true, .aliases = {"service", "unit"}}),
                   .run = run_service};
  module.parameters.push_back(integer("sleep"));
  module.parameters.push_back({.name = "pattern"});
  module.parameters.push_back({.name = "runlevel", .fallback = "default"});
  module.parameters.push_back({.name = "arguments", .fallback = "", .aliases = {"args"}});
  module.parameters.push_back({.name = "use", .fallback = "auto"});
  return module;
}

Module user_module() {
  return {.name = "user",
          .parameters = {present(),
                         {.name = "name", .required = true, .aliases = {"user"}},
                         integer("uid"),
                         boolean("non_unique", false),
                         {.name = "group"},
                         {.name = "groups", .type = Type::list},
                         {.name = "comment"},
                         {.name = "home", .type = Type::path},
                         {.name = "shell"},
                         {.name = "password", .no_log = true},
                         {.name = "login_class"},
                         integer("password_expire_max"),
                         integer("password_expire_min"),
                         maybe("hidden"),
                         {.name = "seuser"},
                         boolean("force", false),
                         boolean("remove", false),
                         {.name = "create_home", .type = Type::boolean, .fallback = true, .aliases = {"createhome"}},
                         {.name = "skeleton"},
                         boolean("system", false),
                         boolean("move_home", false),
                         boolean("append", false),
                         maybe("generate_ssh_key"),
                         {.name = "ssh_key_bits", .type = Type::integer, .fallback = 0},
                         {.name = "ssh_key_type", .fallback = "rsa"},
                         {.name = "ssh_key_file", .type = Type::path},
                         {.name = "ssh_key_comment"},
                         {.name = "ssh_key_passphrase", .no_log = true},
                         {.name = "update_password", .fallback = "always", .choices = {"always", "on_create"}},
                         {.name = "expires", .type = Type::number},
                         maybe("password_lock"),
                         maybe("local"),
                         {.name = "profile"},
                         {.name = "authorization"},
                         {.name = "role"},
                         {.name = "umask"}},
          .run = run_user};
}

Module group_module() {
  return {.name = "group",
          .parameters = {present(),
                         {.name = "name", .required = true},
                         integer("gid"),
                         boolean("system", false),
                         boolean("local", false),
                         boolean("non_unique", false)},
          .run = run_group};
}

Module authorized_key_module() {
  return {.name = "authorized_key",
          .parameters = {{.name = "user", .required = true},
                         {.name = "key", .required = true},
                         {.name = "path", .type = Type::path},
                         boolean("manage_dir", true),
                         present(),
                         {.name = "key_options"},
                         boolean("exclusive", false),
                         {.name = "comment"},
                         boolean("validate_certs", true),
                         boolean("follow", false)},
          .run = run_authorized_key};
}

Module sysctl_module() {
  return {.name = "sysctl",
          .parameters = {{.name = "name", .required = true, .aliases = {"key"}},
                         {.name = "value", .aliases = {"val"}},
                         present(),
                         boolean("reload", true),
                         boolean("sysctl_set", false),
                         boolean("ignoreerrors", false),
                         {.name = "sysctl_file", .type = Type::path, .fallback = "/etc/sysctl.conf"}},
          .run = run_sysctl};
}

Module modprobe_module() {
  return {.name = "modprobe",
          .parameters = {{.name = "name", .required = true},
                         present(),
                         {.name = "params", .fallback = ""},
                         {.name = "persistent", .fallback = "disabled", .choices = {"disabled", "present", "absent"}}},
          .run = run_modprobe};
}

Module cron_module() {
  Module module = {.name = "cron",
                   .parameters = {{.name = "name", .required = true},
                                  {.name = "user"},
                                  {.name = "job", .aliases = {"value"}},
                                  {.name = "cron_file", .type = Type::path},
                                  present(),
                                  boolean("backup", false),
                                  {.name = "minute", .fallback = "*"},
                                  {.name = "hour", .fallback = "*"},
                                  {.name = "day", .fallback = "*", .aliases = {"dom"}},
                                  {.name = "month", .fallback = "*"},
                                  {.name = "weekday", .fallback = "*", .aliases = {"dow"}},
                                  {.name = "special_time",
                                   .choices = {"reboot", "yearly", "annually", "monthly", "weekly", "daily", "hourly"}},
                                  boolean("disabled", false),
                                  boolean("env", false),
                                  {.name = "insertafter"},
                                  {.name = "insertbefore"}},
                   .run = run_cron};
  module.at_most_one_of = {{"insertafter", "insertbefore"}};
  return module;
}

Module hostname_module() {
  return {.name = "hostname",
          .parameters = {{.name = "name", .required = true},
                         {.name = "use",
                          .choices = {"alpine", "debian", "freebsd", "generic", "macos", "macosx", "darwin", "openbsd",
                                      "openrc", "redhat", "sles", "solaris", "systemd"}}},
          .run = run_hostname};
}

Module timezone_module() {
  return {.name = "timezone",
          .parameters = {{.name = "name"}, {.name = "hwclock", .choices = {"local", "UTC"}, .aliases = {"rtc"}}},
          .run = run_timezone};
}

}  // namespace

std::vector<Module> system_modules() {
  return {service_module(),
          systemd_module("systemd"),
          systemd_module("systemd_service"),
          user_module(),
          group_module(),
          authorized_key_module(),
          sysctl_module(),
          modprobe_module(),
          cron_module(),
          hostname_module(),
          timezone_module()};
}

}  // namespace cef::modules
