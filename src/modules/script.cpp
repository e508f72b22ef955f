#include "cef/core/shell.hpp"
#include "command.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// The script comes on stdin into a file of its own, which is removed when it ended.
std::string script_command(const std::string& executable, const std::string& name, const std::string& arguments,
                           std::size_t size) {
  const std::string file = "\"$cefscript/\"" + core::shell_quote(name);
  return "sh -c " +
         core::shell_quote(
             "cefscript=$(umask 077; mktemp -d \"${TMPDIR:-/tmp}/.cef-XXXXXX\") || exit 1\n"
             "trap 'rm -rf \"$cefscript\"' EXIT\n"
             "cat >" +
             file + " && [ \"$(wc -c <" + file + ")\" -eq " + std::to_string(size) +
             " ] || { echo 'the script could not be brought to the host' >&2; exit 1; }\n"
             "chmod 700 " +
             file + "\n" + executable + (executable.empty() ? "" : " ") + file + " " + arguments + " </dev/null\n");
}

/// What of the text comes after its first word.
std::string after_first_word(const std::string& text) {
  char quote = '\0';
  std::size_t at = text.find_first_not_of(" \t\r\n");
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '\\') {
      ++at;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      return text.substr(at + 1);
    }
  }
  return "";
}

Json skipped(std::string why) {
  return {{"skipped", true}, {"msg", std::move(why)}, {"changed", false}};
}

}  // namespace

Result<Json> run_script(const Call& call) {
  const std::string text = strip_end(call.text("_raw_params"), " \t\r\n");
  const auto words = split_words(text);
  if (!words || words->empty()) {
    return failure(words ? "no script given" : words.error().message);
  }
  if (call.given("chdir") && !call.text("chdir").starts_with('/')) {
    return failure("chdir " + call.text("chdir") + " must be an absolute path for a Unix-aware remote node");
  }
  const auto file = call.files.find("files", words->front());
  if (!file) {
    return failure(file.error().message);
  }
  const auto content = call.files.read(*file);
  if (!content) {
    return failure(content.error().message);
  }
  Program program;
  program.chdir = call.text("chdir");
  program.creates = call.text("creates");
  program.removes = call.text("removes");
  program.only_look = call.check;
  program.input = *content;
  program.command =
      script_command(call.text("executable"), file->filename().string(), after_first_word(text), content->size());
  const auto ran = run_program(call, program);
  if (!ran) {
    return fail(ran.error());
  }
  if (ran->refusal == "exists" || ran->refusal == "absent") {
    return skipped(ran->refusal == "exists" ? call.text("creates") + " exists, matching creates option"
                                            : call.text("removes") + " does not exist, matching removes option");
  }
  if (call.check) {
    return program.creates.empty() && program.removes.empty() ? skipped("Check mode is not supported for this task.")
                                                              : Json{{"changed", true}};
  }
  Json result = {{"changed", true}, {"rc", ran->refusal.empty() ? ran->status : 1}};
  add_output(result, ran->out, ran->refusal.empty() ? ran->err : ran->reason);
  if (result["rc"] != 0) {
    result["failed"] = true;
    result["msg"] = "non-zero return code";
  }
  return result;
}

}  // namespace cef::modules
