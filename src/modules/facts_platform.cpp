#include <array>

#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

std::string os_family(const std::string& distribution) {
  static const std::map<std::string, std::string> families = {
      {"Ubuntu", "Debian"},      {"Raspbian", "Debian"},          {"Linux Mint", "Debian"},  {"Kali", "Debian"},
      {"Devuan", "Debian"},      {"Pop!_OS", "Debian"},           {"Fedora", "RedHat"},      {"CentOS", "RedHat"},
      {"Rocky", "RedHat"},       {"AlmaLinux", "RedHat"},         {"OracleLinux", "RedHat"}, {"Amazon", "RedHat"},
      {"openSUSE Leap", "Suse"}, {"openSUSE Tumbleweed", "Suse"}, {"SLES", "Suse"},          {"Manjaro", "Archlinux"},
  };
  const auto found = families.find(distribution);
  return found == families.end() ? distribution : found->second;
}

/// As Ansible calls what os-release calls ID.
std::string distribution_name(const std::map<std::string, std::string>& release) {
  static const std::map<std::string, std::string> names = {
      {"debian", "Debian"},
      {"raspbian", "Debian"},
      {"ubuntu", "Ubuntu"},
      {"fedora", "Fedora"},
      {"centos", "CentOS"},
      {"rhel", "RedHat"},
      {"rocky", "Rocky"},
      {"almalinux", "AlmaLinux"},
      {"alpine", "Alpine"},
      {"arch", "Archlinux"},
      {"kali", "Kali"},
      {"devuan", "Devuan"},
      {"linuxmint", "Linux Mint"},
      {"opensuse-leap", "openSUSE Leap"},
      {"amzn", "Amazon"},
      {"ol", "OracleLinux"},
      {"pop", "Pop!_OS"},
      {"manjaro", "Manjaro"},
  };
  const auto id = release.find("ID");
  if (id == release.end()) {
    return "NA";
  }
  const auto found = names.find(id->second);
  if (found != names.end()) {
    return found->second;
  }
  std::string name = id->second;
  name[0] = static_cast<char>(name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + 'A' : name[0]);
  return name;
}

/// "Debian GNU/Linux 12 (bookworm)" → "bookworm"
std::string code_name(const std::map<std::string, std::string>& release) {
  if (const auto name = release.find("VERSION_CODENAME"); name != release.end()) {
    return name->second;
  }
  const auto pretty = release.find("PRETTY_NAME");
  const std::string text = pretty == release.end() ? "" : pretty->second;
  const std::size_t open = text.find('(');
  const std::size_t close = text.find(')', open == std::string::npos ? 0 : open);
  return close == std::string::npos || open == std::string::npos ? "NA" : text.substr(open + 1, close - open - 1);
}

std::string package_manager(const RawFacts& raw) {
  for (const char* name : {"apt-get", "apt", "dnf", "yum", "zypper", "pacman", "apk", "opkg"}) {
    if (raw.has(std::string("pkg-") + name)) {
      return std::string(name) == "apt-get" ? "apt" : name;
    }
  }
  return "unknown";
}

std::string service_manager(const RawFacts& raw) {
  static const std::map<std::string, std::string> names = {
      {"procd", "openwrt_init"}, {"runit-init", "runit"}, {"svscan", "svc"}, {"openrc-init", "openrc"}};
  std::string first = raw.has("comm1") ? raw.line("comm1") : raw.line("init");
  first = first.substr(first.rfind('/') + 1);
  if (!first.empty() && first != "init" && !first.ends_with("sh")) {
    const auto found = names.find(first);
    return found == names.end() ? first : found->second;
  }
  return raw.has("systemd") || raw.line("init").ends_with("systemd") ? "systemd"
         : raw.has("openrc")                                         ? "openrc"
         : raw.has("sysvinit")                                       ? "sysvinit"
                                                                     : "service";
}

Json lsb(const RawFacts& raw) {
  Json facts = Json::object();
  static const std::map<std::string, std::string> keys = {
      {"Distributor ID", "id"}, {"Release", "release"}, {"Description", "description"}, {"Codename", "codename"}};
  for (const std::string& line : raw.lines("lsb")) {
    const std::size_t colon = line.find(':');
    const auto key = keys.find(line.substr(0, colon));
    if (colon != std::string::npos && key != keys.end()) {
      facts[key->second] = line.substr(std::min(line.find_first_not_of(" \t", colon + 1), line.size()));
    }
  }
  if (facts.empty()) {
    for (const auto& [key, value] : assignments_of(raw.get("lsb-release"))) {
      static const std::map<std::string, std::string> names = {{"DISTRIB_ID", "id"},
                                                               {"DISTRIB_RELEASE", "release"},
                                                               {"DISTRIB_DESCRIPTION", "description"},
                                                               {"DISTRIB_CODENAME", "codename"}};
      if (const auto name = names.find(key); name != names.end()) {
        facts[name->second] = value;
      }
    }
  }
  if (facts.contains("release")) {
    const std::string release = facts["release"];
    facts["major_release"] = release.substr(0, release.find('.'));
  }
  return facts;
}

/// The release's own Python, by which roles choose names of packages. The host need not have it.
void add_python_facts(const std::string& release, Json& facts) {
  static const std::map<std::string, std::array<int, 3>> k_versions = {
      {"10", {3, 7, 3}},     {"11", {3, 9, 2}},      {"12", {3, 11, 2}},   {"13", {3, 13, 5}},
      {"20.04", {3, 8, 10}}, {"22.04", {3, 10, 12}}, {"24.04", {3, 12, 3}}};
  const auto found = k_versions.find(release);
  const auto [major, minor, micro] = found == k_versions.end() ? std::array<int, 3>{3, 11, 2} : found->second;
  facts["python_version"] = std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(micro);
  facts["python"] = {
      {"executable", "/usr/bin/python3"},
      {"has_sslcontext", true},
      {"type", "cpython"},
      {"version", {{"major", major}, {"minor", minor}, {"micro", micro}, {"releaselevel", "final"}, {"serial", 0}}},
      {"version_info", {major, minor, micro, "final", 0}}};
}

}  // namespace

void add_platform_facts(const RawFacts& raw, Json& facts) {
  const std::string machine = raw.line("machine");
  const std::string node = raw.line("nodename");
  facts["system"] = raw.line("ostype");
  facts["kernel"] = raw.line("osrelease");
  facts["kernel_version"] = raw.line("version");
  facts["machine"] = facts["architecture"] = machine;
  const std::string bits = raw.line("bits").empty() ? "64" : raw.line("bits");
  facts["userspace_bits"] = bits;
  if (machine == "x86_64") {
    facts["userspace_architecture"] = bits == "64" ? "x86_64" : "i386";
  }
  const std::string fqdn = raw.line("fqdn").empty() ? node : raw.line("fqdn");
  facts["fqdn"] = fqdn;
  facts["hostname"] = node.substr(0, node.find('.'));
  facts["nodename"] = node;
  facts["domain"] = fqdn.find('.') == std::string::npos ? "" : fqdn.substr(fqdn.find('.') + 1);
  const std::string id = raw.line("machine-id-dbus").empty() ? raw.line("machine-id") : raw.line("machine-id-dbus");
  if (!id.empty()) {
    facts["machine_id"] = id;
  }
}

void add_distribution_facts(const RawFacts& raw, Json& facts) {
  const auto release = assignments_of(raw.get("os-release"));
  const std::string name = distribution_name(release);
  std::string version = release.contains("VERSION_ID") ? release.at("VERSION_ID") : "NA";
  if (name == "Alpine" && !raw.line("alpine-release").empty()) {
    version = raw.line("alpine-release");
  }
  const std::string debian = raw.line("debian_version");
  const bool numbered = debian.find_first_not_of("0123456789.") == std::string::npos && !debian.empty();
  facts["distribution"] = name;
  facts["distribution_release"] = code_name(release);
  if (name == "Debian" && numbered) {
    version = debian;
    const std::size_t dot = debian.find('.');
    facts["distribution_minor_version"] = dot == std::string::npos ? "" : debian.substr(dot + 1);
  }
  facts["distribution_version"] = version;
  facts["distribution_major_version"] = version.substr(0, version.find('.'));
  add_python_facts(name == "Ubuntu" ? version : facts["distribution_major_version"].get<std::string>(), facts);
  facts["os_family"] = os_family(name);
  facts["distribution_file_path"] = "/etc/os-release";
  facts["distribution_file_variety"] = os_family(name);
  facts["distribution_file_parsed"] = true;
  facts["pkg_mgr"] = package_manager(raw);
  facts["service_mgr"] = service_manager(raw);
  facts["lsb"] = lsb(raw);
}

}  // namespace cef::modules
