// What a text needs, without evaluating it.
#include <algorithm>
#include <set>

#include "functions.hpp"
#include "parser.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

/// Of a part of a template: whether what it names is there, or whether it is evaluated at all.
enum class Doubt { none, presence, all };

class Checker {
 public:
  explicit Checker(const Node& node) { visit(node, Doubt::none); }

  std::vector<FreeName> names;
  NamedParts parts;

 private:
  using Names = std::set<std::string>;

  [[nodiscard]] bool is_local(const std::string& name) const {
    return std::any_of(scopes_.begin(), scopes_.end(), [&](const Names& scope) { return scope.contains(name); });
  }

  void need(const Node& node, Doubt doubt) {
    const auto& globals = global_names();
    if (!is_local(node.text) && std::find(globals.begin(), globals.end(), node.text) == globals.end()) {
      names.push_back({node.text, node.place.line, node.place.column, doubt != Doubt::none, doubt != Doubt::all});
    }
  }

  void declare(const Node& target) {
    if (target.kind == Is::name) {
      scopes_.back().insert(target.text);
    }
    for (const auto& kid : target.kids) {
      if (target.kind == Is::tuple && kid != nullptr) {
        declare(*kid);
      }
    }
  }

  void visit_all(const Node& node, Doubt doubt, std::size_t from = 0) {
    for (std::size_t at = from; at < node.kids.size(); ++at) {
      if (node.kids[at] != nullptr) {
        visit(*node.kids[at], doubt);
      }
    }
    for (const auto& argument : node.arguments) {
      visit(*argument.value, doubt);
    }
  }

  void visit_function(const Node& node, Doubt doubt) {
    const bool filter = node.kind == Is::filter;
    if (filter ? find_filter(node.text) == nullptr : find_test(node.text) == nullptr) {
      fault_of_text(filter ? no_such_filter(node.text) : no_such_test(node.text), node.place);
    }
    named_function(node);
    const bool excuses =
        filter ? find_filter(node.text)->takes_undefined : node.text == "defined" || node.text == "undefined";
    if (!node.kids.empty() && node.kids[0] != nullptr) {
      visit(*node.kids[0], excuses && node.text != "mandatory" ? std::max(doubt, Doubt::presence) : doubt);
    }
    for (const auto& argument : node.arguments) {
      visit(*argument.value, doubt);
    }
  }

  /// map('upper'), select('match', …), selectattr('a', 'equalto', …): the name stands in a string.
  static void named_function(const Node& node) {
    const bool map = node.text == "map";
    const bool select = node.text == "select" || node.text == "reject";
    const std::size_t at = node.text == "selectattr" || node.text == "rejectattr" ? 1 : 0;
    if (node.kind != Is::filter || (!map && !select && at == 0) || node.arguments.size() <= at ||
        !node.arguments[at].name.empty()) {
      return;
    }
    const Node& name = *node.arguments[at].value;
    if (name.kind != Is::constant || !is_text(name.value)) {
      return;
    }
    const std::string& text = text_of(name.value);
    if (map ? find_filter(text) == nullptr : find_test(text) == nullptr) {
      fault_of_text(map ? no_such_filter(text) : no_such_test(text), name.place);
    }
  }

  void visit_for(const Node& node, Doubt doubt) {
    visit(*node.kids[1], doubt);
    scopes_.emplace_back();
    declare(*node.kids[0]);
    if (node.kids[2] != nullptr) {
      visit(*node.kids[2], doubt);
    }
    scopes_.back().insert("loop");
    visit(*node.kids[3], Doubt::all);
    scopes_.pop_back();
    if (node.kids[4] != nullptr) {
      visit(*node.kids[4], Doubt::all);
    }
  }

  void visit_macro(const Node& node) {
    scopes_.back().insert(node.text);
    scopes_.emplace_back(node.names.begin(), node.names.end());
    for (const char* own : {"varargs", "kwargs", "caller"}) {
      scopes_.back().insert(own);
    }
    visit_all(node, Doubt::all);
    scopes_.pop_back();
  }

  static void add(const Node& name, const Node& node, Doubt doubt, std::vector<Named>& to) {
    if (doubt == Doubt::none && name.kind == Is::constant && is_text(name.value)) {
      to.push_back({text_of(name.value), node.place.line, node.place.column});
    }
  }

  void visit_call(const Node& node, Doubt doubt) {
    const Node& called = *node.kids[0];
    const bool lookup = called.text == "lookup" || called.text == "query" || called.text == "q";
    if (called.kind == Is::name && lookup && !is_local(called.text) && !node.arguments.empty()) {
      add(*node.arguments[0].value, called, doubt, parts.lookups);
    }
    visit_all(node, doubt);
  }

  void visit_statement(const Node& node, Doubt doubt) {
    switch (node.kind) {
      case Is::call:
        visit_call(node, doubt);
        break;
      case Is::include:
      case Is::extends:
        add(*node.kids[0], node, doubt, parts.templates);
        visit_all(node, doubt);
        break;
      case Is::for_:
        visit_for(node, doubt);
        break;
      case Is::if_:
        visit(*node.kids[0], doubt);
        visit_all(node, Doubt::all, 1);
        break;
      case Is::set:
        visit(*node.kids[1], doubt);
        declare(*node.kids[0]);
        break;
      case Is::set_block:
        visit_all(node, doubt, 1);
        declare(*node.kids[0]);
        break;
      case Is::import_:
        add(*node.kids[0], node, doubt, parts.templates);
        visit_all(node, doubt);
        scopes_.back().insert(node.text);
        scopes_.back().insert(node.names.begin(), node.names.end());
        break;
      case Is::block:
        scopes_.emplace_back(Names{"super"});
        visit_all(node, Doubt::all);
        scopes_.pop_back();
        break;
      case Is::with:
        for (std::size_t at = 2; at < node.kids.size(); at += 2) {
          visit(*node.kids[at], doubt);
        }
        scopes_.emplace_back();
        for (std::size_t at = 1; at < node.kids.size(); at += 2) {
          declare(*node.kids[at]);
        }
        visit(*node.kids[0], doubt);
        scopes_.pop_back();
        break;
      default:
        visit_all(node, doubt);
    }
  }

  void visit(const Node& node, Doubt doubt) {
    switch (node.kind) {
      case Is::name:
        need(node, doubt);
        break;
      case Is::filter:
      case Is::test:
        visit_function(node, doubt);
        break;
      case Is::macro:
        visit_macro(node);
        break;
      case Is::both:
      case Is::either:
        visit(*node.kids[0], doubt);
        visit(*node.kids[1], Doubt::all);
        break;
      case Is::choice:
        visit(*node.kids[0], doubt);
        visit_all(node, Doubt::all, 1);
        break;
      default:
        visit_statement(node, doubt);
    }
  }

  std::vector<Names> scopes_{1};
};

core::Result<Checker> checked(std::string_view text, Kind kind, const TemplateOptions& options) {
  const Limits limits;
  Dialect dialect;
  dialect.options = options;
  try {
    const NodePtr tree = kind == jinja::Kind::text
                             ? Parser(tokens_of_text(text, dialect), limits.depth).whole_template()
                             : Parser(tokens_of_expression(text), limits.depth).whole_expression();
    return Checker(*tree);
  } catch (const Fault& fault) {
    const std::string where =
        fault.place.line > 0 ? std::to_string(fault.place.line) + ":" + std::to_string(fault.place.column) + ": " : "";
    std::string line = fault.message;
    std::replace(line.begin(), line.end(), '\n', ' ');
    return core::fail(fault.code, where + line);
  }
}

}  // namespace

core::Result<std::vector<FreeName>> check(std::string_view text, Kind kind, const TemplateOptions& options) {
  auto done = checked(text, kind, options);
  return done ? core::Result<std::vector<FreeName>>(std::move(done->names)) : core::fail(done.error());
}

core::Result<NamedParts> named_parts(std::string_view text, Kind kind) {
  auto done = checked(text, kind, {});
  return done ? core::Result<NamedParts>(std::move(done->parts)) : core::fail(done.error());
}

}  // namespace cef::jinja
