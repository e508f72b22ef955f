// Values of a playbook: YAML to JSON, with the templates in them checked and not rendered.
#include <algorithm>
#include <charconv>

#include "cef/core/text.hpp"
#include "cef/core/vault.hpp"
#include "frames.hpp"
#include "lookups.hpp"
#include "reader.hpp"

namespace cef::playbook {

using core::Json;
using core::YamlKind;
using core::YamlNode;

namespace {

constexpr int k_static_depth = 20;

/// Text that renders to itself.
std::string unsafe_text(const std::string& text) {
  return jinja::is_template(text) ? "{% raw %}" + text + "{% endraw %}" : text;
}

/// Variables of a playbook while it is read; templates in them are rendered when they are asked for.
class StaticScope : public jinja::Scope {
 public:
  StaticScope(const Vars& vars, const std::map<std::string, Json>& extra, int depth = 0)
      : vars_(vars), extra_(extra), depth_(depth) {}

  [[nodiscard]] core::Result<std::optional<jinja::Value>> find(const std::string& name) const override {
    if (const auto found = extra_.find(name); found != extra_.end()) {
      return jinja::Value(found->second);
    }
    const auto found = vars_.find(name);
    if (found == vars_.end()) {
      return std::nullopt;
    }
    if (depth_ > k_static_depth) {
      return core::fail(core::ErrorCode::general, "the variable '" + name + "' is made of itself");
    }
    const StaticScope inner(vars_, extra_, depth_ + 1);
    auto value = jinja::render_all(found->second.value, inner, {});
    if (!value) {
      return core::fail(value.error());
    }
    return jinja::Value(std::move(*value));
  }

 private:
  const Vars& vars_;
  const std::map<std::string, Json>& extra_;
  int depth_;
};

/// "LINE:COLUMN: what" without the place.
std::string without_place(const std::string& message) {
  const std::size_t end = message.find_first_not_of("0123456789:");
  return end == std::string::npos || end == 0 || message[end] != ' ' ? message : message.substr(end + 1);
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\n") == std::string::npos;
}

bool is_template_value(const Json& value) {
  return value.is_string() && jinja::is_template(value.get_ref<const std::string&>());
}

}  // namespace

bool is_variable_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

Json Reader::tagged_value(const Site& site, const YamlNode& node) {
  const Place place = place_of(*site.source, node);
  if (node.tag == "!unsafe") {
    return unsafe_text(node.text);
  }
  if (node.tag != "!vault" && node.tag != "!vault-encrypted") {
    refuse(place, "the tag " + node.tag + " is unknown; cef knows !vault and !unsafe");
    return nullptr;
  }
  const auto plain = open_vault(node.text, options_);
  if (plain) {
    return *plain;
  }
  if (plain.error().code != core::ErrorCode::usage) {
    refuse(place, plain.error().message, plain.error().code);
  }
  return core::shut_vault(place.text() + ": " + plain.error().message);
}

Json Reader::value(const Site& site, const YamlNode& node) {
  if (node.kind == YamlKind::scalar && !node.tag.empty()) {
    return tagged_value(site, node);
  }
  if (node.kind == YamlKind::list) {
    Json list = Json::array();
    for (const YamlNode& item : node.items) {
      list.push_back(value(site, item));
    }
    return list;
  }
  if (node.kind == YamlKind::map) {
    Json map = Json::object();
    for (const auto& [key, item] : node.entries) {
      map[key.text] = value(site, item);
    }
    return map;
  }
  return node.to_json();
}

void Reader::check(const Site& site, const YamlNode& node, const std::string& text, jinja::Kind kind, bool certain) {
  if (jinja::is_template(text)) {
    kind = jinja::Kind::text;  // also in a condition, which is what its braces give
  } else if (kind == jinja::Kind::text) {
    return;
  }
  const auto holds = [&](const char* word) { return text.find(word) != std::string::npos; };
  book_.works_here =
      book_.works_here || holds("pipe") || (holds("password") && holds("lookup"));  // they may make files
  const auto names = jinja::check(text, kind);
  if (!names) {
    const std::string& message = names.error().message;
    int line = 0;
    int column = 0;
    const char* end = message.data() + message.size();
    const auto first = std::from_chars(message.data(), end, line);
    const bool placed = first.ec == std::errc{} && first.ptr != end && *first.ptr == ':';
    const auto second = placed ? std::from_chars(first.ptr + 1, end, column) : first;
    if (placed && second.ec == std::errc{} && end - second.ptr > 2) {
      refuse(place_within(*site.source, node, text, line, column), std::string(second.ptr + 2, end));
    } else {
      refuse(place_of(*site.source, node), message);
    }
    return;
  }
  const auto parts = certain ? jinja::named_parts(text, kind).value_or(jinja::NamedParts{}) : jinja::NamedParts{};
  for (const jinja::Named& one : parts.lookups) {
    if (!is_lookup(one.name)) {
      book_.faults.push_back({place_within(*site.source, node, text, one.line, one.column),
                              "cef has no lookup '" + one.name + "'", site.frame});
    }
  }
  for (const jinja::FreeName& name : *names) {
    if (certain && !name.guarded) {
      book_.needs.push_back({name.name, place_within(*site.source, node, text, name.line, name.column), site.frame});
    }
  }
}

void Reader::check_strings(const Site& site, const YamlNode& node, const Json& value, jinja::Kind kind, bool certain) {
  if (node.kind == YamlKind::scalar && value.is_string() && node.tag != "!unsafe") {
    const auto& text = value.get_ref<const std::string&>();
    check(site, node, text, jinja::is_template(text) ? jinja::Kind::text : kind, certain);
  }
  for (std::size_t i = 0; i < node.items.size() && ok(); ++i) {
    check_strings(site, node.items[i], value.at(i), kind, certain);
  }
  for (const auto& [key, item] : node.entries) {
    if (ok()) {
      check_strings(site, item, value.at(key.text), kind, certain);
    }
  }
}

Field Reader::field(const Site& site, const YamlNode& node, bool certain) {
  Field made{value(site, node), place_of(*site.source, node)};
  if (ok()) {
    check_strings(site, node, made.value, jinja::Kind::text, certain);
  }
  return made;
}

Field Reader::boolean(const Site& site, const YamlNode& node, const std::string& key) {
  Field made = field(site, node, false);
  if (made.value.is_null()) {
    return {};
  }
  if (is_template_value(made.value)) {
    return made;
  }
  const auto word = boolean_word(made.value);
  if (!word) {
    refuse(made.place, "'" + key + "' is yes or no" +
                           (node.kind == YamlKind::scalar ? ", not '" + node.text + "'" : std::string()));
    return {};
  }
  made.value = *word;
  return made;
}

Field Reader::integer(const Site& site, const YamlNode& node, const std::string& key) {
  Field made = field(site, node, false);
  if (made.value.is_null()) {
    return {};
  }
  if (is_template_value(made.value) || made.value.is_number_integer()) {
    return made;
  }
  int number = 0;
  const std::string digits = made.value.is_string() ? made.value.get<std::string>() : "";
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
    refuse(made.place, "'" + key + "' is a whole number" +
                           (node.kind == YamlKind::scalar ? ", not '" + node.text + "'" : std::string()));
    return {};
  }
  made.value = number;
  return made;
}

Field Reader::text(const Site& site, const YamlNode& node, const std::string& key, bool certain) {
  if (node.kind == YamlKind::list || node.kind == YamlKind::map) {
    refuse(place_of(*site.source, node), "'" + key + "' is one text, not a " +
                                             (node.kind == YamlKind::list ? "list" : "map") +
                                             "; a text that begins with {{ is written in quotes");
    return {};
  }
  Field made = field(site, node, certain);
  if (made.value.is_null()) {
    return {};
  }
  if (!made.value.is_string()) {
    made.value = node.text;
  }
  return made;
}

Json Reader::known_before(const Site& site, const YamlNode& node, const std::string& key) {
  const Field made = field(site, node, false);
  if (!is_template_value(made.value)) {
    return made.value;
  }
  const auto rendered =
      jinja::render(made.value.get_ref<const std::string&>(), StaticScope(play_vars_, options_.extra_vars), {});
  if (!rendered) {
    refuse(made.place, "'" + key + "' must be known before the play: from vars, vars_files or -e (" +
                           without_place(rendered.error().message) + ")");
  }
  return rendered.value_or(Json());
}

std::string Reader::plain_text(const Site& site, const YamlNode& node, const std::string& key) {
  const Field made = text(site, node, key, false);
  if (is_template_value(made.value)) {
    refuse(made.place, "'" + key + "' cannot hold a template");
  }
  return made.value.is_string() ? made.value.get<std::string>() : "";
}

bool Reader::plain_boolean(const Site& site, const YamlNode& node, const std::string& key) {
  const Json made = known_before(site, node, key);
  const auto word = boolean_word(made);
  if (!word && !made.is_null()) {
    refuse(place_of(*site.source, node), "'" + key + "' is yes or no, not '" + core::text_of(made) + "'");
  }
  return word.value_or(false);
}

std::string Reader::variable_name(const Site& site, const YamlNode& node, const std::string& key) {
  std::string name = plain_text(site, node, key);
  if (ok() && !is_variable_name(name)) {
    refuse(place_of(*site.source, node), "'" + name + "' is no name of a variable, in '" + key +
                                             "'; write letters, digits and _, and no digit first");
  }
  give(name, place_of(*site.source, node));
  return name;
}

std::vector<Field> Reader::fields(const Site& site, const YamlNode& node, bool certain) {
  std::vector<Field> list;
  if (node.kind == YamlKind::null || (node.kind == YamlKind::scalar && node.to_json().is_null())) {
    return list;
  }
  if (node.kind != YamlKind::list) {
    list.push_back(field(site, node, certain));
    return list;
  }
  for (const YamlNode& item : node.items) {
    list.push_back(field(site, item, certain));
  }
  return list;
}

std::vector<Field> Reader::conditions(const Site& site, const YamlNode& node, const std::string& key, bool certain) {
  std::vector<Field> list;
  const auto add = [&](const YamlNode& item) {
    Field condition{value(site, item), place_of(*site.source, item)};
    if (item.kind == YamlKind::map || item.kind == YamlKind::list) {
      refuse(condition.place, "'" + key +
                                  "' is an expression or a list of them; write it without {{ }}, and quote it "
                                  "when it holds ': ' or begins with a quote, { or [");
      return;
    }
    if (condition.value.is_null() || !ok()) {
      return;
    }
    if (condition.value.is_string()) {
      const auto& expression = condition.value.get_ref<const std::string&>();
      if (!is_blank(expression)) {
        check(site, item, expression, jinja::Kind::expression, certain && list.empty());
      }
    }
    list.push_back(std::move(condition));
  };
  if (node.kind != YamlKind::list) {
    add(node);
    return list;
  }
  for (const YamlNode& item : node.items) {
    add(item);
  }
  return list;
}

std::vector<std::string> Reader::words(const Site& site, const YamlNode& node, const std::string& key) {
  std::vector<std::string> list;
  const auto add = [&](const YamlNode& item) {
    const Field word = text(site, item, key, false);
    if (!word.value.is_string()) {
      return;
    }
    const auto& whole = word.value.get_ref<const std::string&>();
    for (std::size_t at = 0; at <= whole.size();) {
      const std::size_t comma = jinja::is_template(whole) ? std::string::npos : whole.find(',', at);
      const std::string part = whole.substr(at, comma == std::string::npos ? comma : comma - at);
      const std::size_t first = part.find_first_not_of(' ');
      if (first != std::string::npos) {
        list.push_back(part.substr(first, part.find_last_not_of(' ') - first + 1));
      }
      at = comma == std::string::npos ? whole.size() + 1 : comma + 1;
    }
  };
  if (node.kind != YamlKind::list) {
    add(node);
    return list;
  }
  for (const YamlNode& item : node.items) {
    add(item);
  }
  return list;
}

/// Templates in tags are rendered with what is known before the run; others stay as they are.
std::vector<std::string> Reader::tags(const Site& site, const YamlNode& node) {
  std::vector<std::string> tags;
  for (const std::string& written : words(site, node, "tags")) {
    const auto rendered = jinja::render(written, StaticScope(play_vars_, options_.extra_vars), {});
    const Json made = rendered ? *rendered : Json(written);
    for (const Json& tag : made.is_array() ? made : Json::array({made})) {
      tags.push_back(core::text_of(tag));
    }
  }
  return tags;
}

void Reader::give(const std::string& name, const Place& place, const Json& value) {
  book_.gives.insert(name);
  Definition& definition = book_.definitions[name][place.text()];
  definition.place = place;
  if (const std::string* why = core::why_shut(value)) {
    definition.shut = *why;
  } else if (value.is_string() && jinja::is_template(value.get_ref<const std::string&>())) {
    for (const jinja::FreeName& one : jinja::check(value.get_ref<const std::string&>(), jinja::Kind::text)
                                          .value_or(std::vector<jinja::FreeName>{})) {
      if (one.evaluated) {
        definition.needs.insert(one.name);
      }
    }
  } else if (value.is_structured()) {
    for (const Json& part : value) {
      give(name, place, part);
    }
  }
}

Vars Reader::variables(const Site& site, const YamlNode& node, const std::string& key) {
  Vars vars;
  if (node.kind == YamlKind::list) {
    for (const YamlNode& item : node.items) {
      for (auto& [name, one] : variables(site, item, key)) {
        vars[name] = std::move(one);
      }
    }
    return vars;
  }
  if (node.kind == YamlKind::scalar && !node.to_json().is_null()) {
    refuse(place_of(*site.source, node), "'" + key + "' is a map of variables: NAME: VALUE");
  }
  for (const auto& [name, one] : node.entries) {
    if (!is_variable_name(name.text)) {
      refuse(place_of(*site.source, name),
             "'" + name.text + "' is no name of a variable; write letters, digits and _, and no digit first");
    }
    vars[name.text] = field(site, one, false);
    give(name.text, vars[name.text].place, vars[name.text].value);
  }
  return vars;
}

std::optional<std::string> Reader::static_text(const Field& name, const Vars& vars) {
  if (!name.value.is_string()) {
    refuse(name.place, "the name of a file or role is a text");
    return std::nullopt;
  }
  const auto& text = name.value.get_ref<const std::string&>();
  if (!jinja::is_template(text)) {
    return text;
  }
  Vars known = play_vars_;
  for (const auto& [key, one] : vars) {
    known[key] = one;
  }
  const auto rendered = jinja::render(text, StaticScope(known, options_.extra_vars), {});
  if (!rendered || !rendered->is_string()) {
    refuse(name.place, "the name '" + text +
                           "' of an import must be known before the play: from vars, vars_files or -e" +
                           (rendered ? "" : " (" + without_place(rendered.error().message) + ")"));
    return std::nullopt;
  }
  return rendered->get<std::string>();
}

}  // namespace cef::playbook
