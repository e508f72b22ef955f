#include "edit.hpp"

#include "write_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

Result<ReadText> read_text(const Call& call) {
  InspectOptions options;
  options.path = call.text("path");
  options.owner = call.text("owner");
  options.group = call.text("group");
  options.follow = true;
  options.content = true;
  auto seen = inspect(call, options);
  if (!seen) {
    return fail(seen.error());
  }
  ReadText read;
  read.file.seen = std::move(*seen);
  read.file.exists = read.file.seen.target.exists;
  const std::string& path = read.file.seen.file.path;
  if (read.file.seen.folder) {
    read.failure = failure("Path " + path + " is a directory !");
    (*read.failure)["rc"] = 256;
  } else if (read.file.exists && !read.file.seen.content) {
    read.failure = failure(read.file.seen.sha1.empty()
                               ? "Unable to read the contents of " + path
                               : path + " is larger than " + core::to_human(core::Bytes{options.content_limit}) +
                                     "; files up to that size are edited");
  } else if (read.file.exists) {
    read.file.text = std::move(*read.file.seen.content);
  }
  return read;
}

Result<void> write_text(const Call& call, const TextFile& file, Edited& edited) {
  const FileState state = file.exists ? file.state() : new_state(file.seen, 0100000U, file.seen.target.path);
  const auto plan = plan_attributes(wanted_attributes(call), state, file.seen);
  if (!plan) {
    edited.failure = attribute_failure(plan.error());
    return {};
  }
  edited.attributes = Json::object();
  if (plan->changes()) {
    edited.attributes = {{"before", plan->before}, {"after", plan->after}};
    if (file.exists || !call.check) {
      edited.message += std::string(edited.changed ? " and " : "") + "ownership, perms or SE linux context changed";
    }
  }
  const bool content = edited.changed;
  edited.changed = edited.changed || plan->changes();
  if (call.check || !edited.changed) {
    return {};
  }
  WriteRequest request;
  request.path = state.path;
  request.before = file.exists ? state : FileState{};
  request.content = content ? edited.text : file.text;
  request.attributes = *plan;
  request.mode_when_new = 0666U & ~file.seen.umask;
  request.backup = content && call.flag("backup");
  request.validate = content ? call.text("validate") : "";
  request.only_if = file.seen.sha1;
  request.prepare = file.exists ? "" : "m=$(mkdir -p -- \"$d\" 2>&1) || die \"Error creating $d (${m##*: })\"\n";
  auto written = write_file(call, request);
  if (!written) {
    return fail(written.error());
  }
  if (written->failure && written->failure->contains("exit_status")) {
    edited.failure = failure("failed to validate: rc:" + (*written->failure)["exit_status"].dump() +
                             " error:" + (*written->failure)["stderr"].get<std::string>());
  } else {
    edited.failure = written->failure;
  }
  edited.backup_file = written->backup_file;
  return {};
}

Json text_diff(const Call& call, const TextFile& file, const Edited& edited) {
  const std::string& path = file.seen.file.path;
  Json content = {{"before", call.diff ? valid_text(file.text) : ""},
                  {"after", call.diff ? valid_text(edited.text) : ""},
                  {"before_header", path + " (content)"},
                  {"after_header", path + " (content)"}};
  if (call.check && !file.exists) {
    return content;
  }
  Json attributes = edited.attributes;
  attributes["before_header"] = path + " (file attributes)";
  attributes["after_header"] = path + " (file attributes)";
  return Json::array({std::move(content), std::move(attributes)});
}

std::vector<std::string> lines_with_ends(const std::string& text, bool carriage_returns) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r' && carriage_returns) {
      at += at + 1 < text.size() && text[at + 1] == '\n' ? 1 : 0;
    } else if (text[at] != '\n') {
      continue;
    }
    lines.push_back(text.substr(begin, at + 1 - begin));
    begin = at + 1;
  }
  if (begin < text.size()) {
    lines.push_back(text.substr(begin));
  }
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    text += line;
  }
  return text;
}

}  // namespace cef::modules
