// Filters of lists: one item, order, groups.
#include <algorithm>
#include <numeric>
#include <optional>
#include <random>

#include "functions.hpp"
#include "python_random.hpp"

namespace cef::jinja {

namespace {

/// Upper and lower case alike unless asked for otherwise.
Value folded(const Value& value, bool case_sensitive) {
  return !case_sensitive && is_text(value) ? make(lower(text_of(value))) : value;
}

/// The value of an attribute, or the item itself; "a,b" makes a list.
Value key_of(Call& call, const Value& item, std::size_t attribute, bool case_sensitive) {
  call.run.step();
  if (!call.has(attribute) || is_none(call.at(attribute))) {
    return folded(item, case_sensitive);
  }
  const Value& path = call.at(attribute);
  if (!is_text(path) || text_of(path).find(',') == std::string::npos) {
    return folded(attribute_path(call.run, item, path), case_sensitive);
  }
  std::vector<Value> parts;
  const std::string& text = text_of(path);
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(folded(attribute_path(call.run, item, make(text.substr(at, comma - at))), case_sensitive));
    at = comma + 1;
  }
  return make_list(std::move(parts));
}

std::vector<Value> sorted(Call& call, std::vector<Value> items, const std::vector<Value>& keys, bool reverse) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto before = [&](std::size_t a, std::size_t b) {
    call.run.step();
    return reverse ? compare(keys[b], keys[a]) < 0 : compare(keys[a], keys[b]) < 0;
  };
  std::stable_sort(order.begin(), order.end(), before);
  std::vector<Value> found;
  found.reserve(items.size());
  for (const std::size_t at : order) {
    found.push_back(std::move(items[at]));
  }
  return found;
}

Value sort(Call& call) {  // reverse case_sensitive attribute
  auto items = call.input_elements();
  std::vector<Value> keys;
  for (const Value& item : items) {
    keys.push_back(key_of(call, item, 2, call.flag(1)));
  }
  return make_list(sorted(call, std::move(items), keys, call.flag(0)));
}

Value sorted_map(Call& call) {  // case_sensitive by reverse
  const std::string by = call.text(1, "key");
  if (by != "key" && by != "value") {
    fault("You can only sort by either \"key\" or \"value\"");
  }
  std::vector<Value> pairs;
  std::vector<Value> keys;
  for (const auto& [key, value] : entries(call.input)) {
    pairs.push_back(make_list({key, value}, true));
    keys.push_back(folded(by == "key" ? key : value, call.flag(0)));
  }
  return make_list(sorted(call, std::move(pairs), keys, call.flag(2)));
}

Value first(Call& call) {
  const auto items = call.input_elements();
  return items.empty() ? Value::undefined("No first item, sequence was empty.") : items.front();
}

Value last(Call& call) {
  const auto items = call.input_elements();
  return items.empty() ? Value::undefined("No last item, sequence was empty.") : items.back();
}

/// The least or greatest; case_sensitive attribute.
Value extreme(Call& call, bool least) {
  const auto items = call.input_elements();
  if (items.empty()) {
    return Value::undefined("No aggregated item, sequence was empty.");
  }
  std::size_t best = 0;
  Value key = key_of(call, items[0], 1, call.flag(0));
  for (std::size_t at = 1; at < items.size(); ++at) {
    Value other = key_of(call, items[at], 1, call.flag(0));
    const int order = compare(other, key, least ? "<" : ">");
    if (least ? order < 0 : order > 0) {
      best = at;
      key = std::move(other);
    }
  }
  return items[best];
}

Value sum(Call& call) {  // attribute start
  Value total = call.or_else(1, make(0));
  for (const Value& item : call.input_elements()) {
    const Value part = call.has(0) && !is_none(call.at(0)) ? attribute_path(call.run, item, call.at(0)) : item;
    total = arithmetic(call.run, "+", total, part);
  }
  return total;
}

Value reverse(Call& call) {
  auto items = call.input_elements();
  if (is_text(call.input)) {
    std::string text;
    for (auto item = items.rbegin(); item != items.rend(); ++item) {
      text += text_of(*item);
    }
    return make(std::move(text));
  }
  std::reverse(items.begin(), items.end());
  return make_list(std::move(items));
}

Value as_list(Call& call) {
  return make_list(call.input_elements());
}

Value batch(Call& call) {  // linecount fill_with
  const std::int64_t size = call.integer(0);
  if (size < 1) {
    fault("batch needs a count above 0");
  }
  std::vector<Value> rows;
  std::vector<Value> row;
  for (Value& item : call.input_elements()) {
    row.push_back(std::move(item));
    if (static_cast<std::int64_t>(row.size()) == size) {
      rows.push_back(make_list(std::exchange(row, {})));
    }
  }
  if (!row.empty()) {
    while (call.has(1) && !is_none(call.at(1)) && static_cast<std::int64_t>(row.size()) < size) {
      call.run.make_bytes(sizeof(Value));
      row.push_back(call.at(1));
    }
    rows.push_back(make_list(std::move(row)));
  }
  return make_list(std::move(rows));
}

Value slices(Call& call) {  // slices fill_with
  const auto items = call.input_elements();
  const std::int64_t count = call.integer(0);
  if (count < 1) {
    fault("slice needs a count above 0");
  }
  const auto columns = static_cast<std::size_t>(count);
  const std::size_t each = items.size() / columns;
  const std::size_t longer = items.size() % columns;
  std::vector<Value> found;
  std::size_t at = 0;
  for (std::size_t column = 0; column < columns; ++column) {
    call.run.make_bytes(sizeof(Value));
    const std::size_t size = each + (column < longer ? 1 : 0);
    std::vector<Value> part(items.begin() + static_cast<std::ptrdiff_t>(at),
                            items.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
    if (call.has(1) && !is_none(call.at(1)) && column >= longer) {
      part.push_back(call.at(1));
    }
    found.push_back(make_list(std::move(part)));
  }
  return make_list(std::move(found));
}

Value group_by(Call& call) {  // attribute default case_sensitive
  const bool sensitive = call.flag(2);
  std::vector<Value> items = call.input_elements();
  std::vector<Value> groupers;
  std::vector<Value> keys;
  for (const Value& item : items) {
    Value found = attribute_path(call.run, item, call.at(0));
    if (found.is_undefined() && call.has(1)) {
      found = call.at(1);
    }
    keys.push_back(folded(found, sensitive));
    groupers.push_back(make_list({std::move(found), item}));
  }
  const auto pairs = sorted(call, groupers, keys, false);
  std::vector<Value> groups;
  for (std::size_t at = 0; at < pairs.size();) {
    const Value grouper = element(pairs[at], 0);
    const Value key = folded(grouper, sensitive);
    std::vector<Value> members;
    for (; at < pairs.size() && equals(folded(element(pairs[at], 0), sensitive), key); ++at) {
      members.push_back(element(pairs[at], 1));
    }
    groups.push_back(make_list({grouper, make_list(std::move(members))}, true));
  }
  return make_list(std::move(groups));
}

void flatten_into(Call& call, const std::vector<Value>& items, std::int64_t levels, bool skip,
                  std::vector<Value>& out) {
  for (const Value& item : items) {
    call.run.step();
    if (skip && (is_none(item) || (is_text(item) && (text_of(item) == "None" || text_of(item) == "null")))) {
      continue;
    }
    if (is_list(item) && levels != 0) {
      flatten_into(call, elements(item), levels - 1, skip, out);
    } else {
      out.push_back(item);
    }
  }
}

Value flatten(Call& call) {  // levels skip_nulls
  std::vector<Value> found;
  const bool all = !call.has(0) || is_none(call.at(0));
  flatten_into(call, call.input_elements(), all ? -1 : call.integer(0), call.flag(1, true), found);
  return make_list(std::move(found));
}

/// A number from 0 to limit - 1: by the seed, where there is one.
class Pick {
 public:
  explicit Pick(std::optional<Value> seed) {
    if (seed) {
      seeded_.emplace(*seed);
    }
  }
  std::uint64_t operator()(std::uint64_t limit) {
    thread_local std::mt19937_64 numbers{std::random_device{}()};
    return seeded_ ? seeded_->below(limit) : std::uniform_int_distribution<std::uint64_t>(0, limit - 1)(numbers);
  }

 private:
  std::optional<PythonRandom> seeded_;
};

Value random(Call& call) {  // start step seed
  Pick pick(call.has(2) && !is_none(call.at(2)) ? std::optional(call.at(2)) : std::nullopt);
  if (type_of(call.input) == Type::integer) {
    const std::int64_t start = call.integer(0, 0);
    const std::int64_t step = std::max<std::int64_t>(call.integer(1, 1), 1);
    const std::int64_t end = integer_of(call.input);
    if (end <= start || start < -(std::int64_t{1} << 61) || end > (std::int64_t{1} << 61)) {
      fault("empty range for random");
    }
    const auto count = static_cast<std::uint64_t>((end - start - 1) / step + 1);
    return make(start + static_cast<std::int64_t>(pick(count)) * step);
  }
  const auto items = call.input_elements();
  if (items.empty()) {
    fault("Cannot choose from an empty sequence");
  }
  return items[pick(items.size())];
}

Value shuffled(Call& call) {
  Pick pick(call.has(0) && truth(call.at(0)) ? std::optional(call.at(0)) : std::nullopt);
  auto items = call.input_elements();
  for (std::size_t last = items.size(); last-- > 1;) {  // in Python's order
    std::swap(items[last], items[pick(last + 1)]);
  }
  return make_list(std::move(items));
}

Value unique(Call& call) {  // case_sensitive attribute
  std::vector<Value> found;
  std::vector<Value> seen;
  std::unordered_map<std::string, bool> ids;
  for (const Value& item : call.input_elements()) {
    const Value key = key_of(call, item, 1, call.flag(0));
    if (is_list(key) || is_map(key)) {
      call.run.step(seen.size());
      if (std::none_of(seen.begin(), seen.end(), [&](const Value& one) { return equals(one, key); })) {
        seen.push_back(key);
        found.push_back(item);
      }
    } else if (ids.emplace(key_id(key), true).second) {
      found.push_back(item);
    }
  }
  return make_list(std::move(found));
}

}  // namespace

Filters list_filters() {
  return {
      {"sort", "?reverse ?case_sensitive ?attribute", sort},
      {"dictsort", "?case_sensitive ?by ?reverse", sorted_map},
      {"first", "", first},
      {"last", "", last},
      {"min", "?case_sensitive ?attribute", [](Call& call) { return extreme(call, true); }},
      {"max", "?case_sensitive ?attribute", [](Call& call) { return extreme(call, false); }},
      {"sum", "?attribute ?start", sum},
      {"reverse", "", reverse},
      {"list", "", as_list},
      {"batch", "linecount ?fill_with", batch},
      {"slice", "slices ?fill_with", slices},
      {"groupby", "attribute ?default ?case_sensitive", group_by},
      {"flatten", "?levels ?skip_nulls", flatten},
      {"random", "?start ?step ?seed", random},
      {"shuffle", "?seed", shuffled},
      {"unique", "?case_sensitive ?attribute", unique},
  };
}

}  // namespace cef::jinja
