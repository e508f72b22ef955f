#include "keywords.hpp"

#include <array>
#include <charconv>

#include "cef/core/text.hpp"
#include "frames.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

enum class Shape { boolean, integer, text };

struct Rule {
  const char* name;
  Field Keywords::*member;
  Shape shape;
};

constexpr std::array<Rule, 19> k_rules = {{
    {"connection", &Keywords::connection, Shape::text},
    {"port", &Keywords::port, Shape::integer},
    {"remote_user", &Keywords::remote_user, Shape::text},
    {"no_log", &Keywords::no_log, Shape::boolean},
    {"run_once", &Keywords::run_once, Shape::boolean},
    {"ignore_errors", &Keywords::ignore_errors, Shape::boolean},
    {"ignore_unreachable", &Keywords::ignore_unreachable, Shape::boolean},
    {"check_mode", &Keywords::check_mode, Shape::boolean},
    {"diff", &Keywords::diff, Shape::boolean},
    {"any_errors_fatal", &Keywords::any_errors_fatal, Shape::boolean},
    {"throttle", &Keywords::throttle, Shape::integer},
    {"timeout", &Keywords::timeout, Shape::integer},
    {"become", &Keywords::become, Shape::boolean},
    {"become_method", &Keywords::become_method, Shape::text},
    {"become_user", &Keywords::become_user, Shape::text},
    {"become_flags", &Keywords::become_flags, Shape::text},
    {"become_exe", &Keywords::become_exe, Shape::text},
    {"delegate_to", &Keywords::delegate_to, Shape::text},
    {"delegate_facts", &Keywords::delegate_facts, Shape::boolean},
}};

bool is_of_shape(const Json& value, Shape shape) {
  if (shape == Shape::boolean) {
    return boolean_word(value).has_value();
  }
  if (shape == Shape::text || value.is_number()) {
    return true;
  }
  const std::string text = value.is_string() ? core::trim(value.get<std::string>()) : "";
  const char* end = text.data() + text.size();
  long number = 0;
  return !text.empty() && std::from_chars(text.data(), end, number).ptr == end;
}

/// What is no template was looked at when the playbook was read.
Result<void> check_value(const std::string& name, const Field& field, Shape shape, const TaskScope& scope) {
  if (!field.value.is_string() || !jinja::is_template(field.value.get_ref<const std::string&>())) {
    return {};
  }
  const auto value = scope.render(field);
  const std::string where = " (" + field.place.text() + ")";
  if (!value) {
    const std::string what = "The field '" + name + "' has an invalid value";
    return fail(
        ErrorCode::general,
        (is_of_undefined(value.error()) ? what + ", which includes an undefined variable. The error was: " : "") +
            value.error().message + where);
  }
  if (value->is_null() || *value == omit_placeholder() || is_of_shape(*value, shape)) {
    return {};
  }
  return fail(ErrorCode::general, "the field '" + name + "' has an invalid value (" + core::text_of(*value) +
                                      "), and could not be converted to " +
                                      (shape == Shape::boolean ? "a bool" : "an int") + where);
}

}  // namespace

bool is_of_undefined(const core::Error& error) {
  return error.message.find("is undefined") != std::string::npos ||
         error.message.find("has no attribute") != std::string::npos;
}

Result<bool> flag_of(const Frame& frame, Field Keywords::*keyword, const TaskScope& scope, bool fallback) {
  const Field* field = nearest(&frame, keyword);
  if (field == nullptr) {
    return fallback;
  }
  const auto value = scope.render(*field);
  if (!value) {
    return fail(value.error());
  }
  if (value->is_null() || *value == omit_placeholder()) {
    return fallback;
  }
  const auto word = boolean_word(*value);
  return word ? Result<bool>(*word)
              : fail(ErrorCode::general, "'" + core::text_of(*value) + "' is not a valid boolean");
}

Result<double> number_of(const Field& field, const TaskScope& scope, double fallback) {
  if (!field.given()) {
    return fallback;
  }
  const auto value = scope.render(field);
  if (!value) {
    return fail(value.error());
  }
  if (value->is_number()) {
    return value->get<double>();
  }
  if (*value == omit_placeholder()) {
    return fallback;
  }
  char* end = nullptr;
  const std::string text = value->is_string() ? value->get<std::string>() : "";
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') {
    return fail(ErrorCode::general, "'" + text + "' is not a number");
  }
  return number;
}

bool is_hidden(const Task& task, const TaskScope& scope) {
  return flag_of(*task.frame, &Keywords::no_log, scope, false).value_or(true);
}

std::string delegated(const Task& task, const TaskScope& scope) {
  const Field* field = nearest(task.frame.get(), &Keywords::delegate_to);
  const auto to = field != nullptr ? scope.render(*field) : Result<Json>(Json());
  const std::string name = to && to->is_string() ? to->get<std::string>() : "";
  return name == scope.host() || name == omit_placeholder() ? "" : name;
}

Result<void> check_keywords(const Task& task, const TaskScope& scope) {
  for (const Rule& rule : k_rules) {
    const Field* field = nearest(task.frame.get(), rule.member);
    if (auto fine = field != nullptr ? check_value(rule.name, *field, rule.shape, scope) : Result<void>{}; !fine) {
      return fine;
    }
  }
  for (const auto& [name, field] : {std::pair{"async", &task.async}, std::pair{"poll", &task.poll},
                                    std::pair{"retries", &task.retries}, std::pair{"delay", &task.delay}}) {
    if (auto fine = check_value(name, *field, Shape::integer, scope); !fine) {
      return fine;
    }
  }
  return {};
}

}  // namespace cef::playbook
