// Python's arithmetic, `in` and slices.
#include <algorithm>
#include <cmath>
#include <limits>

#include "fault.hpp"
#include "run.hpp"
#include "text.hpp"

namespace cef::jinja {

namespace {

[[noreturn]] void overflow() {
  fault("the result is too big: integers go from -9223372036854775808 to 9223372036854775807");
}

Value finite(double value) {
  return make(value);
}

std::int64_t floor_divide(std::int64_t left, std::int64_t right) {
  if (right == -1) {
    if (left == std::numeric_limits<std::int64_t>::min()) {
      overflow();
    }
    return -left;
  }
  const std::int64_t quotient = left / right;
  return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

Value power(Run& run, std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) {
    if (base == 0) {
      fault("0.0 cannot be raised to a negative power");
    }
    return finite(std::pow(static_cast<double>(base), static_cast<double>(exponent)));
  }
  std::int64_t result = 1;
  if (base == 0 || base == 1) {
    return make(exponent == 0 ? 1 : base);
  }
  if (base == -1) {
    return make(exponent % 2 == 0 ? 1 : -1);
  }
  for (std::int64_t count = 0; count < exponent; ++count) {
    run.step();
    if (__builtin_mul_overflow(result, base, &result)) {
      overflow();
    }
  }
  return make(result);
}

Value whole(Run& run, const std::string& sign, std::int64_t left, std::int64_t right) {
  std::int64_t result = 0;
  if (sign == "+"   ? __builtin_add_overflow(left, right, &result)
      : sign == "-" ? __builtin_sub_overflow(left, right, &result)
                    : sign == "*" && __builtin_mul_overflow(left, right, &result)) {
    overflow();
  }
  if (sign == "+" || sign == "-" || sign == "*") {
    return make(result);
  }
  if (sign == "**") {
    return power(run, left, right);
  }
  if (right == 0) {
    fault(sign == "/" ? "division by zero" : "integer division or modulo by zero");
  }
  if (sign == "/") {
    return finite(static_cast<double>(left) / static_cast<double>(right));
  }
  if (sign == "//") {
    return make(floor_divide(left, right));
  }
  return make(right == -1 ? 0 : left - floor_divide(left, right) * right);
}

Value real(const std::string& sign, double left, double right) {
  if (sign == "+") {
    return finite(left + right);
  }
  if (sign == "-") {
    return finite(left - right);
  }
  if (sign == "*") {
    return finite(left * right);
  }
  if (sign == "**") {
    if (left < 0 && right != std::floor(right)) {
      fault("a negative number raised to a fraction is a complex number, which is not supported");
    }
    return finite(std::pow(left, right));
  }
  if (right == 0) {
    fault(sign == "/" ? "float division by zero" : sign == "//" ? "float floor division by zero" : "float modulo");
  }
  if (sign == "/") {
    return finite(left / right);
  }
  double rest = std::fmod(left, right);
  if (rest != 0 && (rest < 0) != (right < 0)) {
    rest += right;
  }
  return sign == "//" ? finite(std::round((left - rest) / right)) : finite(rest);
}

Value repeat(Run& run, const Value& what, std::int64_t times) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (is_text(what)) {
    const std::string& text = text_of(what);
    if (!text.empty() && count > run.environment.limits.output.count / text.size()) {
      run.make_bytes(std::numeric_limits<std::size_t>::max() / 2);
    }
    std::string out;
    out.reserve(text.size() * count);
    for (std::size_t at = 0; at < count && !text.empty(); ++at) {
      out += text;
    }
    return run.checked(std::move(out));
  }
  const auto items = elements(what);
  std::vector<Value> out;
  for (std::size_t at = 0; at < count && !items.empty(); ++at) {
    run.step(items.size());
    out.insert(out.end(), items.begin(), items.end());
  }
  return make_list(std::move(out), type_of(what) == Type::tuple);
}

}  // namespace

// dates.cpp
[[nodiscard]] std::optional<Value> date_arithmetic(const std::string& sign, const Value& left, const Value& right);

Value arithmetic(Run& run, const std::string& sign, const Value& left, const Value& right) {
  refuse_undefined(left);
  refuse_undefined(right);
  const Type a = type_of(left);
  const Type b = type_of(right);
  if (is_number(left) && is_number(right)) {
    if (a == Type::floating || b == Type::floating) {
      return real(sign, number_of(left), number_of(right));
    }
    return whole(run, sign, integer_of(left), integer_of(right));
  }
  if (sign == "+" && a == b && a == Type::text) {
    const bool markup = left.is_markup() || right.is_markup();  // the other part is escaped, as MarkupSafe does
    return markup ? run.checked(html_escaped(left) + html_escaped(right)).as_markup()
                  : run.checked(text_of(left) + text_of(right));
  }
  if (sign == "+" && a == b && is_list(left)) {
    auto items = elements(left);
    const auto more = elements(right);
    run.step(items.size() + more.size());
    items.insert(items.end(), more.begin(), more.end());
    return make_list(std::move(items), a == Type::tuple);
  }
  const auto repeats = [](Type type) { return type == Type::text || type == Type::list || type == Type::tuple; };
  const auto counts = [](Type type) { return type == Type::integer || type == Type::boolean; };
  if (sign == "*" && repeats(a) && counts(b)) {
    return repeat(run, left, integer_of(right));
  }
  if (sign == "*" && counts(a) && repeats(b)) {
    return repeat(run, right, integer_of(left));
  }
  if (sign == "%" && a == Type::text) {
    return run.checked(percent_format(run, text_of(left), right));
  }
  if (auto date = date_arithmetic(sign, left, right)) {
    return *date;
  }
  if (sign == "+" && a == Type::text) {
    fault("can only concatenate str (not \"" + type_name(right) + "\") to str");
  }
  if (sign == "+" && is_list(left)) {
    fault("can only concatenate " + type_name(left) + " (not \"" + type_name(right) + "\") to " + type_name(left));
  }
  fault("unsupported operand type(s) for " + sign + (sign == "**" ? " or pow()" : "") + ": '" + type_name(left) +
        "' and '" + type_name(right) + "'");
}

bool contains(const Value& container, const Value& item) {
  refuse_undefined(container);
  switch (type_of(container)) {
    case Type::text:
      if (!is_text(item)) {
        fault("'in <string>' requires string as left operand, not " + type_name(item));
      }
      return text_of(container).find(text_of(item)) != std::string::npos;
    case Type::map:
      return member(container, item).has_value();
    case Type::list:
    case Type::tuple: {
      const auto items = elements(container);
      return std::any_of(items.begin(), items.end(), [&](const Value& one) { return equals(one, item); });
    }
    default:
      fault("argument of type '" + type_name(container) + "' is not iterable");
  }
}

Value slice(const Value& value, const Value& start, const Value& stop, const Value& step) {
  refuse_undefined(value);
  if (!is_text(value) && !is_list(value)) {
    fault(is_map(value) ? "unhashable type: 'slice'" : "'" + type_name(value) + "' object is not subscriptable");
  }
  const auto parts = elements(value);
  const auto size = static_cast<std::int64_t>(parts.size());
  const std::int64_t by = is_none(step) ? 1 : integer_of(step);
  if (by == 0) {
    fault("slice step cannot be zero");
  }
  const auto bound = [&](const Value& given, std::int64_t otherwise) {
    if (is_none(given)) {
      return otherwise;
    }
    std::int64_t at = integer_of(given);
    at = at < 0 ? std::max(at, -size - 1) + size : std::min(at, size);
    return by > 0 ? std::clamp<std::int64_t>(at, 0, size) : std::clamp<std::int64_t>(at, -1, size - 1);
  };
  const std::int64_t from = bound(start, by > 0 ? 0 : size - 1);
  const std::int64_t to = bound(stop, by > 0 ? size : -1);
  std::vector<Value> found;
  std::string text;
  const std::int64_t stride = std::clamp<std::int64_t>(by, -size - 1, size + 1);
  for (std::int64_t at = from; stride > 0 ? at < to : at > to; at += stride) {
    const Value& part = parts[static_cast<std::size_t>(at)];
    if (is_text(value)) {
      text += text_of(part);
    } else {
      found.push_back(part);
    }
  }
  return is_text(value) ? make(std::move(text)) : make_list(std::move(found), type_of(value) == Type::tuple);
}

}  // namespace cef::jinja
