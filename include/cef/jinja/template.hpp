#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cef/core/bytes.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/jinja/value.hpp"

namespace cef::jinja {

/// Where names come from. What `find` gives is final: strings in it are not templates any more.
class Scope {
 public:
  virtual ~Scope() = default;
  /// nullopt: there is no such variable. Error: the variable is there but cannot be evaluated.
  [[nodiscard]] virtual core::Result<std::optional<Value>> find(const std::string& name) const = 0;
};

/// Names whose values are at hand.
class Names final : public Scope {
 public:
  explicit Names(std::map<std::string, core::Json> values) : values_(std::move(values)) {}
  [[nodiscard]] core::Result<std::optional<Value>> find(const std::string& name) const override {
    const auto found = values_.find(name);
    return found == values_.end() ? std::nullopt : std::optional(Value(found->second));
  }

 private:
  std::map<std::string, core::Json> values_;
};

/// What one evaluation may use; beyond them it is an error (general).
struct Limits {
  int depth = 100;                        ///< of nested expressions, and of the syntax
  std::size_t steps = 10'000'000;         ///< evaluated nodes, iterations of loops and of filters
  core::Bytes output{16U * 1024 * 1024};  ///< of text and of values that are made
  core::Milliseconds time{10'000};
};

/// `lookup('file', 'a', errors='ignore')` and `query(...)`: plugin, positional and named arguments → a list.
using Lookup = std::function<core::Result<core::Json>(const std::string& plugin, const core::Json& positional,
                                                      const core::Json& named)>;

struct Environment {
  Limits limits;
  Lookup lookup;  ///< unset: lookups are an error
  /// Text of another template for {% include %}, and its name in messages; unset: an error.
  std::function<core::Result<std::string>(const std::string& name)> include;
};

/// How the `template` module reads a file; Ansible's defaults.
struct TemplateOptions {
  bool trim_blocks = true;
  bool lstrip_blocks = false;
  bool keep_trailing_newline = true;
  std::string newline = "\n";
  std::string variable_start = "{{", variable_end = "}}";
  std::string block_start = "{%", block_end = "%}";
  std::string comment_start = "{#", comment_end = "#}";
};

// Errors of all of these begin with "LINE:COLUMN: " (both from 1, in the text that was given) when the place is known.
// Their code is usage for what is wrong in the text itself (syntax, an unknown filter, test or function) and general
// for what goes wrong with the values (undefined, wrong type, a limit).

/// Whether the text holds {{, {% or {#.
[[nodiscard]] bool is_template(std::string_view text) noexcept;

/// A string value of a playbook as Ansible 2.14 without jinja2_native templates it: text that is one expression keeps
/// lists, maps and booleans (and any type when it is one bare variable), all else becomes text. Undefined is an error.
[[nodiscard]] core::Result<core::Json> render(std::string_view text, const Scope& scope,
                                              const Environment& environment);
/// The same for a variable that is evaluated when it is asked for: what is undefined in the text makes an undefined
/// Value with Ansible's words, not an error, so that `default` and `is defined` work on it. Errors are all others.
[[nodiscard]] core::Result<Value> render_value(std::string_view text, const Scope& scope,
                                               const Environment& environment);
/// All strings in a value, at any depth; keys of maps are left as they are.
[[nodiscard]] core::Result<core::Json> render_all(const core::Json& value, const Scope& scope,
                                                  const Environment& environment);
/// The text of a file as the `template` module renders it.
[[nodiscard]] core::Result<std::string> render_file(std::string_view text, const Scope& scope,
                                                    const Environment& environment, const TemplateOptions& options);
/// The same, and text that looks like a list or a map is made one, as the lookup `template` does.
[[nodiscard]] core::Result<core::Json> render_data(std::string_view text, const Scope& scope,
                                                   const Environment& environment, const TemplateOptions& options);
/// `length` characters of an alphabet by chance; with a seed (text or an integer) those that Python's random.choice
/// gives. Error: general.
[[nodiscard]] core::Result<std::string> random_text(const core::Json& seed, const std::string& alphabet,
                                                    std::size_t length);
/// A bare expression: what stands in `when`, `until`, or in a loop without braces.
[[nodiscard]] core::Result<Value> evaluate(std::string_view expression, const Scope& scope,
                                           const Environment& environment);
/// A condition of `when`: Python's truth of the expression's value, with Ansible's rules for text.
[[nodiscard]] core::Result<bool> holds(std::string_view expression, const Scope& scope, const Environment& environment);
/// What a condition gives in every one of these worlds, whatever the variables are that they do not have; of a map only
/// the keys that it has are known. nullopt: that depends, or it cannot be told.
[[nodiscard]] std::optional<bool> settled(std::string_view condition, const std::vector<core::Json>& worlds);

/// A name that a text needs and does not make itself.
struct FreeName {
  std::string name;
  int line = 0;
  int column = 0;
  bool guarded = false;   ///< only used under `default`, `is defined` or an `if`/`and` that may leave it out
  bool evaluated = true;  ///< in every case, if only to see whether it is there
};

enum class Kind { text, expression };
/// Syntax, filters, tests and functions, without evaluating. Gives the names that it needs from the scope.
[[nodiscard]] core::Result<std::vector<FreeName>> check(std::string_view text, Kind kind,
                                                        const TemplateOptions& options = {});

/// What a text names in quotes and needs whatever its variables are.
struct Named {
  std::string name;
  int line = 0;
  int column = 0;
};
struct NamedParts {
  std::vector<Named> templates;  ///< of {% extends %}, {% include %}, {% import %}
  std::vector<Named> lookups;
};
[[nodiscard]] core::Result<NamedParts> named_parts(std::string_view text, Kind kind);

}  // namespace cef::jinja
