#include "template_file.hpp"

namespace cef::playbook {

using core::Json;

namespace {

void take(const Json& args, const char* name, std::string& into) {
  if (const auto found = args.find(name); found != args.end() && found->is_string()) {
    into = found->get<std::string>();
  }
}

void take(const Json& args, const char* name, bool& into) {
  if (const auto found = args.find(name); found != args.end() && found->is_boolean()) {
    into = found->get<bool>();
  }
}

}  // namespace

core::Result<std::string> render_template(const std::string& text, const Json& args, const TaskScope& scope) {
  jinja::TemplateOptions options;
  take(args, "trim_blocks", options.trim_blocks);
  take(args, "lstrip_blocks", options.lstrip_blocks);
  take(args, "newline_sequence", options.newline);
  for (const auto& [written, meant] : {std::pair{"\\n", "\n"}, std::pair{"\\r", "\r"}, std::pair{"\\r\\n", "\r\n"}}) {
    options.newline = options.newline == written ? meant : options.newline;  // backslashes in single quotes
  }
  take(args, "variable_start_string", options.variable_start);
  take(args, "variable_end_string", options.variable_end);
  take(args, "block_start_string", options.block_start);
  take(args, "block_end_string", options.block_end);
  take(args, "comment_start_string", options.comment_start);
  take(args, "comment_end_string", options.comment_end);
  TaskScope with_template = scope;
  std::string source;
  std::string destination;
  take(args, "src", source);
  take(args, "dest", destination);
  with_template.put("ansible_managed", jinja::Value(Json("Ansible managed")));
  with_template.put("template_path", jinja::Value(Json(source)));
  with_template.put("template_destpath", jinja::Value(Json(destination)));
  auto rendered = jinja::render_file(text, with_template, with_template.environment(), options);
  if (!rendered && !source.empty()) {
    return core::fail(rendered.error().code, source + ":" + rendered.error().message);
  }
  return rendered;
}

}  // namespace cef::playbook
