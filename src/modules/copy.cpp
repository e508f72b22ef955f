#include "copy.hpp"

#include <sys/stat.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "file_family.hpp"
#include "file_task.hpp"
#include "write_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr std::uint64_t k_diff_limit = 104448;  ///< Ansible's max_diff_size

bool is_binary(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

bool preserves(const Json& mode) {
  return mode.is_string() && mode.get<std::string>() == "preserve";
}

/// The file is right already: only mode and owner may change.
Result<Json> only_attributes(const Call& call, const CopySource& source, const Inspection& seen) {
  FileTask task{call, seen, "file", wanted_attributes(call)};
  task.wanted.mode = source.mode;
  task.path = call.flag("follow") ? seen.target.path : seen.file.path;
  auto result = file_plain(task);
  if (result && !result->contains("failed")) {
    (*result)["checksum"] = source.sha1;
    if (!result->contains("dest")) {
      (*result)["dest"] = task.path;
    }
  }
  return result;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

/// What Ansible adds to failures after it has read the file.
Json copy_failure(const CopySource& source, Json failed) {
  failed["diff"] = Json::array();
  failed["checksum"] = source.sha1;
  return failed;
}

std::optional<Json> refusal(const Call& call, const CopySource& source, const Inspection& seen, const std::string& path,
                            bool makes_folders) {
  const auto with = [&](const std::string& message) { return copy_failure(source, failure(message)); };
  if (!seen.parent_exists && !makes_folders) {
    return with("Destination directory " + parent_of(path) + " does not exist");
  }
  if (seen.parent_exists && !seen.parent_writable && !call.flag("unsafe_writes")) {
    return with("Destination " + parent_of(path) + " not writable");
  }
  const std::string wanted = call.args.contains("checksum") ? call.text("checksum") : "";
  if (!wanted.empty() && wanted != source.sha1) {
    Json failed = with("Copied file does not match the expected checksum. Transfer failed.");
    failed["expected_checksum"] = wanted;
    return failed;
  }
  return std::nullopt;
}

std::optional<std::string> content_of(const CopySource& source) {
  if (!source.local) {
    return source.content;
  }
  auto text = core::read_file(*source.local, core::Bytes{k_diff_limit});
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

Json diffs_of(const Call& call, const CopySource& source, const Inspection& seen, const FileState& before) {
  Json diffs = Json::array();
  if (call.diff) {
    const std::optional<std::string> old = before.exists ? seen.content : std::optional<std::string>("");
    Json diff = content_diff(before.path, old, before.size, source.shown, content_of(source));
    if (!before.exists) {
      diff.erase("before_header");
    }
    diffs.push_back(std::move(diff));
  }
  return diffs;
}

/// Shell lines that make the folders above a destination that ends in '/'.
Result<std::string> folders_script(const Call& call, const Inspection& seen, const std::string& path) {
  WantedAttributes wanted = wanted_attributes(call);
  wanted.mode = call.args.contains("directory_mode") ? call.args.at("directory_mode") : Json();
  const auto plan = plan_attributes(wanted, new_state(seen, 0040000U, path), seen);
  if (!plan) {
    return fail(plan.error());
  }
  return make_function(*plan) + "make \"${p%/*}\"\n";
}

Json replaced(const CopySource& source, const WriteResult& written, const std::string& path, Json diffs) {
  if (written.failure) {
    return copy_failure(source, *written.failure);
  }
  Json result = {{"diff", std::move(diffs)}, {"dest", path},   {"src", source.shown}, {"md5sum", source.md5},
                 {"checksum", source.sha1},  {"changed", true}};
  add_path_info(result, written.after);
  if (!written.backup_file.empty()) {
    result["backup_file"] = written.backup_file;
  }
  return result;
}

Result<Json> replace(const Call& call, const CopySource& source, const Inspection& seen, const FileState& before,
                     bool makes_folders) {
  Json diffs = diffs_of(call, source, seen, before);
  if (call.check) {  // Ansible looks no further: a folder that an earlier task would make is not missed
    return Json{{"changed", true}, {"diff", std::move(diffs)}};
  }
  if (auto refused = refusal(call, source, seen, before.path, makes_folders)) {
    return *refused;
  }
  const bool keeps = before.exists && !before.is_link();
  WantedAttributes wanted = wanted_attributes(call);
  wanted.mode = source.mode;
  const auto plan = plan_attributes(wanted, keeps ? before : new_state(seen, 0100000U, before.path), seen);
  if (!plan) {
    Json failed = copy_failure(source, attribute_failure(plan.error()));
    failed["path"] = before.path;
    return failed;
  }
  WriteRequest request;
  request.path = before.path;
  request.before = keeps ? before : FileState{};
  request.content = source.content;
  request.local = source.local;
  request.attributes = *plan;
  request.mode_when_new = 0666U & ~seen.umask;
  request.backup = call.flag("backup");
  request.validate = call.text("validate");
  if (makes_folders && !seen.parent_exists) {
    const auto folders = folders_script(call, seen, before.path);
    if (!folders) {
      return failure(folders.error().message);
    }
    request.prepare = *folders;
  }
  auto written = write_file(call, request);
  if (!written) {
    return fail(written.error());
  }
  return replaced(source, *written, before.path, std::move(diffs));
}

/// Shell lines for `inspect` that write at once; "" where a decision is to be made here.
std::string instantly(const Call& call, const CopySource& source, const std::string& dest) {
  const bool plain =
      source.mode.is_null() || source.mode.is_number_integer() ||
      (source.mode.is_string() && source.mode.get<std::string>().find_first_not_of("01234567") == std::string::npos);
  if (call.check || call.diff || !call.flag("force") || source.local || source.content.size() > k_instant_limit ||
      dest.ends_with('/') || !plain || (call.args.contains("checksum") && !call.text("checksum").empty())) {
    return "";
  }
  WriteRequest request;
  request.content = source.content;
  request.backup = call.flag("backup");
  request.validate = call.text("validate");
  if (!source.mode.is_null()) {
    const auto mode = parse_mode(source.mode, 0, 0);
    if (!mode) {
      return "";
    }
    request.attributes.mode = *mode;
  }
  return instant_script(request, source.sha1, !call.text("owner").empty(), !call.text("group").empty()).value_or("");
}

}  // namespace

Json content_diff(const std::string& path, const std::optional<std::string>& before, std::uint64_t size_before,
                  const std::string& header, const std::optional<std::string>& after) {
  Json diff = Json::object();
  if (size_before > k_diff_limit) {
    diff["dst_larger"] = k_diff_limit;
  } else if (before && is_binary(*before)) {
    diff["dst_binary"] = 1;
  } else if (before) {
    diff["before_header"] = path;
    diff["before"] = valid_text(*before);
  }
  if (!after || after->size() > k_diff_limit) {
    diff["src_larger"] = k_diff_limit;
  } else if (is_binary(*after)) {
    diff["src_binary"] = 1;
  } else {
    diff["after_header"] = header;
    diff["after"] = valid_text(*after);
  }
  return diff;
}

Result<CopySource> local_source(const Call& call, const std::filesystem::path& file, const Json& mode) {
  std::error_code error;
  CopySource source;
  source.name = file.filename().string();
  source.shown = file.string();
  source.mode = mode;
  if (preserves(mode)) {
    struct ::stat state {};
    source.mode = ::stat(file.c_str(), &state) == 0 ? Json(mode_text(state.st_mode & 07777U)) : Json();
  }
  if (std::filesystem::file_size(file, error) <= k_inline_limit || error) {
    auto content = call.files.read(file);
    if (!content) {
      return fail(content.error());
    }
    source.content = std::move(*content);
    source.sha1 = *core::hex_digest("sha1", source.content);
    source.md5 = *core::hex_digest("md5", source.content);
    return source;
  }
  const auto map = core::MappedFile::open(file);
  if (!map) {
    return fail(map.error());
  }
  const std::string_view bytes(reinterpret_cast<const char*>(map->bytes().data()), map->bytes().size());
  source.local = file;
  if (bytes.starts_with("$ANSIBLE_VAULT;")) {
    auto content = call.files.read(file);
    if (!content) {
      return fail(content.error());
    }
    source.local.reset();
    source.content = std::move(*content);
  }
  source.sha1 = *core::hex_digest("sha1", source.local ? bytes : source.content);
  source.md5 = *core::hex_digest("md5", source.local ? bytes : source.content);
  return source;
}

CopySource text_source(std::string content, const std::string& name, const Json& mode) {
  CopySource source;
  source.sha1 = *core::hex_digest("sha1", content);
  source.md5 = *core::hex_digest("md5", content);
  source.content = std::move(content);
  source.name = name;
  source.shown = name.empty() ? "dynamically generated" : name;
  source.mode = mode;
  return source;
}

Result<Json> copy_one(const Call& call, const CopySource& source, const std::string& dest) {
  InspectOptions options;
  options.path = dest;
  options.name_in_folder = source.name;
  options.owner = call.text("owner");
  options.group = call.text("group");
  options.follow = true;  // the content of what a link leads to counts, also when the link is to be replaced
  options.content = call.diff;
  options.content_limit = k_diff_limit;
  options.extra = instantly(call, source, dest);
  options.input = options.extra.empty() ? "" : source.content;
  auto seen = inspect(call, options);
  if (!seen) {
    return fail(seen.error());
  }
  if (seen->extra.starts_with(std::string_view("w", 2))) {
    seen->answer.out = seen->extra.substr(2);
    const auto written = read_write_result(seen->answer, "writing " + seen->file.path);
    return written ? replaced(source, *written, seen->file.path, Json::array()) : Result<Json>(fail(written.error()));
  }
  const bool follow = call.flag("follow") && seen->target.exists;
  const FileState& before = follow ? seen->target : seen->file;
  if (seen->folder && source.name.empty()) {
    Json failed = failure("can not use content with a dir as dest");
    failed["diff"] = Json::array();
    return failed;
  }
  if (seen->target.exists && !call.flag("force")) {
    return Json{{"changed", false}, {"dest", before.path}, {"src", source.shown}};
  }
  if (before.is_directory()) {
    Json failed = failure(before.path + " is a directory; a file cannot take its place");
    failed["dest"] = before.path;
    return failed;
  }
  const bool same = seen->sha1 == source.sha1 && (follow || !seen->file.is_link());
  return same ? only_attributes(call, source, *seen) : replace(call, source, *seen, before, dest.ends_with('/'));
}

Result<Json> run_copy(const Call& call) {
  const std::string dest = call.text("dest");
  const Json mode = call.args.at("mode");
  if (!call.given("src") && !call.given("content")) {
    return failure("src (or content) is required");
  }
  if (call.given("src") && call.given("content")) {
    return failure("src and content are mutually exclusive");
  }
  if (call.given("content")) {
    if (dest.ends_with('/')) {
      return failure("can not use content with a dir as dest");
    }
    const Json own = preserves(mode) ? Json("0600") : mode;  // of the file that Ansible makes of the text
    return copy_one(call, text_source(python_json(call.args.at("content")), "", own), dest);
  }
  if (call.flag("remote_src")) {
    return copy_remote(call);
  }
  const std::string src = call.text("src");
  const auto file = call.files.find("files", src);
  if (!file) {
    return failure(file.error().message);
  }
  std::error_code error;
  if (std::filesystem::is_directory(*file, error)) {
    return copy_folder(call, *file, src.ends_with('/'));
  }
  const auto source = local_source(call, *file, mode);
  return source ? copy_one(call, *source, dest) : failure(source.error().message);
}

Result<Json> run_template(const Call& call) {
  const auto file = call.files.find("templates", call.text("src"));
  if (!file) {
    return failure(file.error().message);
  }
  const auto text = call.files.read(*file);
  if (!text) {
    return failure(text.error().message);
  }
  if (valid_text(*text) != *text) {
    return failure("Template source files must be utf-8 encoded");
  }
  auto rendered = call.render(*text, call.args);
  if (!rendered) {
    return failure(rendered.error().message);
  }
  Json mode = call.args.at("mode");
  if (preserves(mode)) {
    struct ::stat state {};
    mode = ::stat(file->c_str(), &state) == 0 ? Json(mode_text(state.st_mode & 07777U)) : Json();
  }
  CopySource source = text_source(std::move(*rendered), file->filename().string(), mode);
  source.shown = file->string();
  return copy_one(call, source, call.text("dest"));
}

}  // namespace cef::modules
