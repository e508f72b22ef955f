// regex_replace and its kin, and the tests match, search and regex.
#include <algorithm>

#include "functions.hpp"
#include "regex.hpp"

namespace cef::jinja {

namespace {

std::string part_of(const std::u32string& text, const std::pair<std::ptrdiff_t, std::ptrdiff_t>& group) {
  std::string out;
  for (std::ptrdiff_t at = group.first; group.first >= 0 && at < group.second; ++at) {
    append_utf8(out, text[static_cast<std::size_t>(at)]);
  }
  return out;
}

/// A replacement: pieces of text and numbers of groups.
struct Piece {
  std::string text;
  std::ptrdiff_t group = -1;
};

class Replacement {
 public:
  Replacement(const Regex& regex, const std::string& text) : regex_(regex), text_(text) {
    for (std::size_t at = 0; at < text_.size();) {
      if (text_[at] != '\\') {
        add(text_.substr(at, 1));
        ++at;
      } else {
        ++at;
        escape(at);
      }
    }
  }
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  void add(const std::string& text) {
    if (pieces_.empty() || pieces_.back().group >= 0) {
      pieces_.push_back({});
    }
    pieces_.back().text += text;
  }
  void add_group(const std::string& name) {
    const bool number = !name.empty() && name.size() < 4 && name.find_first_not_of("0123456789") == std::string::npos;
    const auto named = number ? std::optional(static_cast<std::size_t>(std::stoul(name))) : regex_.group(name);
    if (!named) {
      fault("unknown group name " + repr_of_text(name));
    }
    if (*named > regex_.groups()) {
      fault("invalid group reference " + name);
    }
    pieces_.push_back({"", static_cast<std::ptrdiff_t>(*named)});
  }
  void escape(std::size_t& at) {
    if (at >= text_.size()) {
      fault("bad escape (end of pattern) in a replacement");
    }
    const char c = text_[at++];
    const auto digit = [this](std::size_t place) {
      return place < text_.size() && text_[place] >= '0' && text_[place] <= '9';
    };
    if (c == 'g') {
      const std::size_t end = text_.find('>', at);
      if (at >= text_.size() || text_[at] != '<' || end == std::string::npos) {
        fault("missing < or > after \\g in a replacement");
      }
      add_group(text_.substr(at + 1, end - at - 1));
      at = end + 1;
    } else if (c == '0') {
      std::string null_character(1, '\0');
      add(null_character);
    } else if (c >= '1' && c <= '9') {
      std::string number(1, c);
      if (digit(at)) {
        number += text_[at++];
      }
      add_group(number);
    } else {
      static constexpr std::string_view k_letters = "nrtfvab\\";
      static constexpr std::string_view k_meanings = "\n\r\t\f\v\a\b\\";
      const std::size_t known = k_letters.find(c);
      if (known != std::string_view::npos) {
        add(std::string(1, k_meanings[known]));
      } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
        fault("bad escape \\" + std::string(1, c) + " in a replacement");
      } else {
        add(std::string("\\") + c);
      }
    }
  }

  const Regex& regex_;
  const std::string& text_;
  std::vector<Piece> pieces_;
};

Value replace(Call& call) {  // pattern replacement ignorecase multiline
  const Regex regex(call.run, call.text(0), {call.flag(2), call.flag(3)});
  const std::string with = call.text(1);
  const Replacement replacement(regex, with);
  const std::u32string text = decode(call.input_text());
  std::string out;
  std::ptrdiff_t done = 0;
  for (const auto& match : regex.find_all(text)) {
    out += part_of(text, {done, match[0].first});
    for (const Piece& piece : replacement.pieces()) {
      out += piece.group < 0 ? piece.text : part_of(text, match[static_cast<std::size_t>(piece.group)]);
    }
    done = match[0].second;
    if (out.size() > call.run.environment.limits.output.count) {
      call.run.make_bytes(out.size());
    }
  }
  out += part_of(text, {done, static_cast<std::ptrdiff_t>(text.size())});
  return call.run.checked(std::move(out));
}

bool named_flag(Call& call, const char* name) {
  for (const auto& [known, value] : call.named()) {
    if (known == name) {
      return truth(value);
    }
  }
  return false;
}

Value search(Call& call) {  // regex *groups, ignorecase= multiline=
  for (const auto& [name, value] : call.named()) {
    if (name != "ignorecase" && name != "multiline") {
      fault("'regex_search' has no argument '" + name + "'");
    }
  }
  const Regex regex(call.run, call.text(0), {named_flag(call, "ignorecase"), named_flag(call, "multiline")});
  std::vector<std::size_t> groups;
  for (const Value& wanted : call.rest()) {
    const std::string& name = text_of(wanted);
    const bool by_name = name.rfind("\\g<", 0) == 0 && name.back() == '>';
    const std::string group =
        by_name ? name.substr(3, name.size() - 4) : name.substr(std::min<std::size_t>(1, name.size()));
    const bool number =
        !group.empty() && group.size() < 4 && group.find_first_not_of("0123456789") == std::string::npos;
    if (name.empty() || name[0] != '\\' || (!number && !by_name)) {
      fault("Unknown argument");
    }
    const auto found = number ? std::optional(static_cast<std::size_t>(std::stoul(group))) : regex.group(group);
    if (!found || *found > regex.groups()) {
      fault("no such group");
    }
    groups.push_back(*found);
  }
  const std::u32string text = decode(call.input_text());
  const auto match = regex.search(text, 0);
  if (!match) {
    return none();
  }
  if (groups.empty()) {
    return call.run.checked(part_of(text, (*match)[0]));
  }
  std::vector<Value> found;
  for (const std::size_t group : groups) {
    found.push_back((*match)[group].first < 0 ? none() : make(part_of(text, (*match)[group])));
  }
  return make_list(std::move(found));
}

Value find_all(Call& call) {  // regex multiline ignorecase
  const Regex regex(call.run, call.text(0), {call.flag(2), call.flag(1)});
  const std::u32string text = decode(call.input_text());
  std::vector<Value> found;
  for (const auto& match : regex.find_all(text)) {
    if (match.size() <= 2) {
      found.push_back(call.run.checked(part_of(text, match.back())));
      continue;
    }
    std::vector<Value> groups;
    for (std::size_t at = 1; at < match.size(); ++at) {
      groups.push_back(call.run.checked(part_of(text, match[at])));
    }
    found.push_back(make_list(std::move(groups), true));
  }
  return make_list(std::move(found));
}

Value escape(Call& call) {  // re_type
  const std::string type = call.text(0, "python");
  if (type != "python" && type != "posix_basic") {
    fault((type == "posix_extended" ? "Regex type (" + type + ") not yet implemented"
                                    : "Invalid regex type (" + type + ")"));
  }
  const std::string_view special = type == "python" ? "()[]{}?*+-|^$\\.&~# \t\n\r\v\f" : "].[^$*\\";
  std::string out;
  for (const char c : call.input_text()) {
    out += special.find(c) != std::string_view::npos ? "\\" : "";
    out += c;
  }
  return call.run.checked(std::move(out));
}

/// Tests: pattern ignorecase multiline (match_type).
bool found(Call& call, bool at_start, bool whole = false) {
  const Regex regex(call.run, call.text(0), {call.flag(1), call.flag(2)});
  const std::u32string text = decode(is_text(call.input) ? text_of(call.input) : call.input_text());
  const auto match = regex.search(text, 0, at_start || whole);
  return match && (!whole || (*match)[0].second == static_cast<std::ptrdiff_t>(text.size()));
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
      {"match", "?pattern ?ignorecase ?multiline", [](Call& call) { return found(call, true); }},
      {"search", "?pattern ?ignorecase ?multiline", [](Call& call) { return found(call, false); }},
      {"regex", "?pattern ?ignorecase ?multiline ?match_type",
       [](Call& call) {
         const std::string type = call.text(3, "search");
         return found(call, type == "match", type == "fullmatch");
       }},
  };
}

}  // namespace cef::jinja
