#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cef/jinja/value.hpp"
#include "fault.hpp"

namespace cef::jinja {

struct Node;
using NodePtr = std::unique_ptr<Node>;

/// A node of an expression or of a template. Which members it uses stands beside its kind.
struct Node {
  enum class Kind {
    // Expressions.
    constant,   ///< value
    name,       ///< text
    list,       ///< kids
    tuple,      ///< kids
    map,        ///< kids: key, value, key, value, …
    attribute,  ///< kids[0], text
    item,       ///< kids[0], kids[1]
    slice,      ///< kids: start, stop, step; each may be null. Only as kids[1] of an item
    call,       ///< kids[0] is called; arguments
    filter,     ///< text; kids[0] (null within a filter block); arguments
    test,       ///< text; kids[0]; arguments; flag: negated
    unary,      ///< text: "-", "+" or "not"; kids[0]
    binary,     ///< text: an operator of arithmetic; kids[0], kids[1]
    concat,     ///< kids
    compare,    ///< kids[0], and names[i] (operator) before kids[i + 1]
    both,       ///< and
    either,     ///< or
    choice,     ///< kids: condition, then, else (null: undefined)
    // Statements.
    data,          ///< value
    output,        ///< kids[0]
    body,          ///< kids
    if_,           ///< kids: condition, body, condition, body, …, else body (may be null)
    for_,          ///< kids: target, iterable, condition (may be null), body, else (may be null); flag: recursive
    set,           ///< kids: target, value
    set_block,     ///< kids: target, body, filter (may be null)
    macro,         ///< text; names (parameters); kids: body, then a default for the last parameters
    call_block,    ///< kids: call, macro
    include,       ///< kids[0]; flag: ignore missing
    import_,       ///< kids[0]; text: the name for all of it, or names: name, new name, …; with_context
    block,         ///< text; kids[0]: body
    extends,       ///< kids: the template, body before, body after
    with,          ///< kids: body, target, value, target, value, …
    filter_block,  ///< kids: filter, body
    do_,           ///< kids[0]: evaluated, gives nothing
  };
  struct Argument {
    std::string name;  ///< empty: positional; "*" and "**": spread
    NodePtr value;
  };

  Kind kind;
  Place place;
  std::string text;
  bool flag = false;
  bool with_context = false;
  int depth = 1;
  Value value;
  std::vector<NodePtr> kids;
  std::vector<Argument> arguments;
  std::vector<std::string> names;
};

}  // namespace cef::jinja
