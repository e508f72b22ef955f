#include "lookups.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <regex>
#include <set>

#include <glob.h>

#include "actions.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"
#include "local_files.hpp"
#include "lookup_password.hpp"
#include "loop.hpp"
#include "variables.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;
using core::text_of;

namespace {

/// What a lookup may need: the scope, and where its task stands.
struct Site {
  const TaskScope& scope;
  fs::path playbook;
  const Frame* frame;
};

constexpr const char* k_blanks = " \t\r\n\f\v";

void strip_end(std::string& text) {
  text.erase(text.find_last_not_of(k_blanks) + 1);
}

bool is_wanted(const Json& named, const char* option, bool otherwise) {
  return truth(named.value(option, Json(otherwise)));
}

Result<std::string> text_of_file(const Site& site, const char* kind, const Json& name) {
  const auto path = find_local(site.frame, site.playbook, kind, text_of(name));
  return path ? read_text(*path, site.scope.variables().options().read) : fail(path.error());
}

Result<Json> file(const Site& site, const Json& name, const Json& named) {
  auto text = text_of_file(site, "files", name);
  if (!text) {
    return fail(text.error());
  }
  if (is_wanted(named, "lstrip", false)) {
    text->erase(0, std::min(text->find_first_not_of(k_blanks), text->size()));
  }
  if (is_wanted(named, "rstrip", true)) {
    strip_end(*text);
  }
  return Json(std::move(*text));
}

Result<Json> unvault(const Site& site, const Json& name, const Json&) {
  auto text = text_of_file(site, "files", name);
  return text ? Result<Json>(std::move(*text)) : fail(text.error());
}

Result<Json> template_file(const Site& site, const Json& name, const Json& named) {
  const auto text = text_of_file(site, "templates", name);
  if (!text) {
    return fail(text.error());
  }
  TaskScope scope = site.scope;
  scope.put("ansible_managed", jinja::Value(Json("Ansible managed")));
  scope.put("template_path", jinja::Value(name));
  const Json own = named.value("template_vars", Json::object());
  for (const auto& [variable, value] : own.items()) {
    scope.put(variable, jinja::Value(value));
  }
  jinja::TemplateOptions options;
  const auto take = [&](const char* option, std::string& into) {
    if (named.contains(option)) {
      into = text_of(named[option]);
    }
  };
  take("variable_start_string", options.variable_start);
  take("variable_end_string", options.variable_end);
  take("comment_start_string", options.comment_start);
  take("comment_end_string", options.comment_end);
  if (is_wanted(named, "convert_data", true)) {
    return jinja::render_data(*text, scope, scope.environment(), options);
  }
  const auto rendered = jinja::render_file(*text, scope, scope.environment(), options);
  return rendered ? Result<Json>(*rendered) : fail(rendered.error());
}

Result<Json> environment_variable(const Site&, const Json& name, const Json& named) {
  const std::string written = core::trim(text_of(name));
  const char* value = std::getenv(written.substr(0, written.find(' ')).c_str());
  return value != nullptr ? Json(value) : named.value("default", Json(""));
}

Result<std::string> output_of(const Site& site, const char* lookup, const Json& command) {
  ssh::Target here;
  here.name = "localhost";
  here.transport = ssh::Transport::local;
  const core::StopToken never;
  const auto connection = site.scope.variables().connector().connect(here, never);
  if (!connection) {
    return fail(connection.error());
  }
  ssh::ExecRequest request;
  request.command = "cd " + core::shell_quote(site.playbook.empty() ? "." : site.playbook.string()) +
                    " && exec sh -c " + core::shell_quote(text_of(command));
  auto done = (*connection)->exec(request, never);
  if (!done) {
    return fail(done.error());
  }
  if (done->exit_status != 0) {
    return fail(ErrorCode::general, std::string("lookup_plugin.") + lookup + "(" + text_of(command) + ") returned " +
                                        std::to_string(done->exit_status));
  }
  return std::move(done->out);
}

Result<Json> pipe(const Site& site, const Json& command, const Json&) {
  auto output = output_of(site, "pipe", command);
  if (!output) {
    return fail(output.error());
  }
  strip_end(*output);
  return Json(std::move(*output));
}

Result<Json> lines(const Site& site, const Json& command, const Json&) {
  const auto output = output_of(site, "lines", command);
  if (!output) {
    return fail(output.error());
  }
  Json all = Json::array();
  for (std::size_t at = 0; at < output->size();) {
    const std::size_t end = std::min(output->find('\n', at), output->size());
    all.push_back(output->substr(at, end - at - (end > at && (*output)[end - 1] == '\r' ? 1 : 0)));
    at = end + 1;
  }
  return all;
}

Result<Json> variable(const Site& site, const Json& name, const Json& named) {
  const auto found = site.scope.find(text_of(name));
  if (!found) {
    return fail(found.error());
  }
  if (*found && !(*found)->is_undefined()) {
    return (*found)->json();
  }
  if (named.contains("default")) {
    return named["default"];
  }
  return fail(ErrorCode::general, "No variable found with this name: " + text_of(name));
}

/// A pattern with a folder is looked for in the first such folder that is there, a name alone until it matches.
Result<Json> matching_files(const Site& site, const Json& pattern, const Json&) {
  Json found = Json::array();
  std::error_code ignored;
  const fs::path wanted = text_of(pattern);
  for (const auto& folder :
       wanted.is_absolute() ? std::vector<fs::path>{""} : search_path(site.frame, site.playbook, "files")) {
    glob_t matches{};
    if (glob((folder / wanted).c_str(), 0, nullptr, &matches) == 0) {
      for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
        if (fs::is_regular_file(matches.gl_pathv[i])) {
          found.push_back(matches.gl_pathv[i]);
        }
      }
    }
    globfree(&matches);
    if (!found.empty() || (wanted.has_parent_path() && fs::exists(folder / wanted.parent_path(), ignored))) {
      break;
    }
  }
  return found;
}

/// Words parted by any of the marks, of a text or of each text of a list.
std::vector<std::string> parted(const Json& value, const char* marks) {
  std::vector<std::string> words;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    const std::string text = text_of(one);
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find_first_of(marks, at), text.size());
      words.push_back(core::trim(text.substr(at, end - at)));
      at = end + 1;
    }
  }
  return words;
}

struct Search {
  std::vector<std::string> names;
  bool skip = false;
};

Result<void> add_names(const Json& terms, const Json& named, Search& search) {
  for (const Json& term : terms) {
    if (term.is_array()) {
      if (auto done = add_names(term, named, search); !done) {
        return done;
      }
      continue;
    }
    if (!term.is_object() && !term.is_string()) {
      return fail(ErrorCode::general, "Invalid term supplied, can handle string, mapping or list of strings but got: " +
                                          core::dump_line(term));
    }
    const Json& options = term.is_object() ? term : named;
    search.skip = is_wanted(options, "skip", false);
    const auto files = options.contains("files") ? parted(options["files"], ",;") : std::vector<std::string>{};
    const auto paths = options.contains("paths") ? parted(options["paths"], ",:;") : std::vector<std::string>{};
    for (const std::string& path : paths) {
      for (const std::string& name : files) {
        search.names.push_back((fs::path(path) / name).string());
      }
    }
    if (paths.empty() && !files.empty()) {
      search.names = files;
    } else if (paths.empty() && term.is_string()) {
      search.names.push_back(term.get<std::string>());
    }
  }
  return {};
}

Result<Json> first_found(const Site& site, const Json& terms, const Json& named) {
  Search search;
  if (const auto done = add_names(terms, named, search); !done) {
    return fail(done.error());
  }
  const std::string kind = text_of(named.value(k_subfolder, Json("files")));
  for (const std::string& name : search.names) {
    if (const auto path = find_local(site.frame, site.playbook, kind, name)) {
      return Json::array({path->string()});
    }
  }
  return search.skip ? Result<Json>(Json::array())
                     : fail(ErrorCode::general, "No file was found when using first_found.");
}

Result<Json> password(const Site& site, const Json& term, const Json& named) {
  auto word = password_of(text_of(term), named, site.playbook);
  return word ? Result<Json>(std::move(*word)) : fail(word.error());
}

/// Names of hosts that patterns choose; none where they are wrong.
Json hosts_like(const Site& site, const Json& terms) {
  std::string pattern;
  for (const Json& term : terms) {
    pattern += (pattern.empty() ? "" : ",") + text_of(term);
  }
  return Json(inventory::select(*site.scope.variables().inventory(), pattern, "").value_or(std::vector<std::string>{}));
}

Result<Json> one_by_chance(const Json& terms) {
  thread_local std::mt19937 numbers{std::random_device{}()};
  std::uniform_int_distribution<std::size_t> pick(0, std::max<std::size_t>(terms.size(), 1) - 1);
  return terms.empty() ? terms : Json::array({terms[pick(numbers)]});
}

Result<Json> entries(const Site&, const Json& term, const Json&) {
  return term.is_object() ? Result<Json>(entries_of(term)) : fail(ErrorCode::general, "with_dict expects a dict");
}

Result<Json> items(const Site&, const Json& term, const Json&) {
  return term.is_array() ? term : Json::array({term});
}

Result<Json> names_like(const Site& site, const Json& terms) {
  Json all = Json::array();
  try {
    for (const Json& term : terms) {
      const std::regex wanted(text_of(term));
      for (const auto& name : site.scope.names()) {
        if (std::regex_search(name, wanted)) {
          all.push_back(name);
        }
      }
    }
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::general, std::string("lookup of varnames: ") + error.what());
  }
  return all;
}

using ByTerm = Result<Json> (*)(const Site&, const Json& term, const Json& named);
struct Plugin {
  const char* name;
  ByTerm run;
  bool flat;  ///< a list of each term, joined
};
constexpr Plugin k_by_term[] = {
    {"file", file, false},
    {"template", template_file, false},
    {"env", environment_variable, false},
    {"pipe", pipe, false},
    {"vars", variable, false},
    {"fileglob", matching_files, true},
    {"lines", lines, true},
    {"unvault", unvault, false},
    {"password", password, false},
    {"dict", entries, true},
    {"items", items, true},
};

Result<Json> look_up(const Site& site, const std::string& plugin, const Json& terms, const Json& named) {
  if (auto as_loop = loop_lookup(plugin, terms)) {
    return *as_loop;
  }
  if (plugin == "varnames") {
    return names_like(site, terms);
  }
  if (plugin == "first_found") {
    return first_found(site, terms, named);
  }
  if (plugin == "inventory_hostnames") {
    return hosts_like(site, terms);
  }
  if (plugin == "random_choice" || plugin == "list") {
    return plugin == "list" ? Result<Json>(terms) : one_by_chance(terms);
  }
  for (const Plugin& one : k_by_term) {
    if (plugin != one.name) {
      continue;
    }
    Json all = Json::array();
    for (const Json& term : terms) {
      auto value = one.run(site, term, named);
      if (!value) {
        return value;
      }
      if (one.flat) {
        all.insert(all.end(), value->begin(), value->end());
      } else {
        all.push_back(std::move(*value));
      }
    }
    return all;
  }
  return fail(ErrorCode::usage, "lookup plugin (" + plugin + ") not found");
}

std::string without_collection(const std::string& plugin) {
  const auto dot = plugin.rfind('.');
  return dot == std::string::npos ? plugin : plugin.substr(dot + 1);
}

}  // namespace

bool is_lookup(const std::string& name) {
  static const std::set<std::string> k_known = {
      "dict",     "env",         "file",     "fileglob", "first_found", "indexed_items", "inventory_hostnames",
      "items",    "lines",       "list",     "nested",   "password",    "pipe",          "random_choice",
      "sequence", "subelements", "template", "together", "unvault",     "varnames",      "vars"};
  return k_known.count(without_collection(name)) > 0;
}

jinja::Environment make_environment(const TaskScope& scope, const fs::path& playbook, const Frame* frame) {
  jinja::Environment environment;
  environment.lookup = [&scope, playbook, frame](const std::string& plugin, const Json& terms, const Json& named) {
    const Json ignore = named.value("errors", Json("strict"));
    auto found = look_up({scope, playbook, frame}, without_collection(plugin), terms, named);
    return !found && ignore != "strict" ? Result<Json>(Json(nullptr)) : found;
  };
  environment.include = [&scope, playbook, frame](const std::string& name) -> Result<std::string> {
    const auto path = find_local(frame, playbook, "templates", name);
    auto text = path ? read_text(*path, scope.variables().options().read) : fail(path.error());
    if (text && text->ends_with('\n')) {  // as Jinja does with its keep_trailing_newline off
      text->pop_back();
    }
    return text;
  };
  return environment;
}

}  // namespace cef::playbook
