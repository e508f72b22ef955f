#include <algorithm>
#include <cctype>
#include <optional>

#include "attributes.hpp"
#include "cef/core/shell.hpp"
#include "file_task.hpp"
#include "http.hpp"
#include "transfer_family.hpp"

namespace cef::modules {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

struct Checksum {
  std::string algorithm, hex;
};

/// A line of a checksum file: "HEX  NAME" or "HEX *NAME"; or the file is one HEX alone.
std::string checksum_for(const std::string& text, const std::string& name) {
  const std::vector<std::string> lines = split_lines(text);
  if (lines.size() == 1 && lines[0].find_first_of(" \t") == std::string::npos) {
    return lines[0];
  }
  for (const std::string& line : lines) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) {
      continue;
    }
    std::string file = line.substr(space + 1);
    file = file.starts_with(' ') || file.starts_with('*') ? file.substr(1) : file;
    const std::size_t begin = file.find_first_not_of("./");
    if (begin != std::string::npos && file.substr(begin) == name) {
      return line.substr(0, space);
    }
  }
  return "";
}

bool is_address(const std::string& text) {
  return text.starts_with("http:") || text.starts_with("https:") || text.starts_with("ftp:") ||
         text.starts_with("file:");
}

std::string file_name(const std::string& url) {
  const std::string name = url_file_name(url);
  return name.empty() ? "index.html" : name;
}

Json base_result(const Call& call) {
  return {{"changed", false}, {"checksum_dest", nullptr}, {"checksum_src", nullptr}, {"dest", call.text("dest")},
          {"elapsed", 0},     {"url", call.text("url")}};
}

Json failed(Json result, const std::string& message) {
  result["failed"] = true;
  result["msg"] = message;
  return result;
}

/// "ALGORITHM:HEX" or "ALGORITHM:ADDRESS of a file that has it". A failure is an error: general, or usage
/// when the result is to have no more than a message.
Result<Checksum> checksum_of(const Call& call, bool& of_connection) {
  const std::string text = call.text("checksum");
  const std::size_t colon = text.find(':');
  if (text.empty()) {
    return Checksum{};
  }
  if (colon == std::string::npos) {
    return fail(ErrorCode::general, "The checksum parameter has to be in format <algorithm>:<checksum>");
  }
  Checksum sum{text.substr(0, colon), text.substr(colon + 1)};
  const std::vector<std::string> known = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"};
  if (std::find(known.begin(), known.end(), sum.algorithm) == known.end()) {
    return fail(ErrorCode::general, "Could not hash file '" + call.text("dest") + "' with algorithm '" + sum.algorithm +
                                        "'. Available algorithms: md5, sha1, sha224, sha256, sha384, sha512");
  }
  if (is_address(sum.hex)) {
    HttpRequest request = http_request(call);
    const std::string address = sum.hex;
    request.url = address;
    const auto ran =
        call.run(k_own_folder + http_script(request) + "http_says\nhead -c 1048576 \"$d/body\"\n", http_input(request));
    if (!ran) {
      of_connection = true;
      return fail(ran.error());
    }
    Fields fields(ran->out);
    const HttpAnswer answer = read_http(fields, address);
    if (answer.status != 200) {
      return fail(ErrorCode::general, answer.status == -1 ? answer.message : "Request failed: " + answer.message);
    }
    sum.hex = checksum_for(std::string(fields.rest()), file_name(call.text("url")));
    if (sum.hex.empty()) {
      return fail(ErrorCode::usage,
                  "Unable to find a checksum for file '" + file_name(call.text("url")) + "' in '" + address + "'");
    }
  }
  std::string hex;
  for (const char c : sum.hex) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      hex += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  if (hex.empty() || hex.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return fail(ErrorCode::general, "The checksum format is invalid");
  }
  sum.hex = hex;
  return sum;
}

/// Fetches, decides on the name, verifies, and moves the new file into its place, with the old one's mode and owner.
std::string fetch_script(const Call& call, const HttpRequest& request, const Checksum& sum, bool folder,
                         const std::string& attributes) {
  std::string script = std::string(k_functions) + k_own_folder;
  script += "p=" + core::shell_quote(strip_end(call.text("dest"), folder ? "/" : "")) + "\n";
  if (call.given("tmp_dest")) {
    const std::string place = path_word(call.text("tmp_dest"));
    script +=
        "x=" + place +
        "\n[ -d \"$x\" ] || { m=\"$x directory does not exist.\"; [ ! -e \"$x\" ] || m=\"$x is a file but should be "
        "a directory.\"; printf 'no\\0%s\\0' \"$m\"; exit 0; }\n";
  }
  script += http_script(request) + "printf 'http\\0'; http_says\n[ -n \"$ok\" ] || exit 0\n" +
            (call.check ? ": >\"$d/body\"\n" : "") +
            "s=$(sha1sum <\"$d/body\"); s=${s%% *}; printf '%s\\0%s\\0' \"$s\" \"$d/body\"\n";
  if (folder) {
    script +=
        "n=$(tr -d '\\r' <\"$d/headers\" | sed -n 's/^ *[Cc]ontent-[Dd]isposition: attachment; "
        "*filename=\"*\\([^\"]*\\).*/\\1/p' | tail -n 1); n=${n##*/}\n"
        "[ -n \"$n\" ] || { n=${e:-$(cat \"$d/url\")}; n=${n%%[?#]*}; n=${n#*://}; case $n in */*) n=${n##*/} ;; *) n= "
        ";; esac; n=${n:-index.html}; }\np=$p/$n\n";
  }
  script +=
      "q=$p; [ ! -L \"$p\" ] || q=$(real \"$p\")\no=${p%/*}; case $p in /*) o=${o:-/} ;; */*) ;; *) o=. ;; esac\n"
      "t=; b=\nif [ -e \"$p\" ]; then [ -w \"$p\" ] || die \"Destination $p is not writable\"; t=$(sha1sum <\"$p\"); "
      "t=${t%% "
      "*}\n"
      "else [ -d \"$o\" ] || die \"Destination $o does not exist\"; [ -w \"$o\" ] || die \"Destination $o is not "
      "writable\"; fi\n";
  if (!sum.hex.empty() && !call.check) {
    script += "h=$(" + sum.algorithm + "sum <\"$d/body\"); h=${h%% *}\n[ \"$h\" = " + sum.hex + " ] || die \"The " +
              "checksum for $p did not match " + sum.hex + "; it was $h.\"\n";
  }
  if (!call.check) {
    script += "if [ \"$s\" != \"$t\" ]; then\n";
    if (call.flag("backup")) {
      script +=
          "  if [ -e \"$p\" ]; then b=$p.$$.$(date +%Y-%m-%d@%H:%M:%S)~; cp -p -- \"$p\" \"$b\" || die \"Could not "
          "make "
          "backup of $p to $b\"; fi\n";
    }
    script +=
        "  c=$(mktemp \"${q%/*}/.ansible_tmpXXXXXX\" 2>/dev/null) || die \"Destination $o is not writable\"\n"
        "  m=$(cp -- \"$d/body\" \"$c\" 2>&1) || { rm -f \"$c\"; die \"failed to copy $d/body to $p: ${m##*: }\"; }\n"
        "  if [ -e \"$q\" ]; then chown \"$(stat -c %u:%g -- \"$q\")\" \"$c\" 2>/dev/null; chmod \"$(stat -c %a -- "
        "\"$q\")\" \"$c\"; else chmod \"$(printf %o $((0666 & ~0$(umask))))\" \"$c\"; fi\n"
        "  m=$(mv -f -- \"$c\" \"$q\" 2>&1) || { rm -f \"$c\"; die \"failed to copy $d/body to $p: ${m##*: }\"; "
        "}\nfi\n";
    script += attributes;
  }
  return script +
         "printf 'ok\\0%s\\0%s\\0' \"$t\" \"$b\"\nm=; [ ! -f \"$p\" ] || m=$(md5sum <\"$p\"); printf '%s\\0' "
         "\"${m%% *}\"\nlook \"$p\"\n";
}

/// Only mode and owner may change still.
Result<Json> dress(const Call& call, const Inspection& seen, Json result) {
  const FileState& file = seen.target.exists ? seen.target : seen.file;
  const auto plan = plan_attributes(wanted_attributes(call), file, seen);
  if (!plan) {
    return attribute_failure(plan.error());
  }
  result["changed"] = result["changed"].get<bool>() || plan->changes();
  FileTask task{call, seen, "file", {}};
  task.path = file.path;
  task.result = std::move(result);
  return task.finish(attribute_script(*plan, "\"$p\""), file);
}

/// A file that turned out to have another name than its address says.
Result<Json> dress_named(const Call& call, const std::string& path, Json result) {
  const auto seen = inspect(call, {.path = path, .owner = call.text("owner"), .group = call.text("group")});
  return seen ? dress(call, *seen, std::move(result)) : fail(seen.error());
}

Result<Json> there_already(const Call& call, const Inspection& seen) {
  auto result = dress(call, seen, base_result(call));
  if (result && !result->contains("failed")) {
    (*result)["msg"] =
        result->at("changed").get<bool>() ? "file already exists but file attributes changed" : "file already exists";
  }
  return result;
}

/// Why there is nothing that could be put in place; the answer is read on the way.
std::optional<Json> no_file(const Call& call, const ssh::ExecResult& ran, const Json& result, Fields& fields,
                            HttpAnswer& answer) {
  const std::string word = fields.next();
  if (word == "no") {
    return Json{{"changed", false}, {"failed", true}, {"msg", fields.next()}, {"elapsed", result["elapsed"]}};
  }
  if (word == "die") {
    return failed(result, valid_text(fields.next()));
  }
  if (word != "http") {
    return failure(task::script_error("fetching " + call.text("url"), ran).message);
  }
  answer = read_http(fields, call.text("url"));
  if (answer.status == 304) {
    return Json{{"url", call.text("url")}, {"dest", call.text("dest")}, {"changed", false},
                {"msg", answer.message},   {"status_code", 304},        {"elapsed", result["elapsed"]}};
  }
  if (answer.status != 200) {
    Json refused = failure(answer.status == -1 ? answer.message : "Request failed");
    if (answer.status != -1) {
      refused["status_code"] = answer.status;
      refused["response"] = answer.message;
    }
    refused.update({{"url", call.text("url")}, {"dest", call.text("dest")}, {"elapsed", result["elapsed"]}});
    return refused;
  }
  return std::nullopt;
}

Result<Json> fetch(const Call& call, const Checksum& sum, const Inspection& seen, bool force) {
  HttpRequest request = http_request(call);
  request.method = call.check ? "HEAD" : "GET";
  request.fresh = force;
  const FileState& before = seen.target.exists ? seen.target : seen.file;
  if (!force && !seen.folder && before.exists) {
    request.newer_than = core::shell_quote(before.path);
  }
  const std::string guess = file_name(call.text("url"));
  Result<AttributePlan> plan =
      plan_attributes(wanted_attributes(call), before.exists ? before : new_state(seen, 0100000U, before.path), seen);
  if (!plan) {
    return attribute_failure(plan.error());
  }
  const auto started = core::Clock::now();
  const auto ran =
      call.run(fetch_script(call, request, sum, seen.folder, attribute_script(*plan, "\"$q\"")), http_input(request));
  if (!ran) {
    return fail(ran.error());
  }
  Json result = base_result(call);
  result["elapsed"] = std::chrono::duration_cast<std::chrono::seconds>(core::Clock::now() - started).count();
  Fields fields(ran->out);
  HttpAnswer answer;
  if (auto none = no_file(call, *ran, result, fields, answer)) {
    add_path_info(*none, before);
    return *none;
  }
  const std::string sha1 = fields.next();
  result["checksum_src"] = sha1;
  result["src"] = fields.next();
  if (const std::string word = fields.next(); word != "ok") {
    return failed(result, word == "die" ? valid_text(fields.next())
                                        : task::script_error("fetching " + call.text("url"), *ran).message);
  }
  const std::string old = fields.next();
  const std::string backup = fields.next();
  const std::string md5 = fields.next();
  const FileState now = read_state(fields);
  result["checksum_dest"] = old.empty() ? Json() : Json(old);
  result["dest"] = now.path;
  result["msg"] = answer.message;
  result["changed"] = sha1 != old;
  if (call.check) {
    return result;
  }
  result["status_code"] = call.text("url").starts_with("http") ? Json(answer.status) : Json();
  result["md5sum"] = md5;
  if (!backup.empty()) {
    result["backup_file"] = backup;
  }
  if (seen.folder && now.path != strip_end(call.text("dest"), "/") + "/" + guess) {
    return dress_named(call, now.path, std::move(result));
  }
  result["changed"] = sha1 != old || (before.exists && plan->changes());
  add_path_info(result, now);
  return result;
}

}  // namespace

Result<Json> run_get_url(const Call& call) {
  bool of_connection = false;
  const auto sum = checksum_of(call, of_connection);
  if (!sum) {
    if (of_connection) {
      return fail(sum.error());
    }
    return failed(sum.error().code == ErrorCode::usage ? failure("") : base_result(call), sum.error().message);
  }
  InspectOptions options{.path = call.text("dest"), .owner = call.text("owner"), .group = call.text("group")};
  options.name_in_folder = file_name(call.text("url"));
  options.follow = true;
  if (!sum->hex.empty()) {
    options.extra = "h=; [ ! -f \"$t\" ] || h=$(" + sum->algorithm + "sum <\"$t\"); printf '%s\\0' \"${h%% *}\"\n";
  }
  const auto seen = inspect(call, options);
  if (!seen) {
    return fail(seen.error());
  }
  const bool there = !seen->folder && seen->target.exists;
  const bool same = !sum->hex.empty() && Fields(seen->extra).next() == sum->hex;
  if (there && same && !call.flag("force")) {
    return there_already(call, *seen);
  }
  return fetch(call, *sum, *seen, call.flag("force") || (there && !sum->hex.empty()));
}

}  // namespace cef::modules
