// `{% set _ = list.append(x) %}`: Python changes the list itself. Values here never change, so the name gets a new one;
// other names of the same list keep the old one.
#include "functions.hpp"

namespace cef::jinja {

namespace {

using Is = Node::Kind;

Value changed(Run& run, const std::string& method, const Value& old, const Value& by) {
  run.step(1 + size_of(old) / 8);
  if (method == "update") {
    if (!is_map(old)) {
      fault("'" + type_name(old) + "' object has no attribute 'update'");
    }
    auto all = entries(old);
    for (auto& entry : entries(by)) {
      all.push_back(std::move(entry));
    }
    return make_map(std::move(all));
  }
  if (type_of(old) != Type::list) {
    fault("'" + type_name(old) + "' object has no attribute '" + method + "'");
  }
  auto items = elements(old);
  if (method == "append") {
    items.push_back(by);
  } else {
    const auto more = elements(by);
    run.step(more.size());
    items.insert(items.end(), more.begin(), more.end());
  }
  return make_list(std::move(items));
}

bool is_change(const std::string& method) {
  return method == "append" || method == "extend" || method == "update";
}

}  // namespace

bool change_in_place(Run& run, const Node& call) {
  const Node& method = *call.kids[0];
  if (method.kind != Is::attribute || !is_change(method.text)) {
    return false;
  }
  const Node& owner = *method.kids[0];
  const bool in_namespace = owner.kind == Is::attribute && owner.kids[0]->kind == Is::name;
  if (owner.kind != Is::name && !in_namespace) {
    return false;
  }
  const Value space = in_namespace ? run.find(owner.kids[0]->text) : none();
  const auto* names = dynamic_cast<const Namespace*>(space.held().get());
  const auto frame = in_namespace ? nullptr : run.frame_of(owner.text);
  if (names == nullptr && frame == nullptr) {
    return false;
  }
  const Value old = in_namespace ? names->attribute(owner.text) : frame->at(owner.text);
  Arguments arguments = evaluate_arguments(run, call);
  run.place = call.place;
  Value by;
  if (method.text == "update" && !arguments.named.empty()) {
    std::vector<Map::Entry> named;
    for (auto& [name, value] : arguments.named) {
      named.emplace_back(make(name), std::move(value));
    }
    by = make_map(std::move(named));
  } else if (arguments.positional.size() == 1) {
    by = arguments.positional[0];
  } else {
    fault("'" + method.text + "' takes one argument");
  }
  Value made = changed(run, method.text, old, by);
  if (in_namespace) {
    names->set(owner.text, std::move(made));
  } else {
    (*frame)[owner.text] = std::move(made);
  }
  return true;
}

}  // namespace cef::jinja
