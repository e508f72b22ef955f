#include <algorithm>

#include "functions.hpp"
#include "guards.hpp"
#include "run.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

std::vector<Value> evaluate_all(Run& run, const std::vector<NodePtr>& nodes) {
  std::vector<Value> values;
  values.reserve(nodes.size());
  for (const NodePtr& node : nodes) {
    values.push_back(evaluate(run, *node));
  }
  return values;
}

Value evaluate_map(Run& run, const Node& node) {
  std::vector<Map::Entry> entries;
  for (std::size_t at = 0; at + 1 < node.kids.size(); at += 2) {
    Value key = evaluate(run, *node.kids[at]);
    Value value = evaluate(run, *node.kids[at + 1]);
    entries.emplace_back(std::move(key), std::move(value));
  }
  return make_map(std::move(entries));
}

bool compare_by(const std::string& sign, const Value& left, const Value& right) {
  refuse_undefined(left);
  refuse_undefined(right);
  if (sign == "==") {
    return equals(left, right);
  }
  if (sign == "!=") {
    return !equals(left, right);
  }
  if (sign == "in") {
    return contains(right, left);
  }
  if (sign == "not in") {
    return !contains(right, left);
  }
  const int order = compare(left, right, sign.c_str());
  return sign == "<" ? order < 0 : sign == "<=" ? order <= 0 : sign == ">" ? order > 0 : order >= 0;
}

Value evaluate_compare(Run& run, const Node& node) {
  Value left = evaluate(run, *node.kids[0]);
  for (std::size_t at = 0; at < node.names.size(); ++at) {
    Value right = evaluate(run, *node.kids[at + 1]);
    run.place = node.place;
    if (!compare_by(node.names[at], left, right)) {
      return make(false);
    }
    left = std::move(right);
  }
  return make(true);
}

Value evaluate_item(Run& run, const Node& node) {
  const Value container = evaluate(run, *node.kids[0]);
  const Node& key = *node.kids[1];
  if (key.kind != Is::slice) {
    const Value at = evaluate(run, key);
    run.place = node.place;
    return item_of(run, container, at);
  }
  const auto part = [&](std::size_t at) { return key.kids[at] == nullptr ? none() : evaluate(run, *key.kids[at]); };
  const Value start = part(0);
  const Value stop = part(1);
  const Value step = part(2);
  run.place = node.place;
  run.step(size_of(container));
  return slice(container, start, stop, step);
}

Value evaluate_unary(Run& run, const Node& node) {
  const Value value = evaluate(run, *node.kids[0]);
  run.place = node.place;
  if (node.text == "not") {
    return make(!truth(value));
  }
  refuse_undefined(value);
  if (!is_number(value)) {
    fault("bad operand type for unary " + node.text + ": '" + type_name(value) + "'");
  }
  if (type_of(value) == Type::floating) {
    return make(node.text == "-" ? -number_of(value) : number_of(value));
  }
  return node.text == "-" ? arithmetic(run, "-", make(0), value) : make(integer_of(value));
}

Value evaluate_choice(Run& run, const Node& node) {
  const bool holds = truth(evaluate(run, *node.kids[0]));
  const NodePtr& taken = node.kids[holds ? 1 : 2];
  if (taken == nullptr) {
    return Value(std::shared_ptr<const Held>(
        std::make_shared<Undefined>("the inline if-expression on line " + std::to_string(node.place.line) +
                                        " evaluated to false and no else section was defined.",
                                    true)));
  }
  return evaluate(run, *taken);
}

Value evaluate_concat(Run& run, const Node& node) {
  std::string text;
  for (const NodePtr& kid : node.kids) {
    const Value piece = evaluate(run, *kid);
    run.place = node.place;
    text += str(piece);
  }
  return run.checked(std::move(text));
}

Value evaluate_call(Run& run, const Node& node) {
  if (change_in_place(run, node)) {
    return none();
  }
  const Value callee = evaluate(run, *node.kids[0]);
  Arguments arguments = evaluate_arguments(run, node);
  run.place = node.place;
  return call(run, callee, arguments);
}

Value evaluate_logic(Run& run, const Node& node) {
  Value left = evaluate(run, *node.kids[0]);
  run.place = node.kids[0]->place;
  const bool is_true = truth(left);
  return is_true == (node.kind == Is::either) ? left : evaluate(run, *node.kids[1]);
}

}  // namespace

Arguments evaluate_arguments(Run& run, const Node& node) {
  Arguments found;
  for (const auto& argument : node.arguments) {
    Value value = evaluate(run, *argument.value);
    if (argument.name == "*") {
      const auto spread = elements(value);
      found.positional.insert(found.positional.end(), spread.begin(), spread.end());
    } else if (argument.name == "**") {
      for (const auto& [key, item] : entries(value)) {
        found.named.emplace_back(str(key), item);
      }
    } else if (argument.name.empty()) {
      found.positional.push_back(std::move(value));
    } else {
      found.named.emplace_back(argument.name, std::move(value));
    }
  }
  return found;
}

Value evaluate(Run& run, const Node& node) {
  const Deeper deeper(run);
  run.step();
  run.place = node.place;
  switch (node.kind) {
    case Is::constant:
      return node.value;
    case Is::name:
      return run.find(node.text);
    case Is::list:
    case Is::tuple:
      return make_list(evaluate_all(run, node.kids), node.kind == Is::tuple);
    case Is::map:
      return evaluate_map(run, node);
    case Is::attribute: {
      const Value value = evaluate(run, *node.kids[0]);
      run.place = node.place;
      return attribute_of(run, value, node.text);
    }
    case Is::item:
      return evaluate_item(run, node);
    case Is::call:
      return evaluate_call(run, node);
    case Is::filter: {
      Value input = evaluate(run, *node.kids[0]);
      Arguments arguments = evaluate_arguments(run, node);
      run.place = node.place;
      return apply_filter(run, node.text, std::move(input), std::move(arguments));
    }
    case Is::test: {
      Value input = evaluate(run, *node.kids[0]);
      Arguments arguments = evaluate_arguments(run, node);
      run.place = node.place;
      return make(apply_test(run, node.text, std::move(input), std::move(arguments)) != node.flag);
    }
    case Is::unary:
      return evaluate_unary(run, node);
    case Is::binary: {
      const Value left = evaluate(run, *node.kids[0]);
      const Value right = evaluate(run, *node.kids[1]);
      run.place = node.place;
      return arithmetic(run, node.text, left, right);
    }
    case Is::concat:
      return evaluate_concat(run, node);
    case Is::compare:
      return evaluate_compare(run, node);
    case Is::both:
    case Is::either:
      return evaluate_logic(run, node);
    case Is::choice:
      return evaluate_choice(run, node);
    default:
      fault("not an expression");
  }
}

Value attribute_of(Run& run, const Value& value, const std::string& name) {
  (void)run;
  const Type type = type_of(value);
  if (type == Type::undefined) {
    return value;  // a.b.c of an undefined a stays undefined: default() takes care of all of it
  }
  if (type == Type::special) {
    return static_cast<const Special&>(*value.held()).attribute(name);
  }
  if (auto method = method_of(value, name)) {
    return *method;
  }
  if (type == Type::map) {
    if (auto found = member(value, name)) {
      return *found;
    }
  }
  if (type == Type::tuple && (name == "grouper" || name == "list")) {  // what groupby gives
    if (const auto parts = elements(value); parts.size() == 2) {
      return parts[name == "list" ? 1 : 0];
    }
  }
  return Value::undefined("'" + type_in_messages(value) + "' has no attribute '" + name + "'");
}

Value item_of(Run& run, const Value& value, const Value& key) {
  const Type type = type_of(value);
  if (type == Type::undefined) {
    return value;
  }
  refuse_undefined(key);
  if (type == Type::map) {
    if (!is_list(key) && !is_map(key)) {
      if (auto found = member(value, key)) {
        return *found;
      }
    }
  } else if ((type_of(key) == Type::integer || type_of(key) == Type::boolean) && type != Type::special &&
             type != Type::none && !is_number(value)) {
    const auto size = static_cast<std::int64_t>(size_of(value));
    std::int64_t at = integer_of(key);
    at += at < 0 ? size : 0;
    if (at >= 0 && at < size) {
      return is_list(value) ? element(value, static_cast<std::size_t>(at))
                            : make(std::string(characters(text_of(value))[static_cast<std::size_t>(at)]));
    }
  }
  if (is_text(key)) {
    return type == Type::map && member(value, text_of(key)) == std::nullopt && !method_of(value, text_of(key))
               ? Value::undefined("'" + type_in_messages(value) + "' has no attribute " + repr(key))
               : attribute_of(run, value, text_of(key));
  }
  return Value::undefined(type_in_messages(value) + " has no element " + repr(key));
}

Value attribute_path(Run& run, const Value& value, const Value& path) {
  if (type_of(path) == Type::integer) {
    return item_of(run, value, path);
  }
  const std::string& text = text_of(path);
  Value found = value;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t dot = std::min(text.find('.', at), text.size());
    const std::string part = text.substr(at, dot - at);
    const bool index = !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string::npos;
    found = item_of(run, found, index ? make(std::int64_t{std::stoi(part)}) : make(part));
    at = dot + 1;
  }
  return found;
}

Value call(Run& run, const Value& callee, Arguments& arguments) {
  refuse_undefined(callee);
  if (type_of(callee) != Type::special) {
    fault("'" + type_name(callee) + "' object is not callable");
  }
  const Deeper deeper(run);
  return static_cast<const Special&>(*callee.held()).call(run, arguments);
}

}  // namespace cef::jinja
