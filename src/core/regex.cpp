#include "cef/core/regex.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <map>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace cef::core {
namespace {

constexpr std::size_t k_pattern_limit = std::size_t{64} * 1024;
constexpr std::uint32_t k_match_limit = 5'000'000;  ///< steps of one match: about a second of a small board
constexpr std::uint32_t k_heap_limit_kib = 64 * 1024;
constexpr std::uint32_t k_parens_limit = 100;

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

PCRE2_SPTR units(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

/// What Python writes in another way than PCRE: \Z (the very end), {,n} (from none).
std::string from_python(std::string_view pattern) {
  std::string out;
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\' && i + 1 < pattern.size()) {
      const char next = pattern[++i];
      out += c;
      out += next == 'Z' && !in_class ? 'z' : next;
    } else if (!in_class && c == '{' && i + 1 < pattern.size() && pattern[i + 1] == ',' && i + 2 < pattern.size() &&
               std::isdigit(static_cast<unsigned char>(pattern[i + 2])) != 0) {
      out += "{0";
    } else if (c == '[' && !in_class) {
      in_class = true;
      out += c;
      if (i + 1 < pattern.size() && pattern[i + 1] == '^') {
        out += pattern[++i];
      }
      if (i + 1 < pattern.size() && pattern[i + 1] == ']') {  // the first one is a member
        out += "\\]";
        ++i;
      }
    } else if (c == '[') {
      out += "\\[";  // no [:classes:] in Python
    } else {
      in_class = in_class && c != ']';
      out += c;
    }
  }
  return out;
}

}  // namespace

struct Regex::Code {
  pcre2_code* code = nullptr;
  std::map<std::string, std::size_t, std::less<>> names;
  std::string pattern;
  std::uint32_t groups = 0;
  Code() = default;
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;
  ~Code() { pcre2_code_free(code); }

  void read_names() {
    std::uint32_t count = 0;
    std::uint32_t entry = 0;
    PCRE2_SPTR table = nullptr;
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
    for (std::uint32_t i = 0; i < count; ++i, table += entry) {
      names[reinterpret_cast<const char*>(table + 2)] = static_cast<std::size_t>(table[0] << 8U | table[1]);
    }
  }
};

std::string_view RegexMatch::group(std::string_view subject, std::size_t number) const {
  return number < groups.size() && groups[number]
             ? subject.substr(groups[number]->first, groups[number]->second - groups[number]->first)
             : std::string_view{};
}

Result<Regex> Regex::compile(std::string_view pattern, RegexOptions options) {
  if (pattern.size() > k_pattern_limit) {
    return fail(ErrorCode::usage, "a regular expression of " + std::to_string(pattern.size()) + " bytes; at most " +
                                      std::to_string(k_pattern_limit) + " are read");
  }
  if (pattern.starts_with("(*")) {
    return fail(ErrorCode::usage, "'" + std::string(pattern) + "' is no regular expression: nothing to repeat");
  }
  const std::uint32_t flags = (options.ignore_case ? PCRE2_CASELESS : 0U) |
                              (options.multi_line ? PCRE2_MULTILINE : 0U) | (options.dot_all ? PCRE2_DOTALL : 0U) |
                              PCRE2_NEVER_BACKSLASH_C |
                              (options.unicode ? PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF : PCRE2_NEVER_UTF);
  const std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)> context(
      pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit(context.get(), k_parens_limit);
  const std::string text = from_python(pattern);
  auto code = std::make_shared<Code>();
  int error = 0;
  PCRE2_SIZE offset = 0;
  code->code = pcre2_compile(units(text), text.size(), flags, &error, &offset, context.get());
  if (code->code == nullptr) {
    return fail(ErrorCode::usage, "'" + std::string(pattern) + "' is no regular expression: " + message_of(error) +
                                      " at position " + std::to_string(offset));
  }
  code->pattern = pattern;
  code->read_names();
  return Regex(std::move(code));
}

Result<std::optional<RegexMatch>> Regex::run(std::string_view subject, std::size_t from, unsigned options) const {
  if (from > subject.size()) {
    return std::optional<RegexMatch>{};
  }
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code_->code, nullptr), &pcre2_match_data_free);
  const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context(
      pcre2_match_context_create(nullptr), &pcre2_match_context_free);
  pcre2_set_match_limit(context.get(), k_match_limit);
  pcre2_set_heap_limit(context.get(), k_heap_limit_kib);
  const int found = pcre2_match(code_->code, units(subject), subject.size(), from, options, data.get(), context.get());
  if (found == PCRE2_ERROR_NOMATCH) {
    return std::optional<RegexMatch>{};
  }
  if (found < 0) {
    return fail(ErrorCode::general, "the regular expression '" + code_->pattern + "' takes too long on a text of " +
                                        std::to_string(subject.size()) + " bytes: " + message_of(found));
  }
  RegexMatch match;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
  for (std::size_t i = 0; i <= code_->groups; ++i) {
    if (ends[2 * i] == PCRE2_UNSET) {
      match.groups.emplace_back();
    } else {
      match.groups.emplace_back(std::pair{ends[2 * i], std::max(ends[2 * i], ends[2 * i + 1])});
    }
  }
  return std::optional(std::move(match));
}

Result<std::optional<RegexMatch>> Regex::search(std::string_view subject, std::size_t from) const {
  return run(subject, from, 0);
}

Result<std::optional<RegexMatch>> Regex::match(std::string_view subject, std::size_t from) const {
  return run(subject, from, PCRE2_ANCHORED);
}

Result<std::optional<RegexMatch>> Regex::full_match(std::string_view subject) const {
  return run(subject, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

Result<std::vector<RegexMatch>> Regex::find_all(std::string_view subject) const {
  std::vector<RegexMatch> all;
  std::size_t at = 0;
  bool after_empty = false;
  while (true) {
    auto found = run(subject, at, after_empty ? PCRE2_NOTEMPTY_ATSTART : 0U);
    if (!found) {
      return fail(found.error());
    }
    if (!*found) {
      return all;
    }
    at = (*found)->end();
    after_empty = (*found)->begin() == at;
    all.push_back(std::move(**found));
  }
}

namespace {

/// The number or name between < and > of \g<…>; `i` is at the g.
Result<std::string> name_of_group(std::string_view text, std::size_t& i) {
  const std::size_t end = i + 1 < text.size() && text[i + 1] == '<' ? text.find('>', i) : std::string_view::npos;
  if (end == std::string_view::npos || end == i + 2) {
    return fail(ErrorCode::usage, "'" + std::string(text) + "': \\g needs the name of a group: \\g<1>");
  }
  std::string name(text.substr(i + 2, end - i - 2));
  i = end;
  return name;
}

bool digit(std::string_view text, std::size_t at, char last = '9') {
  return at < text.size() && text[at] >= '0' && text[at] <= last;
}

char plain_escape(char c) {
  static constexpr std::string_view k_from = "ntrafv\\";
  static constexpr std::string_view k_to = "\n\t\r\a\f\v\\";
  const std::size_t at = k_from.find(c);
  return at == std::string_view::npos ? '\0' : k_to[at];
}

}  // namespace

Result<std::string> Regex::expand(std::string_view replacement, std::string_view subject,
                                  const RegexMatch& match) const {
  std::string out;
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    if (replacement[i] != '\\' || i + 1 == replacement.size()) {
      out += replacement[i];
      continue;
    }
    const char c = replacement[++i];
    std::size_t group = 0;
    if (c == 'g') {
      const auto name = name_of_group(replacement, i);
      if (!name) {
        return fail(name.error());
      }
      const auto parsed = std::from_chars(name->data(), name->data() + name->size(), group);
      if (parsed.ec != std::errc{} || parsed.ptr != name->data() + name->size()) {
        const auto number = group_number(*name);
        if (!number) {
          return fail(ErrorCode::usage, "unknown group name '" + *name + "' in '" + std::string(replacement) + "'");
        }
        group = *number;
      }
    } else if (c == '0' || (digit(replacement, i, '3') && digit(replacement, i + 1, '7') &&
                            digit(replacement, i + 2, '7'))) {  // octal
      unsigned value = 0;
      const std::size_t end = i + 3;
      for (; i < end && digit(replacement, i, '7'); ++i) {
        value = value * 8 + static_cast<unsigned>(replacement[i] - '0');
      }
      --i;
      out += static_cast<char>(value);
      continue;
    } else if (digit(replacement, i)) {
      group = static_cast<std::size_t>(c - '0');
      if (digit(replacement, i + 1)) {
        group = group * 10 + static_cast<std::size_t>(replacement[++i] - '0');
      }
    } else if (const char plain = plain_escape(c); plain != '\0') {
      out += plain;
      continue;
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      return fail(ErrorCode::usage, "bad escape \\" + std::string(1, c) + " in '" + std::string(replacement) + "'");
    } else {
      out += '\\';
      out += c;
      continue;
    }
    if (group >= match.groups.size()) {
      return fail(ErrorCode::usage,
                  "invalid group reference " + std::to_string(group) + " in '" + std::string(replacement) + "'");
    }
    out += match.group(subject, group);
  }
  return out;
}

Result<std::string> Regex::replace(std::string_view subject, std::string_view replacement, std::size_t count,
                                   std::size_t* made) const {
  std::string out;
  std::size_t at = 0;
  std::size_t done = 0;
  bool after_empty = false;
  std::size_t kept = 0;
  while (count == 0 || done < count) {
    const auto found = run(subject, at, after_empty ? PCRE2_NOTEMPTY_ATSTART : 0U);
    if (!found) {
      return fail(found.error());
    }
    if (!*found) {
      break;
    }
    auto text = expand(replacement, subject, **found);
    if (!text) {
      return fail(text.error());
    }
    out += subject.substr(kept, (*found)->begin() - kept);
    out += *text;
    at = kept = (*found)->end();
    after_empty = (*found)->begin() == at;
    ++done;
  }
  if (made != nullptr) {
    *made = done;
  }
  return out += subject.substr(kept);
}

std::size_t Regex::group_count() const noexcept {
  return code_->groups;
}

std::optional<std::size_t> Regex::group_number(std::string_view name) const {
  const auto found = code_->names.find(name);
  return found == code_->names.end() ? std::nullopt : std::optional(found->second);
}

std::string Regex::escape(std::string_view text) {
  static constexpr std::string_view k_special = "()[]{}?*+-|^$\\.&~# \t\n\r\v\f";
  std::string out;
  for (const char c : text) {
    if (k_special.find(c) != std::string_view::npos) {
      out += '\\';
    }
    out += c;
  }
  return out;
}

}  // namespace cef::core
