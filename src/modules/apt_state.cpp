#include "apt_state.hpp"

#include <algorithm>

#include <fnmatch.h>

#include "cef/core/shell.hpp"
#include "debian_version.hpp"

namespace cef::modules {
namespace {

bool matches(const std::string& text, const std::string& pattern) {
  return ::fnmatch(pattern.c_str(), text.c_str(), FNM_NOESCAPE) == 0;
}

std::vector<std::string> columns(const std::string& line, char separator) {
  std::vector<std::string> list(1);
  for (const char c : line) {
    if (c == separator) {
      list.emplace_back();
    } else {
      list.back() += c;
    }
  }
  return list;
}

/// A line of a version table: " *** 1.2-3 500" or "     1.2-3 500"; those of the sources stand further right.
std::string version_of(const std::string& line) {
  if (line.size() < 6 || (!line.starts_with(" *** ") && !line.starts_with("     ")) || line[5] == ' ') {
    return "";
  }
  return line.substr(5, line.find(' ', 5) - 5);
}

/// The version that apt would take for `spec`; "" when there is none.
std::string best_version(const PackageSpec& spec, const AptPackage& package) {
  if (spec.comparison != "=") {
    return package.candidate;
  }
  std::string best;
  for (const std::string& version : package.versions) {
    if (matches(version, spec.version) && (best.empty() || compare_debian_versions(version, best) > 0)) {
      best = version;
    }
  }
  return best;
}

bool fits(const PackageSpec& spec, const std::string& version) {
  if (spec.comparison == "=") {
    return matches(version, spec.version);
  }
  return spec.comparison.empty() || compare_debian_versions(version, spec.version) >= 0;
}

}  // namespace

void read_policy(std::string_view text, std::map<std::string, AptPackage>& packages) {
  AptPackage* package = nullptr;
  for (const std::string& line : split_lines(text)) {
    constexpr std::string_view k_candidate = "  Candidate: ";
    if (!line.starts_with(' ') && line.ends_with(':')) {
      package = &packages[line.substr(0, line.size() - 1)];
      package->asked = true;
    } else if (package != nullptr && line.starts_with(k_candidate)) {
      package->candidate = line.substr(k_candidate.size());
      package->candidate = package->candidate == "(none)" ? "" : package->candidate;
    } else if (const std::string version = version_of(line); package != nullptr && !version.empty()) {
      package->versions.push_back(version);
    }
  }
}

void read_dpkg(std::string_view text, const std::string& native, std::map<std::string, AptPackage>& packages) {
  for (const std::string& line : split_lines(text)) {
    const auto column = columns(line, '\t');
    if (column.size() < 4 || column[2].size() < 2) {
      continue;
    }
    const auto note = [&](const std::string& name) {
      if (const auto found = packages.find(name); found != packages.end()) {
        found->second.state = column[2][1];
        found->second.installed = column[2][1] == 'i' ? column[3] : "";
      }
    };
    note(column[0] + ":" + column[1]);
    if (column[1] == native || column[1] == "all") {
      note(column[0]);
    }
  }
}

void read_providers(std::string_view text, std::map<std::string, AptPackage>& packages) {
  AptPackage* package = nullptr;
  bool provides = false;
  for (const std::string& line : split_lines(text)) {
    if (line.starts_with("Package: ")) {
      package = &packages[line.substr(9)];
      provides = false;
    } else if (line.starts_with("Reverse Provides:")) {
      provides = true;
    } else if (provides && package != nullptr && !line.empty()) {
      const std::string name = line.substr(0, line.find(' '));
      if (std::find(package->providers.begin(), package->providers.end(), name) == package->providers.end()) {
        package->providers.push_back(name);
      }
    }
  }
}

PackageSpec parse_package_spec(const std::string& text) {
  PackageSpec spec{text, text, "", ""};
  if (const std::size_t at = text.find('='); at != std::string::npos) {
    const bool least = at > 0 && text[at - 1] == '>';
    spec.name = text.substr(0, at - (least ? 1 : 0));
    spec.comparison = least ? ">=" : "=";
    spec.version = text.substr(at + 1);
  }
  return spec;
}

std::string glob_regex(std::string_view glob) {
  std::string regex;
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    const std::size_t close = c == '[' ? glob.find(']', i + 2) : std::string_view::npos;
    if (c == '*' || c == '?') {
      regex += c == '*' ? ".*" : ".";
    } else if (close != std::string_view::npos) {
      const bool negated = glob[i + 1] == '!';
      regex += std::string("[") + (negated ? "^" : "") +
               std::string(glob.substr(i + (negated ? 2 : 1), close - i - (negated ? 2 : 1))) + "]";
      i = close;
    } else {
      regex += (std::string_view(".+[]!(){}^$|\\").find(c) == std::string_view::npos ? "" : "\\") + std::string(1, c);
    }
  }
  return regex;
}

PackageStatus package_status(const PackageSpec& spec, const AptPackage& package) {
  PackageStatus status;
  status.installed = package.state == 'i';
  const std::string best = best_version(spec, package);
  if (!status.installed) {
    status.best = best;
    status.installable = !best.empty();
    return status;
  }
  status.version_installed = fits(spec, package.installed);
  if (!best.empty() && best != package.installed && fits(spec, best)) {
    status.best = best;
    status.installable = true;
  }
  return status;
}

std::string apt_head(long long lock_seconds) {
  return "LC_ALL=C DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical\n"
         "export LC_ALL DEBIAN_FRONTEND DEBIAN_PRIORITY\n"
         "command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || { printf 'none\\0'; exit 0; }\n"
         "d=$(mktemp -d \"${TMPDIR:-/tmp}/.cef-apt.XXXXXX\") || exit 1\n"
         "trap 'rm -rf \"$d\"' EXIT\n"
         "give_up=$(($(date +%s) + " +
         std::to_string(lock_seconds) +
         "))\n"
         // A session of its own: dpkg must not die of a broken connection.
         "detached() {\n"
         "  rm -f \"$d/rc\"\n"
         "  (trap '' HUP; exec setsid sh -c 'd=$1; shift; \"$@\" >\"$d/out\" 2>\"$d/err\" </dev/null; echo $? "
         ">\"$d/rc\"' sh \"$d\" \"$@\") &\n"
         "  wait $!\n"
         "  return \"$(cat \"$d/rc\" 2>/dev/null || echo 1)\"\n"
         "}\n"
         "locked() { grep -qE '^E: Could not get lock|locked by another process' \"$d/err\"; }\n"
         "apt() {\n"
         "  while :; do\n"
         "    detached \"$@\"; r=$?\n"
         "    [ $r != 0 ] && locked && [ \"$(date +%s)\" -lt \"$give_up\" ] || return $r\n"
         "    sleep 1\n"
         "  done\n"
         "}\n";
}

std::string apt_update_script(const AptUpdate& update) {
  std::string script =
      "stamp() { stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null || stat -c %Y /var/lib/apt/lists "
      "2>/dev/null || echo 0; }\n"
      "u=; b=$(stamp); : >\"$d/out\"; : >\"$d/err\"\n";
  if (update.wanted) {
    const std::string valid = std::to_string(update.valid_seconds);
    script += "if [ " + valid + " != 0 ] && [ $((b + " + valid + ")) -ge \"$(date +%s)\" ]; then u=fresh\n" +
              (update.check ? "else u=would\n" : "else\n");
    if (!update.check) {
      // On a full disk `apt-get update` hangs.
      script +=
          "  k=$(df -Pk /var/lib/apt/lists 2>/dev/null | awk 'NR == 2 { print $4 }')\n  n=0; w=1\n"
          "  if [ \"${k:-1}\" = 0 ]; then u=failed; echo 'E: No space left on device' >\"$d/err\"; fi\n"
          "  while [ -z \"$u\" ]; do\n"
          "    if apt apt-get -q update -o APT::Update::Error-Mode=any && ! grep -qE '^(W|E): (Failed to fetch|Some "
          "index files failed)' \"$d/err\"; then u=ok; break; fi\n"
          "    ! locked || { u=locked; break; }\n"
          "    n=$((n + 1)); [ $n -lt " +
          std::to_string(update.retries) +
          " ] || { u=failed; break; }\n"
          "    ! grep -q 'Permission denied' \"$d/err\" || { u=locked; break; }\n"
          "    sleep $w; w=$((w * 2)); [ $w -le " +
          std::to_string(update.longest_delay) + " ] || w=" + std::to_string(update.longest_delay) + "\n  done\n";
    }
    script += "fi\n";
  }
  return script + "printf '%s\\0' \"$u\" \"$(cat \"$d/err\")\" \"$b\" \"$(stamp)\"\n" +
         "case $u in failed|locked) exit 0 ;; esac\n";
}

std::string apt_state_script(const AptQuestions& questions) {
  std::string script = "a=$(dpkg --print-architecture)\n: >\"$d/found\"\n{\n";
  for (const PackageSpec& spec : questions.specs) {
    if (spec.wildcard()) {
      script += "apt-cache pkgnames | grep -xE -e " + core::shell_quote(glob_regex(spec.name)) +
                " | sort | tee \"$d/some\"; awk -v p=" + core::shell_quote(spec.name) +
                " '{ print p \"\\t\" $0 }' \"$d/some\" >>\"$d/found\"\n";
    } else {
      script += "printf '%s\\n' " + core::shell_quote(spec.name) + "\n";
    }
  }
  const std::string release =
      questions.release.empty() ? "" : "-o " + core::shell_quote("APT::Default-Release=" + questions.release) + " ";
  script +=
      "} | sort -u >\"$d/names\"\n"
      "each() { tr '\\n' '\\0' | xargs -0 \"$@\" 2>/dev/null; }\n"
      "status() { each dpkg-query -W -f='${Package}\\t${Architecture}\\t${db:Status-Abbrev}\\t${Version}\\n' --; }\n"
      "status <\"$d/names\" >\"$d/dpkg\"\n: >\"$d/policy\"; : >\"$d/virtual\"; : >\"$d/showpkg\"; : >\"$d/providers\"\n"
      "i=$(awk -F '\\t' 'substr($3, 2, 1) == \"i\" { s[$1] } END { n = 0; for (k in s) n++; print n }' \"$d/dpkg\")\n";
  script += std::string("if ") + (questions.always ? "true" : "[ \"$i\" -lt \"$(wc -l <\"$d/names\")\" ]") +
            "; then\n"
            "  each apt-cache " +
            release +
            "policy -- <\"$d/names\" >\"$d/policy\"\n"
            "  awk '/^[^ ].*:$/ { n = substr($0, 1, length($0) - 1) } /^  Candidate: [(]none[)]/ { print n }' "
            "\"$d/policy\" >\"$d/virtual\"\n"
            "  if [ -s \"$d/virtual\" ]; then\n"
            "    each apt-cache showpkg -- <\"$d/virtual\" >\"$d/showpkg\"\n"
            "    awk '/^Package: / { p = 0 } p && NF { print $1 } /^Reverse Provides:/ { p = 1 }' \"$d/showpkg\" | "
            "status >\"$d/providers\"\n  fi\nfi\n"
            "awk 'FNR == NR { n[$1]; next } /^Package:/ { p = $2 } /^Architecture:/ { a = $2 } /^Auto-Installed: 1/ && "
            "((p in n) || ((p \":\" a) in n)) { print p }' \"$d/names\" /var/lib/apt/extended_states >\"$d/auto\" "
            "2>/dev/null\n"
            "printf '%s\\0' \"$a\"\n"
            "for f in names found dpkg policy showpkg providers auto; do cat \"$d/$f\"; printf '\\0'; done\n";
  return script;
}

AptState read_apt_state(Fields& fields, const AptQuestions& questions) {
  AptState state;
  const std::string native = fields.next();
  for (const std::string& name : split_lines(fields.next())) {
    state.packages[name];
  }
  for (const std::string& line : split_lines(fields.next())) {
    if (const std::size_t tab = line.find('\t'); tab != std::string::npos) {
      state.matches[line.substr(0, tab)].push_back(line.substr(tab + 1));
    }
  }
  read_dpkg(fields.next(), native, state.packages);
  read_policy(fields.next(), state.packages);
  read_providers(fields.next(), state.packages);
  std::map<std::string, AptPackage> providers;
  for (const auto& [name, package] : state.packages) {
    for (const std::string& provider : package.providers) {
      providers[provider];
    }
  }
  read_dpkg(fields.next(), native, providers);
  for (auto& [name, package] : state.packages) {
    package.only_provider_installed =
        package.providers.size() == 1 && providers[package.providers.front()].state == 'i';
  }
  for (const std::string& name : split_lines(fields.next())) {
    if (const auto found = state.packages.find(name); found != state.packages.end()) {
      found->second.automatic = true;
    }
  }
  for (const PackageSpec& spec : questions.specs) {
    if (!spec.wildcard()) {
      state.packages[spec.name];
    }
  }
  return state;
}

}  // namespace cef::modules
