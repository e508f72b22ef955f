// Arguments of a task against the parameters of its module, in Ansible's order and words.
#include <algorithm>
#include <set>

#include "cef/core/near_name.hpp"
#include "cef/modules/module.hpp"
#include "cef/modules/variable_params.hpp"
#include "convert.hpp"

namespace cef::modules {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_variable_params = "_variable_params";

bool holds_template(const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos ||
           text.find("{#") != std::string::npos;
  }
  return value.is_structured() &&
         std::any_of(value.begin(), value.end(), [](const Json& item) { return holds_template(item); });
}

bool may_be_omitted(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find("omit") != std::string::npos;
}

const Parameter* find_parameter(const Module& module, const std::string& name) {
  for (const Parameter& parameter : module.parameters) {
    if (parameter.name == name ||
        std::find(parameter.aliases.begin(), parameter.aliases.end(), name) != parameter.aliases.end()) {
      return &parameter;
    }
  }
  return nullptr;
}

std::string join(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const auto& word : words) {
    text += (text.empty() ? "" : separator) + word;
  }
  return text;
}

std::vector<std::string> given_of(const std::vector<std::string>& set, const Json& args) {
  std::vector<std::string> given;
  std::copy_if(set.begin(), set.end(), std::back_inserter(given),
               [&](const std::string& name) { return args.contains(name); });
  return given;
}

/// Aliases become names; where both are there the alias wins, as in Ansible.
Json without_aliases(const Module& module, const Json& args) {
  Json named = args;
  for (const Parameter& parameter : module.parameters) {
    for (const std::string& alias : parameter.aliases) {
      if (args.contains(alias)) {
        named[parameter.name] = args.at(alias);
        named.erase(alias);
      }
    }
  }
  return named;
}

Result<Json> convert_items(const Parameter& parameter, const Json& list) {
  Json converted = Json::array();
  for (const Json& item : list) {
    auto done = convert(item, parameter.elements);
    if (!done) {
      return fail(ErrorCode::general, "Elements value for option '" + parameter.name + "' is of type <class '" +
                                          python_type(item) + "'> and we were unable to convert to " +
                                          type_name(parameter.elements) + ": " + done.error().message);
    }
    converted.push_back(std::move(*done));
  }
  return converted;
}

Result<Json> convert_parameter(const Parameter& parameter, const Json& value) {
  if (value.is_null()) {
    return value;
  }
  auto converted = convert(value, parameter.type);
  if (!converted) {
    return fail(ErrorCode::general, "argument '" + parameter.name + "' is of type <class '" + python_type(value) +
                                        "'> and we were unable to convert to " + type_name(parameter.type) + ": " +
                                        converted.error().message);
  }
  return parameter.type == Type::list ? convert_items(parameter, *converted) : converted;
}

/// A value that is none of the choices but Python's word for a boolean, when the choices hold one word for it.
Json choice_for_boolean(const Parameter& parameter, const Json& value) {
  const std::string text = python_text(value);
  if (text != "True" && text != "False") {
    return value;
  }
  std::vector<std::string> words;
  for (const std::string& choice : parameter.choices) {
    const auto meaning = convert(choice, Type::boolean);
    if (meaning && meaning->get<bool>() == (text == "True")) {
      words.push_back(choice);
    }
  }
  return words.size() == 1 ? Json(words.front()) : value;
}

Result<Json> check_choices(const Parameter& parameter, const Json& given) {
  Json value = given;
  if (parameter.choices.empty()) {
    return value;
  }
  const auto known = [&](const Json& item) {
    return std::find(parameter.choices.begin(), parameter.choices.end(), python_text(item)) != parameter.choices.end();
  };
  if (value.is_array()) {
    std::vector<std::string> others;
    for (const Json& item : value) {
      if (!known(item)) {
        others.push_back(python_text(item));
      }
    }
    if (!others.empty()) {
      return fail(ErrorCode::general, "value of " + parameter.name + " must be one or more of: " +
                                          join(parameter.choices, ", ") + ". Got no match for: " + join(others, ", "));
    }
    return value;
  }
  if (!known(value)) {
    value = choice_for_boolean(parameter, value);
  }
  if (!known(value)) {
    return fail(ErrorCode::general, "value of " + parameter.name + " must be one of: " + join(parameter.choices, ", ") +
                                        ", got: " + python_text(value));
  }
  return value;
}

std::string unsupported(const Module& module, const Json& args) {
  std::vector<std::string> names;
  std::vector<std::string> aliases;
  std::vector<std::string> unknown;
  for (const Parameter& parameter : module.parameters) {
    names.push_back(parameter.name);
    aliases.insert(aliases.end(), parameter.aliases.begin(), parameter.aliases.end());
  }
  for (const auto& [name, value] : args.items()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      unknown.push_back(name);
    }
  }
  if (unknown.empty() || module.any_parameter) {
    return "";
  }
  std::sort(names.begin(), names.end());
  std::sort(aliases.begin(), aliases.end());
  std::sort(unknown.begin(), unknown.end());
  return "Unsupported parameters for (" + module.name + ") module: " + join(unknown, ", ") +
         ". Supported parameters include: " + join(names, ", ") +
         (aliases.empty() ? "" : " (" + join(aliases, ", ") + ")") + ".";
}

std::string exclusive(const Module& module, const Json& args) {
  std::vector<std::string> sets;
  for (const auto* group : {&module.at_most_one_of, &module.one_of}) {
    for (const auto& set : *group) {
      if (given_of(set, args).size() > 1) {
        sets.push_back(join(set, "|"));
      }
    }
  }
  return sets.empty() ? "" : "parameters are mutually exclusive: " + join(sets, ", ");
}

std::string missing(const Module& module, const Json& args) {
  std::vector<std::string> names;
  for (const Parameter& parameter : module.parameters) {
    if (parameter.required && !args.contains(parameter.name)) {
      names.push_back(parameter.name);
    }
  }
  std::sort(names.begin(), names.end());
  return names.empty() ? "" : "missing required arguments: " + join(names, ", ");
}

std::string none_of(const Module& module, const Json& args) {
  for (const auto& set : module.one_of) {
    if (given_of(set, args).empty()) {
      return "one of the following is required: " + join(set, ", ");
    }
  }
  return "";
}

bool is_omitted(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with(k_omit);
}

Json without_omitted(const Json& value) {
  if (!value.is_structured()) {
    return value;
  }
  Json kept = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, item] : value.items()) {
    if (is_omitted(item)) {
      continue;
    }
    if (value.is_array()) {
      kept.push_back(without_omitted(item));
    } else {
      kept[key] = without_omitted(item);
    }
  }
  return kept;
}

tl::unexpected<core::Error> wrong(const Module& module, const std::string& what) {
  return fail(ErrorCode::usage, module.name + ": " + what);
}

Result<void> check_names(const Module& module, const Json& raw) {
  std::vector<std::string> names;
  for (const Parameter& parameter : module.parameters) {
    names.push_back(parameter.name);
    names.insert(names.end(), parameter.aliases.begin(), parameter.aliases.end());
  }
  for (const auto& [name, value] : raw.items()) {
    if (!module.any_parameter && name != k_variable_params && find_parameter(module, name) == nullptr) {
      return fail(ErrorCode::usage, module.name + " has no parameter '" + name + "'" + core::did_you_mean(name, names));
    }
  }
  return {};
}

}  // namespace

Result<Json> with_variable_params(Json args) {
  const auto found = args.find(k_variable_params);
  if (found == args.end()) {
    return args;
  }
  Json below = *found;
  args.erase(k_variable_params);
  if (!below.is_object()) {
    return fail(ErrorCode::general, "invalid or malformed argument: '" + python_text(below) + "'");
  }
  for (const auto& [name, value] : args.items()) {
    below[name] = value;
  }
  return below;
}

Result<void> check_arguments(const Module& module, const Json& raw) {
  if (auto names = check_names(module, raw); !names) {
    return names;
  }
  const Json args = without_aliases(module, raw);
  const bool more = raw.contains(k_variable_params);
  Json certain = Json::object();
  for (const auto& [name, value] : args.items()) {
    if (!may_be_omitted(value)) {
      certain[name] = value;
    }
  }
  if (const std::string what = exclusive(module, certain); !what.empty()) {
    return wrong(module, what);
  }
  if (const std::string what = missing(module, args); !what.empty() && !more) {
    return wrong(module, what);
  }
  for (const Parameter& parameter : module.parameters) {
    if (!args.contains(parameter.name) || holds_template(args.at(parameter.name))) {
      continue;
    }
    auto value = convert_parameter(parameter, args.at(parameter.name));
    if (value) {
      value = check_choices(parameter, *value);
    }
    if (!value) {
      const std::string typed = python_text(args.at(parameter.name));
      return wrong(module, value.error().message + core::did_you_mean(typed, parameter.choices));
    }
  }
  if (const std::string what = none_of(module, args); !what.empty() && !more) {
    return wrong(module, what);
  }
  return {};
}

Result<Json> complete_arguments(const Module& module, const Json& rendered) {
  auto given = with_variable_params(without_omitted(rendered));
  if (!given) {
    return given;
  }
  Json args = without_aliases(module, *given);
  std::string problem = exclusive(module, args);
  for (const Parameter& parameter : module.parameters) {
    if (!args.contains(parameter.name) && !parameter.fallback.is_null()) {
      args[parameter.name] = parameter.fallback;
    }
  }
  problem = problem.empty() ? missing(module, args) : problem;
  for (const auto step : {convert_parameter, check_choices}) {
    for (const Parameter& parameter : module.parameters) {
      if (!problem.empty() || !args.contains(parameter.name)) {
        continue;
      }
      auto value = step(parameter, args.at(parameter.name));
      if (value) {
        args[parameter.name] = std::move(*value);
      } else {
        problem = value.error().message;
      }
    }
  }
  problem = problem.empty() ? none_of(module, args) : problem;
  problem = problem.empty() ? unsupported(module, args) : problem;
  if (!problem.empty()) {
    return fail(ErrorCode::general, problem);
  }
  for (const Parameter& parameter : module.parameters) {
    if (!args.contains(parameter.name)) {
      args[parameter.name] = nullptr;
    }
  }
  return args;
}

}  // namespace cef::modules
