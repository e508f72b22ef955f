#include "text.hpp"

#include <algorithm>

#include "cef/core/text.hpp"

namespace cef::jinja {

std::vector<std::string> split_text(const std::string& text, const std::string& by, std::int64_t most) {
  std::vector<std::string> found;
  std::size_t at = 0;
  if (!by.empty()) {
    while (most < 0 || static_cast<std::int64_t>(found.size()) < most) {
      const std::size_t next = text.find(by, at);
      if (next == std::string::npos) {
        break;
      }
      found.push_back(text.substr(at, next - at));
      at = next + by.size();
    }
    found.push_back(text.substr(at));
    return found;
  }
  while (true) {
    while (at < text.size() && is_space(text[at])) {
      ++at;
    }
    if (at >= text.size()) {
      return found;
    }
    if (most >= 0 && static_cast<std::int64_t>(found.size()) >= most) {
      found.push_back(strip_text(text.substr(at), "", false, true));
      return found;
    }
    const std::size_t from = at;
    while (at < text.size() && !is_space(text[at])) {
      ++at;
    }
    found.push_back(text.substr(from, at - from));
  }
}

std::vector<std::string> split_from_right(const std::string& text, const std::string& by, std::int64_t most) {
  auto parts = split_text(text, by, -1);
  if (most < 0 || static_cast<std::int64_t>(parts.size()) <= most + 1) {
    return parts;
  }
  const auto joined = static_cast<std::ptrdiff_t>(parts.size()) - most;
  std::string head = parts[0];
  for (std::ptrdiff_t at = 1; at < joined; ++at) {
    head += (by.empty() ? " " : by) + parts[static_cast<std::size_t>(at)];
  }
  std::vector<std::string> found = {head};
  found.insert(found.end(), parts.begin() + joined, parts.end());
  return found;
}

std::vector<std::string> lines_of(const std::string& text, bool keep_ends) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of("\n\r\v\f\x1c\x1d\x1e", at), text.size());
    std::size_t next = std::min(end + 1, text.size());
    if (end + 1 < text.size() && text[end] == '\r' && text[end + 1] == '\n') {
      ++next;
    }
    found.push_back(text.substr(at, (keep_ends ? next : end) - at));
    at = next;
  }
  return found;
}

std::string replace_text(Run& run, const std::string& text, const std::string& from, const std::string& to,
                         std::int64_t most) {
  std::string out;
  std::size_t at = 0;
  std::int64_t count = 0;
  const std::size_t limit = run.environment.limits.output.count;
  while (at <= text.size() && (most < 0 || count < most) && out.size() <= limit) {
    const std::size_t next = text.find(from, at);
    if (next == std::string::npos) {
      break;
    }
    out.append(text, at, next - at);
    out += to;
    at = next + from.size();
    if (from.empty()) {  // between all characters, and at both ends
      if (at >= text.size()) {
        at = text.size();
        break;
      }
      const std::size_t one = characters(std::string_view(text).substr(at, 4)).front().size();
      out.append(text, at, one);
      at += one;
    }
    ++count;
  }
  out.append(text, std::min(at, text.size()), std::string::npos);
  run.make_bytes(out.size());
  return out;
}

std::string strip_text(const std::string& text, const std::string& set, bool left, bool right) {
  const auto parts = characters(text);
  const auto chars = characters(set);
  const auto strips = [&](std::string_view one) {
    return set.empty() ? one.size() == 1 && is_space(one[0])
                       : std::find(chars.begin(), chars.end(), one) != chars.end();
  };
  std::size_t from = 0;
  std::size_t to = parts.size();
  while (left && from < to && strips(parts[from])) {
    ++from;
  }
  while (right && to > from && strips(parts[to - 1])) {
    --to;
  }
  std::string out;
  for (; from < to; ++from) {
    out += parts[from];
  }
  return out;
}

std::string capitalize(const std::string& text) {
  const auto parts = characters(text);
  return parts.empty() ? "" : upper(parts[0]) + lower(std::string_view(text).substr(parts[0].size()));
}

std::string title(const std::string& text, bool filter) {
  std::string out;
  bool inside = false;
  for (const std::string_view one : characters(text)) {
    const bool letter = one.size() > 1 || (one[0] >= 'a' && one[0] <= 'z') || (one[0] >= 'A' && one[0] <= 'Z');
    out += inside ? lower(one) : upper(one);
    inside = filter ? !(one.size() == 1 &&
                        (is_space(one[0]) || std::string_view("-({[<").find(one[0]) != std::string_view::npos))
                    : letter;
  }
  return out;
}

std::string pad(Run& run, const std::string& text, std::int64_t width, char side, const std::string& fill) {
  const auto size = static_cast<std::int64_t>(count_characters(text));
  if (width <= size) {
    return text;
  }
  const auto missing = static_cast<std::size_t>(width - size);
  run.make_bytes(missing);
  std::size_t left = side == '>' ? missing : 0;
  if (side == '^') {
    left = missing / 2;
  }
  std::string out;
  for (std::size_t at = 0; at < left; ++at) {
    out += fill;
  }
  out += text;
  for (std::size_t at = left; at < missing; ++at) {
    out += fill;
  }
  return out;
}

std::string html_escaped(const Value& value) {
  if (value.is_markup()) {
    return text_of(value);
  }
  return core::html_escaped(str(value), "&#34;");
}

}  // namespace cef::jinja
