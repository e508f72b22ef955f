#include <algorithm>

#include "edit.hpp"
#include "file_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Regex;
using core::Result;

namespace {

std::string marker_line(const Call& call, const char* mark) {
  std::string marker = call.text("marker");
  const std::string word = call.text(mark);
  for (std::size_t at = 0; (at = marker.find("{mark}", at)) != std::string::npos; at += word.size()) {
    marker.replace(at, 6, word);
  }
  return marker + "\n";
}

/// "(?m)…": the pattern is meant for the text as a whole.
bool over_lines(const std::string& pattern) {
  if (!pattern.starts_with("(?")) {
    return false;
  }
  const std::string flags = pattern.substr(2, pattern.find_first_of(":)") - 2);
  return flags.find('m') != std::string::npos && flags.find_first_not_of("aiLmsux") == std::string::npos;
}

/// Before which line the block goes.
Result<std::size_t> insertion(const Call& call, const std::string& text, const std::vector<std::string>& lines) {
  const bool after = call.given("insertafter") || !call.given("insertbefore");
  const std::string where = call.given("insertafter") ? call.text("insertafter") : call.text("insertbefore");
  if (after && (where.empty() || where == "EOF") && !call.given("insertafter")) {
    return lines.size();
  }
  if (where == (after ? "EOF" : "BOF")) {
    return after ? lines.size() : 0;
  }
  const auto pattern = Regex::compile(where, {.unicode = false});
  if (!pattern) {
    return fail(pattern.error());
  }
  std::optional<std::size_t> found;
  if (over_lines(where)) {
    const auto match = pattern->search(text);
    if (!match) {
      return fail(match.error());
    }
    if (*match) {
      const auto end = static_cast<std::ptrdiff_t>(after ? (*match)->end() : (*match)->begin());
      found = static_cast<std::size_t>(std::count(text.begin(), text.begin() + end, '\n'));
    }
  } else {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto match = pattern->search(lines[i]);
      if (!match) {
        return fail(match.error());
      }
      found = *match ? i : found;
    }
  }
  return !found ? lines.size() : std::min(*found + (after ? 1 : 0), lines.size());
}

/// Takes the old block out; where it was.
std::optional<std::size_t> take_out(std::vector<std::string>& lines, const std::string& begin, const std::string& end) {
  std::optional<std::size_t> first;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    first = lines[i] == begin ? i : first;
    last = lines[i] == end ? i : last;
  }
  if (!first || !last) {
    return std::nullopt;
  }
  const auto [low, high] = std::minmax(*first, *last);
  const std::size_t from = low;
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(low), lines.begin() + static_cast<std::ptrdiff_t>(high) + 1);
  return from;
}

Result<Edited> edit(const Call& call, const TextFile& file) {
  std::vector<std::string> lines = lines_with_ends(file.text, true);
  const std::string begin = marker_line(call, "marker_begin");
  const std::string end = marker_line(call, "marker_end");
  std::string block = call.text("state") == "present" ? call.text("block") : "";
  std::vector<std::string> inserted;
  if (!block.empty()) {
    block += block.ends_with('\n') ? "" : "\n";
    inserted = lines_with_ends(block, true);
    inserted.insert(inserted.begin(), begin);
    inserted.push_back(end);
  }
  auto at = take_out(lines, begin, end);
  if (!at) {
    const auto place = insertion(call, file.text, lines);
    if (!place) {
      return fail(place.error());
    }
    at = *place;
  }
  if (*at > 0 && !lines[*at - 1].ends_with('\n')) {
    lines[*at - 1] += "\n";
  }
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*at), inserted.begin(), inserted.end());
  Edited edited;
  edited.text = join(lines);
  edited.changed = !file.exists || edited.text != file.text;
  edited.message = !edited.changed    ? ""
                   : !file.exists     ? "File created"
                   : inserted.empty() ? "Block removed"
                                      : "Block inserted";
  return edited;
}

}  // namespace

Result<Json> run_blockinfile(const Call& call) {
  auto read = read_text(call);
  if (!read) {
    return fail(read.error());
  }
  if (read->failure) {
    return *read->failure;
  }
  const TextFile& file = read->file;
  const std::string& path = file.seen.file.path;
  if (!file.exists && !call.flag("create")) {
    Json failed = failure("Path " + path + " does not exist !");
    failed["rc"] = 257;
    return failed;
  }
  if (!file.exists && call.text("state") == "absent") {
    return Json{{"changed", false}, {"msg", "File " + path + " not present"}};
  }
  auto edited = edit(call, file);
  if (!edited) {
    return failure(edited.error().message);
  }
  if (auto written = write_text(call, file, *edited); !written) {
    return fail(written.error());
  }
  if (edited->failure) {
    return *edited->failure;
  }
  Json result = {{"changed", edited->changed}, {"msg", edited->message}, {"diff", text_diff(call, file, *edited)}};
  if (!edited->backup_file.empty()) {
    result["backup_file"] = edited->backup_file;
  }
  return result;
}

}  // namespace cef::modules
