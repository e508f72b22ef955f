// Filters of paths; those that look at files look on this machine.
#include <glob.h>
#include <pwd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "functions.hpp"
#include "text.hpp"

namespace cef::jinja {

namespace {

namespace fs = std::filesystem;

Value base_name(Call& call) {
  const std::string path = call.input_text();
  return make(path.substr(path.rfind('/') + 1));
}

Value folder_name(Call& call) {
  const std::string path = call.input_text();
  std::string head = path.substr(0, path.rfind('/') + 1);
  if (head.find_first_not_of('/') != std::string::npos) {
    head.resize(head.find_last_not_of('/') + 1);
  }
  return make(head);
}

Value split_extension(Call& call) {
  const std::string path = call.input_text();
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t start = std::min(path.find_first_not_of('.', name), path.size());
  const std::size_t dot = path.rfind('.');
  const std::size_t cut = dot == std::string::npos || dot < start ? path.size() : dot;
  return make_list({make(path.substr(0, cut)), make(path.substr(cut))}, true);
}

Value expand_user(Call& call) {
  const std::string path = call.input_text();
  if (path.empty() || path[0] != '~') {
    return make(path);
  }
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string user = path.substr(1, end - 1);
  const char* variable = std::getenv("HOME");
  std::string home = user.empty() && variable != nullptr ? variable : "";
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (!user.empty() && getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    home = entry.pw_dir;
  }
  return make(home.empty() ? path : home + path.substr(end));
}

Value expand_variables(Call& call) {
  const std::string path = call.input_text();
  std::string out;
  for (std::size_t at = 0; at < path.size();) {
    if (path[at] != '$' || at + 1 >= path.size()) {
      out += path[at++];
      continue;
    }
    const bool braces = path[at + 1] == '{';
    const std::size_t from = at + (braces ? 2 : 1);
    std::size_t end = from;
    while (end < path.size() && (std::isalnum(static_cast<unsigned char>(path[end])) != 0 || path[end] == '_')) {
      ++end;
    }
    const bool closed = !braces || (end < path.size() && path[end] == '}');
    const char* value = end > from && closed ? std::getenv(path.substr(from, end - from).c_str()) : nullptr;
    const std::size_t next = end + (braces && closed ? 1 : 0);
    out += value != nullptr ? value : path.substr(at, next - at);
    at = next;
  }
  return call.run.checked(std::move(out));
}

Value real_path(Call& call) {
  std::error_code error;
  const fs::path found = fs::weakly_canonical(fs::absolute(call.input_text(), error), error);
  std::string text = error ? call.input_text() : found.string();
  if (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return make(std::move(text));
}

Value relative_path(Call& call) {  // start
  std::error_code error;
  const fs::path start = fs::absolute(call.text(0, "."), error).lexically_normal();
  const fs::path path = fs::absolute(call.input_text(), error).lexically_normal();
  std::string text = path.lexically_relative(start).string();
  if (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return make(text.empty() ? "." : text);
}

Value join_paths(Call& call) {
  std::string out;
  const auto parts = is_list(call.input) ? call.input_elements() : std::vector<Value>{call.input};
  for (const Value& part : parts) {
    const std::string& text = text_of(part);
    if (!text.empty() && text[0] == '/') {
      out = text;
    } else {
      out += (out.empty() || out.back() == '/' ? "" : "/") + text;
    }
  }
  return call.run.checked(std::move(out));
}

Value files(Call& call) {
  glob_t found{};
  std::vector<std::string> names;
  if (glob(call.input_text().c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    for (std::size_t at = 0; at < found.gl_pathc; ++at) {
      call.run.step();
      std::error_code error;
      if (fs::is_regular_file(found.gl_pathv[at], error)) {
        names.emplace_back(found.gl_pathv[at]);
      }
    }
  }
  globfree(&found);
  return make_strings(names);
}

}  // namespace

Filters path_filters() {
  return {
      {"basename", "", base_name},          {"dirname", "", folder_name},         {"splitext", "", split_extension},
      {"expanduser", "", expand_user},      {"expandvars", "", expand_variables}, {"realpath", "", real_path},
      {"relpath", "?start", relative_path}, {"path_join", "", join_paths},        {"fileglob", "", files},
  };
}

}  // namespace cef::jinja
