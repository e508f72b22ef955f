// The tests (`is …`) that need nothing but the value.
#include <cmath>

#include "functions.hpp"

namespace cef::jinja {

namespace {

template <Type type>
bool is_of(Call& call) {
  return type_of(call.input) == type;
}

bool is_boolean_of(const Value& value, bool which) {
  return type_of(value) == Type::boolean && value.json().get<bool>() == which;
}

bool divisible(Call& call) {
  return truth(make(integer_of(arithmetic(call.run, "%", call.input, call.at(0))) == 0));
}

bool odd(Call& call) {
  return number_of(arithmetic(call.run, "%", call.input, make(2))) == 1;
}

bool even(Call& call) {
  return number_of(arithmetic(call.run, "%", call.input, make(2))) == 0;
}

bool iterable(Call& call) {
  const Type type = type_of(call.input);
  return type == Type::text || type == Type::list || type == Type::tuple || type == Type::map;
}

bool sequence(Call& call) {
  const Type type = type_of(call.input);
  return type == Type::text || type == Type::list || type == Type::tuple || type == Type::map;
}

bool same_as(Call& call) {
  const Value& other = call.raw(0);
  return type_of(call.input) == type_of(other) && !call.input.is_undefined() && equals(call.input, other);
}

bool number(Call& call) {
  return is_number(call.input);
}

Tests of_types() {
  return {
      {"defined", "", [](Call& call) { return !call.input.is_undefined(); }, true},
      {"undefined", "", [](Call& call) { return call.input.is_undefined(); }, true},
      {"none", "", is_of<Type::none>, true},
      {"boolean", "", is_of<Type::boolean>, true},
      {"integer", "", is_of<Type::integer>, true},
      {"float", "", is_of<Type::floating>, true},
      {"string", "", is_of<Type::text>, true},
      {"mapping", "", is_of<Type::map>, true},
      {"number", "", number, true},
      {"true", "", [](Call& call) { return is_boolean_of(call.input, true); }, true},
      {"false", "", [](Call& call) { return is_boolean_of(call.input, false); }, true},
      {"iterable", "", iterable},
      {"sequence", "", sequence, true},
      {"sameas", "other", same_as, true},
      {"callable", "",
       [](Call& call) {
         return type_of(call.input) == Type::special && static_cast<const Special&>(*call.input.held()).callable();
       },
       true},
      {"escaped", "", [](Call& call) { return call.input.is_markup(); }, true},
      {"filter", "", [](Call& call) { return is_text(call.input) && find_filter(text_of(call.input)) != nullptr; }},
      {"test", "", [](Call& call) { return is_text(call.input) && find_test(text_of(call.input)) != nullptr; }},
  };
}

template <int sign>
bool ordered(Call& call) {
  if constexpr (sign == -1) {
    return compare(call.input, call.at(0), "<") < 0;
  } else if constexpr (sign == -2) {
    return compare(call.input, call.at(0), "<=") <= 0;
  } else if constexpr (sign == 1) {
    return compare(call.input, call.at(0), ">") > 0;
  } else {
    return compare(call.input, call.at(0), ">=") >= 0;
  }
}

bool equal(Call& call) {
  return equals(call.input, call.at(0));
}

bool differs(Call& call) {
  return !equals(call.input, call.at(0));
}

Tests of_order() {
  return {
      {"eq", "other", equal},
      {"==", "other", equal},
      {"equalto", "other", equal},
      {"ne", "other", differs},
      {"!=", "other", differs},
      {"lt", "other", ordered<-1>},
      {"<", "other", ordered<-1>},
      {"lessthan", "other", ordered<-1>},
      {"le", "other", ordered<-2>},
      {"<=", "other", ordered<-2>},
      {"gt", "other", ordered<1>},
      {">", "other", ordered<1>},
      {"greaterthan", "other", ordered<1>},
      {"ge", "other", ordered<2>},
      {">=", "other", ordered<2>},
      {"odd", "", odd},
      {"even", "", even},
      {"divisibleby", "num", divisible},
      {"in", "seq", [](Call& call) { return contains(call.at(0), call.input); }},
      {"upper", "",
       [](Call& call) {
         return upper(call.input_text()) == call.input_text() && lower(call.input_text()) != call.input_text();
       }},
      {"lower", "",
       [](Call& call) {
         return lower(call.input_text()) == call.input_text() && upper(call.input_text()) != call.input_text();
       }},
  };
}

}  // namespace

Tests basic_tests() {
  Tests all = of_types();
  const Tests more = of_order();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace cef::jinja
