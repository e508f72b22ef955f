#include <algorithm>
#include <map>
#include <sstream>

#include "cef/core/text.hpp"
#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_read = R"sh(
need sysctl
try sysctl -e -n "$name"
[ $rc != 0 ] || say now "$out"
if [ -f "$file" ]; then
  [ -r "$file" ] || give_up "Failed to open $file: [Errno 13] Permission denied: '$file'"
  out=$(cat -- "$file"; echo x); say text "${out%?}"
fi
)sh";

/// sysctl may say on stderr only that it could not set a value.
constexpr const char* k_write = R"sh(
need sysctl
refused() {
  [ $rc = 0 ] || return 0
  printf '%s' "$err" | grep -qE '^sysctl: setting key "[^"]+": (Invalid argument|Read-only file system)$'
}
[ -z "$write" ] || receive "$size"
ignore=; [ "$ignoreerrors" != 1 ] || ignore=-e
if [ -n "$set_now" ]; then
  try sysctl $ignore -w "$name=$value"
  ! refused || give_up "setting $name failed: $out$err"
fi
[ -z "$write" ] || put "$file"
if [ "$reload" = 1 ]; then
  try sysctl $ignore -p "$file"
  ! refused || give_up "Failed to reload sysctl: $out$err"
fi
)sh";

/// What Python takes for white space.
constexpr const char* k_blank = " \t\n\r\f\v";

std::string value_of(const Call& call) {
  std::string lower = call.text("value");
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (const char* yes : {"y", "yes", "on", "1", "true", "t"}) {
    if (lower == yes) {
      return "1";
    }
  }
  for (const char* no : {"n", "no", "off", "0", "false", "f"}) {
    if (lower == no) {
      return "0";
    }
  }
  return core::trim(call.text("value"), k_blank);
}

bool same_words(const std::string& a, const std::string& b) {
  std::istringstream one(a);
  std::istringstream two(b);
  const std::istream_iterator<std::string> end;
  return std::equal(std::istream_iterator<std::string>(one), end, std::istream_iterator<std::string>(two), end);
}

struct Settings {
  std::optional<std::string> value;  ///< of the name
  std::string fixed;                 ///< the file with the value set, or without it
};

Settings read_settings(const std::string& text, const std::string& name, const std::optional<std::string>& wanted) {
  Settings settings;
  std::map<std::string, bool> seen;
  for (const std::string& raw : split_lines(text)) {
    const std::string line = core::trim(raw, k_blank);
    const std::size_t sign = line.find('=');
    if (line.empty() || line.front() == '#' || line.front() == ';' || sign == std::string::npos) {
      settings.fixed += line + "\n";
      continue;
    }
    const std::string key = core::trim(line.substr(0, sign), k_blank);
    const std::string value = core::trim(line.substr(sign + 1), k_blank);
    if (key == name) {
      settings.value = value;
    }
    if (!std::exchange(seen[key], true) && (key != name || wanted)) {
      settings.fixed += key + "=" + (key == name ? *wanted : value) + "\n";
    }
  }
  if (wanted && !seen.contains(name)) {
    settings.fixed += name + "=" + *wanted + "\n";
  }
  return settings;
}

}  // namespace

Result<Json> run_sysctl(const Call& call) {
  const bool present = call.text("state") == "present";
  const std::string name = core::trim(call.text("name"), k_blank);
  if (call.text("name").empty()) {
    return failure("name cannot be blank");
  }
  if (present && !call.given("value")) {
    return failure("state is present but all of the following are missing: value");
  }
  if (present && call.text("value").empty()) {
    return failure("value cannot be blank");
  }
  const std::string start = assign("name", name) + "file=" + path_word(call.text("sysctl_file")) + "\n";
  const auto seen = ask(call, start + k_read);
  if (!seen) {
    return fail(seen.error());
  }
  if (seen->has("fail")) {
    return seen->failed();
  }
  const std::string value = value_of(call);
  const Settings settings = read_settings(seen->text("text"), name, present ? std::optional(value) : std::nullopt);
  const bool differs = !seen->has("now") || !same_words(seen->text("now"), value);
  const bool write = present ? settings.value != value : settings.value && !settings.value->empty();
  bool changed = write || (settings.value && settings.value == value && call.flag("reload") && differs);
  const bool set = present && call.flag("sysctl_set") && differs;
  changed = changed || set;
  if (changed && !call.check) {
    const auto done = ask(call,
                          start + assign("value", value) + assign("write", write ? "1" : "") +
                              assign("set_now", set && seen->has("now") ? "1" : "") +
                              assign("size", std::to_string(settings.fixed.size())) +
                              assign_parameters(call, {"ignoreerrors", "reload"}) + k_write,
                          settings.fixed);
    if (!done) {
      return fail(done.error());
    }
    if (done->has("fail")) {
      return done->failed();
    }
  }
  return Json{{"changed", changed}};
}

}  // namespace cef::modules
