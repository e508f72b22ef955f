#include "edit.hpp"
#include "file_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Regex;
using core::Result;

namespace {

/// The part of the text between `after` and `before`; nullopt when they are not there.
Result<std::optional<std::pair<std::size_t, std::size_t>>> section_of(const std::string& pattern,
                                                                      const std::string& text) {
  const auto regex = Regex::compile(pattern, {.dot_all = true});
  if (!regex) {
    return fail(regex.error());
  }
  const auto match = regex->search(text);
  if (!match) {
    return fail(match.error());
  }
  const auto number = regex->group_number("subsection");
  return *match && number ? (*match)->groups.at(*number) : std::nullopt;
}

std::string section_pattern(const Call& call) {
  const std::string after = call.text("after");
  const std::string before = call.text("before");
  if (after.empty() && before.empty()) {
    return "";
  }
  return after + (after.empty() || before.empty() ? "(?P<subsection>.*)" : "(?P<subsection>.*?)") + before;
}

Result<std::size_t> replace_in(const Call& call, std::string& section) {
  const auto regex = Regex::compile(call.text("regexp"), {.multi_line = true});
  if (!regex) {
    return fail(regex.error());
  }
  std::size_t made = 0;
  auto text = regex->replace(section, call.text("replace"), 0, &made);
  if (!text) {
    return fail(text.error());
  }
  section = std::move(*text);
  return made;
}

}  // namespace

Result<Json> run_replace(const Call& call) {
  auto read = read_text(call);
  if (!read) {
    return fail(read.error());
  }
  if (read->failure) {
    return *read->failure;
  }
  const TextFile& file = read->file;
  const std::string& path = file.seen.file.path;
  if (!file.exists) {
    Json failed = failure("Path " + path + " does not exist !");
    failed["rc"] = 257;
    return failed;
  }
  std::pair<std::size_t, std::size_t> section{0, file.text.size()};
  if (const std::string pattern = section_pattern(call); !pattern.empty()) {
    const auto found = section_of(pattern, file.text);
    if (!found) {
      return failure(found.error().message);
    }
    if (!*found) {
      return Json{{"rc", 0},
                  {"msg", "Pattern for before/after params did not match the given file: " + pattern},
                  {"changed", false}};
    }
    section = **found;
  }
  const std::string before = file.text.substr(section.first, section.second - section.first);
  std::string after = before;
  const auto made = replace_in(call, after);
  if (!made) {
    return failure(made.error().message);
  }
  Edited edited;
  edited.text = file.text.substr(0, section.first) + after + file.text.substr(section.second);
  edited.changed = *made > 0 && before != after;
  edited.message = edited.changed ? std::to_string(*made) + " replacements made" : "";
  Json result = {{"rc", 0}};
  if (edited.changed && call.diff) {
    result["diff"] = {{"before_header", path},
                      {"before", valid_text(file.text)},
                      {"after_header", path},
                      {"after", valid_text(edited.text)}};
  }
  if (auto written = write_text(call, file, edited); !written) {
    return fail(written.error());
  }
  if (edited.failure) {
    return *edited.failure;
  }
  if (!edited.backup_file.empty()) {
    result["backup_file"] = edited.backup_file;
  }
  result["msg"] = edited.message;
  result["changed"] = edited.changed;
  return result;
}

}  // namespace cef::modules
