#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ast.hpp"
#include "cef/jinja/template.hpp"
#include "held.hpp"
#include "lexer.hpp"
#include "python.hpp"

namespace cef::jinja {

/// Of one call of a filter, test, function or macro.
struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

using Frame = std::unordered_map<std::string, Value>;
using Frames = std::vector<std::shared_ptr<Frame>>;

/// One evaluation: its limits, its names, where it is.
struct Run {
  Run(const Scope& names, const Environment& with);
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Counts work and looks at the clock now and then; fault when there has been too much.
  void step(std::size_t count = 1);
  /// Counts bytes of text that is made; call it before making what may be big.
  void make_bytes(std::size_t count);
  [[nodiscard]] Value checked(std::string text) {
    make_bytes(text.size());
    return make(std::move(text));
  }
  void deeper();
  void shallower() { --depth; }

  /// A name of the template's own, of the scope's, or a global function.
  [[nodiscard]] Value find(const std::string& name);
  void set(const std::string& name, Value value) { (*frames.back())[name] = std::move(value); }
  /// Where the template itself has set a name; nullptr: nowhere.
  [[nodiscard]] std::shared_ptr<Frame> frame_of(const std::string& name) const;
  void push_frame() { frames.push_back(std::make_shared<Frame>()); }
  void pop_frame() { frames.pop_back(); }
  /// Keeps the frames for a macro, which sees later changes in them.
  [[nodiscard]] Frames capture();

  const Scope& scope;
  const Environment& environment;
  Frames frames;  ///< innermost last
  Dialect dialect;
  bool converts = false;  ///< text that looks like a list or map becomes one, as Ansible does to values of playbooks
  Place place;            ///< of what is being evaluated, for messages
  int depth = 0;
  /// Trees of included templates: macros in them live as long as the run.
  std::vector<std::unique_ptr<Node>> included;
  /// Of templates that extend others, the outermost child's first.
  std::unordered_map<std::string, std::vector<const Node*>> blocks;
  bool in_child = false;  ///< text of a template that extends another is not put out

 private:
  Frames captured_;  ///< emptied at the end: a macro and the frame it stands in hold each other
  std::size_t steps_ = 0;
  std::size_t bytes_ = 0;
  std::chrono::steady_clock::time_point until_;
};

// evaluator.cpp
[[nodiscard]] Value evaluate(Run& run, const Node& node);
[[nodiscard]] Arguments evaluate_arguments(Run& run, const Node& node);
[[nodiscard]] Value attribute_of(Run& run, const Value& value, const std::string& name);
[[nodiscard]] Value item_of(Run& run, const Value& value, const Value& key);
/// `a.b.0` as map(attribute=…) and sort(attribute=…) take it; an integer is an index.
[[nodiscard]] Value attribute_path(Run& run, const Value& value, const Value& path);
[[nodiscard]] Value call(Run& run, const Value& callee, Arguments& arguments);

// operators.cpp
[[nodiscard]] Value arithmetic(Run& run, const std::string& sign, const Value& left, const Value& right);
[[nodiscard]] bool contains(const Value& container, const Value& item);
[[nodiscard]] Value slice(const Value& value, const Value& start, const Value& stop, const Value& step);

// change.cpp
/// Does `name.append(x)`, `.extend(x)` or `.update(x)` of a name that the template has set; false: the call is another.
[[nodiscard]] bool change_in_place(Run& run, const Node& call);

// execute.cpp
/// What a template puts out, piece by piece.
using Pieces = std::vector<Value>;
void execute(Run& run, const Node& node, Pieces& out);
/// The pieces as one value: text, or with run.converts what the text looks like.
[[nodiscard]] Value join(Run& run, const Pieces& pieces);
/// What a body puts out, as one value.
[[nodiscard]] Value captured(Run& run, const Node& body);
/// Makes a macro that can be called.
[[nodiscard]] Value macro_of(Run& run, const Node& node);
void assign(Run& run, const Node& target, Value value);

// literal.cpp
/// A literal of Python, with true, false and null as well; nullopt when the text is none.
[[nodiscard]] std::optional<Value> literal(const std::string& text);

// methods.cpp
/// A method of a string, list or map; nullopt: it has none of that name.
[[nodiscard]] std::optional<Value> method_of(const Value& self, const std::string& name);

// globals.cpp
/// range, dict, lookup, …; nullopt: there is no such name.
[[nodiscard]] std::optional<Value> global(const std::string& name);
[[nodiscard]] const std::vector<std::string>& global_names();

}  // namespace cef::jinja
