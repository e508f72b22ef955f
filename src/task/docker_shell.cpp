#include "docker_shell.hpp"

#include <algorithm>

#include "cef/probe/docker.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

/// Where it holds, docker needs no sudo, or sudo would not help.
constexpr const char* k_as_login_user =
    "[ -n \"${DOCKER_HOST:-}\" ] || ! command -v docker >/dev/null 2>&1 || [ ! -S /var/run/docker.sock ] || "
    "[ -w /var/run/docker.sock ]";

std::string with_helpers(const std::string& body, const std::string& mark) {
  return "LC_ALL=C; TZ=UTC; export LC_ALL TZ\n"
         "cef_no() { printf '%s\\n%s\\n' " +
         mark + "-no \"$*\" >&2; exit 125; }\n" + "cef_note() { printf '%s %s %s\\n' " + mark +
         "-note \"$1\" \"$2\" >&2; }\n"
         "cef_ask() { docker \"$@\" 2>/dev/null </dev/null || cef_no \"$(docker \"$@\" 2>&1 >/dev/null </dev/null)\"; "
         "}\n" +
         body;
}

}  // namespace

DockerScript::DockerScript(const Host& host, const std::string& body) : DockerScript(host, body, random_word()) {}

DockerScript::DockerScript(const Host& host, const std::string& body, const std::string& mark)
    : host_(host),
      mark_(mark),
      command_(with_helpers(body, mark), host.become().wanted ? host.become() : host.become_root(), k_as_login_user) {}

Result<DockerScript::Answer> DockerScript::run(std::string input) const {
  ssh::ExecRequest request;
  request.command = command_.line;
  request.input = command_.preamble.reveal() + std::move(input);
  request.deadline = host_.deadline();
  return judge(host_.connection().exec(request, host_.stop()));
}

Result<std::unique_ptr<ssh::Stream>> DockerScript::start() const {
  if (host_.become().password) {  // as Host::start
    if (const auto taken = DockerScript(host_, ":").run(); !taken) {
      return fail(taken.error());
    }
  }
  auto stream = host_.connection().start(command_.line);
  if (!stream) {
    return stream;
  }
  if (auto sent = (*stream)->write(command_.preamble.reveal(), host_.deadline()); !sent) {
    return fail(sent.error());
  }
  return stream;
}

Result<DockerScript::Answer> DockerScript::finish(ssh::Stream& stream, core::Milliseconds deadline) const {
  constexpr std::size_t k_output_cap = 8U * 1024U * 1024U;
  const auto end = core::Clock::now() + deadline;
  const auto left = [&] {
    return std::max(std::chrono::duration_cast<core::Milliseconds>(end - core::Clock::now()), core::Milliseconds(1));
  };
  std::string out;
  for (;;) {
    auto piece = stream.read(left());
    if (!piece) {
      return fail(piece.error());
    }
    if (piece->empty()) {
      break;
    }
    out += out.size() < k_output_cap ? *piece : "";
  }
  auto result = stream.finish(left());
  if (result) {
    result->out = std::move(out);
  }
  return judge(std::move(result));
}

Result<DockerScript::Answer> DockerScript::judge(Result<ssh::ExecResult> result) const {
  if (!result) {
    return fail(result.error());
  }
  auto checked = command_.check(std::move(*result));
  if (!checked) {
    core::Error error = checked.error();
    if (!host_.become().wanted) {
      error.message = "docker is not for this user, and " + error.message +
                      "; or let 'cef docker install PATTERN --add-user' put the user into group docker";
    }
    return fail(std::move(error));
  }
  Answer answer{std::move(*checked), {}};
  std::string& err = answer.result.err;
  const std::string noted = mark_ + "-note ";
  for (std::size_t at = err.find(noted); at != std::string::npos; at = err.find(noted)) {
    const std::size_t end = std::min(err.find('\n', at), err.size());
    const std::string line = err.substr(at + noted.size(), end - at - noted.size());
    const std::size_t blank = std::min(line.find(' '), line.size());
    answer.notes[line.substr(0, blank)] = line.substr(std::min(blank + 1, line.size()));
    err.erase(at, end + 1 - at);
  }
  const std::string refused = mark_ + "-no\n";
  if (const std::size_t at = err.find(refused); at != std::string::npos) {
    return fail(ErrorCode::host_failed, probe::docker_reason(err.substr(at + refused.size())));
  }
  return answer;
}

Result<void> judge_program(const DockerProgram& program) {
  const auto& result = program.result;
  if (!result.signal.empty()) {
    return fail(ErrorCode::host_failed, "the program was killed by signal " + result.signal);
  }
  // docker's own words, of a program that it could not start.
  for (const std::string* said : {&result.err, &result.out}) {
    const bool not_started = result.exit_status == 126 || result.exit_status == 127;
    if (not_started && said->find("OCI runtime ") != std::string::npos) {
      return fail(ErrorCode::host_failed, probe::docker_reason(*said));
    }
  }
  if (result.exit_status != 0) {
    return fail(ErrorCode::host_failed, "the program exited with status " + std::to_string(result.exit_status));
  }
  return {};
}

std::string note(const DockerScript::Answer& answer, const std::string& key) {
  const auto found = answer.notes.find(key);
  return found == answer.notes.end() ? "" : found->second;
}

}  // namespace cef::task
