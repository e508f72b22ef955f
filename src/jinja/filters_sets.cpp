// Filters that pick from lists or put lists together: map, select, sets, products.
#include <algorithm>

#include "functions.hpp"

namespace cef::jinja {

namespace {

/// map(attribute='a', default=…) or map('filter', …).
Value map(Call& call) {
  std::vector<Value> found;
  Arguments given{call.rest(), call.named()};
  const auto named = [&](const char* name) {
    const auto place =
        std::find_if(given.named.begin(), given.named.end(), [&](const auto& one) { return one.first == name; });
    return place == given.named.end() ? std::optional<Value>() : std::optional(place->second);
  };
  if (given.positional.empty()) {
    const auto attribute = named("attribute");
    const auto otherwise = named("default");
    if (!attribute) {
      fault("map needs the name of a filter or attribute=…");
    }
    for (const Value& item : call.input_elements()) {
      Value one = attribute_path(call.run, item, *attribute);
      found.push_back(one.is_undefined() && otherwise ? *otherwise : std::move(one));
    }
    return make_list(std::move(found));
  }
  const std::string filter = text_of(given.positional[0]);
  given.positional.erase(given.positional.begin());
  for (Value& item : call.input_elements()) {
    found.push_back(apply_filter(call.run, filter, std::move(item), given));
  }
  return make_list(std::move(found));
}

Value select(Call& call, bool keeps, bool by_attribute) {
  std::vector<Value> positional = call.rest();
  std::vector<Value> found;
  Value attribute;
  if (by_attribute) {
    if (positional.empty()) {
      fault("'" + call.name() + "' needs the name of an attribute");
    }
    attribute = positional[0];
    positional.erase(positional.begin());
  }
  std::string test;
  if (!positional.empty()) {
    test = text_of(positional[0]);
    positional.erase(positional.begin());
  }
  for (const Value& item : call.input_elements()) {
    const Value tested = by_attribute ? attribute_path(call.run, item, attribute) : item;
    const bool holds = test.empty() ? truth(tested) : apply_test(call.run, test, tested, {positional, call.named()});
    if (holds == keeps) {
      found.push_back(item);
    }
  }
  return make_list(std::move(found));
}

/// Membership by key where Python could hash, else by comparing.
class Members {
 public:
  Members(Call& call, const std::vector<Value>& items) : run_(call.run) {
    for (const Value& item : items) {
      add(item);
    }
  }
  [[nodiscard]] bool has(const Value& item) {
    run_.step();
    if (!is_list(item) && !is_map(item)) {
      return ids_.contains(key_id(item));
    }
    run_.step(others_.size());
    return std::any_of(others_.begin(), others_.end(), [&](const Value& one) { return equals(one, item); });
  }
  void add(const Value& item) {
    if (is_list(item) || is_map(item)) {
      others_.push_back(item);
    } else {
      ids_.emplace(key_id(item), true);
    }
  }

 private:
  Run& run_;
  std::unordered_map<std::string, bool> ids_;
  std::vector<Value> others_;
};

Value without_repeats(Call& call, const std::vector<Value>& items) {
  Members seen(call, {});
  std::vector<Value> found;
  for (const Value& item : items) {
    if (!seen.has(item)) {
      seen.add(item);
      found.push_back(item);
    }
  }
  return make_list(std::move(found));
}

std::vector<Value> picked(Call& call, const std::vector<Value>& from, const std::vector<Value>& by, bool present) {
  Members members(call, by);
  std::vector<Value> found;
  for (const Value& item : from) {
    if (members.has(item) == present) {
      found.push_back(item);
    }
  }
  return found;
}

std::vector<Value> both_lists(Call& call) {
  auto all = call.input_elements();
  const auto more = elements(call.at(0));
  call.run.step(more.size());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Value unite(Call& call) {
  return without_repeats(call, both_lists(call));
}
Value intersect(Call& call) {
  return without_repeats(call, picked(call, call.input_elements(), elements(call.at(0)), true));
}
Value difference(Call& call) {
  return without_repeats(call, picked(call, call.input_elements(), elements(call.at(0)), false));
}
Value symmetric_difference(Call& call) {
  const auto common = picked(call, call.input_elements(), elements(call.at(0)), true);
  return make_list(picked(call, elements(without_repeats(call, both_lists(call))), common, false));
}

Value zip(Call& call) {
  const bool longest = call.name() == "zip_longest";
  std::vector<std::vector<Value>> columns = {call.input_elements()};
  for (const Value& list : call.rest()) {
    columns.push_back(elements(list));
  }
  std::size_t size = columns[0].size();
  for (const auto& column : columns) {
    size = longest ? std::max(size, column.size()) : std::min(size, column.size());
  }
  Value fill;
  for (const auto& [name, value] : call.named()) {
    if (name != "fillvalue" || !longest) {
      fault("'" + call.name() + "' has no argument '" + name + "'");
    }
    fill = value;
  }
  std::vector<Value> rows;
  for (std::size_t at = 0; at < size; ++at) {
    std::vector<Value> row;
    for (const auto& column : columns) {
      call.run.step();
      row.push_back(at < column.size() ? column[at] : fill);
    }
    rows.push_back(make_list(std::move(row), true));
  }
  return make_list(std::move(rows));
}

Value product(Call& call) {
  std::vector<std::vector<Value>> lists = {call.input_elements()};
  for (const Value& list : call.rest()) {
    lists.push_back(elements(list));
  }
  for (const auto& [name, value] : call.named()) {
    if (name != "repeat" || integer_of(value) < 0 || integer_of(value) > 64) {
      fault("'product' takes repeat from 0 to 64 and no other named argument");
    }
    const auto once = lists;
    lists.clear();
    for (std::int64_t count = integer_of(value); count > 0; --count) {
      lists.insert(lists.end(), once.begin(), once.end());
    }
  }
  std::vector<std::vector<Value>> rows = {{}};
  for (const auto& list : lists) {
    std::vector<std::vector<Value>> next;
    for (const auto& row : rows) {
      for (const Value& item : list) {
        call.run.make_bytes((row.size() + 1) * sizeof(Value));
        next.push_back(row);
        next.back().push_back(item);
      }
    }
    rows = std::move(next);
  }
  std::vector<Value> found;
  for (auto& row : rows) {
    found.push_back(make_list(std::move(row), true));
  }
  return make_list(std::move(found));
}

struct Picker {
  Call& call;
  const std::vector<Value>& items;
  std::size_t size;
  bool ordered;  ///< permutations
  std::vector<std::size_t> chosen{};
  std::vector<Value> found{};

  void go_on(std::size_t from) {
    call.run.make_bytes(sizeof(Value));
    if (chosen.size() == size) {
      std::vector<Value> row;
      for (const std::size_t at : chosen) {
        row.push_back(items[at]);
      }
      call.run.make_bytes(row.size() * sizeof(Value));
      found.push_back(make_list(std::move(row), true));
      return;
    }
    for (std::size_t at = ordered ? 0 : from; at < items.size(); ++at) {
      call.run.step();
      if (!ordered || std::find(chosen.begin(), chosen.end(), at) == chosen.end()) {
        chosen.push_back(at);
        go_on(at + 1);
        chosen.pop_back();
      }
    }
  }
};

Value pick_all(Call& call) {
  const bool permutations = call.name() == "permutations";
  const auto items = call.input_elements();
  const std::int64_t size = call.integer(0, static_cast<std::int64_t>(items.size()));
  if (size < 0 || size > 200) {
    fault("'" + call.name() + "' takes a count from 0 to 200");
  }
  if (size > static_cast<std::int64_t>(items.size())) {
    return make_list({});
  }
  Picker picker{call, items, static_cast<std::size_t>(size), permutations};
  picker.go_on(0);
  return make_list(std::move(picker.found));
}

}  // namespace

Filters set_filters() {
  return {
      {"map", "* **", map},
      {"select", "* **", [](Call& call) { return select(call, true, false); }},
      {"reject", "* **", [](Call& call) { return select(call, false, false); }},
      {"selectattr", "* **", [](Call& call) { return select(call, true, true); }},
      {"rejectattr", "* **", [](Call& call) { return select(call, false, true); }},
      {"union", "b", unite},
      {"intersect", "b", intersect},
      {"difference", "b", difference},
      {"symmetric_difference", "b", symmetric_difference},
      {"zip", "* **", zip},
      {"zip_longest", "* **", zip},
      {"product", "* **", product},
      {"permutations", "?r", pick_all},
      {"combinations", "r", pick_all},
  };
}

}  // namespace cef::jinja
