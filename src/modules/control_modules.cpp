#include "families.hpp"

namespace cef::modules {

namespace {

Module control(std::string name, std::vector<Parameter> parameters, std::string free_form = {}) {
  Module module;
  module.name = std::move(name);
  module.parameters = std::move(parameters);
  module.run = nullptr;
  module.free_form = std::move(free_form);
  return module;
}

Module set_fact() {
  Module module = control("set_fact", {{.name = "cacheable", .type = Type::boolean, .fallback = false}});
  module.any_parameter = true;
  return module;
}

Module set_stats() {
  return control("set_stats", {{.name = "data", .type = Type::raw, .required = true},
                               {.name = "per_host", .type = Type::boolean, .fallback = false},
                               {.name = "aggregate", .type = Type::boolean, .fallback = true}});
}

Module add_host() {
  Module module = control("add_host", {{.name = "name", .required = true, .aliases = {"host", "hostname"}},
                                       {.name = "groups", .type = Type::list, .aliases = {"group", "groupname"}}});
  module.any_parameter = true;
  return module;
}

Module include_vars() {
  Module module = control("include_vars",
                          {{.name = "file", .type = Type::path},
                           {.name = "dir", .type = Type::path},
                           {.name = "name"},
                           {.name = "depth", .type = Type::integer, .fallback = 0},
                           {.name = "files_matching"},
                           {.name = "ignore_files", .type = Type::list},
                           {.name = "extensions", .type = Type::list, .fallback = {"yaml", "yml", "json"}},
                           {.name = "ignore_unknown_extensions", .type = Type::boolean, .fallback = false},
                           {.name = "hash_behaviour", .choices = {"replace", "merge"}}},
                          "file");
  module.one_of = {{"file", "dir"}};
  return module;
}

Module of_role(std::string name, bool dynamic) {
  Module module = control(std::move(name), {{.name = "name", .required = true, .aliases = {"role"}},
                                            {.name = "tasks_from"},
                                            {.name = "vars_from"},
                                            {.name = "defaults_from"},
                                            {.name = "handlers_from"},
                                            {.name = "allow_duplicates", .type = Type::boolean, .fallback = true},
                                            {.name = "rolespec_validate", .type = Type::boolean, .fallback = true}});
  if (dynamic) {
    module.parameters.push_back({.name = "apply", .type = Type::map});
    module.parameters.push_back({.name = "public", .type = Type::boolean, .fallback = false});
  }
  return module;
}

Module of_playbook() {
  return control("import_playbook", {{.name = "file", .required = true}}, "file");
}

}  // namespace

std::vector<Module> control_modules() {
  Module debug = control("debug", {{.name = "msg", .type = Type::raw},
                                   {.name = "var", .type = Type::raw},
                                   {.name = "verbosity", .type = Type::integer, .fallback = 0}});
  debug.at_most_one_of = {{"msg", "var"}};
  Module pause = control("pause", {{.name = "minutes", .type = Type::raw},
                                   {.name = "seconds", .type = Type::raw},
                                   {.name = "prompt"},
                                   {.name = "echo", .type = Type::boolean, .fallback = true}});
  pause.at_most_one_of = {{"minutes", "seconds"}};
  return {
      std::move(debug),
      set_fact(),
      control("assert", {{.name = "that", .type = Type::raw, .required = true},
                         {.name = "fail_msg", .type = Type::raw, .aliases = {"msg"}},
                         {.name = "success_msg", .type = Type::raw},
                         {.name = "quiet", .type = Type::boolean, .fallback = false}}),
      control("fail", {{.name = "msg", .fallback = "Failed as requested from task"}}),
      control("meta",
              {{.name = "free_form",
                .required = true,
                .choices = {"clear_facts", "clear_host_errors", "end_batch", "end_host", "end_play", "flush_handlers",
                            "noop", "refresh_inventory", "reset_connection"}}},
              "free_form"),
      std::move(pause),
      control("include_tasks", {{.name = "file", .required = true}, {.name = "apply", .type = Type::map}}, "file"),
      control("import_tasks", {{.name = "file", .required = true}}, "file"),
      of_role("include_role", true),
      of_role("import_role", false),
      include_vars(),
      add_host(),
      set_stats(),
      control("group_by",
              {{.name = "key", .required = true}, {.name = "parents", .type = Type::list, .fallback = {"all"}}}),
      of_playbook(),
      control("validate_argument_spec", {{.name = "argument_spec", .type = Type::map, .required = true},
                                         {.name = "provided_arguments", .type = Type::map},
                                         {.name = "validate_args_context", .type = Type::map}}),
  };
}

}  // namespace cef::modules
