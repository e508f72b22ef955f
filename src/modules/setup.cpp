#include "setup.hpp"

#include <set>

#include <fnmatch.h>

#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// Names of single collectors, by the group whose facts hold theirs.
const std::map<std::string, std::string>& collectors() {
  static const std::map<std::string, std::string> groups = [] {
    std::map<std::string, std::string> table;
    for (const char* name :
         {"apparmor", "caps",         "chroot",       "cmdline", "date_time", "distribution", "dns",
          "env",      "fips",         "local",        "lsb",     "pkg_mgr",   "platform",     "python",
          "selinux",  "service_mgr",  "ssh_pub_keys", "user",    "loadavg",   "machine",      "system",
          "kernel",   "architecture", "hostname",     "fqdn"}) {
      table[name] = "min";
    }
    for (const char* name :
         {"devices", "dmi", "mounts", "processor", "processor_cores", "processor_count", "memory", "swap", "uptime"}) {
      table[name] = "hardware";
    }
    for (const char* name : {"interfaces", "default_ipv4", "default_ipv6", "all_ipv4_addresses", "all_ipv6_addresses",
                             "iscsi", "nvme", "fc_wwn", "fibre_channel_wwn"}) {
      table[name] = "network";
    }
    for (const char* name : {"virtualization_type", "virtualization_role"}) {
      table[name] = "virtual";
    }
    for (const char* name : {"min", "hardware", "network", "virtual", "all", "facter", "ohai"}) {
      table[name] = name;
    }
    return table;
  }();
  return groups;
}

/// What a list as ["!all", "network"] asks for. Error: a name that Ansible does not have.
Result<FactGroups> groups_of(const Json& subset) {
  std::set<std::string> wanted;
  std::set<std::string> unwanted;
  for (const Json& item : subset) {
    std::string name = item.is_string() ? item.get<std::string>() : item.dump();
    const bool out = name.starts_with('!');
    name = name.substr(out ? 1 : 0);
    const auto group = collectors().find(name);
    if (group == collectors().end()) {
      return fail(core::ErrorCode::general,
                  "Bad subset '" + name +
                      "' given to Ansible. gather_subset options allowed: all, hardware, "
                      "min, network, virtual, and the names of single collectors; prefix ! to leave one out");
    }
    if (!out) {
      wanted.insert(group->second);
    } else if (name == group->second) {  // a single collector is not left out alone
      unwanted.insert(name);
    }
  }
  const bool all = wanted.contains("all") || (wanted.empty() && !unwanted.contains("all"));
  const auto takes = [&](const char* name) { return !unwanted.contains(name) && (all || wanted.contains(name)); };
  FactGroups groups;
  groups.minimum = !unwanted.contains("min");
  groups.hardware = takes("hardware");
  groups.network = takes("network");
  groups.virtualization = takes("virtual");
  return groups;
}

bool passes(const std::string& name, const Json& filters) {
  if (filters.empty()) {
    return true;
  }
  for (const Json& filter : filters) {
    const std::string pattern = filter.is_string() ? filter.get<std::string>() : "";
    if (pattern.empty() || ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
        ::fnmatch(pattern.c_str(), ("ansible_" + name).c_str(), 0) == 0) {
      return true;
    }
  }
  return false;
}

}  // namespace

Json facts_from(std::string_view text, const FactGroups& groups) {
  const RawFacts raw(text);
  Json facts = Json::object();
  if (groups.minimum) {
    add_platform_facts(raw, facts);
    add_distribution_facts(raw, facts);
    add_session_facts(raw, facts);
  }
  if (groups.hardware) {
    add_hardware_facts(raw, facts);
  }
  if (groups.network) {
    add_network_facts(raw, facts);
  }
  if (groups.virtualization) {
    add_virtual_facts(raw, facts);
  }
  return facts;
}

Result<Json> run_setup(const Call& call) {
  const Json& subset = call.args.at("gather_subset");
  const auto groups = groups_of(subset);
  if (!groups) {
    return failure(groups.error().message);
  }
  const auto answer = call.run(facts_script(*groups, call.text("fact_path")));
  if (!answer) {
    return fail(answer.error());
  }
  if (groups->minimum && answer->out.find("machine") == std::string::npos) {
    return failure(task::script_error("gathering facts", *answer).message);
  }
  Json facts = facts_from(answer->out, *groups);
  Json named = Json::object();
  const Json filters = call.args.contains("filter") && call.given("filter") ? call.args.at("filter") : Json::array();
  for (auto& [name, value] : facts.items()) {
    if (passes(name, filters)) {
      named["ansible_" + name] = std::move(value);
    }
  }
  for (const auto& [name, value] : {std::pair("gather_subset", subset), std::pair("module_setup", Json(true))}) {
    if (filters.empty() || passes(name, filters)) {
      named[name] = value;
    }
  }
  return Json{{"changed", false}, {"ansible_facts", std::move(named)}};
}

}  // namespace cef::modules
