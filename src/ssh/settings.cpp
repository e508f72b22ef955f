#include "settings.hpp"

#include <algorithm>
#include <sstream>

#include <fnmatch.h>
#include <glob.h>

#include "cef/core/file.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

using Words = std::vector<std::string>;
using Values = std::map<std::string, Words>;

/// Splits at blanks; quotes keep blanks together.
Words split(const std::string& text) {
  Words words;
  char quote = 0;
  bool open = false;
  for (const char c : text) {
    if (quote == 0 && (c == ' ' || c == '\t' || c == '\r')) {
      open = false;
    } else if (quote == c) {
      quote = 0;
    } else {
      if (!open) {
        words.emplace_back();
        open = true;
      }
      if (quote == 0 && (c == '"' || c == '\'')) {
        quote = c;
      } else {
        words.back() += c;
      }
    }
  }
  return words;
}

bool matches(const Words& patterns, const std::string& host) {
  bool matched = false;
  for (const auto& pattern : patterns) {
    const bool negated = pattern[0] == '!';
    if (::fnmatch(pattern.c_str() + (negated ? 1 : 0), host.c_str(), 0) == 0) {
      if (negated) {
        return false;
      }
      matched = true;
    }
  }
  return matched;
}

Result<int> to_port(const std::string& text, const std::string& where) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos ||
      std::stoi(text) < 1 || std::stoi(text) > 65535) {
    return fail(ErrorCode::usage, where + ": '" + text + "' is not a port; it is 1 to 65535");
  }
  return std::stoi(text);
}

std::optional<HostKeyChecking> to_checking(const std::string& value) {
  const std::string v = core::lower(value);
  return v == "accept-new"             ? std::optional(HostKeyChecking::accept_new)
         : v == "no" || v == "off"     ? std::optional(HostKeyChecking::off)
         : v == "yes" || v == "strict" ? std::optional(HostKeyChecking::strict)
                                       : std::nullopt;
}

Words split_at_commas(const std::string& text) {
  Words parts;
  std::istringstream in(text);
  std::string part;
  while (std::getline(in, part, ',')) {
    parts.push_back(part);
  }
  return parts;
}

/// ansible_ssh_common_args as ssh_config values.
Result<Values> read_arguments(const Target& target) {
  static const std::map<std::string, std::string> flags = {
      {"-J", "proxyjump"}, {"-i", "identityfile"}, {"-p", "port"}, {"-l", "user"}};
  Values values;
  const Words words = split(target.ssh_options);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string flag = words[i].substr(0, 2);
    const bool known = flag == "-o" || flags.contains(flag);
    std::string value = words[i].size() > 2 ? words[i].substr(2) : "";
    if (known && value.empty() && i + 1 < words.size()) {
      value = words[++i];
    }
    if (!known || value.empty()) {
      return fail(ErrorCode::usage,
                  "host '" + target.name + "': '" + words[i] +
                      "' in ansible_ssh_common_args is not supported; cef knows -o KEY=VALUE, -J, -i, -p "
                      "and -l");
    }
    if (flag == "-o") {
      const std::size_t end = value.find_first_of("= \t");
      const std::string key = core::lower(value.substr(0, end));
      std::string rest = end == std::string::npos ? "" : value.substr(end + 1);
      values[key].push_back(std::move(rest));
    } else {
      values[flags.at(flag)].push_back(value);
    }
  }
  return values;
}

const std::string* first(const Values& over, const Values& under, const char* key) {
  for (const Values* values : {&over, &under}) {
    if (const auto found = values->find(key); found != values->end() && !found->second.empty()) {
      return &found->second.front();
    }
  }
  return nullptr;
}

std::string replace_host_token(std::string text, const std::string& host) {
  for (std::size_t at = text.find("%h"); at != std::string::npos; at = text.find("%h", at + host.size())) {
    text.replace(at, 2, host);
  }
  return text;
}

Result<void> fill(Settings& settings, const Values& over, const Values& under) {
  if (const auto* command = first(over, under, "proxycommand"); command != nullptr && core::lower(*command) != "none") {
    return fail(ErrorCode::usage, "host '" + settings.name + "': ProxyCommand is not supported; use ProxyJump");
  }
  if (const auto* value = first(over, under, "hostname")) {
    settings.address = replace_host_token(*value, settings.address);
  }
  if (!core::is_safe_host_name(settings.address)) {
    return fail(ErrorCode::usage,
                "host '" + settings.name + "': '" + settings.address + "' is not a host name or address");
  }
  if (const auto* value = first(over, under, "port"); value != nullptr && settings.port == 0) {
    const auto port = to_port(*value, "host '" + settings.name + "'");
    if (!port) {
      return fail(port.error());
    }
    settings.port = *port;
  }
  if (const auto* value = first(over, under, "user"); value != nullptr && settings.user.empty()) {
    settings.user = *value;
  }
  settings.port = settings.port == 0 ? 22 : settings.port;
  settings.user = settings.user.empty() ? core::user_name() : settings.user;
  for (const Values* values : {&over, &under}) {
    if (const auto found = values->find("identityfile"); found != values->end()) {
      for (const auto& file : found->second) {
        settings.identity_files.push_back(core::expand_home(file));
      }
    }
  }
  if (const auto* value = first(over, under, "identitiesonly")) {
    settings.identities_only = core::lower(*value) == "yes";
  }
  if (const auto* value = first(over, under, "stricthostkeychecking")) {
    settings.host_key_checking = to_checking(*value);
  }
  if (const auto* value = first(over, under, "userknownhostsfile")) {
    settings.known_hosts = core::expand_home(split(*value).empty() ? *value : split(*value).front());
  }
  if (const auto* value = first(over, under, "proxyjump");
      value != nullptr && settings.jumps.empty() && core::lower(*value) != "none") {
    settings.jumps = split_at_commas(*value);
  }
  return {};
}

}  // namespace

Result<ConfigFile> ConfigFile::read(const std::filesystem::path& path) {
  ConfigFile file;
  if (auto done = file.read_into(path, 0, {"*"}); !done) {
    return fail(done.error());
  }
  return file;
}

Result<void> ConfigFile::read_into(const std::filesystem::path& path, int depth, const Words& outer) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return {};
  }
  const auto text = core::read_file(path, core::Bytes{4U * 1024U * 1024U});
  if (!text) {
    return fail(text.error());
  }
  std::istringstream in(*text);
  std::string raw;
  Words patterns = outer;
  for (int number = 1; std::getline(in, raw); ++number) {
    std::replace(raw.begin(), raw.end(), '\t', ' ');
    const std::size_t start = raw.find_first_not_of(" \r");
    if (start == std::string::npos || raw[start] == '#') {
      continue;
    }
    const std::size_t end = std::min(raw.find_first_of(" =", start), raw.size());
    const std::string keyword = core::lower(raw.substr(start, end - start));
    const std::size_t value_at = std::min(raw.find_first_not_of(" =", end), raw.size());
    const Words words = split(raw.substr(value_at));
    if (words.empty()) {
      return fail(ErrorCode::usage, path.string() + ":" + std::to_string(number) + ": '" + keyword + "' has no value");
    }
    if (keyword == "host") {
      patterns = words;
    } else if (keyword == "match") {
      patterns = core::lower(words.front()) == "all" ? Words{"*"} : Words{};
    } else if (keyword == "include") {
      if (depth >= 8) {
        return fail(ErrorCode::usage, path.string() + ":" + std::to_string(number) + ": Include is nested too deep");
      }
      for (const auto& word : words) {
        std::filesystem::path pattern = core::expand_home(word);
        pattern = pattern.is_absolute() ? pattern : path.parent_path() / pattern;
        glob_t found{};
        if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
          for (std::size_t i = 0; i < found.gl_pathc; ++i) {
            if (auto done = read_into(found.gl_pathv[i], depth + 1, patterns); !done) {
              ::globfree(&found);
              return done;
            }
          }
        }
        ::globfree(&found);
      }
    } else {
      lines_.push_back({patterns, keyword,
                        keyword == "identityfile" || keyword == "userknownhostsfile"
                            ? words.front()
                            : raw.substr(value_at, raw.find_last_not_of(" \r") + 1 - value_at)});
    }
  }
  return {};
}

Values ConfigFile::lookup(const std::string& host) const {
  Values values;
  for (const auto& line : lines_) {
    if (matches(line.patterns, host)) {
      values[line.keyword].push_back(line.value);
    }
  }
  return values;
}

Result<Settings> settle(const Target& target, const ConfigFile& config) {
  const auto arguments = read_arguments(target);
  if (!arguments) {
    return fail(arguments.error());
  }
  Settings settings;
  settings.name = target.name;
  settings.address = target.address.empty() ? target.name : target.address;
  settings.port = target.port.value_or(0);
  settings.user = target.user.value_or("");
  settings.identity_files = target.identity_files;
  settings.password = target.password;
  settings.host_key = target.host_key;
  if (target.proxy_jump) {
    settings.jumps = split_at_commas(*target.proxy_jump);
  }
  if (auto done = fill(settings, *arguments, config.lookup(settings.address)); !done) {
    return fail(done.error());
  }
  return settings;
}

Result<Settings> settle_jump(const std::string& hop, const Target& behind, const ConfigFile& config) {
  Settings settings;
  const std::size_t at = hop.rfind('@');
  std::string place = at == std::string::npos ? hop : hop.substr(at + 1);
  settings.user = at == std::string::npos ? "" : hop.substr(0, at);
  settings.port = 0;
  if (const std::size_t colon = place.rfind(':'); colon != std::string::npos && place.find(':') == colon) {
    const auto port = to_port(place.substr(colon + 1), "jump host '" + hop + "'");
    if (!port) {
      return fail(port.error());
    }
    settings.port = *port;
    place.resize(colon);
  }
  settings.name = settings.address = place;
  settings.identity_files = behind.identity_files;
  if (auto done = fill(settings, {}, config.lookup(place)); !done) {
    return fail(done.error());
  }
  settings.jumps.clear();  // a chain is written out in one ProxyJump
  return settings;
}

}  // namespace cef::ssh
