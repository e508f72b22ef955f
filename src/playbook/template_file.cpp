#include "template_file.hpp"

#include <array>
#include <ctime>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// template_host and its like, which headers of templates name.
void put_origin(const std::filesystem::path& file, TaskScope& scope) {
  std::array<char, 256> host{};
  static_cast<void>(::gethostname(host.data(), host.size() - 1));
  scope.put("template_host", jinja::Value(Json(host.data())));
  scope.put("template_fullpath", jinja::Value(Json(file.string())));
  const auto put = [&](const char* name, const std::string& expression) {
    if (auto value = jinja::evaluate(expression, scope, scope.environment())) {
      scope.put(name, std::move(*value));
    }
  };
  put("template_run_date", "now()");
  struct ::stat state {};
  if (::stat(file.c_str(), &state) != 0) {
    return;
  }
  std::array<char, 4096> room{};
  ::passwd entry{};
  ::passwd* owner = nullptr;
  static_cast<void>(::getpwuid_r(state.st_uid, &entry, room.data(), room.size(), &owner));
  scope.put("template_uid", jinja::Value(Json(owner == nullptr ? std::to_string(state.st_uid) : owner->pw_name)));
  std::tm time{};
  ::localtime_r(&state.st_mtime, &time);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "'%Y-%m-%d %H:%M:%S' | to_datetime", &time);
  put("template_mtime", text.data());
}

}  // namespace

core::Result<std::string> render_template(const std::string& text, const std::filesystem::path& file, const Json& args,
                                          const TaskScope& scope) {
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
  if (text.find("template_") != std::string::npos) {
    put_origin(file, with_template);
  }
  auto rendered = jinja::render_file(text, with_template, with_template.environment(), options);
  if (!rendered && !source.empty()) {
    return core::fail(rendered.error().code, source + ":" + rendered.error().message);
  }
  return rendered;
}

}  // namespace cef::playbook
