#include "attributes.hpp"
#include "families.hpp"
#include "file_family.hpp"

namespace cef::modules {
namespace {

Parameter boolean(const char* name, bool fallback) {
  return {.name = name, .type = Type::boolean, .fallback = fallback};
}

Module file_module() {
  return {.name = "file",
          .parameters = with_attributes({
              {.name = "path", .type = Type::path, .required = true, .aliases = {"dest", "name"}},
              {.name = "state", .choices = {"absent", "directory", "file", "hard", "link", "touch"}},
              {.name = "src", .type = Type::path},
              boolean("recurse", false),
              boolean("force", false),
              boolean("follow", true),
              {.name = "modification_time"},
              {.name = "modification_time_format", .fallback = "%Y%m%d%H%M.%S"},
              {.name = "access_time"},
              {.name = "access_time_format", .fallback = "%Y%m%d%H%M.%S"},
          }),
          .run = run_file};
}

Module copy_module() {
  return {.name = "copy",
          .parameters = with_attributes({
              {.name = "src", .type = Type::path},
              {.name = "content", .type = Type::raw, .no_log = true},
              {.name = "dest", .type = Type::path, .required = true},
              boolean("backup", false),
              boolean("force", true),
              {.name = "validate"},
              {.name = "directory_mode", .type = Type::raw},
              boolean("remote_src", false),
              {.name = "local_follow", .type = Type::boolean},
              {.name = "checksum"},
              boolean("follow", false),
              boolean("decrypt", true),
          }),
          .run = run_copy};
}

Module template_module() {
  return {.name = "template",
          .parameters = with_attributes({
              {.name = "src", .type = Type::path, .required = true},
              {.name = "dest", .type = Type::path, .required = true},
              boolean("backup", false),
              boolean("force", true),
              boolean("follow", false),
              {.name = "validate"},
              {.name = "newline_sequence", .fallback = "\n", .choices = {"\\n", "\\r", "\\r\\n", "\n", "\r", "\r\n"}},
              {.name = "block_start_string", .fallback = "{%"},
              {.name = "block_end_string", .fallback = "%}"},
              {.name = "variable_start_string", .fallback = "{{"},
              {.name = "variable_end_string", .fallback = "}}"},
              {.name = "comment_start_string", .fallback = "{#"},
              {.name = "comment_end_string", .fallback = "#}"},
              boolean("trim_blocks", true),
              boolean("lstrip_blocks", false),
              {.name = "output_encoding", .fallback = "utf-8", .choices = {"utf-8", "utf8", "UTF-8"}},
          }),
          .run = run_template};
}

Module stat_module() {
  return {
      .name = "stat",
      .parameters =
          {{.name = "path", .type = Type::path, .required = true, .aliases = {"dest", "name"}},
           boolean("follow", false),
           boolean("get_md5", false),
           boolean("get_checksum", true),
           {.name = "get_mime", .type = Type::boolean, .fallback = true, .aliases = {"mime", "mime_type", "mime-type"}},
           {.name = "get_attributes", .type = Type::boolean, .fallback = true, .aliases = {"attr", "attributes"}},
           {.name = "checksum_algorithm",
            .fallback = "sha1",
            .choices = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"},
            .aliases = {"checksum", "checksum_algo"}}},
      .run = run_stat};
}

Parameter edited_path() {
  return {.name = "path", .type = Type::path, .required = true, .aliases = {"dest", "destfile", "name"}};
}

Module lineinfile_module() {
  return {
      .name = "lineinfile",
      .parameters = with_attributes({
          edited_path(),
          {.name = "state", .fallback = "present", .choices = {"absent", "present"}},
          {.name = "regexp", .aliases = {"regex"}},
          {.name = "search_string"},
          {.name = "line", .aliases = {"value"}},
          {.name = "insertafter"},
          {.name = "insertbefore"},
          boolean("backrefs", false),
          boolean("create", false),
          boolean("backup", false),
          boolean("firstmatch", false),
          {.name = "validate"},
      }),
      .run = run_lineinfile,
      .at_most_one_of = {{"insertbefore", "insertafter"}, {"regexp", "search_string"}, {"backrefs", "search_string"}}};
}

Module replace_module() {
  return {.name = "replace",
          .parameters = with_attributes({
              edited_path(),
              {.name = "regexp", .required = true},
              {.name = "replace", .fallback = ""},
              {.name = "after"},
              {.name = "before"},
              boolean("backup", false),
              {.name = "validate"},
              {.name = "encoding", .fallback = "utf-8", .choices = {"utf-8", "utf8", "UTF-8"}},
          }),
          .run = run_replace};
}

Module blockinfile_module() {
  return {.name = "blockinfile",
          .parameters = with_attributes({
              edited_path(),
              {.name = "state", .fallback = "present", .choices = {"absent", "present"}},
              {.name = "marker", .fallback = "# {mark} ANSIBLE MANAGED BLOCK"},
              {.name = "marker_begin", .fallback = "BEGIN"},
              {.name = "marker_end", .fallback = "END"},
              {.name = "block", .fallback = "", .aliases = {"content"}},
              {.name = "insertafter"},
              {.name = "insertbefore"},
              boolean("create", false),
              boolean("backup", false),
              {.name = "validate"},
          }),
          .run = run_blockinfile,
          .at_most_one_of = {{"insertbefore", "insertafter"}}};
}

Module fetch_module() {
  return {.name = "fetch",
          .parameters = {{.name = "src", .type = Type::path, .required = true},
                         {.name = "dest", .required = true},
                         boolean("flat", false),
                         boolean("fail_on_missing", true),
                         boolean("validate_checksum", true)},
          .run = run_fetch};
}

Module slurp_module() {
  return {.name = "slurp",
          .parameters = {{.name = "src", .type = Type::path, .required = true, .aliases = {"path"}}},
          .run = run_slurp};
}

}  // namespace

std::vector<Module> file_modules() {
  return {copy_module(),    template_module(),    file_module(),  stat_module(), lineinfile_module(),
          replace_module(), blockinfile_module(), fetch_module(), slurp_module()};
}

}  // namespace cef::modules
