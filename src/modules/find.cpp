#include <algorithm>
#include <chrono>
#include <cmath>

#include <fnmatch.h>

#include "asking_family.hpp"
#include "cef/core/regex.hpp"
#include "cef/core/shell.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Regex;
using core::Result;

namespace {

/// "-2w", "10m": a number with one of `units`; nullopt when it is none.
std::optional<double> measure(const std::string& text, const std::string& units, const std::vector<double>& factors) {
  std::size_t used = 0;
  long number = 0;
  try {
    number = std::stol(text, &used);
  } catch (const std::exception&) {
    return std::nullopt;
  }
  if (used == text.size()) {
    return static_cast<double>(number);
  }
  const auto unit = units.find(static_cast<char>(std::tolower(static_cast<unsigned char>(text[used]))));
  if (used + 1 != text.size() || unit == std::string::npos) {
    return std::nullopt;
  }
  return static_cast<double>(number) * factors[unit];
}

struct Wanted {
  std::vector<std::string> patterns, excludes;
  std::vector<Regex> pattern_forms, exclude_forms;
  std::optional<double> age, size;
  std::string stamp;
  bool by_regex = false;
};

std::vector<std::string> texts(const Call& call, const char* name) {
  return call.given(name) ? call.args.at(name).get<std::vector<std::string>>() : std::vector<std::string>{};
}

Result<std::vector<Regex>> compiled(const std::vector<std::string>& patterns) {
  std::vector<Regex> list;
  for (const std::string& pattern : patterns) {
    auto regex = Regex::compile(pattern, {});
    if (!regex) {
      return fail(regex.error());
    }
    list.push_back(std::move(*regex));
  }
  return list;
}

Result<Wanted> wanted_of(const Call& call) {
  Wanted wanted;
  wanted.patterns = texts(call, "patterns");
  wanted.excludes = texts(call, "excludes");
  wanted.by_regex = call.flag("use_regex");
  wanted.stamp = call.text("age_stamp");
  if (wanted.by_regex) {
    auto patterns = compiled(wanted.patterns);
    auto excludes = compiled(wanted.excludes);
    if (!patterns || !excludes) {
      return fail(patterns ? excludes.error() : patterns.error());
    }
    wanted.pattern_forms = std::move(*patterns);
    wanted.exclude_forms = std::move(*excludes);
  }
  if (call.given("age")) {
    wanted.age = measure(call.text("age"), "smhdw", {1, 60, 3600, 86400, 604800});
    if (!wanted.age) {
      return fail(core::ErrorCode::general, "failed to process age");
    }
  }
  if (call.given("size")) {
    wanted.size = measure(call.text("size"), "bkmgt", {1, 1024, 1048576, 1073741824, 1099511627776});
    if (!wanted.size) {
      return fail(core::ErrorCode::general, "failed to process size");
    }
  }
  return wanted;
}

bool matches(const std::string& name, bool by_regex, const std::vector<std::string>& patterns,
             const std::vector<Regex>& forms) {
  if (by_regex) {
    return std::any_of(forms.begin(), forms.end(), [&](const Regex& form) {
      const auto match = form.match(name);
      return match && *match;
    });
  }
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
}

bool is_wanted(const Wanted& wanted, const FileState& file, double now) {
  const std::string name = file.path.substr(file.path.rfind('/') + 1);
  if (!wanted.patterns.empty() && !matches(name, wanted.by_regex, wanted.patterns, wanted.pattern_forms)) {
    return false;
  }
  if (matches(name, wanted.by_regex, wanted.excludes, wanted.exclude_forms)) {
    return false;
  }
  if (wanted.age) {
    const double stamp = wanted.stamp == "atime" ? file.atime : wanted.stamp == "ctime" ? file.ctime : file.mtime;
    const bool old = now - stamp >= std::fabs(*wanted.age);
    if (*wanted.age >= 0 ? !old : now - stamp > std::fabs(*wanted.age)) {
      return false;
    }
  }
  if (wanted.size && file.is_file()) {
    const auto size = static_cast<double>(file.size);
    return *wanted.size >= 0 ? size >= *wanted.size : size <= -*wanted.size;
  }
  return true;
}

/// Of each path: "0" or "1" (is no folder), the path, how many entries were looked at, then their states.
std::string script_of(const Call& call) {
  std::string script = "functions=" + core::shell_quote(k_functions) + "\n";
  const std::string type = call.text("file_type");
  const std::string only = type == "directory" ? " -type d"
                           : type == "file"    ? " -type f"
                           : type == "link"    ? " -type l"
                                               : "";
  const std::string deep = !call.flag("recurse") ? " -maxdepth 1"
                           : call.given("depth") ? " -maxdepth " + call.text("depth")
                                                 : "";
  const std::string hidden = call.flag("hidden") ? "" : " ! -name '.*'";
  const std::string find = std::string("find ") + (call.flag("follow") ? "-L " : "") + "\"$p\" -mindepth 1" + deep;
  for (const std::string& path : texts(call, "paths")) {
    script += "p=" + path_word(path) + "\n";
    script +=
        "while :; do case $p in ?*/) p=${p%/} ;; *) break ;; esac; done\n"
        "if [ -d \"$p\" ]; then printf '0\\0%s\\0' \"$p\"\n"
        "printf '%s\\0' \"$(" +
        find + " 2>/dev/null | wc -l)\"\n" + find + only + hidden +
        " -exec sh -c \"$functions\"'for f do printf \"f\\0\"; look \"$f\"; done' sh {} + 2>/dev/null\n"
        "else printf '1\\0%s\\0' \"$p\"; fi\n";
  }
  return script + "printf 'e\\0%s\\0' \"$(date +%s)\"\n";
}

}  // namespace

Result<Json> run_find(const Call& call) {
  const auto wanted = wanted_of(call);
  if (!wanted) {
    return failure(wanted.error().message);
  }
  const auto answer = call.run(script_of(call));
  if (!answer) {
    return fail(answer.error());
  }
  std::vector<FileState> found;
  Json skipped = Json::object();
  long examined = 0;
  double now = 0;
  for (Fields fields(answer->out); !fields.rest().empty();) {
    const std::string kind = fields.next();
    if (kind == "f") {
      found.push_back(read_state(fields));
    } else if (kind == "0") {
      fields.next();
      examined += std::atol(fields.next().c_str());
    } else if (kind == "1") {
      const std::string path = fields.next();
      skipped[path] = "'" + path + "' is not a directory";
    } else {
      now = std::atof(fields.next().c_str());
    }
  }
  if (now == 0) {
    return failure(task::script_error("find", *answer).message);
  }
  Json files = Json::array();
  for (const FileState& file : found) {
    if (!file.exists || !is_wanted(*wanted, file, now)) {
      continue;
    }
    Json one = stat_of(file, file.path);
    for (const char* key : {"exists", "blocks", "block_size", "device_type"}) {
      one.erase(key);
    }
    one["pw_name"] = file.user;
    one["gr_name"] = file.group;
    files.push_back(std::move(one));
  }
  const std::size_t matched = files.size();
  return Json{{"changed", false},
              {"files", std::move(files)},
              {"matched", matched},
              {"examined", examined},
              {"skipped_paths", skipped},
              {"msg", skipped.empty() ? "All paths examined" : "Not all paths examined, check warnings for details"}};
}

}  // namespace cef::modules
