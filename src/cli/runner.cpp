#include <array>
#include <cerrno>
#include <memory>
#include <ostream>
#include <string_view>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cef/cli/command.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/operation/runner.hpp"
#include "cef/report/runner_install.hpp"
#include "fleet_command.hpp"

namespace cef::cli {

namespace {

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// Ends a download or copy when the control node is gone, while nobody reads the channel.
class HangUpWatch {
 public:
  explicit HangUpWatch(core::StopToken gone)
      : wake_(::eventfd(0, EFD_CLOEXEC)), gone_(std::move(gone)), thread_([this] { watch(); }) {}
  HangUpWatch(const HangUpWatch&) = delete;
  HangUpWatch& operator=(const HangUpWatch&) = delete;
  ~HangUpWatch() {
    static_cast<void>(::eventfd_write(wake_, 1));
    thread_.join();
    ::close(wake_);
  }

 private:
  void watch() const {
    std::array<pollfd, 2> both = {pollfd{STDIN_FILENO, POLLRDHUP, 0}, pollfd{wake_, POLLIN, 0}};
    while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
    }
    if ((both[0].revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0) {
      gone_.request();
      gone_.request();
    }
  }
  int wake_;
  core::StopToken gone_;
  std::thread thread_;
};

/// Serves the control node on stdin and stdout until the channel closes.
int run_runner(const Globals& globals, Console& console) {
  if (::isatty(STDIN_FILENO) == 1) {
    return report_error({core::ErrorCode::usage,
                         "the runner speaks with 'cef bench', which starts it; to put cef on hosts write 'cef runner "
                         "install PATTERN'",
                         {}},
                        globals, console);
  }
  // Frames own the channel: what a library prints to stdout goes to stderr instead.
  console.out.flush();
  const int channel = ::dup(STDOUT_FILENO);
  if (channel < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    return report_error({core::ErrorCode::general, "the runner has no standard output", {}}, globals, console);
  }
  const core::StopToken gone;
  const HangUpWatch watch(gone);
  operation::RunnerSession session(
      [&gone](const operation::RunnerSetup& setup) { return operation::prepare_runner(setup, gone); });
  bool open = write_all(channel, operation::RunnerSession::greeting());
  std::array<char, 65536> buffer{};
  while (open && !console.stop.draining()) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      break;
    }
    const auto answer = session.hear(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    if (!answer) {
      ::close(channel);
      return report_error(answer.error(), globals, console);
    }
    open = write_all(channel, *answer);
  }
  ::close(channel);
  return 0;
}

struct InstallArguments : FleetArguments {
  operation::InstallRunnerOptions install;
};

void add_install(CLI::App& parent, Action& action) {
  auto* app = parent.add_subcommand("install", "put cef on hosts, from a Debian package of their architecture");
  auto arguments = std::make_shared<InstallArguments>();
  add_fleet_options(*app, *arguments);
  add_rollout_options(*app, *arguments);
  app->add_option("--package", arguments->install.packages,
                  "cef_VERSION_ARCHITECTURE.deb, or a folder of them (default: those beside this program and here)")
      ->allow_extra_args(false);
  app->add_flag("--reinstall", arguments->install.reinstall, "also where this version is there already");
  app->footer("Examples:\n  cef runner install rpi -i fleet.yaml --package cef_" CEF_VERSION
              "_arm64.deb\n  cef runner install all -i fleet.yaml --package packages/ --batch 25% --max-fail 0");
  app->callback([arguments, &action] {
    action = [arguments](const Globals& globals, Console& console) {
      const Presentation<operation::RunnerInstallHost> presentation{
          "cef.runner-install/1", &report::host_json,
          [&](const auto& result) { return report::runner_install_text(result, console.style); }};
      return run_fleet_command(*arguments, presentation, globals, console,
                               [&](const auto& options, const auto& events, const auto& stop) {
                                 auto wanted = arguments->install;
                                 wanted.fleet = options;
                                 return operation::install_runner(wanted, events, stop);
                               });
    };
  });
}

}  // namespace

void register_runner(CLI::App& root, Action& action) {
  auto* app =
      root.add_subcommand("runner", "install cef on edges; alone it serves 'cef bench', which starts it itself");
  app->footer(
      "Examples:\n  cef runner install all -i fleet.yaml\n  cef runner install gpu -i fleet.yaml --package packages/ "
      "-K");
  app->require_subcommand(0, 1);
  add_install(*app, action);
  app->callback([app, &action] {
    if (app->get_subcommands().empty()) {
      action = [](const Globals& globals, Console& console) { return run_runner(globals, console); };
    }
  });
}

}  // namespace cef::cli
