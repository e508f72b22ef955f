#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"

/// The facts of `setup`, with Ansible's names but without "ansible_", out of what one script printed.
namespace cef::modules {

/// What the script printed, by the names of its parts.
class RawFacts {
 public:
  explicit RawFacts(std::string_view text);
  [[nodiscard]] bool has(const std::string& name) const { return parts_.contains(name); }
  [[nodiscard]] const std::string& get(const std::string& name) const;
  [[nodiscard]] std::string line(const std::string& name) const;  ///< the first line
  [[nodiscard]] std::vector<std::string> lines(const std::string& name) const;
  /// Words of a line of /proc/self/status, without its name.
  [[nodiscard]] std::vector<std::string> status(const std::string& name) const;

 private:
  /// What `tail -n +1 FILE…` printed.
  void add_files(std::string_view text);
  std::map<std::string, std::string> parts_;
};

struct FactGroups {
  bool minimum = true, hardware = true, network = true, virtualization = true;
};

/// A file that is sent as it is; `group`: a(lways), m(inimum), h(ardware), v(irtualization), b(oth of the last two).
struct FactFile {
  std::string name, path;
  char group;
};

/// In the order in which they are read.
[[nodiscard]] const std::vector<FactFile>& fact_files();
[[nodiscard]] std::string facts_script(const FactGroups& groups, const std::string& fact_path);

void add_platform_facts(const RawFacts& raw, core::Json& facts);
void add_distribution_facts(const RawFacts& raw, core::Json& facts);
void add_session_facts(const RawFacts& raw, core::Json& facts);  ///< user, env, date_time, cmdline, dns, local …
void add_hardware_facts(const RawFacts& raw, core::Json& facts);
void add_device_facts(const RawFacts& raw, core::Json& facts);
void add_network_facts(const RawFacts& raw, core::Json& facts);
void add_virtual_facts(const RawFacts& raw, core::Json& facts);

/// Parts between `separator`, empty ones too.
[[nodiscard]] std::vector<std::string> parts_of(const std::string& text, char separator);
[[nodiscard]] long long number_of(const std::string& text);
/// KEY=VALUE lines, quotes taken off.
[[nodiscard]] std::map<std::string, std::string> assignments_of(const std::string& text);

}  // namespace cef::modules
