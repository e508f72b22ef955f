// The methods of Python's strings, lists and maps that expressions call.
#include <algorithm>

#include "functions.hpp"
#include "text.hpp"

namespace cef::jinja {

namespace {

struct Method {
  const char* name;
  const char* parameters;
  Value (*body)(Call&);
};

bool is_one_of(const std::string& text, bool (*known)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), known);
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

Value split(Call& call) {
  const bool by_space = !call.has(0) || is_none(call.at(0));
  if (!by_space && text_of(call.at(0)).empty()) {
    fault("empty separator");
  }
  const auto parts = (call.name() == "rsplit" ? split_from_right : split_text)(
      text_of(call.input), by_space ? "" : text_of(call.at(0)), call.integer(1, -1));
  call.run.step(parts.size());
  return make_strings(parts);
}

Value strip(Call& call) {
  const std::string set = call.has(0) && !is_none(call.at(0)) ? text_of(call.at(0)) : "";
  return make(strip_text(text_of(call.input), set, call.name() != "rstrip", call.name() != "lstrip"));
}

bool ends(const std::string& text, const Value& with, bool start) {
  if (type_of(with) == Type::tuple) {
    const auto all = elements(with);
    return std::any_of(all.begin(), all.end(), [&](const Value& one) { return ends(text, one, start); });
  }
  const std::string& part = text_of(with);
  return text.size() >= part.size() && text.compare(start ? 0 : text.size() - part.size(), part.size(), part) == 0;
}

Value find_in(Call& call) {
  const std::string& text = text_of(call.input);
  const std::size_t start = static_cast<std::size_t>(std::max<std::int64_t>(call.integer(1, 0), 0));
  const std::size_t found =
      call.name() == "rfind" ? text.rfind(text_of(call.at(0))) : text.find(text_of(call.at(0)), start);
  if (found == std::string::npos) {
    if (call.name() == "index") {
      fault("substring not found");
    }
    return make(-1);
  }
  return make(static_cast<std::int64_t>(count_characters(std::string_view(text).substr(0, found))));
}

Value count_in(Call& call) {
  const std::string& text = text_of(call.input);
  const std::string& part = text_of(call.at(0));
  if (part.empty()) {
    return make(static_cast<std::int64_t>(count_characters(text)) + 1);
  }
  std::int64_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return make(count);
}

Value join_with(Call& call) {
  std::string out;
  bool first = true;
  for (const Value& item : elements(call.at(0))) {
    call.run.step();
    out += first ? "" : text_of(call.input);
    out += text_of(item);
    first = false;
  }
  return call.run.checked(std::move(out));
}

Value zfill(Call& call) {
  const std::string& text = text_of(call.input);
  const std::string sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(0, 1) : "";
  return make(sign + pad(call.run, text.substr(sign.size()), call.integer(0) - static_cast<std::int64_t>(sign.size()),
                         '>', "0"));
}

Value justify(Call& call) {
  const char side = call.name() == "ljust" ? '<' : (call.name() == "rjust" ? '>' : '^');
  return make(pad(call.run, text_of(call.input), call.integer(0), side, call.text(1, " ")));
}

Value partition(Call& call) {
  const std::string& text = text_of(call.input);
  const std::string& by = text_of(call.at(0));
  const bool right = call.name() == "rpartition";
  const std::size_t at = right ? text.rfind(by) : text.find(by);
  if (at == std::string::npos) {
    return make_list({make(right ? "" : text), make(""), make(right ? text : "")}, true);
  }
  return make_list({make(text.substr(0, at)), make(by), make(text.substr(at + by.size()))}, true);
}

Value format_text(Call& call) {
  return call.run.checked(brace_format(call.run, text_of(call.input), {call.rest(), call.named()}));
}

Value made(Call& call, std::string text) {
  return call.run.checked(std::move(text));
}

const std::vector<Method>& of_text() {
  static const std::vector<Method> table = {
      {"split", "?sep ?maxsplit", split},
      {"rsplit", "?sep ?maxsplit", split},
      {"strip", "?chars", strip},
      {"lstrip", "?chars", strip},
      {"rstrip", "?chars", strip},
      {"upper", "", [](Call& call) { return made(call, upper(text_of(call.input))); }},
      {"lower", "", [](Call& call) { return made(call, lower(text_of(call.input))); }},
      {"casefold", "", [](Call& call) { return made(call, lower(text_of(call.input))); }},
      {"title", "", [](Call& call) { return made(call, title(text_of(call.input), false)); }},
      {"capitalize", "", [](Call& call) { return made(call, capitalize(text_of(call.input))); }},
      {"replace", "old new ?count",
       [](Call& call) {
         return make(replace_text(call.run, text_of(call.input), text_of(call.at(0)), text_of(call.at(1)),
                                  call.integer(2, -1)));
       }},
      {"startswith", "prefix", [](Call& call) { return make(ends(text_of(call.input), call.at(0), true)); }},
      {"endswith", "suffix", [](Call& call) { return make(ends(text_of(call.input), call.at(0), false)); }},
      {"find", "sub ?start", find_in},
      {"rfind", "sub", find_in},
      {"index", "sub ?start", find_in},
      {"count", "sub", count_in},
      {"format", "* **", format_text},
      {"join", "iterable", join_with},
      {"splitlines", "?keepends", [](Call& call) { return make_strings(lines_of(text_of(call.input), call.flag(0))); }},
      {"zfill", "width", zfill},
      {"ljust", "width ?fillchar", justify},
      {"rjust", "width ?fillchar", justify},
      {"center", "width ?fillchar", justify},
      {"partition", "sep", partition},
      {"rpartition", "sep", partition},
      {"isdigit", "", [](Call& call) { return make(is_one_of(text_of(call.input), digit)); }},
      {"isnumeric", "", [](Call& call) { return make(is_one_of(text_of(call.input), digit)); }},
      {"isdecimal", "", [](Call& call) { return make(is_one_of(text_of(call.input), digit)); }},
      {"isalpha", "", [](Call& call) { return make(is_one_of(text_of(call.input), letter)); }},
      {"isalnum", "",
       [](Call& call) { return make(is_one_of(text_of(call.input), [](char c) { return letter(c) || digit(c); })); }},
      {"isspace", "", [](Call& call) { return make(is_one_of(text_of(call.input), is_space)); }},
      {"isupper", "", [](Call& call) { return make(apply_test(call.run, "upper", call.input, {})); }},
      {"islower", "", [](Call& call) { return make(apply_test(call.run, "lower", call.input, {})); }},
  };
  return table;
}

Value index_in(Call& call) {
  const auto items = elements(call.input);
  for (std::size_t at = 0; at < items.size(); ++at) {
    if (equals(items[at], call.at(0))) {
      return make(static_cast<std::int64_t>(at));
    }
  }
  fault(repr(call.at(0)).substr(0, 60) + " is not in list");
}

Value count_of(Call& call) {
  const auto items = elements(call.input);
  return make(static_cast<std::int64_t>(
      std::count_if(items.begin(), items.end(), [&](const Value& one) { return equals(one, call.at(0)); })));
}

const std::vector<Method>& of_list() {
  static const std::vector<Method> table = {
      {"index", "value", index_in},
      {"count", "value", count_of},
      {"copy", "", [](Call& call) { return call.input; }},
  };
  return table;
}

Value items_of(Call& call) {
  std::vector<Value> pairs;
  for (auto& [key, value] : entries(call.input)) {
    call.run.step();
    pairs.push_back(make_list({std::move(key), std::move(value)}, true));
  }
  return make_list(std::move(pairs));
}

Value values_of(Call& call) {
  std::vector<Value> values;
  for (auto& [key, value] : entries(call.input)) {
    call.run.step();
    values.push_back(std::move(value));
  }
  return make_list(std::move(values));
}

Value get_of(Call& call) {
  refuse_undefined(call.at(0));
  if (auto found = member(call.input, call.at(0))) {
    return *found;
  }
  return call.has(1) ? call.raw(1) : none();
}

const std::vector<Method>& of_map() {
  static const std::vector<Method> table = {
      {"items", "", items_of},
      {"keys", "", [](Call& call) { return make_list(elements(call.input)); }},
      {"values", "", values_of},
      {"get", "key ?default", get_of},
      {"copy", "", [](Call& call) { return call.input; }},
  };
  return table;
}

}  // namespace

std::optional<Value> method_of(const Value& self, const std::string& name) {
  const Type type = type_of(self);
  const std::vector<Method>* table = type == Type::text  ? &of_text()
                                     : type == Type::map ? &of_map()
                                     : is_list(self)     ? &of_list()
                                                         : nullptr;
  if (table == nullptr) {
    return std::nullopt;
  }
  for (const Method& method : *table) {
    if (name == method.name) {
      return Value(
          std::shared_ptr<const Held>(std::make_shared<Callable>(name, [&method, self](Run& run, Arguments& arguments) {
            Call call(run, method.name, method.parameters, self, std::move(arguments));
            return method.body(call);
          })));
    }
  }
  return std::nullopt;
}

}  // namespace cef::jinja
