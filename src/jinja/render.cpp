// What other rooms call.
#include <algorithm>
#include <regex>

#include "cef/core/vault.hpp"
#include "functions.hpp"
#include "parser.hpp"
#include "run.hpp"

namespace cef::jinja {

namespace {

using core::ErrorCode;
using core::Result;

core::Error error_of(const Fault& fault, Place otherwise) {
  const Place at = fault.place.line > 0 ? fault.place : otherwise;
  std::string where;
  if (at.line > 0) {
    where = std::to_string(at.line) + ":" + std::to_string(at.column) + ": ";
  }
  std::string line = fault.message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  return {fault.code, where + line, {}};
}

/// Runs `body`, and turns what it throws into an error.
template <class Body>
auto guarded(Run& run, Body body) -> Result<decltype(body())> {
  try {
    return body();
  } catch (const Fault& fault) {
    return core::fail(error_of(fault, run.place));
  } catch (const std::exception& unforeseen) {
    return core::fail(error_of({ErrorCode::general, unforeseen.what()}, run.place));
  }
}

std::string with_plain_newlines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r') {
      out += '\n';
      at += at + 1 < text.size() && text[at + 1] == '\n' ? 1 : 0;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::size_t newlines_at_end(std::string_view text) {
  const std::size_t last = text.find_last_not_of('\n');
  return last == std::string_view::npos ? text.size() : text.size() - last - 1;
}

/// "#jinja2: trim_blocks:False, lstrip_blocks:True" in the first line: it is taken off the text.
void apply_header(std::string& text, TemplateOptions& options) {
  static const std::string k_mark = "#jinja2:";
  if (text.rfind(k_mark, 0) != 0) {
    return;
  }
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string line = text.substr(k_mark.size(), end - k_mark.size());
  text.erase(0, std::min(end + 1, text.size()));
  std::size_t from = 0;
  while (from <= line.size()) {
    const std::size_t comma = std::min(line.find(',', from), line.size());
    const std::string pair = line.substr(from, comma - from);
    from = comma + 1;
    const std::size_t colon = pair.find(':');
    if (colon == std::string::npos) {
      fault_of_text("failed to parse jinja2 override '" + trim(pair) + "'; write NAME:VALUE", {1, 1});
    }
    const std::string name = trim(pair.substr(0, colon));
    const auto value = literal(trim(pair.substr(colon + 1)));
    const auto text_value = [&value] { return value && is_text(*value) ? text_of(*value) : std::string(); };
    if (name == "trim_blocks" || name == "lstrip_blocks") {
      (name == "trim_blocks" ? options.trim_blocks : options.lstrip_blocks) = value && truth(*value);
    } else if (name == "variable_start_string") {
      options.variable_start = text_value();
    } else if (name == "variable_end_string") {
      options.variable_end = text_value();
    } else if (name == "block_start_string") {
      options.block_start = text_value();
    } else if (name == "block_end_string") {
      options.block_end = text_value();
    } else if (name == "comment_start_string") {
      options.comment_start = text_value();
    } else if (name == "comment_end_string") {
      options.comment_end = text_value();
    } else {
      fault_of_text("the jinja2 override '" + name + "' is not supported", {1, 1});
    }
  }
}

/// Text → pieces → one value, with the newlines at the end that the text had.
Value render_text(Run& run, std::string text, bool keep_newlines) {
  const std::size_t wanted = newlines_at_end(text);
  apply_header(text, run.dialect.options);
  text = with_plain_newlines(text);
  if (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  const NodePtr tree = Parser(tokens_of_text(text, run.dialect), run.environment.limits.depth).whole_template();
  Pieces pieces;
  execute(run, *tree, pieces);
  Value value = join(run, pieces);
  if (keep_newlines && is_text(value)) {
    const std::size_t there = newlines_at_end(text_of(value));
    if (there < wanted) {
      value = make(text_of(value) + std::string(wanted - there, '\n'));
    }
  }
  return value;
}

/// The name in text that is nothing but {{ name }}; "" otherwise.
std::string only_name(std::string_view text) {
  if (text.size() < 5 || text.substr(0, 2) != "{{" || text.substr(text.size() - 2) != "}}") {
    return "";
  }
  const std::string name = trim(text.substr(2, text.size() - 4));
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  return plain ? name : "";
}

Value render_value(Run& run, std::string_view text) {
  if (!is_template(text)) {
    return make(std::string(text));
  }
  if (const std::string name = only_name(text); !name.empty()) {
    auto found = run.scope.find(name);
    if (found && *found && !(*found)->is_undefined()) {
      if (is_none(**found) || is_number(**found)) {
        return **found;
      }
    }
  }
  run.converts = true;
  run.dialect.raw_backslashes = true;
  return render_text(run, std::string(text), true);
}

core::Json render_within(Run& run, const core::Json& value) {
  if (value.is_string()) {
    run.dialect = {};
    run.dialect.options.keep_trailing_newline = false;
    return to_json(render_value(run, value.get_ref<const std::string&>()));
  }
  if (const std::string* why = core::why_shut(value)) {
    fault(*why);
  }
  core::Json out = value;
  if (value.is_structured()) {
    for (auto item = out.begin(); item != out.end(); ++item) {
      *item = render_within(run, *item);
    }
  }
  return out;
}

Value evaluate_text(Run& run, std::string_view expression) {
  const NodePtr tree = Parser(tokens_of_expression(expression), run.environment.limits.depth).whole_expression();
  return evaluate(run, *tree);
}

/// `foo is defined` beside a use of an undefined foo answers the condition, as in Ansible.
std::optional<bool> answer_by_defined(const std::string& condition, const std::string& why) {
  static const std::string k_end = " is undefined";
  const std::size_t end = why.find("'" + k_end);
  const std::size_t start = end == std::string::npos || end == 0 ? end : why.rfind('\'', end - 1);
  if (start == std::string::npos || condition.size() > 4096) {
    return std::nullopt;
  }
  const std::string name = why.substr(start + 1, end - start - 1);
  static const std::regex k_test(R"((hostvars\[[^\]]+\]|\w+)\s+(not\s+is|is|is\s+not)\s+(defined|undefined))");
  for (std::sregex_iterator found(condition.begin(), condition.end(), k_test), none_left; found != none_left; ++found) {
    if ((*found)[1].str() == name) {
      const bool should_exist =
          ((*found)[2].str().find("not") != std::string::npos) != ((*found)[3].str() == "defined");
      return !should_exist;
    }
  }
  return std::nullopt;
}

bool holds_text(Run& run, const std::string& condition) {
  try {
    const NodePtr tree = Parser(tokens_of_expression(condition), run.environment.limits.depth).whole_condition();
    return truth(evaluate(run, *tree));
  } catch (const Fault& fault) {
    if (fault.undefined) {
      if (const auto answer = answer_by_defined(condition, fault.message)) {
        return *answer;
      }
    }
    throw;
  }
}

/// Values of the scope are final: strings in them never become expressions, and no lookup of theirs is run.
Environment without_lookups(const Environment& environment) {
  Environment bare = environment;
  bare.lookup = nullptr;
  return bare;
}

}  // namespace

bool is_template(std::string_view text) noexcept {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (at + 1 < text.size() && (text[at + 1] == '{' || text[at + 1] == '%' || text[at + 1] == '#')) {
      return true;
    }
  }
  return false;
}

Result<Value> render_value(std::string_view text, const Scope& scope, const Environment& environment) {
  Run run(scope, environment);
  try {
    return render_value(run, text);
  } catch (const Fault& fault) {
    if (fault.undefined) {
      return Value::undefined(fault.message);
    }
    return core::fail(error_of(fault, run.place));
  } catch (const std::exception& unforeseen) {
    return core::fail(error_of({ErrorCode::general, unforeseen.what()}, run.place));
  }
}

Result<core::Json> render(std::string_view text, const Scope& scope, const Environment& environment) {
  Run run(scope, environment);
  return guarded(run, [&] { return to_json(render_value(run, text)); });
}

Result<core::Json> render_all(const core::Json& value, const Scope& scope, const Environment& environment) {
  Run run(scope, environment);
  return guarded(run, [&] { return render_within(run, value); });
}

Result<std::string> render_file(std::string_view text, const Scope& scope, const Environment& environment,
                                const TemplateOptions& options) {
  Run run(scope, environment);
  run.dialect.options = options;
  return guarded(run, [&] {
    std::string out = str(render_text(run, std::string(text), options.keep_trailing_newline));
    if (options.newline != "\n") {
      std::string replaced;
      for (const char c : out) {
        replaced += c == '\n' ? options.newline : std::string(1, c);
      }
      out = std::move(replaced);
    }
    return out;
  });
}

Result<core::Json> render_data(std::string_view text, const Scope& scope, const Environment& environment,
                               const TemplateOptions& options) {
  Run run(scope, environment);
  run.dialect.options = options;
  run.converts = true;
  return guarded(run, [&] { return to_json(render_text(run, std::string(text), true)); });
}

Result<Value> evaluate(std::string_view expression, const Scope& scope, const Environment& environment) {
  Run run(scope, environment);
  return guarded(run, [&] { return evaluate_text(run, expression); });
}

Result<bool> holds(std::string_view expression, const Scope& scope, const Environment& environment) {
  Run run(scope, environment);
  if (!is_template(expression)) {
    return guarded(run, [&] { return trim(expression).empty() || holds_text(run, std::string(expression)); });
  }
  // Braces in a condition: the text that they give is the condition.
  const auto first = guarded(run, [&] {
    try {
      return render_value(run, expression);
    } catch (const Fault& fault) {
      const auto answer = fault.undefined ? answer_by_defined(std::string(expression), fault.message) : std::nullopt;
      if (!answer) {
        throw;
      }
      return make(*answer);
    }
  });
  if (!first) {
    return core::fail(first.error());
  }
  if (!is_text(*first) || text_of(*first).empty()) {
    return guarded(run, [&] { return truth(*first); });
  }
  const Environment bare = without_lookups(environment);
  Run second(scope, bare);
  return guarded(second, [&] { return holds_text(second, text_of(*first)); });
}

}  // namespace cef::jinja
