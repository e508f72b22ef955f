#include "cef/core/digest.hpp"
#include "cef/core/json.hpp"
#include "cef/core/shell.hpp"
#include "docker_shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::shell_quote;

namespace {

/// The label of a container that tells what it was made with.
constexpr const char* k_label = "cef.options";

std::string digest_of(const DockerRunOptions& options) {
  const core::Json json = {{"image", options.image},
                           {"command", options.command},
                           {"remove", options.remove},
                           {"publish", options.publish},
                           {"volumes", options.volumes},
                           {"restart", options.restart},
                           {"environment", options.environment ? options.environment->reveal() : ""},
                           {"gpus", options.gpus}};
  return core::sha256(core::dump_line(json));
}

std::string docker_run_line(const DockerRunOptions& options) {
  std::vector<std::string> words = {"docker", "run"};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) {
      words.insert(words.end(), {option, value});
    }
  };
  if (options.detach) {
    words.emplace_back("-d");
  }
  if (options.remove) {
    words.emplace_back("--rm");
  }
  add("--name", options.name);
  add("--label", std::string(k_label) + "=" + digest_of(options));
  add("--restart", options.restart);
  add("--gpus", options.gpus);
  for (const auto& port : options.publish) {
    add("--publish", port);
  }
  for (const auto& volume : options.volumes) {
    add("--volume", volume);
  }
  if (options.environment) {
    words.insert(words.end(), {"--env-file", "/dev/stdin"});
  }
  words.push_back(options.image);
  words.insert(words.end(), options.command.begin(), options.command.end());
  // printf is part of the shell: what it prints is in no list of processes.
  return (options.environment ? "printf '%s\\n' \"$environment\" | " : "") + core::shell_join(words) +
         (options.environment ? "" : " </dev/null");
}

/// Decides $action: run, start, replace or none.
std::string decide(const DockerRunOptions& options) {
  std::string body = k_daemon_answers;
  body += "image=" + shell_quote(options.image) + "; name=" + shell_quote(options.name) +
          "; want=" + digest_of(options) + "; replace=" + (options.replace ? "yes" : "no") + "; action=run; old=\n" +
          (options.environment ? "environment=$(cat)\n" : "");
  body += R"(id=$(docker image inspect --format '{{.Id}}' -- "$image" 2>/dev/null) || id=
there=
[ -z "$name" ] || there=$(docker container inspect --format '{{.Image}}|{{.State.Status}}|{{index .Config.Labels "cef.options"}}|{{.Id}}' -- "$name" 2>/dev/null) || there=
if [ -n "$there" ]; then
  state=${there#*|}; made=${state#*|}; state=${state%%|*}; cid=${made#*|}; made=${made%%|*}
)";
  body += options.detach ? R"(  if [ "${there%%|*}" = "$id" ] && [ "$made" = "$want" ]; then
    case $state in
      running) action=none ;;
      created|exited) action=start ;;
      *) action=replace ;;
    esac
  else
    action=replace
  fi
)"
                         : "  action=replace\n";
  body += R"(  if [ "$action" = replace ] && [ "$replace" = no ]; then
    [ "$made" = "$want" ] && [ "${there%%|*}" = "$id" ] || state='there, with another image or other options'
    cef_no "the container $name is $state; --replace makes a new one"
  fi
fi
cef_note action "$action"; cef_note image "$id"
)";
  return body;
}

constexpr const char* k_pull = R"(if [ -z "$id" ]; then
  why=$(docker pull -q -- "$image" 2>&1 </dev/null) || {
    why=$(printf '%s\n' "$why" | tail -n 1)
    cef_no "the image $image is not on this host and cannot be pulled: ${why#Error response from daemon: }"
  }
  id=$(cef_ask image inspect --format '{{.Id}}' -- "$image") || exit
  cef_note image "$id"
fi
)";

/// `run_new` sets $cid; `stays_up` gives it a second, which is what a program that cannot work at all mostly takes.
std::string detached(const DockerRunOptions& options) {
  return "run_new() { out=$(" + docker_run_line(options) + R"X( 2>&1) && cid=$(printf '%s\n' "$out" | tail -n 1); }
stays_up() {
  sleep 1
  how=$(docker container inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}' -- "$cid" 2>/dev/null) || return 0
  case $how in running\ *\ 0|exited\ 0\ *|running\ *\ '<no value>') return 0 ;; esac
  code=${how#* }; code=${code%% *}
  why=$(docker logs --tail 5 -- "$cid" 2>&1 | tail -n 1)
  out="the container did not stay up: exit status $code${why:+, its last words: }$why"
  return 1
}
case $action in
  none) ;;
  start) cef_ask start -- "$cid" >/dev/null || exit; stays_up || cef_no "$out" ;;
  run)
    run_new || {
      [ -z "$name" ] || [ "$(docker container inspect --format '{{.State.Status}}' -- "$name" 2>/dev/null)" != created ] ||
        docker rm -- "$name" >/dev/null 2>&1
      cef_no "$out"
    }
    stays_up || cef_no "$out"
    [ -z "$name" ] || docker rm -f -- "$name.cef-old" >/dev/null 2>&1 ;;
  replace)
    docker rm -f -- "$name.cef-old" >/dev/null 2>&1
    docker stop -- "$name" >/dev/null 2>&1
    docker rename "$name" "$name.cef-old" 2>/dev/null && old=$cid
    if run_new && stays_up; then
      [ -z "$old" ] || docker rm -f -- "$old" >/dev/null 2>&1
    elif [ -n "$old" ]; then
      docker rm -f -- "$name" >/dev/null 2>&1
      docker rename "$name.cef-old" "$name" 2>/dev/null
      [ "$state" != running ] || docker start -- "$name" >/dev/null 2>&1
      why=$(printf '%s\n' "$out" | grep -v -e '^See .docker' -e '^Run .docker' -e '^time=' -e '^$' | tail -n 1)
      cef_no "$why; the container from before is back"
    else
      cef_no "$out"
    fi ;;
esac
cef_note container "$cid"
)X";
}

std::string in_front(const DockerRunOptions& options) {
  return "[ \"$action\" != replace ] || cef_ask rm -f -- \"$name\" >/dev/null || exit\n" + docker_run_line(options) +
         "\n";
}

}  // namespace

Result<void> check(const DockerRunOptions& options) {
  if (!is_docker_name(options.image)) {
    return fail(ErrorCode::usage, "'" + options.image + "' is not a name of an image; write for example app:1");
  }
  if (!options.name.empty() && !is_docker_name(options.name)) {
    return fail(ErrorCode::usage, "'" + options.name + "' is not a name of a container");
  }
  if (options.replace && options.name.empty()) {
    return fail(ErrorCode::usage, "--replace needs the --name of what is to be replaced");
  }
  return {};
}

Result<void> docker_run(const Host& host, const DockerRunOptions& options, DockerRunReport& report) {
  std::string body = decide(options);
  if (options.check) {
    body += "exit 0\n";
  } else {
    body += options.detach ? "[ \"$action\" = none ] || {\n" + std::string(k_pull) + "}\n" + detached(options)
                           : k_pull + in_front(options);
  }
  report.name = options.name;
  auto answer = DockerScript(host, body).run(options.environment ? options.environment->reveal() : "");
  if (!answer) {
    return fail(answer.error());
  }
  report.action = note(*answer, "action");
  report.image_id = note(*answer, "image");
  report.container = note(*answer, "container");
  report.changed = report.action != "none";
  if (options.check) {
    return {};
  }
  if (options.detach) {
    return answer->result.exit_status == 0 ? Result<void>() : fail(script_error("docker run", answer->result));
  }
  // 125: docker itself refused. A program that exits with 125 says nothing as docker does.
  if (answer->result.exit_status == 125 && answer->result.err.find("docker: ") != std::string::npos) {
    report.changed = false;
    return fail(ErrorCode::host_failed, probe::docker_reason(answer->result.err));
  }
  report.program.result = std::move(answer->result);
  report.program.ran = true;
  return judge_program(report.program);
}

}  // namespace cef::task
