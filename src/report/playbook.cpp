#include "cef/report/playbook.hpp"

#include <algorithm>

#include "cef/core/duration.hpp"

namespace cef::report {

using core::Json;
using playbook::Event;
using playbook::Recap;
using playbook::Verdict;

namespace {

Colour colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::changed:
      return Colour::yellow;
    case Verdict::failed:
    case Verdict::ignored:
    case Verdict::unreachable:
      return Colour::red;
    case Verdict::skipped:
      return Colour::cyan;
    default:
      return Colour::green;
  }
}

/// As Python's json.dumps with sorted keys has it: ", " and ": ", on one line or with four spaces.
Json sorted(const Json& json) {
  if (json.is_array()) {
    Json list = Json::array();
    for (const Json& one : json) {
      list.push_back(sorted(one));
    }
    return list;
  }
  if (!json.is_object()) {
    return json;
  }
  std::map<std::string, const Json*> keys;
  for (const auto& [key, value] : json.items()) {
    keys[key] = &value;
  }
  Json map = Json::object();
  for (const auto& [key, value] : keys) {
    map[key] = sorted(*value);
  }
  return map;
}

std::string one_line(const Json& json) {
  if (json.is_array() || json.is_object()) {
    std::string text;
    for (const auto& [key, value] : json.items()) {
      text +=
          (text.empty() ? "" : ", ") + (json.is_object() ? core::dump_line(Json(key)) + ": " : "") + one_line(value);
    }
    return json.is_object() ? "{" + text + "}" : "[" + text + "]";
  }
  return core::dump_line(json);
}

Json without(Json json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) {
    json.erase(key);
  }
  return json;
}

bool flag(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>()
         : value.is_null() ? ""
                           : value.dump(4, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string diff_text(const Json& result, const Style& style) {
  const auto found = result.find("diff");
  if (found == result.end() || !flag(result, "changed")) {
    return "";
  }
  std::string all;
  for (const Json& one : found->is_array() ? *found : Json::array({*found})) {
    if (!one.is_object()) {
      continue;
    }
    if (one.contains("prepared")) {
      all += text_of(one["prepared"]);
      continue;
    }
    const auto header = [&](const char* name, const char* key) {
      return one.contains(key) && one[key].is_string() ? std::string(name) + ": " + one[key].get<std::string>()
                                                       : std::string(name);
    };
    const Json nothing = "";
    all += unified_diff(text_of(one.value("before", nothing)), text_of(one.value("after", nothing)),
                        header("before", "before_header"), header("after", "after_header"));
  }
  std::string painted;
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find('\n', at), all.size());
    const std::string line = all.substr(at, end - at);
    const Colour colour = line.rfind("@@", 0) == 0  ? Colour::cyan
                          : line.rfind('+', 0) == 0 ? Colour::green
                          : line.rfind('-', 0) == 0 ? Colour::red
                                                    : Colour::none;
    painted += paint(printable(line), colour, style) + "\n";
    at = end + 1;
  }
  return painted.empty() ? "" : painted + "\n";
}

std::string host_label(const Event& event) {
  return event.delegated_to.empty() || event.verdict == Verdict::skipped ? event.host
                                                                         : event.host + " -> " + event.delegated_to;
}

}  // namespace

std::string PlaybookText::banner(const std::string& text) const {
  constexpr unsigned k_widest = 10'000;  // serial consoles and terminals of CI do not tell; cef takes those for endless
  const std::size_t columns = style_.colour && style_.width <= k_widest ? style_.width : 79;
  const std::size_t width = display_width(text);
  const std::size_t stars = columns > width + 3 ? columns - width : 3;
  return "\n" + paint(text + " " + std::string(stars, '*'), Colour::bold, style_) + "\n";
}

std::string PlaybookText::task_banner(const Event& event) {
  items_.clear();
  shown_ = event.task;
  const bool handler = event.kind == Event::Kind::handler_start;
  return banner((handler ? "RUNNING HANDLER [" : "TASK [") + printable(event.task) + "]") +
         (verbosity_ >= 2 ? "task path: " + event.place.text() + "\n" : "");
}

std::string PlaybookText::dump(const Event& event) const {
  Json shown = without(event.result, {"failed", "skipped", "invocation", "diff", "results"});
  const bool went_well = event.verdict != Verdict::failed && event.verdict != Verdict::ignored;
  if (event.module == "debug" && went_well && shown.contains("msg")) {
    shown = Json{{"msg", shown["msg"]}};
  } else if (event.module == "debug" && went_well) {
    shown.erase("changed");
  }
  if (event.shown && (went_well || shown.contains("assertion"))) {
    return sorted(shown).dump(4, ' ', false, Json::error_handler_t::replace);
  }
  return one_line(sorted(shown));
}

std::string PlaybookText::item(const Event& event) const {
  const std::string label = " => (item=" + event.label + ")";
  const std::string host = "[" + host_label(event) + "]";
  std::string text = diff_ ? diff_text(event.result, style_) : "";
  switch (event.verdict) {
    case Verdict::failed:
    case Verdict::unreachable:
      return text +
             paint(printable("failed: " + host + " (item=" + event.label + ") => " + dump(event)), Colour::red,
                   style_) +
             "\n";
    case Verdict::skipped:
      return text + paint(printable("skipping: " + host + label), Colour::cyan, style_) + "\n";
    default:
      break;
  }
  std::string line = std::string(event.verdict == Verdict::changed ? "changed: " : "ok: ") + host + label;
  if (verbosity_ > 0 || event.shown) {
    line += " => " + dump(event);
  }
  return text + paint(printable(line), colour_of(event.verdict), style_) + "\n";
}

std::string PlaybookText::result(const Event& event) {
  const std::string host = "[" + host_label(event) + "]";
  const bool by_items = event.result.contains("results") && items_[event.host] > 0;
  std::string text = diff_ && !by_items ? diff_text(event.result, style_) : "";
  const auto line = [&](const std::string& content, Colour colour) {
    return paint(printable(content), colour, style_) + "\n";
  };
  switch (event.verdict) {
    case Verdict::unreachable:
      return line("fatal: " + host + ": UNREACHABLE! => " + dump(event), Colour::red);
    case Verdict::failed:
      return by_items ? "" : text + line("fatal: " + host + ": FAILED! => " + dump(event), Colour::red);
    case Verdict::ignored: {
      const bool lost = flag(event.result, "unreachable");
      return (by_items ? ""
                       : text + line("fatal: " + host + (lost ? ": UNREACHABLE! => " : ": FAILED! => ") + dump(event),
                                     Colour::red)) +
             line("...ignoring", Colour::cyan);
    }
    case Verdict::skipped:
      return line("skipping: " + host, Colour::cyan);
    default:
      break;
  }
  if (by_items || event.module == "include_tasks" || event.module == "include_role") {
    return "";
  }
  std::string said = std::string(event.verdict == Verdict::changed ? "changed: " : "ok: ") + host;
  if (verbosity_ > 0 || event.shown) {
    said += " => " + dump(event);
  }
  return text + line(said, colour_of(event.verdict));
}

std::string PlaybookText::event(const Event& event) {
  switch (event.kind) {
    case Event::Kind::play_start:
      return banner("PLAY [" + printable(event.play) + "]");
    case Event::Kind::no_hosts:
      return event.task.empty() ? paint("skipping: no hosts matched", Colour::cyan, style_) + "\n" : banner(event.task);
    case Event::Kind::task_start:
    case Event::Kind::handler_start:
      return task_banner(event);
    case Event::Kind::item: {
      ++items_[event.host];
      const bool include = event.module == "include_tasks" || event.module == "include_role";
      return include && event.verdict == Verdict::ok ? "" : item(event);
    }
    case Event::Kind::retry:
      return paint(printable("FAILED - RETRYING: [" + host_label(event) + "]: " + event.task + " (" +
                             std::to_string(event.tries) + " retries left)."),
                   Colour::dim, style_) +
             "\n";
    case Event::Kind::result:
      return result(event);
    case Event::Kind::included: {
      if (event.module == "include_role") {
        return "";
      }
      std::string hosts;
      for (const Json& host : event.result["hosts"]) {
        hosts += (hosts.empty() ? "" : ", ") + host.get<std::string>();
      }
      return paint(printable("included: " + event.task + " for " + hosts +
                             (event.label.empty() ? "" : " => (item=" + event.label + ")")),
                   Colour::cyan, style_) +
             "\n";
    }
    case Event::Kind::warning:
      return paint(printable("[WARNING]: " + event.task), Colour::yellow, style_) + "\n";
    case Event::Kind::play_end:
      break;
  }
  return "";
}

std::string PlaybookText::recap(const playbook::RunResult& result) const {
  std::string text = banner("PLAY RECAP");
  for (const auto& [key, recap] : result.recaps) {
    const std::string host = printable(key);
    const auto part = [&](const char* name, std::size_t count, Colour colour) {
      std::string number = std::to_string(count);
      number.resize(std::max<std::size_t>(number.size(), 4), ' ');
      return " " + paint(name + ("=" + number), count > 0 ? colour : Colour::none, style_);
    };
    const Colour colour = recap.failed + recap.unreachable > 0 ? Colour::red
                          : recap.changed > 0                  ? Colour::yellow
                                                               : Colour::green;
    const std::size_t width = std::max<std::size_t>(display_width(host), 26);
    text += paint(host, colour, style_) + std::string(width - display_width(host), ' ') + " :" +
            part("ok", recap.ok, Colour::green) + part("changed", recap.changed, Colour::yellow) +
            part("unreachable", recap.unreachable, Colour::red) + part("failed", recap.failed, Colour::red) +
            part("skipped", recap.skipped, Colour::cyan) + part("rescued", recap.rescued, Colour::green) +
            part("ignored", recap.ignored, Colour::yellow);
    text += "\n";
  }
  return text + "\n";
}

}  // namespace cef::report
