#include "dates.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace cef::jinja {

namespace {

constexpr std::int64_t k_second = 1'000'000;
constexpr std::int64_t k_day = 86'400 * k_second;

std::int64_t floor_of(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

std::tm parts_of(std::int64_t microseconds) {
  const std::time_t seconds = floor_of(microseconds, k_second);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

Value function(const char* name, Value (*body)(Call&), const char* parameters, const Value& self) {
  return Value(std::shared_ptr<const Held>(
      std::make_shared<Callable>(name, [name, parameters, body, self](Run& run, Arguments& arguments) {
        Call call(run, name, parameters, self, std::move(arguments));
        return body(call);
      })));
}

template <class T>
const T& self_of(const Call& call) {
  return static_cast<const T&>(*call.input.held());
}

template <class T>
const T* as(const Value& value) {
  return dynamic_cast<const T*>(value.held().get());
}

Value date(std::int64_t microseconds) {
  return Value(std::shared_ptr<const Held>(std::make_shared<DateTime>(microseconds)));
}

Value duration(std::int64_t microseconds) {
  return Value(std::shared_ptr<const Held>(std::make_shared<Duration>(microseconds)));
}

std::string iso(std::int64_t microseconds, const char* between) {
  const std::tm parts = parts_of(microseconds);
  const std::int64_t rest = microseconds - floor_of(microseconds, k_second) * k_second;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d%s%02d:%02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, between, parts.tm_hour, parts.tm_min, parts.tm_sec);
  std::string out = text.data();
  if (rest != 0) {
    std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(rest));
    out += text.data();
  }
  return out;
}

}  // namespace

std::string format_time(const std::string& format, const std::tm& time, std::int64_t microseconds) {
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 == format.size()) {
      out += format[at];
      continue;
    }
    std::string one = {'%', format[++at]};
    if (one[1] == '-' && at + 1 < format.size()) {
      one += format[++at];
    }
    std::array<char, 256> buffer{};
    if (one == "%f") {
      std::snprintf(buffer.data(), buffer.size(), "%06d", static_cast<int>(microseconds % k_second));
      out += buffer.data();
    } else {
      out.append(buffer.data(), std::strftime(buffer.data(), buffer.size(), one.c_str(), &time));
    }
  }
  return out;
}

std::string DateTime::text() const {
  return iso(microseconds, " ");
}

Value DateTime::attribute(const std::string& name) const {
  const std::tm parts = parts_of(microseconds);
  const Value self = date(microseconds);
  const std::pair<const char*, int> numbers[] = {{"year", parts.tm_year + 1900}, {"month", parts.tm_mon + 1},
                                                 {"day", parts.tm_mday},         {"hour", parts.tm_hour},
                                                 {"minute", parts.tm_min},       {"second", parts.tm_sec}};
  for (const auto& [known, number] : numbers) {
    if (name == known) {
      return make(number);
    }
  }
  if (name == "microsecond") {
    return make(microseconds - floor_of(microseconds, k_second) * k_second);
  }
  if (name == "strftime") {
    return function(
        "strftime",
        [](Call& call) {
          const auto& from = self_of<DateTime>(call);
          return call.run.checked(format_time(call.text(0), parts_of(from.microseconds),
                                              from.microseconds - floor_of(from.microseconds, k_second) * k_second));
        },
        "format", self);
  }
  if (name == "isoformat") {
    return function(
        "isoformat", [](Call& call) { return make(iso(self_of<DateTime>(call).microseconds, "T")); }, "", self);
  }
  if (name == "timestamp") {
    return function(
        "timestamp",
        [](Call& call) {
          std::tm local = parts_of(self_of<DateTime>(call).microseconds);
          local.tm_isdst = -1;
          return make(static_cast<double>(std::mktime(&local)));
        },
        "", self);
  }
  if (name == "weekday") {
    return function(
        "weekday", [](Call& call) { return make((parts_of(self_of<DateTime>(call).microseconds).tm_wday + 6) % 7); },
        "", self);
  }
  if (name == "date") {
    return function(
        "date", [](Call& call) { return date(floor_of(self_of<DateTime>(call).microseconds, k_day) * k_day); }, "",
        self);
  }
  return Special::attribute(name);
}

std::string Duration::text() const {
  const std::int64_t days = floor_of(microseconds, k_day);
  const std::int64_t rest = microseconds - days * k_day;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%d:%02d:%02d", static_cast<int>(rest / k_second / 3600),
                static_cast<int>(rest / k_second / 60 % 60), static_cast<int>(rest / k_second % 60));
  std::string out;
  if (days != 0) {
    out = std::to_string(days) + (days == 1 || days == -1 ? " day, " : " days, ");
  }
  out += text.data();
  if (rest % k_second != 0) {
    std::snprintf(text.data(), text.size(), ".%06d", static_cast<int>(rest % k_second));
    out += text.data();
  }
  return out;
}

Value Duration::attribute(const std::string& name) const {
  const std::int64_t days = floor_of(microseconds, k_day);
  const std::int64_t rest = microseconds - days * k_day;
  if (name == "days") {
    return make(days);
  }
  if (name == "seconds") {
    return make(rest / k_second);
  }
  if (name == "microseconds") {
    return make(rest % k_second);
  }
  if (name == "total_seconds") {
    return function(
        "total_seconds",
        [](Call& call) {
          return make(static_cast<double>(self_of<Duration>(call).microseconds) / static_cast<double>(k_second));
        },
        "", duration(microseconds));
  }
  return Special::attribute(name);
}

std::optional<Value> date_arithmetic(const std::string& sign, const Value& left, const Value& right) {
  const auto* a = as<DateTime>(left);
  const auto* b = as<DateTime>(right);
  const auto* span_a = as<Duration>(left);
  const auto* span_b = as<Duration>(right);
  if (sign != "+" && sign != "-") {
    return std::nullopt;
  }
  const auto result = [&](std::int64_t first, std::int64_t second) {
    std::int64_t sum = 0;
    if (sign == "+" ? __builtin_add_overflow(first, second, &sum) : __builtin_sub_overflow(first, second, &sum)) {
      fault("date value out of range");
    }
    return sum;
  };
  if (sign == "-" && a != nullptr && b != nullptr) {
    return duration(result(a->microseconds, b->microseconds));
  }
  if (a != nullptr && span_b != nullptr) {
    return date(result(a->microseconds, span_b->microseconds));
  }
  if (span_a != nullptr && span_b != nullptr) {
    return duration(result(span_a->microseconds, span_b->microseconds));
  }
  return std::nullopt;
}

Value now_of(Call& call) {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  std::int64_t seconds = now.tv_sec;
  std::tm parts{};
  if (!call.flag(0)) {
    localtime_r(&now.tv_sec, &parts);
    seconds += parts.tm_gmtoff;
  } else {
    gmtime_r(&now.tv_sec, &parts);
  }
  const std::int64_t micros = now.tv_nsec / 1000;
  if (call.has(1) && truth(call.at(1))) {
    return call.run.checked(format_time(call.text(1), parts, micros));
  }
  return date(seconds * k_second + micros);
}

Value parse_date(Call& call) {
  const std::string format = call.text(0, "%Y-%m-%d %H:%M:%S");
  const std::string text = call.input_text();
  std::tm parts{};
  parts.tm_mday = 1;
  parts.tm_year = 0;
  const char* end = strptime(text.c_str(), format.c_str(), &parts);
  if (end == nullptr || *end != '\0') {
    fault("time data " + repr_of_text(text) + " does not match format " + repr_of_text(format));
  }
  return date(static_cast<std::int64_t>(timegm(&parts)) * k_second);
}

Value strftime_of(Call& call) {
  std::timespec now{};
  std::timespec_get(&now, TIME_UTC);
  double second = static_cast<double>(now.tv_sec);
  if (call.has(0) && !is_none(call.at(0))) {
    const Value& given = call.at(0);
    if (is_text(given)) {
      char* end = nullptr;
      second = std::strtod(text_of(given).c_str(), &end);
      if (end == text_of(given).c_str() || *end != '\0') {
        fault("Invalid value for epoch value (" + text_of(given) + ")");
      }
    } else {
      second = number_of(given);
    }
  }
  if (!(second > -6e10 && second < 2.5e11)) {
    fault("Invalid value for epoch value (" + float_text(second) + ")");
  }
  const auto whole = static_cast<std::time_t>(second);
  std::tm parts{};
  if (call.flag(1)) {
    gmtime_r(&whole, &parts);
  } else {
    localtime_r(&whole, &parts);
  }
  return call.run.checked(format_time(call.input_text(), parts, 0));
}

}  // namespace cef::jinja
