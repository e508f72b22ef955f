// regex_replace and its kin, and the tests match, search and regex.
#include <algorithm>

#include "cef/core/regex.hpp"
#include "functions.hpp"

namespace cef::jinja {

namespace {

using core::Regex;

template <class T>
T of(core::Result<T> result) {
  if (!result) {
    fault(result.error().message);
  }
  return std::move(*result);
}

Regex compiled(Call& call, bool ignore_case, bool multi_line) {
  call.run.step();
  core::RegexOptions options;
  options.ignore_case = ignore_case;
  options.multi_line = multi_line;
  return of(Regex::compile(call.text(0), options));
}

/// What a match costs, counted before it is made: the matcher has its own limits, the run adds them up.
void count(Call& call, const std::string& text) {
  call.run.step(1 + text.size() / 8);
}

Value replace(Call& call) {  // pattern replacement ignorecase multiline
  const Regex regex = compiled(call, call.flag(2), call.flag(3));
  const std::string text = call.input_text();
  count(call, text);
  const std::string with = call.text(1);
  if (with.size() > 64) {  // many matches of a long replacement
    call.run.make_bytes(of(regex.find_all(text)).size() * with.size());
  }
  return call.run.checked(of(regex.replace(text, with)));
}

bool named_flag(Call& call, const char* name) {
  const auto& all = call.named();
  const auto found = std::find_if(all.begin(), all.end(), [name](const auto& one) { return one.first == name; });
  return found != all.end() && truth(found->second);
}

/// "\\1" or "\\g<name>".
std::size_t group_of(const Regex& regex, const std::string& wanted) {
  const bool by_name = wanted.rfind("\\g<", 0) == 0 && wanted.back() == '>';
  const std::string group =
      by_name ? wanted.substr(3, wanted.size() - 4) : wanted.substr(std::min<std::size_t>(1, wanted.size()));
  const bool number = !group.empty() && group.size() < 4 && group.find_first_not_of("0123456789") == std::string::npos;
  if (wanted.empty() || wanted[0] != '\\' || (!number && !by_name)) {
    fault("Unknown argument");
  }
  const auto found = number ? std::optional(static_cast<std::size_t>(std::stoul(group))) : regex.group_number(group);
  if (!found || *found > regex.group_count()) {
    fault("no such group");
  }
  return *found;
}

Value search(Call& call) {  // regex *groups, ignorecase= multiline=
  for (const auto& [name, value] : call.named()) {
    if (name != "ignorecase" && name != "multiline") {
      fault("'regex_search' has no argument '" + name + "'");
    }
  }
  const Regex regex = compiled(call, named_flag(call, "ignorecase"), named_flag(call, "multiline"));
  std::vector<std::size_t> groups;
  for (const Value& wanted : call.rest()) {
    groups.push_back(group_of(regex, text_of(wanted)));
  }
  const std::string text = call.input_text();
  count(call, text);
  const auto match = of(regex.search(text));
  if (!match) {
    return none();
  }
  if (groups.empty()) {
    return call.run.checked(std::string(match->group(text, 0)));
  }
  std::vector<Value> found;
  for (const std::size_t group : groups) {
    found.push_back(match->groups[group] ? make(std::string(match->group(text, group))) : none());
  }
  return make_list(std::move(found));
}

Value find_all(Call& call) {  // regex multiline ignorecase
  const Regex regex = compiled(call, call.flag(2), call.flag(1));
  const std::string text = call.input_text();
  count(call, text);
  std::vector<Value> found;
  for (const auto& match : of(regex.find_all(text))) {
    const std::size_t size = regex.group_count();
    if (size <= 1) {
      found.push_back(call.run.checked(std::string(match.group(text, size))));
      continue;
    }
    std::vector<Value> groups;
    for (std::size_t at = 1; at <= size; ++at) {
      groups.push_back(call.run.checked(std::string(match.group(text, at))));
    }
    found.push_back(make_list(std::move(groups), true));
  }
  return make_list(std::move(found));
}

Value escape(Call& call) {  // re_type
  const std::string type = call.text(0, "python");
  if (type == "python") {
    return call.run.checked(Regex::escape(call.input_text()));
  }
  if (type != "posix_basic") {
    fault(type == "posix_extended" ? "Regex type (" + type + ") not yet implemented"
                                   : "Invalid regex type (" + type + ")");
  }
  std::string out;
  for (const char c : call.input_text()) {
    out += std::string_view("].[^$*\\").find(c) != std::string_view::npos ? "\\" : "";
    out += c;
  }
  return call.run.checked(std::move(out));
}

enum class Where { anywhere, start, whole };

bool matches(Call& call, Where where) {  // pattern ignorecase multiline
  const Regex regex = compiled(call, call.flag(1), call.flag(2));
  const std::string text = call.input_text();
  count(call, text);
  return of(where == Where::whole   ? regex.full_match(text)
            : where == Where::start ? regex.match(text)
                                    : regex.search(text))
      .has_value();
}

bool any_regex(Call& call) {
  const std::string type = call.text(3, "search");
  return matches(call, type == "match" ? Where::start : (type == "fullmatch" ? Where::whole : Where::anywhere));
}

}  // namespace

Filters regex_filters() {
  return {
      {"regex_replace", "?pattern ?replacement ?ignorecase ?multiline", replace},
      {"regex_search", "regex * **", search},
      {"regex_findall", "regex ?multiline ?ignorecase", find_all},
      {"regex_escape", "?re_type", escape},
  };
}

Tests regex_tests() {
  return {
      {"match", "?pattern ?ignorecase ?multiline", [](Call& call) { return matches(call, Where::start); }},
      {"search", "?pattern ?ignorecase ?multiline", [](Call& call) { return matches(call, Where::anywhere); }},
      {"regex", "?pattern ?ignorecase ?multiline ?match_type", any_regex},
  };
}

}  // namespace cef::jinja
