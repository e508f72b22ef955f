// Arguments of roles by the rules of ansible.module_utils.common.arg_spec.
#include "cef/modules/argument_spec.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "convert.hpp"

namespace cef::modules {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

using Names = std::vector<std::string>;

const Json& at_or_null(const Json& map, const char* key) {
  static const Json k_null;
  const auto found = map.is_object() ? map.find(key) : map.end();
  return map.is_object() && found != map.end() ? *found : k_null;
}

bool is_set(const Json& map, const char* key) {
  return at_or_null(map, key) == true;
}

std::string joined(const Names& names, const char* between = ", ") {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : between) + name;
  }
  return text;
}

/// A name, or a list of names.
Names names_of(const Json& value) {
  Names names;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    names.push_back(python_text(one));
  }
  return names;
}

std::string class_of(const Json& value) {
  return std::string("<class '") + python_type(value) + "'>";
}

/// "10M", "1.5 KB"; the unit's second letter is B for bytes and b for bits.
Result<Json> to_size(const Json& value, bool bits) {
  static const std::regex k_form(R"(^\s*(\d*\.?\d*)\s*([A-Za-z]+)?)");
  static const std::string k_ranges = "BKMGTPEZY";
  const std::string text = python_text(value);
  std::smatch match;
  const auto wrong = [&] {
    return fail(ErrorCode::general,
                class_of(value) + " cannot be converted to a " + (bits ? "Bit" : "Byte") + " value");
  };
  if (text.size() > 64 || !std::regex_search(text, match, k_form) ||
      match[1].str().find_first_of("0123456789") == std::string::npos) {
    return wrong();
  }
  double number = std::strtod(match[1].str().c_str(), nullptr);
  const std::string unit = match[2].str();
  if (!unit.empty()) {
    const auto range = k_ranges.find(static_cast<char>(std::toupper(static_cast<unsigned char>(unit[0]))));
    std::string small = unit;
    std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool named = small.find(bits ? "bit" : "byte") != std::string::npos;
    if (range == std::string::npos || (unit.size() > 1 && !named && unit[1] != (bits ? 'b' : 'B'))) {
      return wrong();
    }
    number = std::ldexp(number, static_cast<int>(range) * 10);
  }
  return number < 9e18 ? Json(static_cast<std::int64_t>(std::nearbyint(number))) : Json(number);
}

Result<Json> to_json_text(const Json& value) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    text.erase(0, std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    text.erase(text.find_last_not_of(" \t\r\n") + 1);
    return Json(text);
  }
  if (value.is_structured()) {
    return Json(core::dump_line(value));
  }
  return fail(ErrorCode::general, class_of(value) + " cannot be converted to a json string");
}

Result<Json> converted(const Json& value, const std::string& type) {
  static const std::map<std::string, Type> k_types = {
      {"str", Type::text},  {"path", Type::path},    {"bool", Type::boolean}, {"int", Type::integer},
      {"list", Type::list}, {"float", Type::number}, {"dict", Type::map},     {"raw", Type::raw}};
  if (type == "bytes" || type == "bits") {
    return to_size(value, type == "bits");
  }
  if (type == "json" || type == "jsonarg") {
    return to_json_text(value);
  }
  const auto found = k_types.find(type);
  return found == k_types.end() ? fail(ErrorCode::general, "'NoneType' object is not callable")
                                : convert(value, found->second);
}

std::string type_of(const Json& option, const char* key = "type") {
  const Json& type = at_or_null(option, key);
  return type.is_string() ? type.get<std::string>() : "str";
}

bool has_maps(const Json& option) {
  const std::string type = type_of(option);
  return at_or_null(option, "options").is_object() &&
         (type == "dict" || (type == "list" && at_or_null(option, "elements") == "dict"));
}

/// The first value that is no map where options of its own are wanted.
std::optional<std::string> find_no_map(const Json& spec, const Json& arguments) {
  for (const auto& [name, option] : spec.items()) {
    const Json& value = at_or_null(arguments, name.c_str());
    if (!has_maps(option) || value.is_null()) {
      continue;
    }
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      const auto map = one.is_string() ? convert(one, Type::map) : Result<Json>(one);
      if (!map) {
        return map.error().message;
      }
      if (!map->is_object()) {
        return "Value '" + python_text(one) + "' in the sub parameter field '" + name + "' must by a " +
               type_of(option) + ", not '" + python_type(one) + "'";
      }
      if (auto inner = find_no_map(option["options"], *map)) {
        return inner;
      }
    }
  }
  return std::nullopt;
}

class Checker {
 public:
  Names run(const Json& spec, Json& arguments) {
    if (auto aliases = take_aliases(spec, arguments)) {
      errors_.push_back(*aliases);
    }
    if (auto wrong = find_no_map(spec, arguments)) {
      errors_.push_back(*wrong);
    }
    values(spec, arguments, Json());
    sub_specs(spec, arguments);
    if (!unknown_.empty()) {
      std::string names;
      for (const auto& [name, supported] : unknown_) {
        names += (names.empty() ? "" : ", ") + name;
      }
      errors_.push_back(names + ". Supported parameters include: " + unknown_.rbegin()->second + ".");
    }
    return std::move(errors_);
  }

 private:
  std::string with_place(std::string message) const {
    return options_.empty() ? message : message + " found in " + joined(options_, " -> ");
  }
  void say(const std::string& message) { errors_.push_back(with_place(message)); }

  std::optional<std::string> take_aliases(const Json& spec, Json& arguments);
  void values(const Json& spec, Json& arguments, const Json& rules);
  void required(const Json& spec, const Json& arguments);
  void type(const std::string& name, const Json& option, Json& value);
  void choices(const std::string& name, const Json& choices, Json& value);
  void exclusive(const Json& sets, const Json& arguments);
  void together(const Json& sets, const Json& arguments);
  void one_of(const Json& sets, const Json& arguments);
  void required_if(const Json& rules, const Json& arguments);
  void required_by(const Json& rules, const Json& arguments);
  void sub_specs(const Json& spec, Json& arguments);
  void sub_spec(const std::string& name, const Json& option, Json& arguments);
  void unknown(const Json& spec, const Json& arguments);

  Names errors_;
  Names options_;                               ///< that are open, the outermost first
  std::map<std::string, std::string> unknown_;  ///< and what would be known in its place
};

std::optional<std::string> Checker::take_aliases(const Json& spec, Json& arguments) {
  for (const auto& [name, option] : spec.items()) {
    if (is_set(option, "required") && !at_or_null(option, "default").is_null()) {
      return "internal error: required and default are mutually exclusive for " + name;
    }
    const Json& aliases = at_or_null(option, "aliases");
    if (!aliases.is_null() && !aliases.is_array()) {
      return "internal error: aliases must be a list or tuple";
    }
    for (const Json& alias : aliases) {
      if (const auto given = arguments.find(python_text(alias)); given != arguments.end()) {
        const Json value = *given;
        arguments[name] = value;
      }
    }
  }
  return std::nullopt;
}

void Checker::required(const Json& spec, const Json& arguments) {
  std::set<std::string> missing;
  for (const auto& [name, option] : spec.items()) {
    if (is_set(option, "required") && !arguments.contains(name)) {
      missing.insert(name);
    }
  }
  if (!missing.empty()) {
    say("missing required arguments: " + joined({missing.begin(), missing.end()}));
  }
}

void Checker::type(const std::string& name, const Json& option, Json& value) {
  const std::string wanted = type_of(option);
  auto one = converted(value, wanted);
  if (!one) {
    errors_.push_back("argument '" + name + "' is of type " + class_of(value) +
                      (options_.empty() ? "" : " found in '" + joined(options_, " -> ") + "'.") +
                      " and we were unable to convert to " + wanted + ": " + one.error().message);
    return;
  }
  value = std::move(*one);
  if (at_or_null(option, "elements").is_null() || !value.is_array()) {
    return;
  }
  const std::string of = type_of(option, "elements");
  Json kept = Json::array();
  for (const Json& element : value) {
    auto item = converted(element, of);
    if (item) {
      kept.push_back(std::move(*item));
      continue;
    }
    errors_.push_back("Elements value for option '" + name + "'" +
                      (options_.empty() ? "" : " found in '" + joined(options_, " -> ") + "'") + " is of type " +
                      class_of(element) + " and we were unable to convert to " + of + ": " + item.error().message);
  }
  value = std::move(kept);
}

void Checker::choices(const std::string& name, const Json& choices, Json& value) {
  if (!choices.is_array()) {
    say("internal error: choices for argument " + name + " are not iterable: " + python_text(choices));
    return;
  }
  const auto is_choice = [&](const Json& one) {
    return std::find(choices.begin(), choices.end(), one) != choices.end();
  };
  if (value.is_array()) {
    Names others;
    for (const Json& one : value) {
      if (!is_choice(one)) {
        others.push_back(python_text(one));
      }
    }
    if (!others.empty()) {
      say("value of " + name + " must be one or more of: " + joined(names_of(choices)) +
          ". Got no match for: " + joined(others));
    }
    return;
  }
  // "True" can be the only word for it among the choices, as YAML read it.
  if (!is_choice(value) && (value == "True" || value == "False")) {
    const bool yes = value == "True";
    Json same;
    for (const Json& choice : choices) {
      const auto flag = convert(choice, Type::boolean);
      if (flag && *flag == yes) {
        value = same.is_null() ? choice : value;
        same = choice;
      }
    }
  }
  if (!is_choice(value)) {
    say("value of " + name + " must be one of: " + joined(names_of(choices)) + ", got: " + python_text(value));
  }
}

std::size_t count_of(const Json& names, const Json& arguments) {
  const Names all = names_of(names);
  const std::set<std::string> each(all.begin(), all.end());
  return static_cast<std::size_t>(
      std::count_if(each.begin(), each.end(), [&](const std::string& name) { return arguments.contains(name); }));
}

void Checker::exclusive(const Json& sets, const Json& arguments) {
  Names wrong;
  for (const Json& set : sets) {
    if (count_of(set, arguments) > 1) {
      wrong.push_back(joined(names_of(set), "|"));
    }
  }
  if (!wrong.empty()) {
    say("parameters are mutually exclusive: " + joined(wrong));
  }
}

void Checker::together(const Json& sets, const Json& arguments) {
  for (const Json& set : sets) {
    const std::size_t given = count_of(set, arguments);
    if (given > 0 && given < names_of(set).size()) {
      say("parameters are required together: " + joined(names_of(set)));
      return;
    }
  }
}

void Checker::one_of(const Json& sets, const Json& arguments) {
  for (const Json& set : sets) {
    if (count_of(set, arguments) == 0) {
      say("one of the following is required: " + joined(names_of(set)));
      return;
    }
  }
}

void Checker::required_if(const Json& rules, const Json& arguments) {
  for (const Json& rule : rules) {
    if (!rule.is_array() || rule.size() < 3 || !rule[0].is_string()) {
      continue;
    }
    const auto given = arguments.find(rule[0].get<std::string>());
    if (given == arguments.end() || *given != rule[1]) {
      continue;
    }
    Names missing;
    for (const std::string& name : names_of(rule[2])) {
      if (!arguments.contains(name)) {
        missing.push_back(name);
      }
    }
    const bool any = rule.size() > 3 && rule[3] == true;
    if (!missing.empty() && (!any || missing.size() == rule[2].size())) {
      say(rule[0].get<std::string>() + " is " + python_text(rule[1]) + " but " + (any ? "any" : "all") +
          " of the following are missing: " + joined(missing));
      return;
    }
  }
}

void Checker::required_by(const Json& rules, const Json& arguments) {
  for (const auto& [name, others] : rules.items()) {
    if (at_or_null(arguments, name.c_str()).is_null()) {
      continue;
    }
    Names missing;
    for (const std::string& other : names_of(others)) {
      if (at_or_null(arguments, other.c_str()).is_null()) {
        missing.push_back(other);
      }
    }
    if (!missing.empty()) {
      say("missing parameter(s) required by '" + name + "': " + joined(missing));
      return;
    }
  }
}

/// `rules`: the option that `spec` stands in; null for the outermost, which has none.
void Checker::values(const Json& spec, Json& arguments, const Json& rules) {
  exclusive(at_or_null(rules, "mutually_exclusive"), arguments);
  for (const auto& [name, option] : spec.items()) {
    if (!arguments.contains(name) && !at_or_null(option, "default").is_null()) {
      arguments[name] = option["default"];
    }
  }
  required(spec, arguments);
  for (const auto& [name, option] : spec.items()) {
    if (const auto given = arguments.find(name); given != arguments.end() && !given->is_null()) {
      type(name, option, *given);
    }
  }
  for (const auto& [name, option] : spec.items()) {
    const auto given = arguments.find(name);
    if (const Json& known = at_or_null(option, "choices"); given != arguments.end() && !known.is_null()) {
      choices(name, known, *given);
    }
  }
  together(at_or_null(rules, "required_together"), arguments);
  one_of(at_or_null(rules, "required_one_of"), arguments);
  required_if(at_or_null(rules, "required_if"), arguments);
  required_by(at_or_null(rules, "required_by"), arguments);
  for (const auto& [name, option] : spec.items()) {
    if (!arguments.contains(name)) {
      arguments[name] = nullptr;
    }
  }
}

void Checker::unknown(const Json& spec, const Json& arguments) {
  std::set<std::string> known;
  std::set<std::string> aliases;
  for (const auto& [name, option] : spec.items()) {
    known.insert(name);
    for (const Json& alias : at_or_null(option, "aliases")) {
      aliases.insert(python_text(alias));
    }
  }
  for (const auto& [name, value] : arguments.items()) {
    if (known.count(name) == 0 && aliases.count(name) == 0) {
      unknown_[joined(options_, ".") + "." + name] =
          joined({known.begin(), known.end()}) +
          (aliases.empty() ? "" : " (" + joined({aliases.begin(), aliases.end()}) + ")");
    }
  }
}

void Checker::sub_spec(const std::string& name, const Json& option, Json& arguments) {
  const Json& spec = option["options"];
  if (!arguments.is_object()) {
    errors_.push_back("value of '" + name + "' must be of type dict or list of dicts");
    return;
  }
  if (auto aliases = take_aliases(spec, arguments)) {
    errors_.push_back(*aliases);
  }
  if (auto wrong = find_no_map(spec, arguments)) {
    errors_.push_back(*wrong);
  }
  unknown(spec, arguments);
  values(spec, arguments, option);
  sub_specs(spec, arguments);
}

void Checker::sub_specs(const Json& spec, Json& arguments) {
  for (const auto& [name, option] : spec.items()) {
    if (!has_maps(option)) {
      continue;
    }
    Json& value = arguments[name];
    if (value.is_null() && is_set(option, "apply_defaults")) {
      value = Json::object();
    }
    if (value.is_null()) {
      continue;
    }
    options_.push_back(name);
    if (value.is_array()) {
      for (Json& one : value) {
        sub_spec(name, option, one);
      }
    } else {
      sub_spec(name, option, value);
    }
    options_.pop_back();
  }
}

}  // namespace

std::vector<std::string> check_argument_spec(const Json& spec, const Json& arguments) {
  Json values = arguments;
  return Checker().run(spec, values);
}

}  // namespace cef::modules
