#include "write_file.hpp"

#include <cstdlib>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/shell.hpp"
#include "cef/task/send.hpp"
#include "command.hpp"

namespace cef::modules {

using core::fail;
using core::Result;

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// Mode and owner of the new content at "$t". What was not asked for is done where it may be.
std::string dress_script(const WriteRequest& request) {
  const FileState& before = request.before;
  const AttributePlan& plan = request.attributes;
  std::string script;
  const std::string keep =
      before.exists ? std::to_string(before.uid) + ":" + std::to_string(before.gid) : std::string("$(id -u):$(id -g)");
  script += "chown \"" + keep + "\" \"$t\" 2>/dev/null\n";
  const unsigned mode = plan.mode ? *plan.mode : before.exists ? before.permissions() : request.mode_when_new;
  AttributePlan all = plan;
  all.mode = mode;
  return script + attribute_script(all, "\"$t\"");
}

Result<std::string> validate_script(const std::string& validate) {
  const std::size_t at = validate.find("%s");
  if (at == std::string::npos) {
    return fail(core::ErrorCode::general, "validate must contain %s: " + validate);
  }
  auto words = split_words(validate);
  if (!words) {
    return fail(words.error());
  }
  std::string command;
  for (std::string& word : *words) {
    std::string quoted;
    std::size_t begin = 0;
    for (std::size_t hit = word.find("%s"); hit != std::string::npos; hit = word.find("%s", begin)) {
      quoted += (hit == begin ? "" : path_word(word.substr(begin, hit - begin))) + "\"$t\"";
      begin = hit + 2;
    }
    quoted += begin < word.size() || quoted.empty() ? path_word(word.substr(begin)) : "";
    command += (command.empty() ? "" : " ") + quoted;
  }
  return "v=$(mktemp) || die 'no temporary file could be made'\n"
         "o=$( (exec " +
         command +
         ") 2>\"$v\" </dev/null; c=$?; printf x; exit $c); c=$?\n"  // x: the ends of lines stay
         "[ $c = 0 ] || { e=$(cat \"$v\"; printf x); printf 'invalid\\0%s\\0%s\\0%s\\0' $c \"${o%x}\" \"${e%x}\"; rm "
         "-f "
         "\"$v\" \"$t\"; exit 3; }\n"
         "rm -f \"$v\"\n";
}

/// The content from stdin, whole, into "$t" beside the target.
std::string receive_script(const WriteRequest& request) {
  return "t=$(mktemp \"${d%/}/.ansible_tmpXXXXXX\" 2>/dev/null) || die \"The destination directory ($d) is not "
         "writable "
         "by the current user.\"\n"
         "trap 'rm -f \"$t\"' EXIT\n"
         "m=$( { cat >\"$t\"; } 2>&1) || die \"Could not write $p: ${m##*: }\"\n"
         "[ \"$(wc -c <\"$t\")\" -eq " +
         std::to_string(request.content.size()) + " ] || die 'the transfer was cut off'\n";
}

/// "$t" takes the place of "$p".
std::string replace_script(bool backup) {
  std::string script = "b=\n";
  if (backup) {
    script +=
        "if [ -e \"$p\" ]; then b=$p.$$.$(date +%Y-%m-%d@%H:%M:%S)~\n"
        "  m=$(cp -p -- \"$p\" \"$b\" 2>&1) || die \"Could not make backup of $p to $b: ${m##*: }\"; fi\n";
  }
  return script +
         "m=$(mv -f -- \"$t\" \"$p\" 2>&1) || die \"Could not replace file: $t to $p: ${m##*: }\"\n"
         "printf 'ok\\0%s\\0' \"$b\"\nlook \"$p\"\n";
}

Result<std::string> write_script(const WriteRequest& request, const std::string& part) {
  std::string script = k_functions;
  script += "p=" + core::shell_quote(request.path) + "\nd=" + core::shell_quote(folder_of(request.path)) + "\n";
  if (request.only_if) {
    script += "s=; [ ! -f \"$p\" ] || s=$(sha1sum <\"$p\")\n[ \"${s%% *}\" = " + core::shell_quote(*request.only_if) +
              " ] || die \"$p was changed by another while this task ran; run it again\"\n";
  }
  script += request.prepare;
  script += part.empty() ? receive_script(request) : "t=" + part + "\n";
  script += dress_script(request);
  if (!request.validate.empty()) {
    const auto validate = validate_script(request.validate);
    if (!validate) {
      return fail(validate.error());
    }
    script += *validate;
  }
  return script + replace_script(request.backup);
}

/// Brings a big file beside the target; the name of the part as a shell word.
Result<std::string> send_part(const Call& call, const WriteRequest& request) {
  auto parcel = task::make_parcel(*request.local);
  if (!parcel) {
    return fail(parcel.error());
  }
  const std::size_t slash = request.path.rfind('/');
  const std::string name = slash == std::string::npos ? request.path : request.path.substr(slash + 1);
  const std::string part = core::shell_quote((slash == std::string::npos ? "" : request.path.substr(0, slash + 1)) +
                                             "." + name + "." + parcel->sha256.substr(0, 12) + ".cef-part");
  task::SendReport report;
  if (auto sent = task::send(call.host, *parcel, part, report); !sent) {
    return fail(sent.error());
  }
  return part;
}

bool of_connection(const core::Error& error) {
  using core::ErrorCode;
  return error.code == ErrorCode::unreachable || error.code == ErrorCode::timeout ||
         error.code == ErrorCode::interrupted;
}

}  // namespace

Result<std::string> instant_script(const WriteRequest& request, const std::string& sha1, bool owner, bool group) {
  std::string script = "if [ -n \"$w\" ] && [ ! -L \"$p\" ] && [ \"${s%% *}\" != " + sha1 +
                       " ] && { [ -n \"$c\" ] || [ ! -e \"$p\" ]; }" + (owner ? " && [ -n \"$o\" ]" : "") +
                       (group ? " && [ -n \"$g\" ]" : "") +
                       "; then\nprintf 'w\\0'\n"
                       "k=$i:$j a=\n[ -z \"$c\" ] || { k=$(stat -c '%u:%g %a' -- \"$p\"); a=${k#* } k=${k% *}; }\n";
  if (request.attributes.mode) {
    script += "a=" + mode_text(*request.attributes.mode) + "\n";
  }
  script += "[ -n \"$a\" ] || a=$(printf '%o' $((0666 & ~$(umask))))\n" + receive_script(request) +
            "{ [ $k = $i:$j ] && [ ! -g \"$d\" ]; } || chown $k \"$t\" 2>/dev/null\n";
  const auto change = [&](const char* name, const char* current, const char* program, const char* value) {
    script += std::string("[ ") + value + " = " + current + " ] || m=$(" + program + " \"$t\" 2>&1) || because '" +
              name + " failed: ' \"$t\"\n";
  };
  if (owner) {
    change("chown", "${k%:*}", "chown -h $o", "$o");
  }
  if (group) {
    change("chgrp", "${k#*:}", "chown -h :$g", "$g");
  }
  script += "m=$(chmod $a \"$t\" 2>&1) || because 'chmod failed: ' \"$t\"\n";
  if (!request.validate.empty()) {
    const auto validate = validate_script(request.validate);
    if (!validate) {
      return validate;
    }
    script += *validate;
  }
  return script + replace_script(request.backup) + "fi\n";
}

Result<WriteResult> read_write_result(const ssh::ExecResult& answer, const std::string& what) {
  Fields fields(answer.out);
  const std::string word = fields.next();
  WriteResult result;
  if (word == "die") {
    result.failure = failure(valid_text(fields.next()));
  } else if (word == "invalid") {
    result.failure = failure("failed to validate");
    (*result.failure)["exit_status"] = std::atoi(fields.next().c_str());
    const std::string out = fields.next();
    add_output(*result.failure, out, fields.next());
  } else if (word == "ok") {
    result.backup_file = fields.next();
    result.after = read_state(fields);
  } else {
    result.failure = failure(task::script_error(what, answer).message);
  }
  return result;
}

Result<WriteResult> write_file(const Call& call, const WriteRequest& request) {
  WriteRequest now = request;
  std::string part;
  if (request.local) {
    std::error_code error;
    if (std::filesystem::file_size(*request.local, error) <= k_inline_limit) {
      auto content = core::read_file(*request.local, core::Bytes{k_inline_limit});
      if (!content) {
        return WriteResult{failure(content.error().message), {}, {}};
      }
      now.content = std::move(*content);
    } else {
      if (!request.prepare.empty()) {
        const auto made = call.run(k_functions + ("p=" + core::shell_quote(request.path) + "\n") + request.prepare);
        if (!made) {
          return fail(made.error());
        }
      }
      auto sent = send_part(call, request);
      if (!sent) {
        return of_connection(sent.error()) ? Result<WriteResult>(fail(sent.error()))
                                           : WriteResult{failure(sent.error().message), {}, {}};
      }
      part = std::move(*sent);
    }
  }
  const auto script = write_script(now, part);
  if (!script) {
    return WriteResult{failure(script.error().message), {}, {}};
  }
  const auto answer = call.run(*script, now.content);
  if (!answer) {
    return fail(answer.error());
  }
  return read_write_result(*answer, "writing " + request.path);
}

}  // namespace cef::modules
