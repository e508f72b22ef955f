#include "actions.hpp"

#include <algorithm>
#include <regex>
#include <thread>

#include "cef/core/duration.hpp"
#include "cef/core/regex.hpp"
#include "cef/core/text.hpp"
#include "cef/core/yaml.hpp"
#include "cef/modules/argument_spec.hpp"
#include "cef/modules/module.hpp"
#include "local_files.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;
using core::text_of;

namespace {

std::vector<std::string> words(const Json& value) {
  std::vector<std::string> list;
  if (value.is_array()) {
    for (const Json& one : value) {
      list.push_back(text_of(one));
    }
    return list;
  }
  std::string word;
  for (const char c : text_of(value) + ",") {
    if (c != ',') {
      word += c;
      continue;
    }
    const auto from = word.find_first_not_of(' ');
    if (from != std::string::npos) {
      list.push_back(word.substr(from, word.find_last_not_of(' ') - from + 1));
    }
    word.clear();
  }
  return list;
}

Result<Json> debug(const ActionCall& call) {
  if (std::atoi(text_of(call.args.value("verbosity", Json(0))).c_str()) > call.variables.options().verbosity) {
    return Json{{"skipped", true}, {"skipped_reason", "Verbosity threshold not met."}};
  }
  if (!call.args.contains("var")) {
    return Json{{"changed", false}, {"msg", call.args.value("msg", Json("Hello world!"))}};
  }
  const std::string name = text_of(call.args["var"]);
  const auto value = jinja::evaluate(name, call.scope, call.scope.environment());
  const bool defined = value && !value->is_undefined();
  Json shown = "VARIABLE IS NOT DEFINED!";
  if (defined) {
    auto rendered = jinja::render("{{" + name + "}}", call.scope, call.scope.environment());
    if (!rendered) {
      return fail(rendered.error());
    }
    shown = std::move(*rendered);
  }
  return Json{{"changed", false}, {name, shown}};
}

Result<Json> set_fact(const ActionCall& call) {
  Json facts = Json::object();
  for (const auto& [written, value] : call.args.items()) {
    if (written == "cacheable") {
      continue;
    }
    const auto rendered = call.scope.render(Json(written));
    if (!rendered) {
      return fail(rendered.error());
    }
    const std::string name = text_of(*rendered);
    if (!std::regex_match(name, std::regex("[A-Za-z_][A-Za-z0-9_]*"))) {
      return fail(ErrorCode::general, "The variable name '" + name +
                                          "' is not valid. Variables must start with a letter or underscore character, "
                                          "and contain only letters, numbers and underscores.");
    }
    std::string word = value.is_string() ? value.get<std::string>() : "";
    std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
    const bool yes = word == "true" || word == "yes";
    facts[name] = yes || word == "false" || word == "no" ? Json(yes) : value;
  }
  if (facts.empty()) {
    return fail(ErrorCode::general, "No key/value pairs provided, at least one is required for this action to succeed");
  }
  return Json{{"ansible_facts", facts}, {"changed", false}};
}

Result<Json> assert_all(const ActionCall& call) {
  // The conditions as they are written: rendered, they would be values.
  const Json& written = call.task.args.value;
  const Json& args = written.contains("that") ? written : call.args;
  if (!args.contains("that")) {
    return fail(ErrorCode::general, "conditional required in \"that\" string");
  }
  const Json& that = args["that"];
  for (const Json& condition : that.is_array() ? that : Json::array({that})) {
    const auto held = call.scope.holds({condition, {}});
    if (!held) {
      return fail(held.error());
    }
    if (!*held) {
      Json result = modules::failure("Assertion failed");
      result["assertion"] = condition;
      result["evaluated_to"] = false;
      for (const char* name : {"msg", "fail_msg"}) {
        if (call.args.contains(name)) {
          result["msg"] = call.args[name];
        }
      }
      return result;
    }
  }
  return Json{{"changed", false}, {"msg", call.args.value("success_msg", Json("All assertions passed"))}};
}

Result<Json> fail_as_asked(const ActionCall& call) {
  return modules::failure(text_of(call.args.value("msg", Json("Failed as requested from task"))));
}

Result<std::vector<fs::path>> files_of_vars(const ActionCall& call, const std::string& dir) {
  const auto folder = find_local(call.task.frame.get(), call.play.playbook_folder, "vars", dir);
  if (!folder) {
    return fail(folder.error());
  }
  const auto extensions = words(call.args.value("extensions", Json{"yaml", "yml", "json"}));
  const auto ignored = words(call.args.value("ignore_files", Json::array()));
  const auto matching = core::Regex::compile(text_of(call.args.value("files_matching", Json(""))));
  if (!matching) {
    return fail(matching.error());
  }
  const auto matches = [&](const std::string& name) {
    return matching->search(name).value_or(std::nullopt).has_value();
  };
  const int depth = std::atoi(text_of(call.args.value("depth", Json(0))).c_str());
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(*folder, error), end; entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const std::string extension = path.extension().string();
    if ((depth > 0 && entry.depth() >= depth) || !entry->is_regular_file() || extension.empty() ||
        std::find(extensions.begin(), extensions.end(), extension.substr(1)) == extensions.end() ||
        std::find(ignored.begin(), ignored.end(), path.filename().string()) != ignored.end() ||
        !matches(path.filename().string())) {
      continue;
    }
    files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<Json> include_vars(const ActionCall& call) {
  std::vector<fs::path> files;
  if (call.args.contains("dir")) {
    auto found = files_of_vars(call, text_of(call.args["dir"]));
    if (!found) {
      return fail(found.error());
    }
    files = std::move(*found);
  } else {
    const std::string name = text_of(call.args.value("file", Json("")));
    const auto path = find_local(call.task.frame.get(), call.play.playbook_folder, "vars", name);
    if (!path) {
      return fail(path.error());
    }
    files.push_back(*path);
  }
  const Frame* play = call.task.frame.get();
  while (play != nullptr && play->parent) {
    play = play->parent.get();
  }
  for (const auto& file : files) {
    if (play != nullptr && !play->root.empty() && !is_within(file, play->root, call.variables.options().read)) {
      return fail(ErrorCode::usage, outside_of(file.string()));
    }
  }
  Json vars = Json::object();
  Json read = Json::array();
  for (const auto& file : files) {
    const auto content = read_vars(file, call.variables.options().read);
    if (!content) {
      return fail(content.error());
    }
    for (const auto& [name, field] : *content) {
      vars[name] = field.value;
    }
    read.push_back(fs::absolute(file).lexically_normal().string());
  }
  if (call.args.contains("name")) {
    vars = Json{{text_of(call.args["name"]), vars}};
  }
  return Json{{"ansible_facts", vars}, {"ansible_included_var_files", read}, {"changed", false}};
}

Result<Json> pause(const ActionCall& call) {
  const double minutes = std::atof(text_of(call.args.value("minutes", Json(0))).c_str());
  const double seconds = std::atof(text_of(call.args.value("seconds", Json(0))).c_str()) + minutes * 60;
  const auto start = std::chrono::system_clock::now();
  const auto end = core::Clock::now() + std::chrono::duration<double>(seconds);
  std::string answer;
  if (call.args.contains("prompt") && seconds <= 0 && call.variables.options().ask) {
    answer = call.variables.options().ask(text_of(call.args["prompt"]),
                                          !call.args.contains("echo") || truth(call.args["echo"]));
  }
  while (core::Clock::now() < end && !call.stop.draining()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const auto stop = std::chrono::system_clock::now();
  std::string said = std::to_string(minutes > 0 ? minutes : seconds);
  said.erase(said.find('.') + 3);
  return Json{{"changed", false},
              {"delta", std::chrono::duration_cast<std::chrono::seconds>(stop - start).count()},
              {"echo", true},
              {"rc", 0},
              {"start", core::to_rfc3339(start)},
              {"stop", core::to_rfc3339(stop)},
              {"stderr", ""},
              {"stdout", "Paused for " + said + (minutes > 0 ? " minutes" : " seconds")},
              {"user_input", answer}};
}

Result<Json> add_host(const ActionCall& call) {
  inventory::Variables vars;
  std::string name;
  std::vector<std::string> groups;
  for (const auto& [key, value] : call.args.items()) {
    if (key == "name" || key == "hostname" || key == "host") {
      name = text_of(value);
    } else if (key == "groups" || key == "group" || key == "groupname") {
      groups = words(value);
    } else {
      vars[key] = value;
    }
  }
  if (name.empty()) {
    return fail(ErrorCode::general, "'name', 'host' or 'hostname' needs to be provided");
  }
  if (const auto colon = name.rfind(':'); colon != std::string::npos && name.find(':') == colon) {
    vars["ansible_port"] = std::atoi(name.c_str() + colon + 1);
    name.erase(colon);
  }
  const bool changed = call.variables.add_host(name, groups, vars);
  return Json{{"add_host", {{"groups", groups}, {"host_name", name}, {"host_vars", Json(vars)}}}, {"changed", changed}};
}

Result<Json> group_by(const ActionCall& call) {
  std::string group = text_of(call.args.value("key", Json("")));
  std::replace(group.begin(), group.end(), ' ', '-');
  auto parents = words(call.args.value("parents", Json{"all"}));
  for (auto& parent : parents) {
    std::replace(parent.begin(), parent.end(), ' ', '-');
  }
  const bool changed = call.variables.add_host(call.scope.host(), {group}, {}, parents);
  return Json{{"add_group", group}, {"changed", changed}, {"parent_groups", parents}};
}

Result<Json> set_stats(const ActionCall& call) {
  const Json data = call.args.value("data", Json::object());
  if (!data.is_object()) {
    return fail(ErrorCode::general, "The 'data' option needs to be a dictionary/hash");
  }
  return Json{{"ansible_stats",
               {{"aggregate", !call.args.contains("aggregate") || truth(call.args["aggregate"])},
                {"data", data},
                {"per_host", call.args.contains("per_host") && truth(call.args["per_host"])}}},
              {"changed", false}};
}

Result<Json> validate_argument_spec(const ActionCall& call) {
  const Json& spec = call.args.at("argument_spec");
  const Json given = call.args.value("provided_arguments", Json::object());
  if (!spec.is_object() || !given.is_object()) {
    return fail(ErrorCode::general, std::string("Incorrect type for ") +
                                        (spec.is_object() ? "provided_arguments" : "argument_spec") +
                                        ", expected dict");
  }
  Json arguments = Json::object();
  for (const auto& [name, option] : spec.items()) {
    const auto value = call.scope.find(name);
    if (!value) {
      return fail(value.error());
    }
    if (*value && (*value)->is_undefined()) {
      return fail(ErrorCode::general, (*value)->why());
    }
    if (*value) {
      arguments[name] = (*value)->json();
    }
  }
  arguments.update(given);
  Json result = {{"changed", false},
                 {"msg", "The arg spec validation passed"},
                 {"validate_args_context", call.args.value("validate_args_context", Json::object())}};
  if (const auto errors = modules::check_argument_spec(spec, arguments); !errors.empty()) {
    std::string lines;
    for (const std::string& error : errors) {
      lines += "\n" + error;
    }
    result["failed"] = true;
    result["msg"] = "Validation of arguments failed:" + lines;
    result["argument_errors"] = errors;
    result["argument_spec_data"] = spec;
  }
  return result;
}

}  // namespace

bool truth(const Json& value) {
  return value.is_boolean() ? value.get<bool>() : core::resolve_yaml_scalar(text_of(value)) == Json(true);
}

Action find_action(const std::string& name) {
  static const std::map<std::string, Action> actions = {
      {"debug", debug},
      {"set_fact", set_fact},
      {"assert", assert_all},
      {"fail", fail_as_asked},
      {"include_vars", include_vars},
      {"pause", pause},
      {"add_host", add_host},
      {"group_by", group_by},
      {"set_stats", set_stats},
      {"validate_argument_spec", validate_argument_spec},
  };
  const auto found = actions.find(name);
  return found == actions.end() ? nullptr : found->second;
}

bool bypasses_hosts(const std::string& name) {
  return name == "pause" || name == "add_host";
}

}  // namespace cef::playbook
