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

Module uri_module() {
  return {
      .name = "uri",
      .parameters = with_http({
          {.name = "url_username", .aliases = {"user"}},
          {.name = "url_password", .aliases = {"password"}, .no_log = true},
          {.name = "dest", .type = Type::path},
          {.name = "body", .type = Type::raw},
          {.name = "body_format", .fallback = "raw", .choices = {"form-urlencoded", "json", "raw", "form-multipart"}},
          {.name = "src", .type = Type::path},
          {.name = "method", .fallback = "GET"},
          boolean("return_content", false),
          {.name = "follow_redirects", .fallback = "safe", .choices = {"all", "no", "none", "safe", "urllib2", "yes"}},
          {.name = "creates", .type = Type::path},
          {.name = "removes", .type = Type::path},
          {.name = "status_code", .type = Type::list, .fallback = core::Json::array({200}), .elements = Type::integer},
          {.name = "timeout", .type = Type::integer, .fallback = 30},
          {.name = "headers", .type = Type::map, .fallback = core::Json::object()},
          {.name = "unix_socket", .type = Type::path},
          boolean("remote_src", false),
          {.name = "ca_path", .type = Type::path},
      }),
      .run = run_uri,
      .checks = false,
      .at_most_one_of = {{"body", "src"}}};
}

Module git_module() {
  return {.name = "git",
          .parameters =
              {
                  {.name = "dest", .type = Type::path},
                  {.name = "repo", .required = true, .aliases = {"name"}},
                  {.name = "version", .fallback = "HEAD"},
                  {.name = "remote", .fallback = "origin"},
                  {.name = "refspec"},
                  {.name = "reference"},
                  boolean("force", false),
                  {.name = "depth", .type = Type::integer},
                  boolean("clone", true),
                  boolean("update", true),
                  boolean("accept_hostkey", false),
                  boolean("accept_newhostkey", false),
                  {.name = "key_file", .type = Type::path},
                  {.name = "ssh_opts"},
                  {.name = "executable", .type = Type::path},
                  boolean("bare", false),
                  boolean("recursive", true),
                  boolean("single_branch", false),
                  boolean("track_submodules", false),
                  {.name = "umask", .type = Type::raw},
                  {.name = "archive", .type = Type::path},
                  {.name = "archive_prefix"},
                  {.name = "separate_git_dir", .type = Type::path},
              },
          .run = run_git,
          .at_most_one_of = {{"separate_git_dir", "bare"}, {"accept_hostkey", "accept_newhostkey"}}};
}

}  // namespace

std::vector<Module> transfer_modules() {
  return {get_url_module(), unarchive_module(), uri_module(), git_module()};
}

}  // namespace cef::modules
