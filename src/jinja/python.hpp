#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cef/jinja/value.hpp"
#include "held.hpp"

// How Python sees values: their types, truth, text, order. All throw Fault on undefined and on a wrong type.
namespace cef::jinja {

enum class Type { undefined, none, boolean, integer, floating, text, list, tuple, map, special };

constexpr int k_max_value_depth = 200;  ///< of lists and maps in each other

[[nodiscard]] Type type_of(const Value& value);
/// "str", "int", "dict", …
[[nodiscard]] std::string type_name(const Value& value);
/// As messages of undefined attributes say it: "dict object", "None".
[[nodiscard]] std::string type_in_messages(const Value& value);

[[nodiscard]] inline bool is_text(const Value& value) {
  return type_of(value) == Type::text;
}
[[nodiscard]] inline bool is_list(const Value& value) {
  const Type type = type_of(value);
  return type == Type::list || type == Type::tuple;
}
[[nodiscard]] inline bool is_map(const Value& value) {
  return type_of(value) == Type::map;
}
[[nodiscard]] inline bool is_none(const Value& value) {
  return type_of(value) == Type::none;
}
/// Integers, booleans and floats.
[[nodiscard]] bool is_number(const Value& value);

// Making.
[[nodiscard]] Value none();
[[nodiscard]] Value make(bool value);
[[nodiscard]] Value make(std::int64_t value);
[[nodiscard]] Value make(double value);
[[nodiscard]] Value make(std::string value);
[[nodiscard]] inline Value make(const char* value) {
  return make(std::string(value));
}
[[nodiscard]] inline Value make(int value) {
  return make(std::int64_t{value});
}
[[nodiscard]] Value make_list(std::vector<Value> items, bool tuple = false);
/// Later entries replace earlier ones of the same key, in the earlier one's place.
[[nodiscard]] Value make_map(std::vector<Map::Entry> entries);
[[nodiscard]] Value make_strings(const std::vector<std::string>& items);

// Reading. Undefined is a fault.
void refuse_undefined(const Value& value);
[[nodiscard]] const std::string& text_of(const Value& value);  ///< of a string; fault on another type
[[nodiscard]] std::int64_t integer_of(const Value& value);     ///< of an integer or boolean
[[nodiscard]] double number_of(const Value& value);
[[nodiscard]] bool truth(const Value& value);
[[nodiscard]] std::size_t size_of(const Value& value);
/// What `for` walks over: items, keys, characters.
[[nodiscard]] std::vector<Value> elements(const Value& value);
/// The values of a list without walking over maps and strings; fault naming `who` otherwise.
[[nodiscard]] std::vector<Map::Entry> entries(const Value& value);
/// Of a map.
[[nodiscard]] std::optional<Value> member(const Value& map, const Value& key);
[[nodiscard]] std::optional<Value> member(const Value& map, const std::string& key);
[[nodiscard]] Value element(const Value& list, std::size_t at);

/// str() and repr().
[[nodiscard]] std::string str(const Value& value);
[[nodiscard]] std::string repr(const Value& value);
[[nodiscard]] std::string repr_of_text(std::string_view text);
[[nodiscard]] std::string float_text(double value);

[[nodiscard]] bool equals(const Value& left, const Value& right);
/// Below 0, 0 or above 0 by Python's `<`; fault when the types have no order.
[[nodiscard]] int compare(const Value& left, const Value& right, const char* sign = "<");
/// The same for equal keys only.
[[nodiscard]] std::string key_id(const Value& key);
/// Fault on an undefined value at any depth.
void refuse_undefined_within(const Value& value);
/// The value as JSON; undefined at any depth is a fault, special values become their text.
[[nodiscard]] core::Json to_json(const Value& value);

// UTF-8.
[[nodiscard]] std::vector<std::string_view> characters(std::string_view text);
[[nodiscard]] std::size_t count_characters(std::string_view text);
[[nodiscard]] std::u32string decode(std::string_view text);  ///< a byte that is not UTF-8 becomes U+FFFD
void append_utf8(std::string& to, char32_t character);
[[nodiscard]] bool is_space(char character);
[[nodiscard]] std::string trim(std::string_view text);
[[nodiscard]] std::string upper(std::string_view text);
[[nodiscard]] std::string lower(std::string_view text);

}  // namespace cef::jinja
