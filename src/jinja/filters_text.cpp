// Filters of text.
#include <algorithm>

#include "cef/core/shell.hpp"
#include "functions.hpp"
#include "text.hpp"

namespace cef::jinja {

namespace {

Value made(Call& call, std::string text) {
  return call.run.checked(std::move(text));
}

Value trimmed(Call& call) {
  return made(call, strip_text(call.input_text(), call.has(0) && !is_none(call.at(0)) ? call.text(0) : "", true, true));
}

Value replaced(Call& call) {  // old new count
  return make(replace_text(call.run, call.input_text(), call.text(0), call.text(1), call.integer(2, -1)));
}

Value split(Call& call) {  // sep maxsplit
  const bool by_space = !call.has(0) || is_none(call.at(0));
  if (!by_space && text_of(call.at(0)).empty()) {
    fault("empty separator");
  }
  const auto parts = split_text(text_of(call.input), by_space ? "" : text_of(call.at(0)), call.integer(1, -1));
  call.run.step(parts.size());
  return make_strings(parts);
}

Value indent(Call& call) {  // width first blank
  const std::string by =
      call.has(0) && is_text(call.at(0)) ? text_of(call.at(0)) : pad(call.run, "", call.integer(0, 4), '<');
  const bool blank = call.flag(2);
  const auto lines = lines_of(call.input_text() + "\n");
  call.run.make_bytes(lines.size() * by.size());
  std::string out = call.flag(1) ? by : "";
  for (std::size_t at = 0; at < lines.size(); ++at) {
    out += at > 0 ? "\n" : "";
    out += at > 0 && (blank || !lines[at].empty()) ? by : "";
    out += lines[at];
  }
  return made(call, std::move(out));
}

Value truncate(Call& call) {  // length killwords end leeway
  const std::string text = call.input_text();
  const std::string end = call.text(2, "...");
  const std::int64_t length = call.integer(0, 255);
  const auto tail = static_cast<std::int64_t>(count_characters(end));
  const auto parts = characters(text);
  if (length < tail) {
    fault("expected length >= " + std::to_string(tail) + ", got " + std::to_string(length));
  }
  if (static_cast<std::int64_t>(parts.size()) <= length + std::clamp<std::int64_t>(call.integer(3, 5), 0, 1 << 30)) {
    return make(text);
  }
  std::string out;
  for (std::size_t at = 0; at < static_cast<std::size_t>(length - tail); ++at) {
    out += parts[at];
  }
  if (!call.flag(1)) {
    out.resize(std::min(out.rfind(' '), out.size()));
  }
  return made(call, out + end);
}

/// One line to lines of at most `width`, as textwrap.wrap with its white space kept.
void wrap(const std::string& line, std::size_t width, bool break_words, bool on_hyphens,
          std::vector<std::string>& out) {
  std::vector<std::string> chunks;
  for (std::size_t at = 0; at < line.size();) {
    const bool space = is_space(line[at]);
    const std::size_t from = at;
    while (at < line.size() && is_space(line[at]) == space) {
      ++at;
      const bool hyphen = !space && on_hyphens && at - from > 1 && line[at - 1] == '-' && at < line.size() &&
                          line[at] != '-' && !is_space(line[at]) && line[at - 2] != '-';
      if (hyphen) {
        break;
      }
    }
    chunks.push_back(line.substr(from, at - from));
  }
  std::reverse(chunks.begin(), chunks.end());
  while (!chunks.empty()) {
    std::string now;
    if (is_space(chunks.back()[0]) && !out.empty() && !chunks.empty()) {
      chunks.pop_back();
    }
    std::size_t length = 0;
    while (!chunks.empty() && length + count_characters(chunks.back()) <= width) {
      length += count_characters(chunks.back());
      now += chunks.back();
      chunks.pop_back();
    }
    if (!chunks.empty() && count_characters(chunks.back()) > width) {
      const auto parts = characters(chunks.back());
      const std::size_t room = break_words ? std::max<std::size_t>(width - length, 1) : parts.size();
      if (break_words || now.empty()) {
        std::string rest;
        for (std::size_t at = 0; at < parts.size(); ++at) {
          (at < room ? now : rest) += parts[at];
        }
        chunks.pop_back();
        if (!rest.empty()) {
          chunks.push_back(rest);
        }
      }
    }
    now = strip_text(now, "", false, true);
    if (!now.empty()) {
      out.push_back(std::move(now));
    }
  }
}

Value word_wrap(Call& call) {  // width break_long_words wrapstring break_on_hyphens
  const std::int64_t width = call.integer(0, 79);
  if (width < 1) {
    fault("invalid width " + std::to_string(width) + " (must be > 0)");
  }
  const std::string between = call.has(2) && !is_none(call.at(2)) ? call.text(2) : "\n";
  std::string out;
  bool first = true;
  for (const std::string& line : lines_of(call.input_text())) {
    std::vector<std::string> parts;
    wrap(line, static_cast<std::size_t>(width), call.flag(1, true), call.flag(3, true), parts);
    call.run.make_bytes(line.size() + parts.size() * between.size());
    if (parts.empty()) {
      parts.emplace_back();
    }
    for (const std::string& part : parts) {
      out += first ? "" : between;
      out += part;
      first = false;
    }
  }
  return made(call, std::move(out));
}

Value word_count(Call& call) {
  std::int64_t count = 0;
  bool inside = false;
  for (const char c : call.input_text()) {
    const bool word = c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (static_cast<unsigned char>(c) & 0x80U) != 0;
    count += word && !inside ? 1 : 0;
    inside = word;
  }
  return make(count);
}

Value centered(Call& call) {
  const std::string text = call.input_text();
  const std::int64_t width = call.integer(0, 80);
  const auto size = static_cast<std::int64_t>(count_characters(text));
  if (width <= size) {
    return make(text);
  }
  const std::int64_t missing = width - size;
  const std::int64_t left = missing / 2 + (missing & width & 1);  // as CPython rounds
  return make(pad(call.run, pad(call.run, text, size + left, '>'), width, '<'));
}

Value escaped(Call& call) {
  return call.input.is_markup() ? call.input : made(call, html_escaped(call.input)).as_markup();
}

Value xml_attributes(Call& call) {
  if (!is_map(call.input)) {
    fault("'" + type_name(call.input) + "' object has no attribute 'items'");
  }
  std::string out;
  for (const auto& [key, value] : entries(call.input)) {
    if (value.is_undefined() || is_none(value)) {
      continue;
    }
    const std::string& name = text_of(key);
    if (name.find_first_of(" \t\n\v\f\r/>=") != std::string::npos) {
      fault("Invalid character in attribute name: " + repr(key));
    }
    out += (out.empty() ? "" : " ") + html_escaped(key) + "=\"" + html_escaped(value) + "\"";
  }
  return made(call, (call.flag(0, true) && !out.empty() ? " " : "") + out);
}

Value strip_tags(Call& call) {
  std::string out;
  const std::string text = call.input_text();
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 4, "<!--") == 0 && text.find("-->", at) != std::string::npos) {
      at = text.find("-->", at) + 3;
    } else if (text[at] == '<' && text.find('>', at) != std::string::npos) {
      at = text.find('>', at) + 1;
    } else {
      out += text[at++];
    }
  }
  std::string joined;
  for (const std::string& word : split_text(out, "", -1)) {
    joined += (joined.empty() ? "" : " ") + word;
  }
  for (const auto& [name, character] : {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&quot;", "\""),
                                        std::pair("&#34;", "\""), std::pair("&#39;", "'"), std::pair("&amp;", "&")}) {
    joined = replace_text(call.run, joined, name, character, -1);
  }
  return make(std::move(joined));
}

std::string url_quoted(const std::string& text, bool query) {
  static constexpr std::string_view k_plain = "_.-~";
  static constexpr std::string_view k_hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || k_plain.find(c) != std::string_view::npos || (c == '/' && !query)) {
      out += c;
    } else if (c == ' ' && query) {
      out += '+';
    } else {
      out += '%';
      out += k_hex[static_cast<unsigned char>(c) >> 4U];
      out += k_hex[static_cast<unsigned char>(c) & 0xFU];
    }
  }
  return out;
}

Value url_decode(Call& call) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  const std::string text = call.input_text();
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool hex = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 && digit(text[at + 2]) >= 0;
    bytes += hex ? static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2])) : text[at] == '+' ? ' ' : text[at];
    at += hex ? 2 : 0;
  }
  std::string out;
  for (const char32_t character : decode(bytes)) {
    append_utf8(out, character);
  }
  return made(call, std::move(out));
}

Value url_encode(Call& call) {
  if (!is_map(call.input) && !is_list(call.input)) {
    return made(call, url_quoted(call.input_text(), false));
  }
  std::string out;
  const auto add = [&](const Value& key, const Value& value) {
    out += (out.empty() ? "" : "&") + url_quoted(str(key), true) + "=" + url_quoted(str(value), true);
  };
  if (is_map(call.input)) {
    for (const auto& [key, value] : entries(call.input)) {
      add(key, value);
    }
  } else {
    for (const Value& pair : call.input_elements()) {
      const auto parts = elements(pair);
      if (parts.size() != 2) {
        fault("urlencode needs pairs of a name and a value");
      }
      add(parts[0], parts[1]);
    }
  }
  return made(call, std::move(out));
}

Value quoted(Call& call) {
  const std::string text = is_none(call.input) ? "" : call.input_text();
  const bool safe = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("_@%+=:,./-").find(c) != std::string_view::npos;
  });
  if (safe) {
    return make(text);
  }
  return made(call, "'" + text_of(make(replace_text(call.run, text, "'", "'\"'\"'", -1))) + "'");
}

Value format_by(Call& call) {
  if (!call.named().empty() && !call.rest().empty()) {
    fault("can't handle positional and keyword arguments at the same time");
  }
  std::vector<Map::Entry> named;
  for (const auto& [name, value] : call.named()) {
    named.emplace_back(make(name), value);
  }
  const Value given = named.empty() ? make_list(call.rest(), true) : make_map(std::move(named));
  return made(call, percent_format(call.run, call.input_text(), given));
}

struct CommentStyle {
  const char* name;
  const char* beginning;
  const char* decoration;
  const char* end;
};

Value comment(Call& call) {  // style, and any of its parts by name
  static constexpr CommentStyle k_styles[] = {{"plain", "", "# ", ""},
                                              {"erlang", "", "% ", ""},
                                              {"c", "", "// ", ""},
                                              {"cblock", "/*", " * ", " */"},
                                              {"xml", "<!--", " - ", "-->"}};
  const std::string style = call.text(0, "plain");
  const auto known =
      std::find_if(std::begin(k_styles), std::end(k_styles), [&](const auto& one) { return style == one.name; });
  if (known == std::end(k_styles)) {
    fault("'comment' has no style '" + style + "': plain, erlang, c, cblock or xml");
  }
  const auto part = [&](const char* name, const std::string& otherwise) {
    for (const auto& [given, value] : call.named()) {
      if (given == name) {
        return str(value);
      }
    }
    return otherwise;
  };
  const auto count = [&](const char* name) {
    const std::string text = part(name, "1");
    return text.size() < 5 && text.find_first_not_of("0123456789") == std::string::npos && !text.empty()
               ? std::stoi(text)
               : 1;
  };
  const std::string decoration = part("decoration", known->decoration);
  const std::string bare = strip_text(decoration, "", false, true);
  const std::string newline = part("newline", "\n");
  const std::string beginning = part("beginning", known->beginning);
  const std::string prefix = part("prefix", bare);
  const std::string postfix = part("postfix", bare);
  const std::string end = part("end", known->end);
  std::string out = beginning.empty() ? "" : beginning + newline;
  for (int at = 0; !prefix.empty() && at < count("prefix_count"); ++at) {
    out += prefix == newline ? newline : prefix + newline;
  }
  std::string text = decoration + replace_text(call.run, call.input_text(), newline, newline + decoration, -1);
  out += replace_text(call.run, text, decoration + newline, bare + newline, -1);
  for (int at = 0; at < count("postfix_count"); ++at) {
    call.run.make_bytes(postfix.size() + 1);
    out += newline + postfix;
  }
  return made(call, end.empty() ? out : out + newline + end);
}

}  // namespace

Filters text_filters() {
  return {
      {"trim", "?chars", trimmed},
      {"replace", "old new ?count", replaced},
      {"split", "?sep ?maxsplit", split},
      {"indent", "?width ?first ?blank", indent},
      {"truncate", "?length ?killwords ?end ?leeway", truncate},
      {"wordwrap", "?width ?break_long_words ?wrapstring ?break_on_hyphens", word_wrap},
      {"wordcount", "", word_count},
      {"center", "?width", centered},
      {"capitalize", "", [](Call& call) { return made(call, capitalize(call.input_text())); }},
      {"title", "", [](Call& call) { return made(call, title(call.input_text(), true)); }},
      {"escape", "", escaped},
      {"e", "", escaped},
      {"forceescape", "", [](Call& call) { return made(call, html_escaped(make(call.input_text()))).as_markup(); }},
      {"safe", "", [](Call& call) { return made(call, call.input_text()).as_markup(); }},
      {"striptags", "", strip_tags},
      {"urlencode", "", url_encode},
      {"urldecode", "", url_decode},
      {"xmlattr", "?autospace", xml_attributes},
      {"quote", "", quoted},
      {"format", "* **", format_by},
      {"comment", "?style **", comment},
      {"pprint", "", [](Call& call) { return made(call, repr(call.input)); }},
  };
}

}  // namespace cef::jinja
