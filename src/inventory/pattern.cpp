// Ansible's host patterns (docs: "Patterns: targeting hosts and groups").
#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <regex>
#include <set>

#include <fnmatch.h>

#include "cef/core/file.hpp"
#include "cef/core/near_name.hpp"
#include "cef/core/text.hpp"
#include "cef/inventory/inventory.hpp"

namespace cef::inventory {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

using Names = std::vector<std::string>;

/// Splits at ',' and, outside brackets, at ':'.
Names split_pattern(const std::string& pattern) {
  const bool commas = pattern.find(',') != std::string::npos;
  Names parts(1);
  int brackets = 0;
  for (const char c : pattern) {
    brackets += c == '[' ? 1 : c == ']' ? -1 : 0;
    if ((commas && c == ',') || (!commas && c == ':' && brackets <= 0)) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  Names kept;
  for (const auto& part : parts) {
    std::string word = core::trim(part);
    if (commas && word.find(':') != std::string::npos && word[0] != '~') {  // an item of a list: "web:!pi-3"
      const Names inner = split_pattern(word);
      kept.insert(kept.end(), inner.begin(), inner.end());
    } else if (!word.empty()) {
      kept.push_back(std::move(word));
    }
  }
  return kept;
}

struct Subscript {
  std::optional<long> first;
  std::optional<long> last;
  bool range = false;
};

std::optional<long> to_long(const std::string& text) {
  long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Takes "[0]", "[-1]", "[0:2]" or "[3:]" off the end of a pattern; "web[ab]" is a glob and stays.
std::optional<Subscript> take_subscript(std::string& pattern) {
  static const std::regex form(R"(^(.+)\[(?:(-?[0-9]+)|([0-9]+)[:-]([0-9]*))\]$)");
  std::smatch match;
  if (pattern[0] == '~' || !std::regex_match(pattern, match, form)) {
    return std::nullopt;
  }
  Subscript subscript;
  subscript.range = !match[2].matched;
  subscript.first = to_long(subscript.range ? match[3].str() : match[2].str());
  subscript.last = to_long(match[4].str());
  const std::string rest = match[1];
  pattern = rest;
  return subscript.first ? std::optional(subscript) : std::nullopt;
}

Names pick(const Subscript& subscript, const Names& hosts) {
  const auto size = static_cast<long>(hosts.size());
  long first = *subscript.first;
  long last = first;
  if (subscript.range) {
    last = subscript.last.value_or(size - 1);
  } else if (first < 0) {
    first += size;
    last = first;
  }
  Names kept;
  for (long i = std::max(first, 0L); i <= std::min(last, size - 1) && first >= 0; ++i) {
    kept.push_back(hosts[static_cast<std::size_t>(i)]);
  }
  return kept;
}

class Matcher {
 public:
  Matcher(const Inventory& inventory, Names* unknown) : inventory_(inventory), unknown_(unknown) {}

  Result<Names> match(std::string pattern) const {
    const auto subscript = take_subscript(pattern);
    auto hosts = enumerate(pattern);
    return hosts && subscript ? Result<Names>(pick(*subscript, *hosts)) : hosts;
  }

 private:
  using Test = std::function<bool(const std::string&)>;

  Result<Test> test_for(const std::string& pattern) const {
    if (pattern[0] == '~') {
      try {
        return Test([expression = std::regex(pattern.substr(1))](const std::string& name) {
          return std::regex_search(name, expression, std::regex_constants::match_continuous);
        });
      } catch (const std::regex_error& error) {
        return fail(ErrorCode::usage, "pattern '" + pattern + "' is not a regular expression: " + error.what());
      }
    }
    return Test([pattern](const std::string& name) { return ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0; });
  }

  Result<Names> enumerate(const std::string& pattern) const {
    const bool special = pattern[0] == '~' || pattern.find_first_of(".?*[") != std::string::npos;
    Names found;
    std::set<std::string> seen;
    const auto add = [&](const std::string& host) {
      if (seen.insert(host).second) {
        found.push_back(host);
      }
    };
    bool any_group = false;
    if (pattern == "all" || pattern == "*") {
      return hosts_below("all");
    }
    if (!special) {
      if (inventory_.groups.contains(pattern)) {
        return hosts_below(pattern);
      }
      if (inventory_.hosts.contains(pattern)) {
        return Names{pattern};
      }
      return undefined(pattern);
    }
    const auto test = test_for(pattern);
    if (!test) {
      return fail(test.error());
    }
    for (const auto& [name, group] : inventory_.groups) {
      if ((*test)(name)) {
        any_group = true;
        for (const auto& host : hosts_below(name)) {
          add(host);
        }
      }
    }
    for (const auto& host : inventory_.host_order) {
      if ((*test)(host)) {
        add(host);
      }
    }
    return found.empty() && !any_group ? undefined(pattern) : found;
  }

  Result<Names> undefined(const std::string& pattern) const {
    if (unknown_ != nullptr) {
      unknown_->push_back(pattern);
      return Names{};
    }
    Names names = inventory_.host_order;
    for (const auto& [name, group] : inventory_.groups) {
      names.push_back(name);
    }
    return fail(ErrorCode::usage, "the inventory has no host and no group that matches '" + pattern + "'" +
                                      core::did_you_mean(pattern, names));
  }

  /// Breadth first, as Ansible lists them.
  Names hosts_below(const std::string& name) const {
    Names hosts;
    std::set<std::string> seen_hosts;
    std::set<std::string> seen_groups = {name};
    Names level = {name};
    for (std::size_t i = 0; i < level.size(); ++i) {
      const Group& group = inventory_.groups.at(level[i]);
      for (const auto& host : group.hosts) {
        if (seen_hosts.insert(host).second) {
          hosts.push_back(host);
        }
      }
      for (const auto& child : group.children) {
        if (seen_groups.insert(child).second) {
          level.push_back(child);
        }
      }
    }
    return hosts;
  }

  const Inventory& inventory_;
  Names* unknown_;
};

/// "@FILE": a pattern a line, comments with '#'.
Result<Names> read_patterns(const std::string& file) {
  const auto text = core::read_file(file, core::Bytes{16U * 1024U * 1024U});
  if (!text) {
    return fail(core::Error{text.error()}.in("pattern '@" + file + "'"));
  }
  Names patterns;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    if (std::string line = core::trim(text->substr(at, end - at)); !line.empty() && line[0] != '#') {
      patterns.push_back(std::move(line));
    }
    at = end + 1;
  }
  if (patterns.empty()) {
    return fail(ErrorCode::usage, file + ":1: holds no host; write one a line");
  }
  return patterns;
}

Result<Names> parts_of(const std::string& pattern) {
  Names parts;
  for (const auto& part : split_pattern(pattern)) {
    if (part[0] != '@') {
      parts.push_back(part);
      continue;
    }
    const auto lines = read_patterns(part.substr(1));
    if (!lines) {
      return lines;
    }
    for (const auto& line : *lines) {
      const Names inner = split_pattern(line);
      parts.insert(parts.end(), inner.begin(), inner.end());
    }
  }
  return parts;
}

/// Unions first, then intersections, then exclusions, whatever the order in which they were written.
Result<Names> evaluate(const Inventory& inventory, const std::string& pattern, Names* unknown) {
  const auto parts = parts_of(pattern);
  if (!parts) {
    return parts;
  }
  Names unions;
  Names rest;
  for (const auto& part : *parts) {
    (part[0] == '&' || part[0] == '!' ? rest : unions).push_back(part);
  }
  std::stable_partition(rest.begin(), rest.end(), [](const std::string& part) { return part[0] == '&'; });
  if (unions.empty() && !rest.empty()) {
    unions.emplace_back("all");
  }
  const Matcher matcher(inventory, unknown);
  Names hosts;
  std::set<std::string> seen;
  for (const auto& part : unions) {
    auto found = matcher.match(part);
    if (!found) {
      return found;
    }
    for (auto& host : *found) {
      if (seen.insert(host).second) {
        hosts.push_back(std::move(host));
      }
    }
  }
  for (const auto& part : rest) {
    if (part.size() == 1) {
      return fail(ErrorCode::usage, "pattern '" + pattern + "': nothing follows '" + part + "'");
    }
    const auto found = matcher.match(part.substr(1));
    if (!found) {
      return found;
    }
    const std::set<std::string> set(found->begin(), found->end());
    std::erase_if(hosts, [&](const std::string& host) { return set.contains(host) == (part[0] == '!'); });
  }
  return hosts;
}

}  // namespace

Result<Names> select(const Inventory& inventory, const std::string& pattern, const std::string& limit, Names* unknown) {
  if (split_pattern(pattern).empty()) {
    return fail(ErrorCode::usage, "the host pattern is empty; write 'all', a group or a host");
  }
  auto hosts = evaluate(inventory, pattern, unknown);
  if (!hosts || limit.empty()) {
    return hosts;
  }
  const auto limited = evaluate(inventory, limit, nullptr);
  if (!limited) {
    return fail(core::Error{limited.error()}.in("--limit"));
  }
  const std::set<std::string> set(limited->begin(), limited->end());
  std::erase_if(*hosts, [&](const std::string& host) { return !set.contains(host); });
  return hosts;
}

}  // namespace cef::inventory
