#include "lookups.hpp"

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <set>

#include <glob.h>

#include "actions.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"
#include "local_files.hpp"
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

void strip_end(std::string& text) {
  text.erase(text.find_last_not_of(" \t\r\n\f\v") + 1);
}

Result<Json> file(const Site& site, const Json& name, const Json& named) {
  const auto path = find_local(site.frame, site.playbook, "files", text_of(name));
  if (!path) {
    return fail(path.error());
  }
  auto text = read_text(*path, site.scope.variables().options().read);
  if (!text) {
    return fail(text.error());
  }
  if (truth(named.value("rstrip", Json(true)))) {
    strip_end(*text);
  }
  return Json(std::move(*text));
}

Result<Json> template_file(const Site& site, const Json& name, const Json& named) {
  const auto path = find_local(site.frame, site.playbook, "templates", text_of(name));
  if (!path) {
    return fail(path.error());
  }
  const auto text = read_text(*path, site.scope.variables().options().read);
  if (!text) {
    return fail(text.error());
  }
  TaskScope scope = site.scope;
  const Json own = named.value("template_vars", Json::object());
  for (const auto& [variable, value] : own.items()) {
    scope.put(variable, jinja::Value(value));
  }
  const auto rendered = jinja::render_file(*text, scope, scope.environment(), {});
  return rendered ? Result<Json>(*rendered) : fail(rendered.error());
}

Result<Json> environment_variable(const Site&, const Json& name, const Json& named) {
  const char* value = std::getenv(text_of(name).c_str());
  return value != nullptr ? Json(value) : named.value("default", Json(""));
}

Result<Json> pipe(const Site& site, const Json& command, const Json&) {
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
    return fail(ErrorCode::general,
                "lookup_plugin.pipe(" + text_of(command) + ") returned " + std::to_string(done->exit_status));
  }
  strip_end(done->out);
  return Json(std::move(done->out));
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

Result<Json> matching_files(const Site& site, const Json& pattern, const Json&) {
  Json found = Json::array();
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
    if (!found.empty()) {
      break;
    }
  }
  return found;
}

Result<Json> first_found(const Site& site, const Json& terms, const Json& named) {
  for (const Json& term : terms) {
    const Json names = term.is_object() ? term.value("files", Json::array()) : term.is_array() ? term : Json{term};
    const Json paths = term.is_object() && term.contains("paths") ? term["paths"] : named.value("paths", Json(""));
    for (const Json& name : names.is_array() ? names : Json::array({names})) {
      for (const Json& folder : paths.is_array() ? paths : Json::array({paths})) {
        const std::string wanted = text_of(folder).empty() ? text_of(name) : text_of(folder) + "/" + text_of(name);
        for (const char* kind : {"files", "templates", "vars", "tasks"}) {
          if (const auto path = find_local(site.frame, site.playbook, kind, wanted)) {
            return Json::array({path->string()});
          }
        }
      }
    }
    if (term.is_object() && truth(term.value("skip", Json(false)))) {
      return Json::array();
    }
  }
  if (truth(named.value("skip", Json(false)))) {
    return Json::array();
  }
  return fail(ErrorCode::general, "No file was found when using first_found.");
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
    {"file", file, false}, {"template", template_file, false}, {"env", environment_variable, false},
    {"pipe", pipe, false}, {"vars", variable, false},          {"fileglob", matching_files, true},
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
  if (plugin == "dict" || plugin == "items" || plugin == "list" || plugin == "lines") {
    Json all = Json::array();
    for (const Json& term : terms) {
      if (plugin == "list") {
        all.push_back(term);
        continue;
      }
      Json inner = plugin == "dict" ? entries_of(term) : term;
      if (plugin == "lines") {
        auto output = pipe(site, term, named);
        if (!output) {
          return output;
        }
        inner = Json::array();
        std::string rest = output->get<std::string>();
        for (std::size_t end = 0; end != std::string::npos && !rest.empty(); rest.erase(0, end + 1)) {
          end = rest.find('\n');
          inner.push_back(rest.substr(0, end));
          if (end == std::string::npos) {
            break;
          }
        }
      }
      for (const Json& one : inner.is_array() ? inner : Json{inner}) {
        all.push_back(one);
      }
    }
    return all;
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
      "file",  "template", "env",  "pipe",     "lines",  "vars",     "varnames",      "fileglob",   "first_found",
      "items", "list",     "dict", "sequence", "nested", "together", "indexed_items", "subelements"};
  return k_known.count(without_collection(name)) > 0;
}

jinja::Environment make_environment(const TaskScope& scope, const fs::path& playbook, const Frame* frame) {
  jinja::Environment environment;
  environment.lookup = [&scope, playbook, frame](const std::string& plugin, const Json& terms, const Json& named) {
    const Json ignore = named.value("errors", Json("strict"));
    auto found = look_up({scope, playbook, frame}, without_collection(plugin), terms, named);
    if (!found && ignore != "strict") {
      return Result<Json>(Json(nullptr));
    }
    return found;
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
