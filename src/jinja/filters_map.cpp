// Filters of maps, and of what leads from lists to maps and back.
#include <algorithm>

#include "functions.hpp"

namespace cef::jinja {

namespace {

Value to_items(Call& call) {
  if (!is_map(call.input)) {
    fault("dict2items requires a dictionary, got " + type_name(call.input) + " instead.");
  }
  const Value key_name = make(call.text(0, "key"));
  const Value value_name = make(call.text(1, "value"));
  std::vector<Value> found;
  for (auto& [key, value] : entries(call.input)) {
    call.run.step();
    found.push_back(make_map({{key_name, std::move(key)}, {value_name, std::move(value)}}));
  }
  return make_list(std::move(found));
}

Value to_map(Call& call) {
  const Value key_name = call.or_else(0, make("key"));
  const Value value_name = call.or_else(1, make("value"));
  if (!is_list(call.input)) {
    fault("items2dict requires a list, got " + type_name(call.input) + " instead.");
  }
  std::vector<Map::Entry> found;
  for (const Value& item : call.input_elements()) {
    const bool by_index = is_list(item) && type_of(key_name) == Type::integer;
    if (!is_map(item) && !by_index) {
      fault("items2dict requires a list of dictionaries, got " + repr(call.input).substr(0, 200) + " instead.");
    }
    Value key = item_of(call.run, item, key_name);
    Value value = item_of(call.run, item, value_name);
    if (key.is_undefined() || value.is_undefined()) {
      fault("items2dict requires each dictionary in the list to contain the keys '" + str(key_name) + "' and '" +
            str(value_name) + "', got " + repr(call.input).substr(0, 200) + " instead.");
    }
    found.emplace_back(std::move(key), std::move(value));
  }
  return make_map(std::move(found));
}

Value pairs(Call& call) {
  std::vector<Value> found;
  if (call.input.is_undefined()) {
    return make_list({});
  }
  for (auto& [key, value] : entries(call.input)) {
    call.run.step();
    found.push_back(make_list({std::move(key), std::move(value)}, true));
  }
  return make_list(std::move(found));
}

std::vector<Value> joined(std::vector<Value> first, const std::vector<Value>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::vector<Value> absent(const std::vector<Value>& from, const std::vector<Value>& in) {
  std::vector<Value> found;
  for (const Value& item : from) {
    if (std::none_of(in.begin(), in.end(), [&](const Value& one) { return equals(one, item); })) {
      found.push_back(item);
    }
  }
  return found;
}

Value merged_lists(Run& run, const Value& low, const Value& high, const std::string& how) {
  const auto a = elements(low);
  const auto b = elements(high);
  run.step(how.size() > 7 ? a.size() * b.size() + 1 : a.size() + b.size() + 1);
  if (how == "append") {
    return make_list(joined(a, b));
  }
  if (how == "prepend") {
    return make_list(joined(b, a));
  }
  if (how == "append_rp") {
    return make_list(joined(absent(a, b), b));
  }
  if (how == "prepend_rp") {
    return make_list(joined(b, absent(a, b)));
  }
  return how == "keep" ? low : high;
}

Value merged(Run& run, const Value& low, const Value& high, bool recursive, const std::string& lists) {
  std::vector<Map::Entry> found = entries(low);
  run.step(found.size());
  for (auto& [key, value] : entries(high)) {
    run.step();
    const auto there = member(low, key);
    if (there && recursive && is_map(*there) && is_map(value)) {
      value = merged(run, *there, value, recursive, lists);
    } else if (there && is_list(*there) && is_list(value)) {
      value = merged_lists(run, *there, value, lists);
    }
    found.emplace_back(std::move(key), std::move(value));
  }
  return make_map(std::move(found));
}

Value combine(Call& call) {
  bool recursive = false;
  std::string lists = "replace";
  for (const auto& [name, value] : call.named()) {
    if (name == "recursive") {
      recursive = truth(value);
    } else if (name == "list_merge") {
      lists = text_of(value);
    } else {
      fault("'recursive' and 'list_merge' are the only valid keyword arguments");
    }
  }
  for (const char* known : {"replace", "keep", "append", "prepend", "append_rp", "prepend_rp", ""}) {
    if (*known == '\0') {
      fault("combine: list_merge is one of replace, keep, append, prepend, append_rp, prepend_rp, not " +
            repr(make(lists)));
    }
    if (lists == known) {
      break;
    }
  }
  std::vector<Value> maps;
  std::vector<Value> all = {call.input};
  all.insert(all.end(), call.rest().begin(), call.rest().end());
  for (const Value& one : all) {
    refuse_undefined_within(one);
    const auto inner = is_list(one) ? elements(one) : std::vector<Value>{one};
    for (const Value& map : inner) {
      if (is_none(map)) {
        continue;
      }
      if (!is_map(map)) {
        fault("failed to combine variables, expected dicts but got a '" + type_name(map) +
              "': " + repr(map).substr(0, 100));
      }
      maps.push_back(map);
    }
  }
  if (maps.empty()) {
    return make_map({});
  }
  Value result = maps[0];
  for (std::size_t at = 1; at < maps.size(); ++at) {
    result = merged(call.run, result, maps[at], recursive, lists);
  }
  return result;
}

Value extract(Call& call) {
  std::vector<Value> keys = {call.input};
  if (call.has(1) && !is_none(call.at(1))) {
    const Value& more = call.at(1);
    const auto further = is_list(more) ? elements(more) : std::vector<Value>{more};
    keys.insert(keys.end(), further.begin(), further.end());
  }
  Value value = call.at(0);
  for (const Value& key : keys) {
    value = item_of(call.run, value, key);
  }
  return value;
}

Value sub_elements(Call& call) {
  std::vector<Value> owners;
  if (is_map(call.input)) {
    for (auto& [key, value] : entries(call.input)) {
      owners.push_back(std::move(value));
    }
  } else if (type_of(call.input) == Type::list) {
    owners = call.input_elements();
  } else {
    fault("obj must be a list of dicts or a nested dict");
  }
  std::vector<Value> found;
  for (const Value& owner : owners) {
    Value values = owner;
    std::vector<Value> path;
    if (is_list(call.at(0))) {
      path = elements(call.at(0));
    } else {
      Arguments by{{make(".")}, {}};
      path = elements(jinja::call(call.run, *method_of(make(text_of(call.at(0))), "split"), by));
    }
    for (const Value& part : path) {
      if (!is_map(values)) {
        fault("the key " + str(part) + " should point to a dictionary, got '" + str(values).substr(0, 100) + "'");
      }
      auto next = member(values, part);
      if (!next && call.flag(1)) {
        values = make_list({});
        break;
      }
      if (!next) {
        fault("could not find " + repr(part) + " key in iterated item " + repr(values).substr(0, 200));
      }
      values = *next;
    }
    if (type_of(values) != Type::list) {
      fault("the key " + repr(path.back()) + " should point to a list, got " + repr(values).substr(0, 100));
    }
    for (const Value& value : elements(values)) {
      call.run.step();
      found.push_back(make_list({owner, value}, true));
    }
  }
  return make_list(std::move(found));
}

Value rekey(Call& call) {
  const std::string duplicates = call.text(1, "error");
  if (duplicates != "error" && duplicates != "overwrite") {
    fault("duplicates parameter to rekey_on_member has unknown value: " + duplicates);
  }
  std::vector<Value> items;
  if (is_map(call.input)) {
    for (auto& [key, value] : entries(call.input)) {
      items.push_back(std::move(value));
    }
  } else if (is_list(call.input)) {
    items = call.input_elements();
  } else {
    fault("Type is not a valid list, set, or dict");
  }
  std::vector<Map::Entry> found;
  std::unordered_map<std::string, bool> seen;
  for (const Value& item : items) {
    if (!is_map(item)) {
      fault("List item is not a valid dict");
    }
    const auto key = member(item, call.at(0));
    if (!key) {
      fault("Key " + str(call.at(0)) + " was not found");
    }
    if (!seen.emplace(key_id(*key), true).second && duplicates == "error") {
      fault("Key " + str(*key) + " is not unique, cannot correctly turn into dict");
    }
    found.emplace_back(*key, item);
  }
  return make_map(std::move(found));
}

Value attribute(Call& call) {
  const std::string name = text_of(call.at(0));
  return is_map(call.input) ? Value::undefined("'dict object' has no attribute '" + name + "'")
                            : attribute_of(call.run, call.input, name);
}

Value mandatory(Call& call) {
  if (call.input.is_undefined()) {
    const std::string& why = call.input.why();
    const std::string name = why.rfind('\'', 0) == 0 ? why.substr(0, why.find('\'', 1) + 1) + " " : "";
    fault(call.has(0) && !is_none(call.at(0)) ? str(call.at(0)) : "Mandatory variable " + name + " not defined.");
  }
  return call.input;
}

Value ternary(Call& call) {
  if (is_none(call.input) && call.has(2) && !is_none(call.raw(2))) {
    return call.raw(2);
  }
  return call.raw(truth(call.input) ? 0 : 1);
}

}  // namespace

Filters map_filters() {
  return {
      {"dict2items", "?key_name ?value_name", to_items},
      {"items2dict", "?key_name ?value_name", to_map},
      {"items", "", pairs, true},
      {"combine", "* **", combine},
      {"extract", "container ?morekeys", extract},
      {"subelements", "subelements ?skip_missing", sub_elements},
      {"rekey_on_member", "key ?duplicates", rekey},
      {"attr", "name", attribute},
      {"mandatory", "?msg", mandatory, true},
      {"ternary", "true_val false_val ?none_val", ternary},
      {"type_debug", "", [](Call& call) { return make(type_name(call.input)); }, true},
  };
}

}  // namespace cef::jinja
