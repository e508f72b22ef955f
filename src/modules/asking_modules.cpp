#include "asking_family.hpp"
#include "families.hpp"

namespace cef::modules {

using core::Json;

namespace {

Parameter boolean(const char* name, bool fallback) {
  return {.name = name, .type = Type::boolean, .fallback = fallback};
}

Module find_module() {
  return {.name = "find",
          .parameters = {{.name = "paths", .type = Type::list, .required = true, .aliases = {"name", "path"}},
                         {.name = "patterns", .type = Type::list, .fallback = Json::array(), .aliases = {"pattern"}},
                         {.name = "excludes", .type = Type::list, .aliases = {"exclude"}},
                         {.name = "file_type", .fallback = "file", .choices = {"any", "directory", "file", "link"}},
                         {.name = "age"},
                         {.name = "age_stamp", .fallback = "mtime", .choices = {"atime", "ctime", "mtime"}},
                         {.name = "size"},
                         boolean("recurse", false),
                         boolean("hidden", false),
                         boolean("follow", false),
                         boolean("use_regex", false),
                         {.name = "depth", .type = Type::integer}},
          .run = run_find};
}

Module getent_module() {
  return {.name = "getent",
          .parameters = {{.name = "database", .required = true},
                         {.name = "key"},
                         {.name = "service"},
                         {.name = "split"},
                         boolean("fail_key", true)},
          .run = run_getent};
}

Module tempfile_module() {
  return {.name = "tempfile",
          .parameters = {{.name = "state", .fallback = "file", .choices = {"file", "directory"}},
                         {.name = "path", .type = Type::path},
                         {.name = "prefix", .fallback = "ansible."},
                         {.name = "suffix", .fallback = ""}},
          .run = run_tempfile,
          .checks = false};
}

Module package_facts_module() {
  return {.name = "package_facts",
          .parameters = {{.name = "manager", .type = Type::list, .fallback = {"auto"}},
                         {.name = "strategy", .fallback = "first", .choices = {"first", "all"}}},
          .run = run_package_facts};
}

}  // namespace

std::vector<Module> asking_modules() {
  return {find_module(),
          getent_module(),
          tempfile_module(),
          package_facts_module(),
          {.name = "service_facts", .parameters = {}, .run = run_service_facts}};
}

}  // namespace cef::modules
