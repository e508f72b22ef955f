#include "loop.hpp"

#include <cstdlib>
#include <map>
#include <regex>

#include "actions.hpp"
#include "cef/core/text.hpp"
#include "frames.hpp"
#include "keywords.hpp"
#include "lookups.hpp"

namespace cef::playbook {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;
using core::text_of;

namespace {

Json as_list(const Json& value) {
  return value.is_array() ? value : Json::array({value});
}

/// One level of lists taken apart, as with_items does.
Json flat(const Json& value) {
  Json all = Json::array();
  for (const Json& one : as_list(value)) {
    if (one.is_array()) {
      all.insert(all.end(), one.begin(), one.end());
    } else {
      all.push_back(one);
    }
  }
  return all;
}

Result<Json> entries(const Json& value) {
  return value.is_object() ? Result<Json>(entries_of(value)) : fail(ErrorCode::general, "with_dict expects a dict");
}

/// Every combination, the last list the quickest.
Json nested(const Json& lists) {
  Json all = Json::array({Json::array()});
  for (const Json& list : lists) {
    Json next = Json::array();
    for (const Json& begun : all) {
      for (const Json& one : as_list(list)) {
        Json row = begun;
        row.push_back(one);
        next.push_back(std::move(row));
      }
    }
    all = std::move(next);
  }
  return all;
}

Json together(const Json& lists) {
  std::size_t longest = 0;
  for (const Json& list : lists) {
    longest = std::max(longest, list.size());
  }
  Json all = Json::array();
  for (std::size_t i = 0; i < longest; ++i) {
    Json row = Json::array();
    for (const Json& list : lists) {
      row.push_back(i < list.size() ? list[i] : Json(nullptr));
    }
    all.push_back(std::move(row));
  }
  return all;
}

Json indexed(const Json& items) {
  Json all = Json::array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    all.push_back(Json::array({i, items[i]}));
  }
  return all;
}

/// "start=1 end=4 stride=2 format=x%02d" with count in place of end, a map of these, or "1-4/2:x%02d".
Result<Json> options_of_sequence(const Json& value) {
  if (value.is_object()) {
    return value;
  }
  static const std::regex k_short("(([0-9a-fx]+)-)?([0-9a-fx]+)(/([0-9a-fx]+))?(:(.+))?", std::regex::icase);
  const std::string text = text_of(value);
  std::smatch part;
  if (!std::regex_match(text, part, k_short)) {
    const auto words = read_key_values(text);
    return words ? Result<Json>(Json(*words)) : fail(words.error());
  }
  Json options = Json::object();
  for (const auto& [name, at] : {std::pair{"start", 2}, {"end", 3}, {"stride", 5}, {"format", 7}}) {
    if (part[at].matched) {
      options[name] = part[at].str();
    }
  }
  return options;
}

struct Sequence {
  long start = 1, end = 0, stride = 1;
};

/// Error (general): in Ansible's words.
Result<Sequence> numbers_of_sequence(const Json& options) {
  constexpr long k_most = 1'000'000;
  constexpr long k_largest = 1'000'000'000'000;  // times k_most it is a number still
  std::map<std::string, long> numbers;
  for (const auto& [name, value] : options.items()) {
    const std::string text = text_of(value);
    char* end = nullptr;
    numbers[name] = std::strtol(text.c_str(), &end, 0);
    if (name != "start" && name != "end" && name != "count" && name != "stride") {
      if (name != "format") {
        return fail(ErrorCode::general, "unrecognized arguments to with_sequence: ['" + name + "']");
      }
    } else if (text.empty() || *end != '\0') {
      return fail(ErrorCode::general, "can't parse " + name + "=" + text + " as integer");
    }
    const long limit = name == "count" ? k_most : k_largest;
    if (numbers[name] > limit || numbers[name] < -limit) {
      return fail(ErrorCode::general, "with_sequence: " + name + "=" + text + " is too large");
    }
  }
  if (numbers.count("count") == numbers.count("end")) {
    return fail(ErrorCode::general, numbers.count("end") == 0 ? "must specify count or end in with_sequence"
                                                              : "can't specify both count and end in with_sequence");
  }
  Sequence made;
  made.start = numbers.count("start") > 0 ? numbers["start"] : made.start;
  made.stride = numbers.count("stride") > 0 ? numbers["stride"] : made.stride;
  made.end = numbers["end"];
  if (const auto count = numbers.find("count"); count != numbers.end()) {
    made = count->second == 0 ? Sequence{0, 0, 0}
                              : Sequence{made.start, made.start + count->second * made.stride - 1, made.stride};
  }
  if ((made.stride > 0 && made.end < made.start) || (made.stride < 0 && made.end > made.start)) {
    return fail(ErrorCode::general, made.stride > 0 ? "to count backwards make stride negative"
                                                    : "to count forward don't make stride negative");
  }
  return made.stride != 0 && (made.end - made.start) / made.stride > k_most
             ? fail(ErrorCode::general, "with_sequence: there are more than a million items")
             : Result<Sequence>(made);
}

Result<Json> sequence(const Json& value) {
  const auto options = options_of_sequence(value);
  const auto numbers = options ? numbers_of_sequence(*options) : fail(options.error());
  if (!numbers) {
    return fail(numbers.error());
  }
  const std::string format = text_of(options->value("format", Json("%d")));
  const auto percent = format.find('%');
  const auto letter = format.find_first_of("dxo", percent);
  if (percent == std::string::npos || letter == std::string::npos ||
      format.find_first_not_of("0123456789", percent + 1) != letter || letter - percent > 4) {
    return fail(ErrorCode::general, "with_sequence: bad format '" + format + "'; write for example host%02d");
  }
  Json all = Json::array();
  const auto& [start, end, stride] = *numbers;
  for (long i = start; stride > 0 ? i <= end : stride < 0 && i >= end; i += stride) {
    char digits[128];
    std::string spec = format.substr(percent, letter - percent) + "l" + format[letter];
    std::snprintf(digits, sizeof digits, spec.c_str(), i);  // NOLINT: the spec was checked above
    all.push_back(format.substr(0, percent) + digits + format.substr(letter + 1));
  }
  return all;
}

void erase_path(Json& map, const std::string& path) {
  const auto dot = path.find('.');
  if (dot == std::string::npos) {
    map.erase(path);
  } else {
    erase_path(map[path.substr(0, dot)], path.substr(dot + 1));
  }
}

Result<Json> subelements(const Json& terms) {
  if (!terms.is_array() || terms.size() < 2) {
    return fail(ErrorCode::general, "with_subelements wants a list, a key, and options");
  }
  const bool skip_missing =
      terms.size() > 2 && terms[2].is_object() && truth(terms[2].value("skip_missing", Json(false)));
  Json all = Json::array();
  const std::string path = text_of(terms[1]);
  for (const Json& one : terms[0]) {
    const Json* inner = &one;
    for (std::size_t at = 0; inner != nullptr && at <= path.size();) {
      const auto dot = std::min(path.find('.', at), path.size());
      const std::string key = path.substr(at, dot - at);
      inner = inner->is_object() && inner->contains(key) ? &(*inner)[key] : nullptr;
      at = dot + 1;
    }
    if (inner == nullptr) {
      if (skip_missing) {
        continue;
      }
      return fail(ErrorCode::general, "could not find '" + path + "' key in iterated item");
    }
    const Json elements = as_list(*inner);
    Json rest = one;  // without the key, as Ansible gives it
    erase_path(rest, path);
    for (const Json& element : elements) {
      all.push_back(Json::array({rest, element}));
    }
  }
  return all;
}

/// Where with_first_found looks for files of a task.
const char* subfolder_of(const std::string& module) {
  const auto holds = [&](const char* word) { return module.find(word) != std::string::npos; };
  return holds("template") ? "templates" : holds("var") ? "vars" : "files";
}

/// Texts at any depth rendered; those that need something undefined stay as they are.
Json rendered_where_defined(const Json& value, const TaskScope& scope) {
  Json made = value;
  for (auto part = value.is_structured() ? made.begin() : made.end(); part != made.end(); ++part) {
    *part = rendered_where_defined(*part, scope);
  }
  return value.is_string() ? scope.render(value).value_or(value) : made;
}

/// Of with_first_found: what needs something undefined is left out.
Json defined_terms(const Json& written, const TaskScope& scope) {
  Json terms = Json::array();
  for (const Json& term : as_list(rendered_where_defined(written, scope))) {
    if (!jinja::is_template(core::dump_line(term))) {
      terms.push_back(term);
    }
  }
  return terms;
}

Result<Json> items_of(const Task& task, const Json& value, const TaskScope& scope) {
  switch (task.loop_kind) {
    case LoopKind::items:
      return flat(value);
    case LoopKind::dict:
      return entries(value);
    case LoopKind::list:
      return as_list(value);
    case LoopKind::sequence:
      return *loop_lookup("sequence", as_list(value));
    case LoopKind::first_found:
      return scope.environment().lookup(task.loop_lookup, as_list(value),
                                        Json{{k_subfolder, subfolder_of(task.module)}});
    case LoopKind::fileglob:
    case LoopKind::lookup:
      return scope.environment().lookup(task.loop_lookup, as_list(value), Json::object());
    case LoopKind::nested:
      return nested(value);
    case LoopKind::together:
      return together(value);
    case LoopKind::indexed_items:
      return indexed(flat(value));
    case LoopKind::subelements:
      return subelements(value);
    default:
      break;
  }
  if (!value.is_array()) {
    return fail(ErrorCode::general,
                "Invalid data passed to 'loop', it requires a list, got this instead: " + text_of(value) +
                    ". Hint: If you passed a list/dict of just one element, try adding "
                    "wantlist=True to your lookup invocation or use q/query instead of lookup.");
  }
  return value;
}

}  // namespace

Json entries_of(const Json& map) {
  Json entries = Json::array();
  for (const auto& [key, value] : map.items()) {
    entries.push_back({{"key", key}, {"value", value}});
  }
  return entries;
}

Result<std::optional<Json>> loop_items(const Task& task, const TaskScope& scope) {
  if (task.loop_kind == LoopKind::none) {
    return std::nullopt;
  }
  Json value;
  const Json& written = task.loop.value;
  // A bare name is an expression for every loop but `loop` itself, as in Ansible.
  const bool bare = written.is_string() && task.loop_kind != LoopKind::loop && task.loop_kind != LoopKind::sequence &&
                    task.loop_kind != LoopKind::fileglob && task.loop_kind != LoopKind::first_found &&
                    task.loop_kind != LoopKind::lookup && !jinja::is_template(written.get<std::string>());
  if (bare) {
    const auto found = jinja::evaluate(written.get<std::string>(), scope, scope.environment());
    value = found && !found->is_undefined() ? found->json() : written;
  } else {
    auto rendered =
        task.loop_kind == LoopKind::first_found ? Result<Json>(defined_terms(written, scope)) : scope.render(written);
    if (!rendered) {
      return fail(rendered.error());
    }
    value = std::move(*rendered);
  }
  auto items = items_of(task, without_omitted(std::move(value)), scope);
  if (!items) {
    return fail(items.error());
  }
  return std::optional<Json>(std::move(*items));
}

Result<LoopControl> control_of(const LoopControl& written, const TaskScope& scope) {
  LoopControl control = written;
  for (std::string* name : {&control.loop_var, &control.index_var}) {
    const auto rendered = scope.render(Json(*name));
    if (!rendered) {
      return fail(rendered.error());
    }
    *name = text_of(*rendered);
  }
  for (Field* field : {&control.extended, &control.extended_allitems}) {
    auto value = scope.render(*field);
    if (!value) {
      return fail(value.error());
    }
    const auto word = boolean_word(*value);
    field->value = word ? Json(*word) : Json();
  }
  const auto pause = number_of(control.pause, scope, 0);
  if (!pause) {
    return fail(pause.error());
  }
  control.pause.value = *pause;
  return control;
}

Result<std::string> label_of(const LoopControl& control, TaskScope& scope, const Json& item) {
  const auto label = control.label.given() ? scope.render(control.label) : Result<Json>(item);
  if (!label) {
    return fail(label.error());
  }
  if (label->is_string()) {
    return label->get<std::string>();
  }
  scope.put("ansible_label", jinja::Value(*label));
  const auto text = scope.render(Json("{{ ansible_label | string }}"));
  return text && text->is_string() ? text->get<std::string>() : core::dump_line(*label);
}

std::optional<Result<Json>> loop_lookup(const std::string& plugin, const Json& terms) {
  if (plugin == "nested" || plugin == "together") {
    return plugin == "nested" ? nested(terms) : together(terms);
  }
  if (plugin == "indexed_items") {
    return indexed(flat(terms));
  }
  if (plugin == "subelements") {
    return subelements(terms);
  }
  if (plugin != "sequence") {
    return std::nullopt;
  }
  Json all = Json::array();
  for (const Json& term : terms) {
    const auto one = sequence(term);
    if (!one) {
      return one;
    }
    all.insert(all.end(), one->begin(), one->end());
  }
  return all;
}

Json extended_loop(const Json& items, std::size_t index, bool all_items) {
  const std::size_t length = items.size();
  Json loop = {{"index", index + 1},
               {"index0", index},
               {"first", index == 0},
               {"last", index + 1 == length},
               {"length", length},
               {"revindex", length - index},
               {"revindex0", length - index - 1}};
  if (all_items) {
    loop["allitems"] = items;
  }
  if (index + 1 < length) {
    loop["nextitem"] = items[index + 1];
  }
  if (index > 0) {
    loop["previtem"] = items[index - 1];
  }
  return loop;
}

}  // namespace cef::playbook
