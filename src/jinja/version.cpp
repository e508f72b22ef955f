// Comparing versions as Python's LooseVersion and StrictVersion and Ansible's SemanticVersion do.
#include "version.hpp"

#include <algorithm>

#include "text.hpp"

namespace cef::jinja {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}
bool all_digits(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// A number without leading zeros orders by length first: no limit of size.
int compare_numbers(std::string a, std::string b) {
  a.erase(0, std::min(a.find_first_not_of('0'), a.size()));
  b.erase(0, std::min(b.find_first_not_of('0'), b.size()));
  return a.size() != b.size() ? (a.size() < b.size() ? -1 : 1) : a.compare(b);
}

/// Runs of digits, runs of lower-case letters, and what stands between dots.
std::vector<std::string> loose_parts(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '.') {
      ++at;
      continue;
    }
    const auto kind = [&](char c) { return is_digit(c) ? 1 : (is_letter(c) ? 2 : (c == '.' ? 3 : 4)); };
    const std::size_t from = at;
    while (at < text.size() && kind(text[at]) == kind(text[from])) {
      ++at;
    }
    parts.push_back(text.substr(from, at - from));
  }
  return parts;
}

int compare_loose(const std::string& left, const std::string& right) {
  const auto a = loose_parts(left);
  const auto b = loose_parts(right);
  for (std::size_t at = 0; at < std::min(a.size(), b.size()); ++at) {
    const bool number = all_digits(a[at]);
    if (number != all_digits(b[at])) {
      fault(std::string("Version comparison failed: '<' not supported between instances of '") +
            (number ? "int' and 'str'" : "str' and 'int'"));
    }
    const int order = number ? compare_numbers(a[at], b[at]) : a[at].compare(b[at]);
    if (order != 0) {
      return order;
    }
  }
  return a.size() < b.size() ? -1 : (a.size() > b.size() ? 1 : 0);
}

/// 1.2, 1.2.3, 1.2a1, 1.2.3b2.
struct Strict {
  std::vector<std::string> numbers;
  std::string kind;  ///< "a" or "b", else "z": a release comes after them
  std::string count;
};

Strict strict_of(const std::string& text) {
  Strict version;
  std::size_t at = 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) {
      ++at;
    }
    return text.substr(from, at - from);
  };
  version.numbers.push_back(digits());
  while (version.numbers.size() < 3 && at < text.size() && text[at] == '.') {
    ++at;
    version.numbers.push_back(digits());
  }
  version.kind = std::string(1, 'z');
  if (at < text.size() && (text[at] == 'a' || text[at] == 'b')) {
    version.kind = text.substr(at++, 1);
    version.count = digits();
  }
  const bool broken =
      std::any_of(version.numbers.begin(), version.numbers.end(), [](const auto& n) { return n.empty(); });
  if (at != text.size() || broken || version.numbers.size() < 2 || (version.kind != "z" && version.count.empty())) {
    fault("Version comparison failed: invalid version number '" + text + "'");
  }
  version.numbers.resize(3, "0");
  return version;
}

int compare_strict(const std::string& left, const std::string& right) {
  const Strict a = strict_of(left);
  const Strict b = strict_of(right);
  for (std::size_t at = 0; at < 3; ++at) {
    if (const int order = compare_numbers(a.numbers[at], b.numbers[at]); order != 0) {
      return order;
    }
  }
  const int kinds = a.kind.compare(b.kind);
  return kinds != 0 ? kinds : compare_numbers(a.count, b.count);
}

struct Semantic {
  std::vector<std::string> numbers;
  std::vector<std::string> before;  ///< pre-release
};

Semantic semantic_of(const std::string& given) {
  const std::string text = given.substr(0, given.find('+'));
  const std::size_t dash = text.find('-');
  Semantic version;
  version.numbers = split_text(text.substr(0, dash), ".", -1);
  if (dash != std::string::npos) {
    version.before = split_text(text.substr(dash + 1), ".", -1);
  }
  const bool good = version.numbers.size() == 3 &&
                    std::all_of(version.numbers.begin(), version.numbers.end(),
                                [](const auto& n) { return all_digits(n) && (n.size() == 1 || n[0] != '0'); });
  if (!good) {
    fault("Version comparison failed: invalid semantic version '" + given + "'");
  }
  return version;
}

int compare_semantic(const std::string& left, const std::string& right) {
  const Semantic a = semantic_of(left);
  const Semantic b = semantic_of(right);
  for (std::size_t at = 0; at < 3; ++at) {
    if (const int order = compare_numbers(a.numbers[at], b.numbers[at]); order != 0) {
      return order;
    }
  }
  if (a.before.empty() || b.before.empty()) {
    return a.before.empty() == b.before.empty() ? 0 : (a.before.empty() ? 1 : -1);
  }
  for (std::size_t at = 0; at < std::min(a.before.size(), b.before.size()); ++at) {
    const bool number = all_digits(a.before[at]);
    if (number != all_digits(b.before[at])) {
      return number ? -1 : 1;
    }
    const int order = number ? compare_numbers(a.before[at], b.before[at]) : a.before[at].compare(b.before[at]);
    if (order != 0) {
      return order;
    }
  }
  return static_cast<int>(a.before.size()) - static_cast<int>(b.before.size());
}

}  // namespace

bool version_holds(Call& call) {
  const std::string sign = call.text(1, "eq");
  const bool strict = call.has(2) && !is_none(call.at(2));
  const bool typed = call.has(3) && !is_none(call.at(3));
  if (strict && typed) {
    fault("Cannot specify both 'strict' and 'version_type'");
  }
  if (!truth(call.input)) {
    fault("Input version value cannot be empty");
  }
  if (!truth(call.at(0))) {
    fault("Version parameter to compare against cannot be empty");
  }
  const std::string type = typed ? call.text(3) : (strict && truth(call.at(2)) ? "strict" : "loose");
  const bool semantic = type == "semver" || type == "semantic";
  if (!semantic && type != "loose" && type != "strict") {
    fault("Invalid version type (" + type + "). Must be one of 'loose', 'strict', 'semver', 'semantic'");
  }
  const auto compare_by = semantic ? compare_semantic : (type == "strict" ? compare_strict : compare_loose);
  const bool known = [&] {
    for (const char* one : {"==", "=", "eq", "<", "lt", "<=", "le", ">", "gt", ">=", "ge", "!=", "<>", "ne"}) {
      if (sign == one) {
        return true;
      }
    }
    return false;
  }();
  if (!known) {
    fault("Invalid operator type (" + sign +
          "). Must be one of '==', '=', 'eq', '<', 'lt', '<=', 'le', '>', 'gt', '>=', 'ge', '!=', '<>', 'ne'");
  }
  const int order = compare_by(str(call.input), str(call.at(0)));
  if (sign == "==" || sign == "=" || sign == "eq") {
    return order == 0;
  }
  if (sign == "!=" || sign == "<>" || sign == "ne") {
    return order != 0;
  }
  if (sign == "<" || sign == "lt") {
    return order < 0;
  }
  if (sign == "<=" || sign == "le") {
    return order <= 0;
  }
  return sign == ">" || sign == "gt" ? order > 0 : order >= 0;
}

}  // namespace cef::jinja
