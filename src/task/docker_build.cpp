#include <algorithm>

#include "cef/core/shell.hpp"
#include "docker_shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::shell_quote;

namespace {

/// sudo changes $HOME, so the home of the login user is looked up.
constexpr const char* k_find_home =
    "user=${SUDO_USER:-$(id -un)}\n"
    "home=$(getent passwd \"$user\" 2>/dev/null | cut -d: -f6); [ -n \"$home\" ] || home=$HOME\n";

/// $dir: the folder to build, all links followed, so that a `current` that moves meanwhile does no harm.
std::string find_folder(const std::string& folder, const std::string& model) {
  const std::string missing =
      model.empty() ? "there is no folder $dir" : "$dir is not there: the model " + model + " is not deployed here";
  return std::string(k_find_home) + "dir=" + shell_quote(folder) +
         "\ncase $dir in /*) ;; *) dir=$home/$dir ;; esac\n[ -d \"$dir\" ] || cef_no \"" + missing +
         "\"\ndir=$(cd \"$dir\" && pwd -P) || cef_no \"$dir cannot be entered\"\ncef_note directory \"$dir\"\n"
         "[ -f \"$dir/Dockerfile\" ] || cef_no \"$dir has no Dockerfile\"\n";
}

/// The output goes to stdout only once the build has ended: stdin may still be open until then.
std::string build(const std::string& tag, const std::string& command) {
  const std::string image =
      "docker image inspect --format '{{.Id}}' -- " + shell_quote(tag) + " 2>/dev/null </dev/null";
  return "before=$(" + image + ") || before=\ncef_note before \"$before\"\nout=$(" + command +
         " 2>&1); status=$?\nafter=$(" + image +
         ") || after=\ncef_note after \"$after\"\nprintf '%s\\n' \"$out\"\nexit $status\n";
}

/// docker colours what a step of a build said on stderr.
std::string plain(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "\x1b[") == 0) {
      i = std::min(text.find_first_not_of("0123456789;", i + 2), text.size());
    } else if (text[i] != '\r') {
      out += text[i];
    }
  }
  return out;
}

Result<DockerScript::Answer> send(const DockerScript& script, const DockerContext& context, const Host& host) {
  const auto end = core::Clock::now() + host.deadline();
  const auto left = [&] {
    return std::max(std::chrono::duration_cast<core::Milliseconds>(end - core::Clock::now()), core::Milliseconds(1));
  };
  auto stream = script.start();
  if (!stream) {
    return fail(stream.error());
  }
  bool refused = false;
  const auto sent = context.write([&](std::string_view data) -> Result<void> {
    if (host.stop().immediate()) {
      return fail(ErrorCode::interrupted, "stopped");
    }
    auto written = (*stream)->write(data, left());
    refused = refused || !written;
    return written;
  });
  if (!sent && !refused) {
    return fail(sent.error());
  }
  // A program that ended early says more than the broken pipe does.
  auto answer = script.finish(**stream, left());
  return answer || sent ? answer : fail(answer.error().code == ErrorCode::host_failed ? answer.error() : sent.error());
}

std::string script_of(const DockerBuildOptions& options) {
  std::string body = k_daemon_answers;
  std::string command = "docker build -t " + shell_quote(options.tag);
  if (options.context) {
    // head ends docker's input after the archive; the channel itself stays open for the answer.
    command = "head -c " + std::to_string(options.context->size().count) + " | " + command + " -";
  } else {
    const std::string folder =
        options.model.empty() ? options.directory : options.dest + "/" + options.model + "/current";
    body += find_folder(folder, options.model);
    command += " -- \"$dir\" </dev/null";
  }
  const std::string inspect = "docker image inspect --format '{{.Id}}' -- " + shell_quote(options.tag);
  return body + (options.check ? "before=$(" + inspect + " 2>/dev/null) || before=\ncef_note before \"$before\"\n"
                               : build(options.tag, command));
}

}  // namespace

Result<void> check(const DockerBuildOptions& options) {
  for (const auto* text : {&options.tag, &options.model, &options.dest, &options.directory}) {
    if (text->find_first_of("\r\n") != std::string::npos) {
      return fail(ErrorCode::usage, "names and folders are of one line");
    }
  }
  if (!is_docker_name(options.tag)) {
    return fail(ErrorCode::usage, "'" + options.tag + "' is not a name of an image; write for example app:1");
  }
  if (!options.model.empty() && !core::is_safe_host_name(options.model)) {
    return fail(ErrorCode::usage, "'" + options.model + "' is not a name of a model");
  }
  return {};
}

Result<void> docker_build(const Host& host, const DockerBuildOptions& options, DockerBuildReport& report) {
  report.tag = options.tag;
  const DockerScript script(host, script_of(options));
  const bool sends = options.context && !options.check;
  const auto answer = sends ? send(script, *options.context, host) : script.run();
  if (!answer) {
    return fail(answer.error());
  }
  report.sent_bytes = sends ? options.context->size().count : 0;
  report.directory = note(*answer, "directory");
  report.image_before = note(*answer, "before");
  report.image_after = options.check ? report.image_before : note(*answer, "after");
  report.output = plain(answer->result.out);
  report.changed = options.check || report.image_before != report.image_after;
  if (answer->result.exit_status != 0) {
    return fail(ErrorCode::host_failed, "docker build failed: " + probe::docker_reason(report.output));
  }
  return {};
}

}  // namespace cef::task
