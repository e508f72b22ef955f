// The statements of a template.
#include <algorithm>
#include <cmath>

#include "functions.hpp"
#include "guards.hpp"
#include "other_templates.hpp"
#include "parser.hpp"
#include "run.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

void run_loop(Run& run, const Node& node, const Value& iterable, int depth, Pieces& out);

/// `loop` in a for; one that is recursive can be called with what to loop over within it.
class Loop final : public Special {
 public:
  Loop(std::shared_ptr<const std::vector<Value>> items, const Node& node, int depth)
      : items_(std::move(items)), node_(node), depth_(depth) {}
  [[nodiscard]] bool callable() const override { return node_.flag; }
  [[nodiscard]] Value call(Run& run, Arguments& arguments) const override {
    if (arguments.positional.size() != 1) {
      fault("loop() takes what to loop over");
    }
    Pieces pieces;
    run_loop(run, node_, arguments.positional[0], depth_ + 1, pieces);
    std::string text;
    for (const Value& piece : pieces) {
      text += str(piece);
    }
    return run.checked(std::move(text));
  }
  [[nodiscard]] std::string type() const override { return "jinja2.runtime.LoopContext object"; }
  void go_to(std::size_t at) const { at_ = at; }
  [[nodiscard]] Value attribute(const std::string& name) const override {
    const auto at = static_cast<std::int64_t>(at_);
    const auto size = static_cast<std::int64_t>(items_->size());
    const std::pair<const char*, std::int64_t> numbers[] = {
        {"index", at + 1}, {"index0", at},        {"revindex", size - at}, {"revindex0", size - at - 1},
        {"length", size},  {"depth", depth_ + 1}, {"depth0", depth_}};
    for (const auto& [known, number] : numbers) {
      if (name == known) {
        return make(number);
      }
    }
    if (name == "first" || name == "last") {
      return make(name == "first" ? at == 0 : at + 1 == size);
    }
    if (name == "previtem") {
      return at == 0 ? Value::undefined("there is no previous item") : (*items_)[at_ - 1];
    }
    if (name == "nextitem") {
      return at + 1 == size ? Value::undefined("there is no next item") : (*items_)[at_ + 1];
    }
    if (name == "cycle" || name == "changed") {
      return function(name);
    }
    return Special::attribute(name);
  }

 private:
  struct Last {
    std::optional<Value> value;
  };
  [[nodiscard]] Value function(const std::string& name) const {
    if (name == "cycle") {
      return Value(std::shared_ptr<const Held>(std::make_shared<Callable>(name, [at = at_](Run&, Arguments& given) {
        if (given.positional.empty()) {
          fault("no items for cycling given");
        }
        return given.positional[at % given.positional.size()];
      })));
    }
    return Value(std::shared_ptr<const Held>(std::make_shared<Callable>(name, [last = last_](Run&, Arguments& given) {
      Value now = make_list(given.positional, true);
      const bool changed = !last->value || !equals(*last->value, now);
      last->value = std::move(now);
      return make(changed);
    })));
  }

  std::shared_ptr<const std::vector<Value>> items_;
  const Node& node_;
  int depth_;
  mutable std::size_t at_ = 0;
  std::shared_ptr<Last> last_ = std::make_shared<Last>();
};

std::vector<Value> items_of_loop(Run& run, const Node& node, const Value& iterable) {
  run.place = node.kids[1]->place;
  auto items = elements(iterable);
  run.step(items.size());
  if (node.kids[2] == nullptr) {
    return items;
  }
  std::vector<Value> kept;
  for (Value& item : items) {
    const Scoped scoped(run);
    assign(run, *node.kids[0], item);
    if (truth(evaluate(run, *node.kids[2]))) {
      kept.push_back(std::move(item));
    }
  }
  return kept;
}

void run_loop(Run& run, const Node& node, const Value& iterable, int depth, Pieces& out) {
  const Deeper deeper(run);
  const auto items = std::make_shared<const std::vector<Value>>(items_of_loop(run, node, iterable));
  const auto loop = std::make_shared<const Loop>(items, node, depth);
  for (std::size_t at = 0; at < items->size(); ++at) {
    run.step();
    const Scoped scoped(run);
    loop->go_to(at);
    run.set("loop", Value(std::shared_ptr<const Held>(loop)));
    run.place = node.place;
    assign(run, *node.kids[0], (*items)[at]);
    execute(run, *node.kids[3], out);
  }
  if (items->empty() && node.kids[4] != nullptr) {
    const Scoped scoped(run);
    execute(run, *node.kids[4], out);
  }
}

void execute_for(Run& run, const Node& node, Pieces& out) {
  run_loop(run, node, evaluate(run, *node.kids[1]), 0, out);
}

void execute_if(Run& run, const Node& node, Pieces& out) {
  for (std::size_t at = 0; at + 1 < node.kids.size(); at += 2) {
    if (truth(evaluate(run, *node.kids[at]))) {
      execute(run, *node.kids[at + 1], out);
      return;
    }
  }
  if (node.kids.back() != nullptr) {
    execute(run, *node.kids.back(), out);
  }
}

void put_out(Run& run, const Node& node, Pieces& out) {
  Value value = evaluate(run, *node.kids[0]);
  run.place = node.kids[0]->place;
  refuse_undefined_within(value);
  run.make_bytes(sizeof(Value));
  out.push_back(is_none(value) ? make("") : std::move(value));
}

/// A filter of a block: its input is not in the tree.
Value filtered(Run& run, const Node& filter, Value input) {
  if (!filter.kids.empty() && filter.kids[0] != nullptr) {
    input = filtered(run, *filter.kids[0], std::move(input));
  }
  Arguments arguments = evaluate_arguments(run, filter);
  run.place = filter.place;
  return apply_filter(run, filter.text, std::move(input), std::move(arguments));
}

void execute_with(Run& run, const Node& node, Pieces& out) {
  std::vector<Value> values;
  for (std::size_t at = 2; at < node.kids.size(); at += 2) {
    values.push_back(evaluate(run, *node.kids[at]));
  }
  const Scoped scoped(run);
  for (std::size_t at = 0; at < values.size(); ++at) {
    assign(run, *node.kids[1 + 2 * at], values[at]);
  }
  execute(run, *node.kids[0], out);
}

void execute_call_block(Run& run, const Node& node, Pieces& out) {
  const Node& called = *node.kids[0];
  const Value callee = evaluate(run, *called.kids[0]);
  Arguments arguments = evaluate_arguments(run, called);
  arguments.named.emplace_back("caller", macro_of(run, *node.kids[1]));
  run.place = node.place;
  out.push_back(call(run, callee, arguments));
}

/// Pieces that follow each other are kept as they are: whether there is one or more of them decides what comes out.
bool is_plain(const Value& value) {
  if (value.held() == nullptr) {
    return value.json().type() != core::Json::value_t::number_float || std::isfinite(value.json().get<double>());
  }
  if (is_list(value)) {
    const auto items = elements(value);
    return std::all_of(items.begin(), items.end(), is_plain);
  }
  if (is_map(value)) {
    if (value.held()->kind() == Held::Kind::object) {
      return true;
    }
    const auto all = entries(value);
    return std::all_of(all.begin(), all.end(), [](const Map::Entry& entry) { return is_plain(entry.second); });
  }
  return false;
}

}  // namespace

void assign(Run& run, const Node& target, Value value) {
  if (target.kind == Is::name) {
    run.set(target.text, std::move(value));
    return;
  }
  if (target.kind == Is::attribute) {
    const Value owner = evaluate(run, *target.kids[0]);
    const auto* names = dynamic_cast<const Namespace*>(owner.held().get());
    if (names == nullptr) {
      fault("cannot assign attribute on non-namespace object");
    }
    const auto* loops = value.held().get();
    if (loops == names) {
      fault("a namespace cannot hold itself");
    }
    names->set(target.text, std::move(value));
    return;
  }
  auto items = elements(value);
  if (items.size() != target.kids.size()) {
    fault(items.size() > target.kids.size()
              ? "too many values to unpack (expected " + std::to_string(target.kids.size()) + ")"
              : "not enough values to unpack (expected " + std::to_string(target.kids.size()) + ", got " +
                    std::to_string(items.size()) + ")");
  }
  for (std::size_t at = 0; at < items.size(); ++at) {
    assign(run, *target.kids[at], std::move(items[at]));
  }
}

Value captured(Run& run, const Node& body) {
  const Scoped scoped(run);
  Pieces pieces;
  execute(run, body, pieces);
  return join(run, pieces);
}

Value macro_of(Run& run, const Node& node) {
  return Value(std::shared_ptr<const Held>(
      std::make_shared<Callable>(node.text, [&node, frames = run.capture()](Run& now, Arguments& given) {
        Frames outer = std::exchange(now.frames, frames);
        now.push_frame();
        try {
          const std::size_t count = node.names.size();
          const std::size_t defaults = node.kids.size() - 1;
          std::vector<Value> rest;
          std::vector<Map::Entry> named;
          for (std::size_t at = 0; at < std::max(count, given.positional.size()); ++at) {
            if (at >= count) {
              rest.push_back(given.positional[at]);
            } else if (at < given.positional.size()) {
              now.set(node.names[at], given.positional[at]);
            } else if (at >= count - defaults) {
              now.set(node.names[at], evaluate(now, *node.kids[1 + at - (count - defaults)]));
            } else {
              now.set(node.names[at], Value::undefined("parameter '" + node.names[at] + "' was not provided"));
            }
          }
          for (auto& [name, value] : given.named) {
            if (name == "caller" || std::find(node.names.begin(), node.names.end(), name) != node.names.end()) {
              now.set(name, value);
            } else {
              named.emplace_back(make(name), value);
            }
          }
          now.set("varargs", make_list(std::move(rest), true));
          now.set("kwargs", make_map(std::move(named)));
          Value result = captured(now, *node.kids[0]);
          now.frames = std::move(outer);
          return result;
        } catch (...) {
          now.frames = std::move(outer);
          throw;
        }
      })));
}

Value join(Run& run, const Pieces& pieces) {
  if (pieces.empty()) {
    return make("");
  }
  const Value& first = pieces.front();
  if (pieces.size() == 1 && first.stays_text()) {
    return first;
  }
  if (run.converts && pieces.size() == 1 && (type_of(first) == Type::list || is_map(first)) && is_plain(first)) {
    return first;
  }
  std::string text;
  for (const Value& piece : pieces) {
    text += is_text(piece) ? text_of(piece) : str(piece);
    if (text.size() > run.environment.limits.output.count) {
      run.make_bytes(text.size());
    }
  }
  run.make_bytes(text.size());
  if (run.converts && !text.empty() && (text[0] == '{' || text[0] == '[' || text == "True" || text == "False")) {
    if (auto value = literal(text)) {
      return *value;
    }
  }
  return make(std::move(text));
}

namespace {

void execute_set(Run& run, const Node& node) {
  const bool block = node.kind == Is::set_block;
  Value value = block ? captured(run, *node.kids[1]) : evaluate(run, *node.kids[1]);
  if (block && node.kids[2] != nullptr) {
    value = filtered(run, *node.kids[2], std::move(value));
  }
  run.place = block ? run.place : node.place;
  assign(run, *node.kids[0], std::move(value));
}

}  // namespace

void execute(Run& run, const Node& node, Pieces& out) {
  const Deeper deeper(run);
  run.step();
  run.place = node.place;
  switch (node.kind) {
    case Is::body:
      for (const NodePtr& kid : node.kids) {
        execute(run, *kid, out);
      }
      break;
    case Is::data:
      run.make_bytes(text_of(node.value).size() + sizeof(Value));
      out.push_back(node.value);
      break;
    case Is::output:
      put_out(run, node, out);
      break;
    case Is::if_:
      execute_if(run, node, out);
      break;
    case Is::for_:
      execute_for(run, node, out);
      break;
    case Is::set:
    case Is::set_block:
      execute_set(run, node);
      break;
    case Is::macro:
      run.set(node.text, macro_of(run, node));
      break;
    case Is::call_block:
      execute_call_block(run, node, out);
      break;
    case Is::include:
      execute_include(run, node, out);
      break;
    case Is::import_:
      execute_import(run, node);
      break;
    case Is::block:
      execute_block(run, node, out);
      break;
    case Is::extends:
      execute_extends(run, node, out);
      break;
    case Is::with:
      execute_with(run, node, out);
      break;
    case Is::filter_block:
      out.push_back(filtered(run, *node.kids[0], captured(run, *node.kids[1])));
      break;
    default:
      fault("not a statement");
  }
}

}  // namespace cef::jinja
