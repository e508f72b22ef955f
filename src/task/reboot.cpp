#include "cef/task/reboot.hpp"

#include <thread>

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr core::Milliseconds k_step{250};
constexpr core::Milliseconds k_between_tries{1'000};
constexpr core::Milliseconds k_try{5'000};

Result<std::string> boot_id(ssh::Connection& connection, core::Milliseconds deadline, const core::StopToken& stop) {
  ssh::ExecRequest request;
  request.command = "cat /proc/sys/kernel/random/boot_id";
  request.deadline = deadline;
  const auto answer = connection.exec(request, stop);
  if (!answer) {
    return fail(answer.error());
  }
  std::string id = last_line(answer->out);
  if (answer->exit_status != 0 || id.size() != 36) {
    return fail(script_error("reading the boot id", *answer));
  }
  return id;
}

/// False when the user asked to stop meanwhile.
bool pause(core::Milliseconds time, const core::StopToken& stop) {
  for (core::Milliseconds waited{0}; waited < time && !stop.draining(); waited += k_step) {
    std::this_thread::sleep_for(k_step);
  }
  return !stop.draining();
}

}  // namespace

Result<void> reboot(const Host& host, const Reconnect& reconnect, core::Milliseconds wait, bool check,
                    RebootReport& report) {
  auto before = boot_id(host.connection(), host.deadline(), host.stop());
  if (!before) {
    return fail(before.error());
  }
  report.boot_id_before = *before;
  report.changed = true;
  if (check) {
    return {};
  }
  // The answer must be on its way before the host goes down.
  const auto asked = host.run_as_root(
      "command -v systemctl >/dev/null || command -v reboot >/dev/null || { echo 'no program to reboot with' >&2; exit "
      "3; }\n"
      "(trap '' HUP; exec setsid sh -c 'sleep 1; systemctl reboot || reboot') </dev/null >/dev/null 2>&1 &\nexit 0");
  if (!asked || asked->exit_status != 0) {
    report.changed = false;
    return fail(asked ? script_error("asking for a reboot", *asked) : asked.error());
  }
  const auto start = core::Clock::now();
  std::string last = "it did not go down";
  while (core::Clock::now() - start < wait) {
    if (!pause(k_between_tries, host.stop())) {
      return fail(ErrorCode::interrupted, "interrupted while the host rebooted");
    }
    auto connection = reconnect(k_try);
    const auto after = connection ? boot_id(**connection, k_try, host.stop()) : fail(connection.error());
    if (after && *after != report.boot_id_before) {
      report.boot_id_after = *after;
      report.down_for = core::Clock::now() - start;
      return {};
    }
    last = after ? "it did not go down" : after.error().message;
  }
  return fail(ErrorCode::timeout,
              "the host is not back " + core::to_human(wait) + " after it was told to reboot: " + last);
}

}  // namespace cef::task
