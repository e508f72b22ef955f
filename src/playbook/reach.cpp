#include "reach.hpp"

#include <array>

#include "cef/jinja/template.hpp"

namespace cef::playbook {

using core::Json;

namespace {

/// As Ansible names those of the family (OS_FAMILY_MAP of its facts).
constexpr std::array k_distributions = {
    "Debian", "Ubuntu",  "Raspbian", "Neon",   "KDE neon", "Linux Mint", "SteamOS",       "Devuan",
    "Kali",   "Pop!_OS", "Parrot",   "Deepin", "OSMC",     "Uos",        "Cumulus Linux", "Pardus GNU/Linux"};

/// What the facts have in common on all of them.
std::vector<Json> debian_worlds() {
  std::vector<Json> worlds;
  for (const char* distribution : k_distributions) {
    const Json facts = {
        {"os_family", "Debian"}, {"pkg_mgr", "apt"}, {"system", "Linux"}, {"distribution", distribution}};
    Json world = {{"ansible_facts", facts}};
    for (const auto& [name, value] : facts.items()) {
      world["ansible_" + name] = value;
    }
    worlds.push_back(std::move(world));
  }
  return worlds;
}

std::optional<bool> settled(const Json& condition) {
  static const std::vector<Json> worlds = debian_worlds();
  if (condition.is_boolean()) {
    return condition.get<bool>();
  }
  return condition.is_string() ? jinja::settled(condition.get_ref<const std::string&>(), worlds) : std::nullopt;
}

}  // namespace

Reach reach_of(const Frame* frame) {
  Reach reach = Reach::always;
  for (; frame != nullptr; frame = frame->parent.get()) {
    for (const Field& condition : frame->keywords.when) {
      const auto holds = settled(condition.value);
      if (holds == false) {
        return Reach::never;
      }
      reach = holds ? reach : Reach::perhaps;
    }
  }
  return reach;
}

}  // namespace cef::playbook
