#include "python.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "fault.hpp"

namespace cef::jinja {

namespace {

using Number = core::Json::value_t;

const Held& held_of(const Value& value) {
  return *value.held();
}

constexpr int k_json_depth = 64;  // what the readers of JSON and YAML let in

int depth_of(const Value& value) {
  if (value.held() != nullptr) {
    return held_of(value).depth();
  }
  return value.json().is_structured() ? k_json_depth : 0;
}

int deeper(int depth, const Value& value) {
  return std::max(depth, depth_of(value) + 1);
}

void refuse_depth(int depth) {
  if (depth > k_max_value_depth) {
    fault("a value has more than " + std::to_string(k_max_value_depth) + " levels of lists and maps in each other");
  }
}

}  // namespace

Type type_of(const Value& value) {
  if (value.held() != nullptr) {
    switch (held_of(value).kind()) {
      case Held::Kind::undefined:
        return Type::undefined;
      case Held::Kind::list:
        return static_cast<const List&>(held_of(value)).tuple ? Type::tuple : Type::list;
      case Held::Kind::map:
      case Held::Kind::object:
        return Type::map;
      case Held::Kind::special:
        return Type::special;
    }
  }
  switch (value.json().type()) {
    case Number::boolean:
      return Type::boolean;
    case Number::number_integer:
    case Number::number_unsigned:
      return Type::integer;
    case Number::number_float:
      return Type::floating;
    case Number::string:
      return Type::text;
    case Number::array:
      return Type::list;
    case Number::object:
      return Type::map;
    default:
      return Type::none;
  }
}

std::string type_name(const Value& value) {
  switch (type_of(value)) {
    case Type::undefined:
      return "AnsibleUndefined";
    case Type::none:
      return "NoneType";
    case Type::boolean:
      return "bool";
    case Type::integer:
      return "int";
    case Type::floating:
      return "float";
    case Type::text:
      return "str";
    case Type::list:
      return "list";
    case Type::tuple:
      return "tuple";
    case Type::map:
      return "dict";
    case Type::special:
      return static_cast<const Special&>(held_of(value)).type();
  }
  return "";
}

std::string type_in_messages(const Value& value) {
  if (is_none(value)) {
    return "None";
  }
  if (value.held() != nullptr && held_of(value).kind() == Held::Kind::object) {
    return static_cast<const ObjectHeld&>(held_of(value)).object->type();
  }
  return type_of(value) == Type::special ? type_name(value) : type_name(value) + " object";
}

bool is_number(const Value& value) {
  const Type type = type_of(value);
  return type == Type::integer || type == Type::boolean || type == Type::floating;
}

Value none() {
  static const Value shared;
  return shared;
}

Value make(bool value) {
  static const Value yes{core::Json(true)};
  static const Value no{core::Json(false)};
  return value ? yes : no;
}

Value make(std::int64_t value) {
  return Value(core::Json(value));
}

Value make(double value) {
  return Value(core::Json(value));
}

Value make(std::string value) {
  return Value(core::Json(std::move(value)));
}

Value make_list(std::vector<Value> items, bool tuple) {
  int depth = 1;
  for (const Value& item : items) {
    depth = deeper(depth, item);
  }
  refuse_depth(depth);
  return Value(std::shared_ptr<const Held>(std::make_shared<const List>(std::move(items), tuple, depth)));
}

Value make_map(std::vector<Map::Entry> entries) {
  std::vector<Map::Entry> kept;
  kept.reserve(entries.size());
  std::unordered_map<std::string, std::size_t> index;
  int depth = 1;
  for (auto& [key, value] : entries) {
    depth = deeper(depth, value);
    const auto [place, fresh] = index.emplace(key_id(key), kept.size());
    if (fresh) {
      kept.emplace_back(std::move(key), std::move(value));
    } else {
      kept[place->second].second = std::move(value);
    }
  }
  refuse_depth(depth);
  return Value(std::shared_ptr<const Held>(std::make_shared<const Map>(std::move(kept), std::move(index), depth)));
}

Value make_strings(const std::vector<std::string>& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const std::string& item : items) {
    values.push_back(make(item));
  }
  return make_list(std::move(values));
}

void refuse_undefined(const Value& value) {
  if (value.is_undefined() && !static_cast<const Undefined&>(held_of(value)).empty) {
    fault_undefined(value.why());
  }
}

const std::string& text_of(const Value& value) {
  refuse_undefined(value);
  if (!is_text(value)) {
    fault("expected a string, not " + type_name(value) + " " + repr(value).substr(0, 60));
  }
  return value.json().get_ref<const std::string&>();
}

std::int64_t integer_of(const Value& value) {
  refuse_undefined(value);
  const Type type = type_of(value);
  if (type == Type::boolean) {
    return value.json().get<bool>() ? 1 : 0;
  }
  if (type != Type::integer) {
    fault("expected an integer, not " + type_name(value) + " " + repr(value).substr(0, 60));
  }
  if (value.json().is_number_unsigned() &&
      value.json().get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    fault("the integer " + value.json().dump() + " is too big: integers go to 9223372036854775807");
  }
  return value.json().get<std::int64_t>();
}

double number_of(const Value& value) {
  refuse_undefined(value);
  if (type_of(value) == Type::floating) {
    return value.json().get<double>();
  }
  return static_cast<double>(integer_of(value));
}

bool truth(const Value& value) {
  refuse_undefined(value);
  switch (type_of(value)) {
    case Type::none:
    case Type::undefined:
      return false;
    case Type::boolean:
      return value.json().get<bool>();
    case Type::integer:
      return value.json() != 0;
    case Type::floating:
      return value.json().get<double>() != 0.0;
    case Type::special:
      return true;
    default:
      return size_of(value) != 0;
  }
}

std::size_t size_of(const Value& value) {
  refuse_undefined(value);
  if (is_text(value)) {
    return count_characters(text_of(value));
  }
  if (value.held() == nullptr && value.json().is_structured()) {
    return value.json().size();
  }
  if (value.held() != nullptr) {
    switch (held_of(value).kind()) {
      case Held::Kind::list:
        return static_cast<const List&>(held_of(value)).items.size();
      case Held::Kind::map:
        return static_cast<const Map&>(held_of(value)).entries.size();
      case Held::Kind::object:
        return static_cast<const ObjectHeld&>(held_of(value)).object->keys().size();
      case Held::Kind::undefined:
        return 0;
      default:
        break;
    }
  }
  fault("object of type '" + type_name(value) + "' has no len()");
}

std::vector<Value> elements(const Value& value) {
  refuse_undefined(value);
  std::vector<Value> found;
  if (value.is_undefined()) {
    return found;
  }
  if (is_text(value)) {
    for (const std::string_view character : characters(text_of(value))) {
      found.push_back(make(std::string(character)));
    }
    return found;
  }
  if (value.held() != nullptr && held_of(value).kind() == Held::Kind::object) {  // without making its values
    for (const std::string& key : static_cast<const ObjectHeld&>(held_of(value)).object->keys()) {
      found.push_back(make(key));
    }
    return found;
  }
  if (is_map(value)) {
    for (auto& [key, unused] : entries(value)) {
      found.push_back(std::move(key));
    }
    return found;
  }
  if (!is_list(value)) {
    fault("'" + type_name(value) + "' object is not iterable");
  }
  if (value.held() != nullptr) {
    return static_cast<const List&>(held_of(value)).items;
  }
  found.reserve(value.json().size());
  for (const core::Json& item : value.json()) {
    found.emplace_back(std::shared_ptr<const core::Json>(value.part(), &item));
  }
  return found;
}

std::vector<Map::Entry> entries(const Value& value) {
  refuse_undefined(value);
  std::vector<Map::Entry> found;
  if (!is_map(value)) {
    fault("expected a dict, not " + type_name(value) + " " + repr(value).substr(0, 60));
  }
  if (value.held() == nullptr) {
    for (const auto& [key, item] : value.json().items()) {
      found.emplace_back(make(key), Value(std::shared_ptr<const core::Json>(value.part(), &item)));
    }
    return found;
  }
  if (held_of(value).kind() == Held::Kind::map) {
    return static_cast<const Map&>(held_of(value)).entries;
  }
  for (const std::string& key : static_cast<const ObjectHeld&>(held_of(value)).object->keys()) {
    found.emplace_back(make(key), *member(value, key));
  }
  return found;
}

std::optional<Value> member(const Value& map, const std::string& key) {
  refuse_undefined(map);
  if (map.held() == nullptr) {
    const auto place = map.json().find(key);
    if (place == map.json().end()) {
      return std::nullopt;
    }
    return Value(std::shared_ptr<const core::Json>(map.part(), &*place));
  }
  if (held_of(map).kind() == Held::Kind::map) {
    return member(map, make(key));
  }
  const auto item = static_cast<const ObjectHeld&>(held_of(map)).object->item(key);
  if (!item) {
    fault(item.error().line());
  }
  return *item;
}

std::optional<Value> member(const Value& map, const Value& key) {
  refuse_undefined(map);
  if (map.held() != nullptr && held_of(map).kind() == Held::Kind::map) {
    const Map& made = static_cast<const Map&>(held_of(map));
    const auto place = made.index.find(key_id(key));
    return place == made.index.end() ? std::nullopt : std::optional(made.entries[place->second].second);
  }
  if (is_text(key)) {
    return member(map, text_of(key));
  }
  // A number in a YAML file becomes a string as a key.
  return type_of(key) == Type::integer ? member(map, str(key)) : std::nullopt;
}

Value element(const Value& list, std::size_t at) {
  if (list.held() != nullptr) {
    return static_cast<const List&>(held_of(list)).items.at(at);
  }
  return Value(std::shared_ptr<const core::Json>(list.part(), &list.json().at(at)));
}

std::string key_id(const Value& key) {
  refuse_undefined(key);
  switch (type_of(key)) {
    case Type::text:
      return "s" + text_of(key);
    case Type::floating:
      if (const double value = number_of(key); value != std::floor(value)) {
        return "n" + float_text(value);
      } else {
        return "n" + std::to_string(static_cast<std::int64_t>(std::clamp(value, -9e18, 9e18)));
      }
    case Type::integer:
    case Type::boolean:
      return "n" + std::to_string(integer_of(key));
    case Type::none:
      return "0";
    case Type::tuple:
      return "t" + repr(key);
    default:
      fault("unhashable type: '" + type_name(key) + "'");
  }
}

core::Json to_json(const Value& value) {
  if (value.held() == nullptr) {
    return value.json();
  }
  refuse_undefined(value);
  if (is_list(value)) {
    core::Json list = core::Json::array();
    for (const Value& item : elements(value)) {
      list.push_back(to_json(item));
    }
    return list;
  }
  if (is_map(value)) {
    core::Json map = core::Json::object();
    for (const auto& [key, item] : entries(value)) {
      map[is_text(key) ? text_of(key) : str(key)] = to_json(item);
    }
    return map;
  }
  return str(value);
}

void refuse_undefined_within(const Value& value) {
  refuse_undefined(value);
  if (value.held() == nullptr || held_of(value).kind() == Held::Kind::object) {
    return;
  }
  if (held_of(value).kind() == Held::Kind::list) {
    for (const Value& item : static_cast<const List&>(held_of(value)).items) {
      refuse_undefined_within(item);
    }
  } else if (held_of(value).kind() == Held::Kind::map) {
    for (const auto& [key, item] : static_cast<const Map&>(held_of(value)).entries) {
      refuse_undefined_within(item);
    }
  }
}

}  // namespace cef::jinja
