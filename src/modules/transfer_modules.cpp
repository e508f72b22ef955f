#include "attributes.hpp"
#include "families.hpp"
#include "http.hpp"
#include "transfer_family.hpp"

namespace cef::modules {
namespace {

Parameter boolean(const char* name, bool fallback) {
  return {.name = name, .type = Type::boolean, .fallback = fallback};
}

Parameter list(const char* name) {
  return {.name = name, .type = Type::list, .fallback = core::Json::array()};
}

std::vector<Parameter> with_http(std::vector<Parameter> more) {
  std::vector<Parameter> parameters = http_parameters();
  parameters.insert(parameters.end(), more.begin(), more.end());
  return with_attributes(std::move(parameters));
}

Module get_url_module() {
  return {.name = "get_url",
          .parameters = with_http({
              {.name = "url_username", .aliases = {"username"}},
              {.name = "url_password", .aliases = {"password"}, .no_log = true},
              {.name = "dest", .type = Type::path, .required = true},
              boolean("backup", false),
              {.name = "checksum", .fallback = ""},
              {.name = "timeout", .type = Type::integer, .fallback = 10},
              {.name = "headers", .type = Type::map},
              {.name = "tmp_dest", .type = Type::path},
          }),
          .run = run_get_url};
}

Module unarchive_module() {
  return {.name = "unarchive",
          .parameters = with_attributes({
              {.name = "src", .type = Type::path, .required = true},
              {.name = "dest", .type = Type::path, .required = true},
              boolean("remote_src", false),
              {.name = "creates", .type = Type::path},
              boolean("list_files", false),
              boolean("keep_newer", false),
              list("exclude"),
              list("include"),
              list("extra_opts"),
              boolean("validate_certs", true),
              {.name = "io_buffer_size", .type = Type::integer, .fallback = 65536},
              {.name = "copy", .type = Type::boolean},
              boolean("decrypt", true),
          }),
          .run = run_unarchive};
}

}  // namespace

std::vector<Module> transfer_modules() {
  return {get_url_module(), unarchive_module()};
}

}  // namespace cef::modules
