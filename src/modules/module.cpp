#include "cef/modules/module.hpp"

#include <array>

#include "cef/core/shell.hpp"
#include "families.hpp"

namespace cef::modules {
namespace {

std::map<std::string, Module> all() {
  std::map<std::string, Module> table;
  for (const auto& family : {control_modules(), command_modules(), file_modules(), transfer_modules(),
                             package_modules(), system_modules(), asking_modules()}) {
    for (const Module& module : family) {
      table.emplace(module.name, module);
    }
  }
  return table;
}

const std::map<std::string, Module>& table() {
  static const std::map<std::string, Module> modules = all();
  return modules;
}

}  // namespace

const Module* find(std::string_view name) {
  constexpr std::array<std::string_view, 5> k_collections = {"ansible.builtin.", "ansible.legacy.", "ansible.posix.",
                                                             "community.general.", "community.docker."};
  for (const auto collection : k_collections) {
    if (name.starts_with(collection)) {
      name.remove_prefix(collection.size());
      break;
    }
  }
  const auto found = table().find(std::string(name));
  return found == table().end() ? nullptr : &found->second;
}

std::vector<std::string> names() {
  std::vector<std::string> list;
  for (const auto& [name, module] : table()) {
    list.push_back(name);
  }
  return list;
}

core::Json failure(std::string message) {
  return {{"changed", false}, {"failed", true}, {"msg", std::move(message)}};
}

core::Result<ssh::ExecResult> Call::run(const std::string& script, std::string input) const {
  std::string exports;
  for (const auto& [name, value] : environment) {
    exports += "export " + name + "=" + core::shell_quote(value) + "\n";
  }
  return host.run(exports + script, std::move(input));
}

std::string Call::text(const char* name) const {
  const core::Json& value = args.at(name);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

bool Call::flag(const char* name) const {
  const core::Json& value = args.at(name);
  return value.is_boolean() && value.get<bool>();
}

}  // namespace cef::modules
