#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "text.hpp"

namespace cef::modules {

/// What apt and dpkg know of one name.
struct AptPackage {
  char state = 'n';                    ///< of dpkg: 'i' installed, 'c' only its configuration is left, 'n' not there
  std::string installed;               ///< version, when it is installed
  bool automatic = false;              ///< came only because another needs it
  bool asked = false;                  ///< whether the fields below were asked for
  std::string candidate;               ///< "" when there is none
  std::vector<std::string> versions;   ///< that could be had, as apt lists them
  std::vector<std::string> providers;  ///< of a name that is no package itself
  bool only_provider_installed = false;
};

/// `apt-cache policy`
void read_policy(std::string_view text, std::map<std::string, AptPackage>& packages);
/// Lines NAME, ARCHITECTURE, STATUS, VERSION of dpkg-query between tabs. A name without an architecture means one of
/// `native` or "all".
void read_dpkg(std::string_view text, const std::string& native, std::map<std::string, AptPackage>& packages);
/// "Reverse Provides" of `apt-cache showpkg`
void read_providers(std::string_view text, std::map<std::string, AptPackage>& packages);

/// NAME, "" | "=" | ">=", VERSION
struct PackageSpec {
  std::string text, name, comparison, version;
  [[nodiscard]] bool wildcard() const { return name.find_first_of("*?[]!") != std::string::npos; }
};
[[nodiscard]] PackageSpec parse_package_spec(const std::string& text);
/// A pattern of file names as an extended regular expression for a whole line.
[[nodiscard]] std::string glob_regex(std::string_view glob);

/// What Ansible asks of a package before it decides.
struct PackageStatus {
  bool installed = false;
  bool version_installed = false;  ///< one that fits the spec
  bool installable = false;
  std::string best;  ///< the version that could be installed; "" when apt is to find one
};
[[nodiscard]] PackageStatus package_status(const PackageSpec& spec, const AptPackage& package);

/// Shell: variables and functions of all scripts around apt-get. `detached PROGRAM …` runs it in a session of its own,
/// its output in "$d/out" and "$d/err"; `apt PROGRAM …` does so again as long as another holds a lock.
[[nodiscard]] std::string apt_head(long long lock_seconds);
/// Shell: reads the lists when they are older than `valid_seconds`; prints four fields: "" (not asked for), "fresh",
/// "would", "ok", "locked" or "failed", with what apt said, and the time of the lists before and after.
struct AptUpdate {
  bool wanted = false;
  long long valid_seconds = 0;
  long long retries = 5;
  long long longest_delay = 12;
  bool check = false;
};
[[nodiscard]] std::string apt_update_script(const AptUpdate& update);

struct AptQuestions {
  std::vector<PackageSpec> specs;
  std::string release;
  bool always = false;  ///< ask for candidates also when all are installed
};
/// Prints the fields that read_apt_state reads.
[[nodiscard]] std::string apt_state_script(const AptQuestions& questions);

struct AptState {
  std::map<std::string, std::vector<std::string>> matches;  ///< of patterns
  std::map<std::string, AptPackage> packages;
};
[[nodiscard]] AptState read_apt_state(Fields& fields, const AptQuestions& questions);

}  // namespace cef::modules
