#include <algorithm>
#include <utility>

#include "functions.hpp"

namespace cef::jinja {

// dates.cpp
[[nodiscard]] Value now_of(Call& call);

namespace {

Value function(const char* name, const char* parameters, Value (*body)(Call&)) {
  return Value(std::shared_ptr<const Held>(
      std::make_shared<Callable>(name, [name, parameters, body](Run& run, Arguments& arguments) {
        Call call(run, name, parameters, none(), std::move(arguments));
        return body(call);
      })));
}

Value range(Call& call) {
  const bool one = !call.has(1);
  const std::int64_t start = one ? 0 : integer_of(call.at(0));
  const std::int64_t stop = integer_of(call.at(one ? 0 : 1));
  const std::int64_t by = call.integer(2, 1);
  if (by == 0) {
    fault("range() arg 3 must not be zero");
  }
  std::vector<Value> found;
  std::int64_t at = start;
  while (by > 0 ? at < stop : at > stop) {
    call.run.step();
    call.run.make_bytes(sizeof(Value));
    found.push_back(make(at));
    if (__builtin_add_overflow(at, by, &at)) {
      break;
    }
  }
  return make_list(std::move(found));
}

Value dictionary(Call& call) {
  std::vector<Map::Entry> found;
  if (call.has(0)) {
    if (is_map(call.at(0))) {
      found = entries(call.at(0));
    } else {
      for (const Value& pair : elements(call.at(0))) {
        const auto parts = elements(pair);
        if (parts.size() != 2) {
          fault("dict() needs pairs of a key and a value");
        }
        found.emplace_back(parts[0], parts[1]);
      }
    }
  }
  for (const auto& [name, value] : call.named()) {
    found.emplace_back(make(name), value);
  }
  call.run.step(found.size());
  return make_map(std::move(found));
}

Value make_namespace(Call& call) {
  const auto names = std::make_shared<const Namespace>();
  if (call.has(0)) {
    for (const auto& [key, value] : entries(call.at(0))) {
      names->set(str(key), value);
    }
  }
  for (const auto& [name, value] : call.named()) {
    names->set(name, value);
  }
  return Value(std::shared_ptr<const Held>(names));
}

bool take(std::vector<std::pair<std::string, Value>>& named, const char* name) {
  const auto place = std::find_if(named.begin(), named.end(), [name](const auto& one) { return one.first == name; });
  if (place == named.end()) {
    return false;
  }
  const bool value = truth(place->second);
  named.erase(place);
  return value;
}

Value look_up(Call& call, bool wants_list) {
  if (!call.run.environment.lookup) {
    fault("lookups are not possible here");
  }
  auto named = call.named();
  wants_list = take(named, "wantlist") || wants_list;
  core::Json positional = core::Json::array();
  for (const Value& argument : call.rest()) {
    positional.push_back(to_json(argument));
  }
  core::Json options = core::Json::object();
  for (const auto& [name, value] : named) {
    options[name] = to_json(value);
  }
  auto found = call.run.environment.lookup(text_of(call.at(0)), positional, options);
  if (!found) {
    throw Fault{found.error().code == core::ErrorCode::usage ? core::ErrorCode::usage : core::ErrorCode::general,
                found.error().line()};
  }
  if (found->is_null()) {  // of errors='ignore'
    return wants_list ? Value(core::Json::array()) : Value(core::Json(nullptr));
  }
  if (wants_list || !found->is_array()) {
    return Value(std::move(*found));
  }
  const bool texts = std::all_of(found->begin(), found->end(), [](const core::Json& one) { return one.is_string(); });
  if (!texts) {
    return found->size() == 1 ? Value((*found)[0]) : Value(std::move(*found));
  }
  if (found->empty()) {
    return Value(std::move(*found));
  }
  std::string joined;
  for (const core::Json& one : *found) {
    joined += (joined.empty() && &one == &found->front() ? "" : ",") + one.get_ref<const std::string&>();
  }
  Value text = call.run.checked(std::move(joined));
  const auto converts = options.find("convert_data");
  return converts != options.end() && *converts == false ? std::move(text).as_text() : text;
}

Value undefined(Call& call) {
  const std::string hint = call.has(0) && !call.raw(0).is_undefined() ? str(call.raw(0)) : "";
  return Value::undefined(hint.empty() ? "Mandatory variable has not been overridden" : hint);
}

Value made_callable(const char* name, Callable::Body body) {
  return Value(std::shared_ptr<const Held>(std::make_shared<Callable>(name, std::move(body))));
}

/// `joiner(', ')`: nothing the first time it is called, then the text.
Value make_joiner(Call& call) {
  const Value separator = call.has(0) ? call.at(0) : make(", ");
  return made_callable("joiner", [separator, used = std::make_shared<bool>(false)](Run&, Arguments&) {
    return std::exchange(*used, true) ? separator : make("");
  });
}

/// `cycler('odd', 'even')`: next() gives its items by turns.
class Cycler final : public Special {
 public:
  explicit Cycler(std::vector<Value> items) : items_(std::move(items)) {}
  [[nodiscard]] std::string type() const override { return "jinja2.utils.Cycler object"; }
  [[nodiscard]] Value attribute(const std::string& name) const override {
    if (name == "current") {
      return items_[*at_];
    }
    if (name != "next" && name != "reset") {
      return Special::attribute(name);
    }
    return made_callable("cycler", [items = items_, at = at_, next = name == "next"](Run&, Arguments&) {
      const std::size_t now = std::exchange(*at, next ? (*at + 1) % items.size() : 0);
      return next ? items[now] : none();
    });
  }

 private:
  std::vector<Value> items_;
  std::shared_ptr<std::size_t> at_ = std::make_shared<std::size_t>(0);
};

Value make_cycler(Call& call) {
  if (call.rest().empty()) {
    fault("at least one item has to be provided");
  }
  return Value(std::shared_ptr<const Held>(std::make_shared<Cycler>(call.rest())));
}

struct Known {
  const char* name;
  Value value;
};

const std::vector<Known>& known() {
  static const std::vector<Known> table = {
      {"range", function("range", "start ?stop ?step", range)},
      {"dict", function("dict", "?value **", dictionary)},
      {"namespace", function("namespace", "?value **", make_namespace)},
      {"lookup", function("lookup", "plugin * **", [](Call& call) { return look_up(call, false); })},
      {"query", function("query", "plugin * **", [](Call& call) { return look_up(call, true); })},
      {"q", function("q", "plugin * **", [](Call& call) { return look_up(call, true); })},
      {"joiner", function("joiner", "?sep", make_joiner)},
      {"cycler", function("cycler", "*", make_cycler)},
      {"now", function("now", "?utc ?fmt", now_of)},
      {"undef", function("undef", "?hint", undefined)},
  };
  return table;
}

}  // namespace

std::optional<Value> global(const std::string& name) {
  for (const Known& one : known()) {
    if (name == one.name) {
      return one.value;
    }
  }
  return std::nullopt;
}

const std::vector<std::string>& global_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> found;
    for (const Known& one : known()) {
      found.emplace_back(one.name);
    }
    return found;
  }();
  return names;
}

}  // namespace cef::jinja
