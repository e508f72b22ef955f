#include <set>

#include "edit.hpp"
#include "file_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Regex;
using core::RegexMatch;
using core::Result;

namespace {

constexpr core::RegexOptions k_bytes{.unicode = false};  // as Ansible matches them
constexpr std::size_t k_none = std::string::npos;

std::string without_end(const std::string& line) {
  return strip_end(line, "\r\n");
}

/// Where lines are and go.
struct Places {
  std::size_t line = k_none;  ///< that is to become the line
  bool matched = false;       ///< by the pattern or the text, not by being the line already
  std::optional<RegexMatch> match{};
  std::size_t insert = k_none;
};

std::optional<Result<Regex>> pattern_of(const Call& call, const char* name, const std::set<std::string>& not_patterns) {
  if (!call.given(name) || not_patterns.contains(call.text(name))) {
    return std::nullopt;
  }
  return Regex::compile(call.text(name), k_bytes);
}

Result<void> find_match(const Call& call, const std::vector<std::string>& lines, Places& places) {
  const auto regexp = pattern_of(call, "regexp", {});
  if (regexp && !*regexp) {
    return fail(regexp->error());
  }
  for (std::size_t i = 0; i < lines.size() && !(places.matched && call.flag("firstmatch")); ++i) {
    if (regexp) {
      const auto found = (*regexp)->search(lines[i]);
      if (!found) {
        return fail(found.error());
      }
      if (*found) {
        places.line = i;
        places.matched = true;
        places.match = *found;
      }
    } else if (call.given("search_string") && lines[i].find(call.text("search_string")) != k_none) {
      places.line = i;
      places.matched = true;
    }
  }
  return {};
}

Result<void> find_insertion(const Call& call, const std::vector<std::string>& lines, Places& places) {
  const bool after = call.given("insertafter");
  const auto pattern =
      after ? pattern_of(call, "insertafter", {"BOF", "EOF"}) : pattern_of(call, "insertbefore", {"BOF"});
  if (pattern && !*pattern) {
    return fail(pattern->error());
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (without_end(lines[i]) == call.text("line")) {
      places.line = i;
      continue;
    }
    if (!pattern) {
      continue;
    }
    const auto found = (*pattern)->search(lines[i]);
    if (!found) {
      return fail(found.error());
    }
    if (*found) {
      places.insert = i + (after ? 1 : 0);
      if (call.flag("firstmatch")) {
        break;
      }
    }
  }
  return {};
}

Result<void> replace_line(const Call& call, std::vector<std::string>& lines, const Places& places, Edited& edited) {
  std::string line = call.text("line");
  if (call.flag("backrefs") && places.match) {
    const auto expanded = Regex::compile(call.text("regexp"), k_bytes)->expand(line, lines[places.line], *places.match);
    if (!expanded) {
      return fail(expanded.error());
    }
    line = *expanded;
  }
  line += line.ends_with('\n') ? "" : "\n";
  if (lines[places.line] != line) {
    lines[places.line] = line;
    edited.message = "line replaced";
    edited.changed = true;
  }
  return {};
}

void insert_line(const Call& call, std::vector<std::string>& lines, const Places& places, Edited& edited) {
  const std::string line = call.text("line");
  const bool after = call.given("insertafter") || !call.given("insertbefore");
  const std::string where = call.given("insertafter") ? call.text("insertafter") : call.text("insertbefore");
  const auto at = [&](std::size_t index) { return lines.begin() + static_cast<std::ptrdiff_t>(index); };
  if (where == "BOF") {
    lines.insert(lines.begin(), line + "\n");
  } else if ((after && where == "EOF") || places.insert == k_none) {
    if (!lines.empty() && !lines.back().ends_with('\n') && !lines.back().ends_with('\r')) {
      lines.emplace_back("\n");
    }
    lines.push_back(line + "\n");
  } else if (after) {
    const bool last = places.insert == lines.size();
    if (without_end(lines[last ? places.insert - 1 : places.insert]) == line) {
      return;
    }
    lines.insert(at(places.insert), line + "\n");
  } else {
    lines.insert(at(places.insert), line + "\n");
  }
  edited.message = "line added";
  edited.changed = true;
}

Result<void> make_present(const Call& call, std::vector<std::string>& lines, Edited& edited) {
  Places places;
  if (auto found = find_match(call, lines, places); !found) {
    return found;
  }
  if (!places.matched) {
    if (auto found = find_insertion(call, lines, places); !found) {
      return found;
    }
  }
  if (places.line != k_none) {
    return replace_line(call, lines, places, edited);
  }
  if (!call.flag("backrefs")) {
    insert_line(call, lines, places, edited);
  }
  return {};
}

/// How many went.
Result<std::size_t> make_absent(const Call& call, std::vector<std::string>& lines) {
  const auto regexp = pattern_of(call, "regexp", {});
  if (regexp && !*regexp) {
    return fail(regexp->error());
  }
  std::vector<std::string> kept;
  for (std::string& line : lines) {
    bool found = false;
    if (regexp) {
      const auto match = (*regexp)->search(line);
      if (!match) {
        return fail(match.error());
      }
      found = match->has_value();
    } else if (call.given("search_string")) {
      found = line.find(call.text("search_string")) != k_none;
    } else {
      found = without_end(line) == call.text("line");
    }
    if (!found) {
      kept.push_back(std::move(line));
    }
  }
  const std::size_t gone = lines.size() - kept.size();
  lines = std::move(kept);
  return gone;
}

std::optional<Json> wrong_arguments(const Call& call) {
  if (call.text("state") == "absent") {
    return !call.given("regexp") && !call.given("search_string") && !call.given("line")
               ? std::optional(failure("one of line, search_string, or regexp is required with state=absent"))
               : std::nullopt;
  }
  if (call.flag("backrefs") && !call.given("regexp")) {
    return failure("regexp is required with backrefs=true");
  }
  return call.given("line") ? std::nullopt : std::optional(failure("line is required with state=present"));
}

void warn_of_empty(const Call& call, Json& result) {
  for (const auto& [name, said] : {std::pair{"regexp", "regular expression"}, {"search_string", "search string"}}) {
    if (call.given(name) && call.text(name).empty()) {
      result["warnings"].push_back(
          std::string("The ") + said +
          " is an empty string, which will match every line in the file. This may have unintended consequences, such "
          "as replacing the last line in the file rather than appending." +
          (std::string(name) == "regexp"
               ? " If this is desired, use '^' to match every line in the file and avoid this warning."
               : ""));
    }
  }
}

/// What is left to do when the lines are as they shall be.
Result<Json> finish(const Call& call, const TextFile& file, Edited& edited, std::optional<std::size_t> found) {
  if (auto written = write_text(call, file, edited); !written) {
    return fail(written.error());
  }
  if (edited.failure) {
    return *edited.failure;
  }
  Json result = {{"changed", edited.changed}};
  if (found) {
    result["found"] = *found;
  }
  result["msg"] = edited.message;
  result["backup"] = edited.backup_file;
  result["diff"] = text_diff(call, file, edited);
  warn_of_empty(call, result);
  return result;
}

}  // namespace

Result<Json> run_lineinfile(const Call& call) {
  auto read = read_text(call);
  if (!read) {
    return fail(read.error());
  }
  if (read->failure) {
    return *read->failure;
  }
  if (auto wrong = wrong_arguments(call)) {
    return *wrong;
  }
  const TextFile& file = read->file;
  std::vector<std::string> lines = lines_with_ends(file.text, false);
  Edited edited;
  std::optional<std::size_t> found;
  if (call.text("state") == "absent") {
    if (!file.exists) {
      return Json{{"changed", false}, {"msg", "file not present"}};
    }
    const auto gone = make_absent(call, lines);
    if (!gone) {
      return failure(gone.error().message);
    }
    found = *gone;
    edited.changed = *gone > 0;
    edited.message = *gone > 0 ? std::to_string(*gone) + " line(s) removed" : "";
  } else {
    if (!file.exists && !call.flag("create")) {
      Json failed = failure("Destination " + file.seen.file.path + " does not exist !");
      failed["rc"] = 257;
      return failed;
    }
    if (auto done = make_present(call, lines, edited); !done) {
      return failure(done.error().message);
    }
  }
  edited.text = join(lines);
  return finish(call, file, edited, found);
}

}  // namespace cef::modules
