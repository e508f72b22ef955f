// What a condition gives whatever the variables are that are not known.
#include <algorithm>

#include "parser.hpp"
#include "run.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

class World : public Scope {
 public:
  explicit World(const core::Json& variables) : variables_(variables) {}

  [[nodiscard]] core::Result<std::optional<Value>> find(const std::string& name) const override {
    const auto found = variables_.find(name);
    return found == variables_.end() ? std::optional<Value>() : Value(*found);
  }

  /// Whether nothing that is not known can change the value.
  [[nodiscard]] bool knows(const Node& node) const {
    switch (node.kind) {
      case Is::name:
        return variables_.contains(node.text) && !variables_.at(node.text).is_object();
      case Is::attribute:
      case Is::item:
        return knows_part(node) || knows_all(node);
      case Is::constant:
      case Is::list:
      case Is::tuple:
      case Is::filter:
      case Is::test:
      case Is::unary:
      case Is::compare:
      case Is::both:
      case Is::either:
        return knows_all(node);
      default:
        return false;
    }
  }

 private:
  [[nodiscard]] bool knows_all(const Node& node) const {
    return std::all_of(node.kids.begin(), node.kids.end(), [&](const NodePtr& kid) { return kid && knows(*kid); }) &&
           std::all_of(node.arguments.begin(), node.arguments.end(),
                       [&](const Node::Argument& argument) { return knows(*argument.value); });
  }

  /// Of a map only some keys are known.
  [[nodiscard]] bool knows_part(const Node& node) const {
    const Node& map = *node.kids[0];
    if (map.kind != Is::name || !variables_.contains(map.text)) {
      return false;
    }
    const std::string key = node.kind == Is::attribute ? node.text
                            : node.kids[1]->kind == Is::constant && node.kids[1]->value.json().is_string()
                                ? node.kids[1]->value.json().get<std::string>()
                                : std::string();
    return variables_.at(map.text).is_object() && variables_.at(map.text).contains(key);
  }

  const core::Json& variables_;
};

std::optional<bool> settle(const Node& node, const World& world) {
  if (node.kind == Is::both || node.kind == Is::either) {
    const bool decides = node.kind == Is::either;  // what one side must be to decide alone
    const auto first = settle(*node.kids[0], world);
    const auto second = settle(*node.kids[1], world);
    return first == decides || second == decides ? std::optional<bool>(decides)
           : first && second                     ? std::optional<bool>(!decides)
                                                 : std::nullopt;
  }
  if (node.kind == Is::unary && node.text == "not") {
    const auto inner = settle(*node.kids[0], world);
    return inner ? std::optional<bool>(!*inner) : std::nullopt;
  }
  if (!world.knows(node)) {
    return std::nullopt;
  }
  const Environment plain;
  Run run(world, plain);
  return truth(evaluate(run, node));
}

}  // namespace

std::optional<bool> settled(std::string_view condition, const std::vector<core::Json>& worlds) {
  std::optional<bool> answer;
  try {
    const NodePtr tree = Parser(tokens_of_expression(condition), Limits{}.depth).whole_condition();
    for (const core::Json& variables : worlds) {
      const auto one = settle(*tree, World(variables));
      if (!one || (answer && *answer != *one)) {
        return std::nullopt;
      }
      answer = one;
    }
  } catch (const Fault&) {
    return std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
  return answer;
}

}  // namespace cef::jinja
