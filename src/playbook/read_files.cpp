// Files of the control node that tasks will read, where that can be told before the run.
#include <algorithm>
#include <array>
#include <charconv>

#include "cef/core/file.hpp"
#include "cef/core/text.hpp"
#include "cef/core/vault.hpp"
#include "frames.hpp"
#include "local_files.hpp"
#include "reader.hpp"
#include "split_arguments.hpp"

namespace cef::playbook {

namespace fs = std::filesystem;

namespace {

/// As the user reaches it.
std::string shown(const fs::path& path) {
  std::error_code error;
  const fs::path near = path.lexically_relative(fs::current_path(error));
  return error || near.empty() || *near.begin() == ".." ? path.string() : near.string();
}

/// Takes "LINE:COLUMN: " from an error of the expression language.
Place take_place(const std::shared_ptr<const std::string>& file, std::string& message) {
  Place place{file, 1, 1};
  const char* end = message.data() + message.size();
  const auto line = std::from_chars(message.data(), end, place.line);
  if (line.ec == std::errc{} && line.ptr != end) {
    const auto column = std::from_chars(line.ptr + 1, end, place.column);
    if (column.ec == std::errc{} && end - column.ptr > 2) {
      message = std::string(column.ptr + 2, end);
    }
  }
  return place;
}

struct Wanted {
  std::string kind;  ///< the folder that it is looked for in
  std::string name;
  Place place;
};

/// The file that a task reads whatever the host is like; nothing where that is known in the run only.
std::optional<Wanted> file_of(const Task& task) {
  constexpr std::array<std::pair<std::string_view, const char*>, 5> k_kinds = {
      {{"copy", "files"}, {"template", "templates"}, {"unarchive", "files"}, {"script", "files"}, {"uri", "files"}}};
  const auto* const kind =
      std::find_if(k_kinds.begin(), k_kinds.end(), [&](const auto& one) { return one.first == task.module; });
  const core::Json& args = task.args.value;
  bool other = args.contains("remote_src") && args["remote_src"] != false;
  for (const char* name : {"creates", "removes", "content", "copy", "_variable_params"}) {
    other = other || args.contains(name);
  }
  if (kind == k_kinds.end() || other || nearest(task.frame.get(), &Keywords::module_defaults) != nullptr) {
    return std::nullopt;
  }
  for (const auto& [key, place] : task.arg_places) {
    const bool names = task.module == "script" ? key == "_raw_params" || key == "cmd" : key == "src";
    if (!names || !args.contains(key) || !args[key].is_string()) {
      continue;
    }
    std::string name = args[key].get<std::string>();
    if (task.module == "script") {
      const auto words = split_words(name);
      name = words && !words->empty() ? words->front() : "";
      name = name.find_first_of("'\"\\") == std::string::npos ? name : "";
    }
    return name.empty() || jinja::is_template(name) ? std::nullopt : std::optional(Wanted{kind->second, name, place});
  }
  return std::nullopt;
}

/// Modules that leave no file on their host.
bool leaves_no_file(const Task& task) {
  constexpr std::array<std::string_view, 20> k_modules = {
      "add_host", "assert",       "debug", "fail",          "find",     "gather_facts",       "getent",
      "group_by", "include_vars", "meta",  "package_facts", "ping",     "set_fact",           "service_facts",
      "setup",    "set_stats",    "slurp", "stat",          "wait_for", "wait_for_connection"};
  return std::find(k_modules.begin(), k_modules.end(), task.module) != k_modules.end();
}

/// Whether files may be there after a task on this machine that were not before, or no task after it may be run.
bool changes_what_is_here(const Task& task) {
  const Field* connection = nearest(task.frame.get(), &Keywords::connection);
  const bool local = (connection != nullptr && connection->value != "ssh" && connection->value != "smart") ||
                     nearest(task.frame.get(), &Keywords::delegate_to) != nullptr;
  return (local && !leaves_no_file(task)) || task.module == "fetch" || task.module == "pause" ||
         (task.module == "meta" && core::dump_line(task.args.value).find("end_") != std::string::npos);
}

bool may_be_here(const core::Json& hosts, const ReadOptions& options) {
  std::string pattern;
  for (const core::Json& one : hosts.is_array() ? hosts : core::Json::array({hosts})) {
    pattern += (pattern.empty() ? "" : ",") + core::text_of(one);
  }
  return jinja::is_template(pattern) || pattern.find("localhost") != std::string::npos ||
         pattern.find("127.0.0.1") != std::string::npos || pattern.find("::1") != std::string::npos ||
         (options.is_here && options.is_here(pattern));
}

}  // namespace

void Reader::look_into_files(const Site& site, const Task& task, bool certain) {
  book_.works_here = book_.works_here || changes_what_is_here(task);
  leaves_files_ = leaves_files_ || !leaves_no_file(task);
  look_into_template(site, task, certain);
  const auto wanted = ok() && certain ? file_of(task) : std::nullopt;
  if (!wanted) {
    return;
  }
  if (const auto path = find_local(site.frame.get(), folder_, wanted->kind, wanted->name); !path) {
    missing_.push_back({wanted->place, path.error().message, site.frame});
  }
}

void Reader::keep_missing_files(const Play& play) {
  book_.works_here = book_.works_here || options_.works_here || book_.gives_others ||
                     book_.gives.contains("ansible_connection") ||
                     (leaves_files_ && may_be_here(play.hosts.value, options_));
  leaves_files_ = false;
  if (!book_.works_here) {
    std::move(missing_.begin(), missing_.end(), std::back_inserter(book_.faults));
  }
  missing_.clear();
}

void Reader::look_for_circle(const Site& site, const std::string& text, std::vector<fs::path>& open) {
  const auto parts = jinja::named_parts(text, jinja::Kind::text).value_or(jinja::NamedParts{});
  for (const jinja::Named& one : parts.templates) {
    const auto path = find_local(site.frame.get(), folder_, "templates", one.name);
    if (!path) {
      continue;
    }
    if (const auto first = std::find(open.begin(), open.end(), *path); first != open.end()) {
      std::string circle;
      std::for_each(first, open.end(), [&](const fs::path& each) { circle += each.filename().string() + " → "; });
      book_.faults.push_back({{std::make_shared<const std::string>(shown(open.back())), one.line, one.column},
                              "templates need each other in a circle: " + circle + path->filename().string() +
                                  "; write an 'if' that ends it",
                              site.frame});
    } else if (looked_into_.insert("template " + path->string()).second) {
      const auto other = core::read_file(*path, core::Bytes{options_.size_limit});
      open.push_back(*path);
      look_for_circle(site, other.value_or(""), open);
      open.pop_back();
    }
  }
}

void Reader::look_into_template(const Site& site, const Task& task, bool certain) {
  const core::Json& args = task.args.value;
  if (!ok() || task.module != "template" || !args.is_object() || !args.contains("src") || !args["src"].is_string()) {
    return;
  }
  const auto& name = args["src"].get_ref<const std::string&>();
  for (const auto& [key, value] : args.items()) {
    if (key.ends_with("_string")) {
      return;  // another dialect
    }
  }
  const auto path = jinja::is_template(name) ? core::Result<fs::path>(core::fail(core::ErrorCode::usage, ""))
                                             : find_local(site.frame.get(), folder_, "templates", name);
  const auto text = path ? core::read_file(*path, core::Bytes{options_.size_limit})
                         : core::Result<std::string>(core::fail(path.error()));
  if (!text || core::is_vault(*text)) {
    return;  // an earlier task may yet write it; the run opens vaults
  }
  const auto file = std::make_shared<const std::string>(shown(*path));
  const auto names = jinja::check(*text, jinja::Kind::text);
  if (!names) {
    std::string message = names.error().message;
    const Place place = take_place(file, message);
    refuse(place, message);
    return;
  }
  if (std::vector<fs::path> open = {*path}; certain) {
    look_for_circle(site, *text, open);
  }
  for (const jinja::FreeName& one : *names) {
    if (certain && !one.guarded && !one.name.starts_with("template_")) {
      book_.needs.push_back({one.name, {file, one.line, one.column}, site.frame});
    }
  }
}

}  // namespace cef::playbook
