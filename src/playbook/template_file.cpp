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

std::string hostname() {
  std::array<char, 256> host{};
  static_cast<void>(::gethostname(host.data(), host.size() - 1));
  return host.data();
}

std::string owner_of(const struct ::stat& state) {
  std::array<char, 4096> room{};
  ::passwd entry{};
  ::passwd* owner = nullptr;
  static_cast<void>(::getpwuid_r(state.st_uid, &entry, room.data(), room.size(), &owner));
  return owner == nullptr ? std::to_string(state.st_uid) : owner->pw_name;
}

std::string time_text(const struct ::stat& state, const std::string& format) {
  std::tm time{};
  ::localtime_r(&state.st_mtime, &time);
  std::array<char, 1024> text{};
  return std::strftime(text.data(), text.size(), format.c_str(), &time) == 0 ? format : text.data();
}

/// template_host and its like, which headers of templates name, and ansible_managed, which is made of them.
void put_origin(const std::filesystem::path& file, const std::string& source, TaskScope& scope) {
  struct ::stat state {};
  if (::stat(file.c_str(), &state) != 0) {
    return;
  }
  const auto put_text = [&](const char* name, std::string text) {
    scope.put(name, jinja::Value(Json(std::move(text))));
  };
  const std::string host = hostname();
  const std::string owner = owner_of(state);
  put_text("template_host", host);
  put_text("template_uid", owner);
  put_text("template_fullpath", file.string());
  std::string managed = scope.variables().options().managed;
  for (const auto& [word, meant] : {std::pair{"{host}", &host}, {"{uid}", &owner}, {"{file}", &source}}) {
    for (auto at = managed.find(word); at != std::string::npos; at = managed.find(word, at + meant->size())) {
      managed.replace(at, std::string_view(word).size(), *meant);
    }
  }
  put_text("ansible_managed", time_text(state, managed));
  const auto put = [&](const char* name, const std::string& expression) {
    if (auto value = jinja::evaluate(expression, scope, scope.environment())) {
      scope.put(name, std::move(*value));
    }
  };
  put("template_run_date", "now()");
  put("template_mtime", time_text(state, "'%Y-%m-%d %H:%M:%S' | to_datetime"));
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
  with_template.put("template_path", jinja::Value(Json(source)));
  with_template.put("template_destpath", jinja::Value(Json(destination)));
  put_origin(file, source, with_template);
  auto rendered = jinja::render_file(text, with_template, with_template.environment(), options);
  if (!rendered && !source.empty()) {
    return core::fail(rendered.error().code, source + ":" + rendered.error().message);
  }
  return rendered;
}

}  // namespace cef::playbook
