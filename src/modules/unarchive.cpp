#include <filesystem>

#include "cef/core/file.hpp"
#include "cef/core/shell.hpp"
#include "cef/task/send.hpp"
#include "command.hpp"
#include "http.hpp"
#include "node_file.hpp"
#include "transfer_family.hpp"
#include "unarchive_script.hpp"
#include "write_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> out;
  for (const Json& item : list) {
    out.push_back(python_json(item));
  }
  return out;
}

UnarchiveOptions options_of(const Call& call) {
  UnarchiveOptions options;
  options.include = texts(call.args.at("include"));
  options.exclude = texts(call.args.at("exclude"));
  options.extra = texts(call.args.at("extra_opts"));
  options.owner = call.text("owner");
  options.group = call.text("group");
  const Json& mode = call.args.at("mode");
  options.mode = mode.is_number_integer() ? mode_text(mode.get<unsigned>()) : call.text("mode");
  options.keep_newer = call.flag("keep_newer");
  options.check = call.check;
  return options;
}

/// Where the archive comes from: shell that leaves its path in "$z", and what goes to that shell's stdin.
struct Origin {
  std::string script, input;
  std::string url{};
};

/// An error of the code `general` is a failure of the module.
Result<Origin> local_origin(const Call& call) {
  const auto file = call.files.find("files", call.text("src"));
  if (!file) {
    return fail(core::ErrorCode::general, file.error().message);
  }
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(*file, error);
  if (error) {
    return fail(core::ErrorCode::general, "Could not find or access '" + file->string() + "': " + error.message());
  }
  if (size <= k_inline_limit) {
    auto content = call.files.read(*file);
    if (!content) {
      return fail(core::ErrorCode::general, content.error().message);
    }
    return Origin{"z=$d/source; cat >\"$z\"; [ \"$(wc -c <\"$z\")\" -eq " + std::to_string(content->size()) +
                      " ] || die \"Source '$z' failed to transfer\"\n",
                  std::move(*content)};
  }
  if (call.given("creates")) {  // nothing is sent in vain
    const auto there = call.run("[ -e " + path_word(call.text("creates")) + " ]");
    if (!there || there->exit_status == 0) {
      return there ? Result<Origin>(Origin{}) : fail(there.error());
    }
  }
  const auto parcel = task::make_parcel(*file);
  if (!parcel) {
    return fail(core::ErrorCode::general, parcel.error().message);
  }
  const std::string part = "\"${TMPDIR:-/tmp}/.cef-" + parcel->sha256.substr(0, 24) + ".cef-part\"";
  task::SendReport report;
  if (const auto sent = task::send(call.host, *parcel, part, report); !sent) {
    const auto code = sent.error().code;
    const bool lost = code == core::ErrorCode::unreachable || code == core::ErrorCode::timeout ||
                      code == core::ErrorCode::interrupted;
    return lost ? fail(sent.error()) : fail(core::ErrorCode::general, sent.error().message);
  }
  return Origin{"z=" + part + "\ntrap 'rm -rf \"$d\" \"$z\"' EXIT\n", ""};
}

Origin remote_origin(const Call& call) {
  const std::string src = call.text("src");
  if (src.find("://") == std::string::npos) {
    return {"z=" + path_word(src) +
                "\n[ -e \"$z\" ] || die \"Source '$z' does not exist\"\n[ -r \"$z\" ] || die \"Source '$z' not "
                "readable\"\n",
            ""};
  }
  HttpRequest request;
  request.url = src;
  request.verify = call.flag("validate_certs");
  const std::string name = url_file_name(src);
  return {http_script(request) + "[ -n \"$ok\" ] || { printf 'http\\0'; http_says; exit 0; }\nz=$d/" +
              core::shell_quote(name.empty() ? "archive" : "source-" + name) + "; mv \"$d/body\" \"$z\"\n",
          http_input(request), src};
}

std::string unarchive_script(const Call& call, const UnarchiveOptions& options, const Origin& origin) {
  std::string script =
      std::string(k_functions) + k_own_folder + "p=" + path_word(call.text("dest")) + "\nwhy=; k=; LC_ALL=C.UTF-8\n";
  if (call.given("creates")) {
    script += "x=" + path_word(call.text("creates")) +
              "\nif [ -e \"$x\" ]; then printf 'creates\\0%s\\0' \"$x\"; exit 0; fi\n";
  }
  return script + "[ -d \"$p\" ] || die \"dest '$p' must be an existing dir\"\n" + origin.script +
         "[ -s \"$z\" ] || die \"Invalid archive '$z', the file is 0 bytes\"\n" + unarchive_functions(options) +
         "case $(head -c 2 \"$z\") in PK) of_zip ;; *) of_tar ;; esac\n"
         "die \"Failed to find handler for \\\"$z\\\". Make sure the required command to extract the file is "
         "installed.\n$why\"\n";
}

Json result_of(const Call& call, const UnarchiveOptions& options, Fields& fields) {
  const std::string handler = fields.next();
  const std::string program = fields.next();
  const bool unpacked = !fields.next().empty();
  const bool dressed = fields.next() == "1";
  const int status = std::atoi(fields.next().c_str());
  const std::string out = fields.next();
  const std::string err = fields.next();
  const std::string list = fields.next();
  const std::string diff = fields.next();
  const std::string archive = fields.next();
  fields.next();
  const FileState folder = read_state(fields);
  Json result = {{"changed", unpacked || dressed}, {"handler", handler}, {"dest", folder.path}, {"src", archive}};
  if (unpacked && !call.check) {
    result["extract_results"] = {{"cmd", unarchive_command(options, handler, program, archive, folder.path)},
                                 {"rc", status},
                                 {"out", valid_text(out)},
                                 {"err", valid_text(err)}};
  }
  add_path_info(result, folder);
  if (status != 0) {
    result["failed"] = true;
    result["changed"] = false;
    result["msg"] = "failed to unpack " + archive + " to " + folder.path;
    return result;
  }
  if (!diff.empty()) {
    result["diff"] = {{"prepared", valid_text(diff)}};
  }
  if (call.flag("list_files")) {
    result["files"] = split_lines(valid_text(list));
  }
  return result;
}

}  // namespace

Result<Json> run_unarchive(const Call& call) {
  if (call.given("include") && call.given("exclude") && !call.args.at("include").empty() &&
      !call.args.at("exclude").empty()) {
    return failure("parameters are mutually exclusive: include|exclude");
  }
  const bool remote = call.flag("remote_src") || (call.given("copy") && !call.flag("copy"));
  const UnarchiveOptions options = options_of(call);
  Result<Origin> origin = remote ? Result<Origin>(remote_origin(call)) : local_origin(call);
  if (!origin) {
    return origin.error().code == core::ErrorCode::general ? Result<Json>(failure(origin.error().message))
                                                           : fail(origin.error());
  }
  const auto ran = call.run(unarchive_script(call, options, *origin), std::move(origin->input));
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  const std::string word = fields.next();
  if (word == "die") {
    return failure(valid_text(fields.next()));
  }
  if (word == "creates") {
    return Json{{"skipped", true}, {"msg", "skipped, since " + fields.next() + " exists"}, {"changed", false}};
  }
  if (word == "skipped") {
    return Json{{"skipped", true},
                {"changed", false},
                {"msg", "remote module (ansible.legacy.unarchive) does not support check mode when using gtar"}};
  }
  if (word == "http") {
    return failure("Failure downloading " + origin->url + ", " + read_http(fields, origin->url).message);
  }
  return word == "done" ? result_of(call, options, fields)
                        : failure(task::script_error("unpacking " + call.text("src"), *ran).message);
}

}  // namespace cef::modules
