// What the template module will read, where that can be told before the run.
#include <charconv>

#include "cef/core/file.hpp"
#include "cef/core/vault.hpp"
#include "local_files.hpp"
#include "reader.hpp"

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

}  // namespace

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
  for (const jinja::FreeName& one : *names) {
    if (certain && !one.guarded && !one.name.starts_with("template_")) {
      book_.needs.push_back({one.name, {file, one.line, one.column}, site.frame});
    }
  }
}

}  // namespace cef::playbook
