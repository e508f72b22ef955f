#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/paths.hpp"
#include "cef/core/shell.hpp"
#include "cef/task/file.hpp"
#include "file_family.hpp"
#include "node_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t k_slurp_limit = std::uint64_t{7} * 1024 * 1024;

/// SHA-1 and MD5 of a local file; "" when there is none.
std::pair<std::string, std::string> digests(const fs::path& file) {
  const auto map = core::MappedFile::open(file);
  if (!map) {
    return {};
  }
  const std::string_view bytes(reinterpret_cast<const char*>(map->bytes().data()), map->bytes().size());
  return {*core::hex_digest("sha1", bytes), *core::hex_digest("md5", bytes)};
}

/// Where the file goes: DEST/HOST/PATH, or as `flat` says. A failure's message when it cannot be.
Result<fs::path> target_of(const Call& call, const std::string& source) {
  const std::string given = call.text("dest");
  const fs::path dest = fs::absolute(call.files.folder / core::expand_home(given));
  std::error_code error;
  if (call.flag("flat")) {
    if (fs::is_directory(dest, error) && !given.ends_with('/')) {
      return fail(core::ErrorCode::general,
                  "dest is an existing directory, use a trailing slash if you want to fetch src into that directory");
    }
    return (given.ends_with('/') ? dest / fs::path(source).filename() : dest).lexically_normal();
  }
  const std::string host = call.host_name;
  const fs::path whole = fs::path(dest.string() + "/" + host + "/" + source).lexically_normal();
  const fs::path below = whole.lexically_relative(dest.lexically_normal());
  return below.empty() || *below.begin() == ".."
             ? Result<fs::path>(
                   fail(core::ErrorCode::general, "Detected directory traversal, expected to be contained in '" +
                                                      dest.string() + "' but got '" + whole.string() + "'"))
             : whole;
}

Json missing(const Call& call, const std::string& source, const std::string& message) {
  Json result = {{"changed", false}, {"file", source}, {"msg", message}};
  if (call.flag("fail_on_missing")) {
    result["failed"] = true;
    result.erase("file");
  }
  return result;
}

/// Brings it here; what went wrong becomes a failure.
Result<Json> bring(const Call& call, const std::string& source, const fs::path& target, const std::string& sha1) {
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  task::FileReport report;
  if (auto got = task::file_get(call.host, source, target, report); !got) {
    using core::ErrorCode;
    const auto code = got.error().code;
    return code == ErrorCode::unreachable || code == ErrorCode::timeout || code == ErrorCode::interrupted
               ? Result<Json>(fail(got.error()))
               : failure("Failed to fetch the file: " + got.error().message);
  }
  const auto [now, md5] = digests(target);
  if (call.flag("validate_checksum") && now != sha1) {
    Json failed = failure("checksum mismatch");
    failed.update({{"md5sum", md5},
                   {"file", source},
                   {"dest", target.string()},
                   {"remote_md5sum", nullptr},
                   {"checksum", now},
                   {"remote_checksum", sha1}});
    return failed;
  }
  return Json{{"changed", true},          {"md5sum", md5},   {"dest", target.string()},
              {"remote_md5sum", nullptr}, {"checksum", now}, {"remote_checksum", sha1}};
}

}  // namespace

Result<Json> run_fetch(const Call& call) {
  if (call.check) {
    return Json{{"changed", false}, {"skipped", true}, {"msg", "check mode not (yet) supported for this module"}};
  }
  const auto seen = inspect(call, {.path = call.text("src"), .follow = true});
  if (!seen) {
    return fail(seen.error());
  }
  const std::string& source = seen->file.path;
  if (seen->folder) {
    Json result = {{"changed", false}, {"msg", "remote file is a directory, fetch cannot work on directories"}};
    if (call.flag("fail_on_missing")) {
      result["failed"] = true;
    } else {
      result["msg"] = "remote file is a directory, fetch cannot work on directories, not transferring, ignored";
    }
    return result;
  }
  if (!seen->target.exists) {
    return missing(call, source, "the remote file does not exist, not transferring, ignored");
  }
  if (seen->sha1.empty()) {
    return missing(call, source, "file is not readable: " + source);
  }
  const auto target = target_of(call, source);
  if (!target) {
    return failure(target.error().message);
  }
  const auto [sha1, md5] = digests(*target);
  if (sha1 == seen->sha1) {
    return Json{{"changed", false}, {"md5sum", md5}, {"file", source}, {"dest", target->string()}, {"checksum", sha1}};
  }
  return bring(call, source, *target, seen->sha1);
}

Result<Json> run_slurp(const Call& call) {
  const std::string word = path_word(call.text("src"));
  const auto answer = call.run("p=" + word + "\nsay() { printf '%s\\0%s\\0' \"$1\" \"$p\"; exit 0; }\n" +
                               "[ -e \"$p\" ] || say 'file not found'\n"
                               "[ ! -d \"$p\" ] || say 'source is a directory and must be a file'\n"
                               "[ -r \"$p\" ] || say 'file is not readable'\n"
                               "printf '\\0%s\\0' \"$p\"; exec head -c " +
                               std::to_string(k_slurp_limit + 1) + " -- \"$p\"\n");
  if (!answer) {
    return fail(answer.error());
  }
  Fields fields(answer->out);
  const std::string wrong = fields.next();
  const std::string path = fields.next();
  if (!wrong.empty()) {
    return failure(wrong + ": " + path);
  }
  if (fields.rest().size() > k_slurp_limit) {
    return failure(path + " is larger than 7 MiB; slurp keeps files in memory, use fetch");
  }
  return Json{{"changed", false},
              {"content", core::base64_encode(std::as_bytes(std::span(fields.rest())))},
              {"source", path},
              {"encoding", "base64"}};
}

}  // namespace cef::modules
