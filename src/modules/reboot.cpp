#include <algorithm>

#include "cef/core/shell.hpp"
#include "text.hpp"
#include "waiting.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr core::Milliseconds k_between_tries{1'000};

std::chrono::seconds seconds_of(const Call& call, const char* name) {
  const Json& value = call.args.at(name);
  return std::chrono::seconds(value.is_number_integer() ? std::max<long long>(0, value.get<long long>()) : 0);
}

long long since(core::Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::seconds>(core::Clock::now() - start).count();
}

bool is_interrupted(const core::Error& error) {
  return error.code == core::ErrorCode::interrupted;
}

/// What a command says; an error when the host cannot be asked or the command fails.
Result<std::string> ask(const Call& call, const std::string& command) {
  const auto answer = call.run(command);
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status != 0) {
    return fail(task::script_error("'" + command + "'", *answer));
  }
  return strip_end(answer->out, " \t\r\n");
}

/// The answer must be on its way before the host goes down.
std::string reboot_script(const Call& call) {
  const std::string minutes = std::to_string(seconds_of(call, "pre_reboot_delay").count() / 60);
  const std::string command =
      call.given("reboot_command")
          ? call.text("reboot_command")
          : "if command -v shutdown >/dev/null; then shutdown -r " + minutes + " " +
                core::shell_quote(call.text("msg")) +
                "; elif command -v systemctl >/dev/null; then systemctl reboot; else reboot; fi";
  return "PATH=$PATH:/usr/sbin:/sbin\n[ \"$(id -u)\" = 0 ] || { echo 'it takes root: become: true' >&2; exit 1; }\n"
         "(trap '' HUP; exec setsid sh -c " +
         core::shell_quote("sleep 1; " + command) + ") </dev/null >/dev/null 2>&1 &\nexit 0\n";
}

Json not_back(const Call& call, const char* what, core::Clock::time_point start) {
  Json failed = failure(std::string("Timed out waiting for ") + what +
                        " (timeout=" + std::to_string(seconds_of(call, "reboot_timeout").count()) + ")");
  failed["rebooted"] = true;
  failed["elapsed"] = since(start);
  return failed;
}

/// Tries until `works` says yes; false when the time is over.
template <class Works>
Result<bool> try_until(const Call& call, core::Clock::time_point end, Works works) {
  while (core::Clock::now() < end) {
    if (!pause_for(call, k_between_tries)) {
      return fail(core::ErrorCode::interrupted, "interrupted while the host rebooted");
    }
    if (works()) {
      return true;
    }
  }
  return false;
}

Result<Json> wait_until_back(const Call& call, const std::string& before) {
  const auto start = core::Clock::now();
  const auto limit = seconds_of(call, "reboot_timeout");
  const auto each = call.given("connect_timeout") ? seconds_of(call, "connect_timeout") : std::chrono::seconds(5);
  const std::string boot = call.text("boot_time_command");
  const auto back = try_until(call, start + limit, [&] {
    if (!call.reconnect(each)) {
      return false;
    }
    const auto now = ask(call, boot);
    return now && !now->empty() && *now != before;
  });
  if (!back) {
    return fail(back.error());
  }
  if (!*back) {
    return not_back(call, "last boot time check", start);
  }
  const auto works = try_until(call, core::Clock::now() + limit, [&] {
    return ask(call, call.text("test_command")).has_value() || (call.reconnect(each) && false);
  });
  if (!works) {
    return fail(works.error());
  }
  if (!*works) {
    return not_back(call, "post-reboot test command", start);
  }
  if (!pause_for(call, seconds_of(call, "post_reboot_delay"))) {
    return fail(core::ErrorCode::interrupted, "interrupted after the host had rebooted");
  }
  return Json{{"changed", true}, {"elapsed", since(start)}, {"rebooted", true}};
}

}  // namespace

Result<Json> run_reboot(const Call& call) {
  if (call.local) {
    Json failed = failure("Running reboot with local connection would reboot the control node.");
    failed["elapsed"] = 0;
    failed["rebooted"] = false;
    return failed;
  }
  if (call.check) {
    return Json{{"changed", true}, {"elapsed", 0}, {"rebooted", true}};
  }
  const auto before = ask(call, call.text("boot_time_command"));
  if (!before) {
    if (before.error().code != core::ErrorCode::host_failed) {
      return fail(before.error());
    }
    Json failed = failure("reboot: failed to get host boot time info: " + before.error().message);
    failed["reboot"] = false;
    return failed;
  }
  const auto asked = call.run(reboot_script(call));
  if (!asked && is_interrupted(asked.error())) {
    return fail(asked.error());
  }
  if (asked && asked->exit_status != 0) {
    Json failed = failure("Reboot command failed. Error was: '" + strip_end(asked->out, "\n") + ", " +
                          strip_end(asked->err, "\n") + "'");
    failed["rebooted"] = false;
    failed["elapsed"] = 0;
    return failed;
  }
  return wait_until_back(call, *before);
}

Result<Json> run_wait_for_connection(const Call& call) {
  if (call.check) {
    return Json{{"changed", false}, {"skipped", true}};
  }
  const auto start = core::Clock::now();
  const auto stopped = fail(core::ErrorCode::interrupted, "interrupted while waiting for the connection");
  if (!pause_for(call, seconds_of(call, "delay"))) {
    return stopped;
  }
  const auto end = core::Clock::now() + seconds_of(call, "timeout");
  std::string last = "timed out";
  while (core::Clock::now() < end) {
    const auto connected = call.reconnect(seconds_of(call, "connect_timeout"));
    const auto said = connected ? ask(call, "echo pong") : Result<std::string>(fail(connected.error()));
    if (said && *said == "pong") {
      return Json{{"changed", false}, {"elapsed", since(start)}};
    }
    last = said ? "ping test failed" : said.error().message;
    if (!pause_for(call, seconds_of(call, "sleep"))) {
      return stopped;
    }
  }
  Json failed = failure("timed out waiting for ping module test: " + last);
  failed["elapsed"] = since(start);
  return failed;
}

}  // namespace cef::modules
