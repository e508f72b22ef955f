#include "fleet_options.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <ostream>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cef/core/file.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "cef/core/text.hpp"
#include "cef/report/fleet.hpp"

namespace cef::cli {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<std::string> ask_on_terminal(const std::string& prompt, bool echo) {
  const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0) {
    return fail(ErrorCode::usage, "there is no terminal to ask '" + prompt + "'");
  }
  termios before{};
  ::tcgetattr(terminal, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  if (!echo) {
    ::tcsetattr(terminal, TCSAFLUSH, &silent);
  }
  sigset_t held;  // a signal after the prompt and before the wait would be lost
  sigset_t usual;
  sigemptyset(&held);
  sigaddset(&held, SIGINT);
  sigaddset(&held, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &held, &usual);
  std::string text;
  pollfd waiting{terminal, POLLIN, 0};
  int ready = ::write(terminal, prompt.data(), prompt.size()) > 0 ? 1 : 0;
  for (char c = 0; ready > 0 && (ready = ::ppoll(&waiting, 1, nullptr, &usual)) > 0;) {
    const ssize_t got = ::read(terminal, &c, 1);
    if (got == 1 && c != '\n') {
      text += c;
    } else if (got >= 0 || errno != EAGAIN) {
      break;
    }
  }
  const bool interrupted = ready < 0 && errno == EINTR;
  pthread_sigmask(SIG_SETMASK, &usual, nullptr);
  if (!echo) {
    ::tcsetattr(terminal, TCSAFLUSH, &before);
  }
  if (!echo || interrupted) {
    static_cast<void>(!::write(terminal, "\n", 1));
  }
  ::close(terminal);
  return interrupted ? fail(ErrorCode::interrupted, "interrupted") : Result<std::string>(std::move(text));
}

Result<core::Secret> ask_secret(const std::string& prompt, const std::string& instead) {
  auto text = ask_on_terminal(prompt, false);
  if (!text) {
    const bool usage = text.error().code == ErrorCode::usage;
    return fail(text.error().code, text.error().message + (usage ? "; give " + instead + " instead" : ""));
  }
  return core::Secret(std::move(*text));
}

void add_ask_pass_option(CLI::App& app, bool& wanted) {
  app.add_flag("-k,--ask-pass", wanted, "ask for the login password");
}

Result<void> ask_login_password(bool wanted, std::optional<core::Secret>& password) {
  if (!wanted) {
    return {};
  }
  auto secret = ask_secret("SSH password: ", "ansible_password in the inventory");
  if (!secret) {
    return fail(secret.error());
  }
  password = std::move(*secret);
  return {};
}

namespace {

constexpr std::size_t k_longest_password = 4096;

/// As bash makes it of <(…): read_file takes only what has a size.
Result<std::string> read_pipe(const std::string& file) {
  std::ifstream in(file);
  std::string text(k_longest_password + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text.size() <= k_longest_password ? Result<std::string>(std::move(text))
                                           : fail(ErrorCode::usage, file + ": says more than a password");
}

}  // namespace

Result<core::Secret> read_password_file(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    core::log_warning(file + " holds a password and others can read it; chmod 600 " + file);
  }
  auto text = S_ISFIFO(status.st_mode) ? read_pipe(file) : core::read_file(file, core::Bytes{k_longest_password});
  if (!text) {
    return fail(text.error());
  }
  std::string password = core::trim(*text);
  if (password.empty()) {
    return fail(ErrorCode::usage, file + ":1: holds no password");
  }
  return core::Secret(std::move(password));
}

void add_connection_options(CLI::App& app, ssh::ConnectOptions& options) {
  app.add_option_function<std::string>(
         "-T,--connect-timeout",
         [&options](const std::string& text) {
           const auto duration = core::parse_duration(text);
           if (!duration || duration->count() == 0) {
             throw CLI::ValidationError("--connect-timeout",
                                        "'" + text + "' is not a duration above 0; write for example 10s");
           }
           options.connect_deadline = *duration;
         },
         "for name, TCP, handshake and login")
      ->default_str("10s");
  app.add_option("--retries", options.attempts, "tries when the server hangs up before login")
      ->capture_default_str()
      ->check(CLI::Range(1, 20));
  app.add_option_function<std::string>(
         "--host-key-checking",
         [&options](const std::string& how) {
           options.host_key_checking = how == "strict" ? ssh::HostKeyChecking::strict
                                       : how == "off"  ? ssh::HostKeyChecking::off
                                                       : ssh::HostKeyChecking::accept_new;
         },
         "strict, accept-new or off")
      ->default_str("accept-new")
      ->check(CLI::IsMember({"strict", "accept-new", "off"}));
  app.add_option("--known-hosts", options.known_hosts, "instead of ~/.ssh/known_hosts");
  app.add_option("--ssh-config", options.config_file, "instead of ~/.ssh/config");
}

void add_shard_option(CLI::App& app, std::optional<inventory::Shard>& shard) {
  app.add_option_function<std::string>(
         "--shard",
         [&shard](const std::string& text) {
           const auto parsed = inventory::parse_shard(text);
           if (!parsed) {
             throw CLI::ValidationError(parsed.error().message);
           }
           shard = *parsed;
         },
         "only the I-th of N equal parts of the hosts; 'cef merge' joins the results")
      ->option_text("I/N");
}

void add_fleet_options(CLI::App& app, FleetArguments& arguments) {
  app.add_option("pattern", arguments.options.pattern,
                 "which hosts: a group, a host, or a pattern as Ansible writes them")
      ->required();
  add_host_options(app, arguments);
}

void add_host_options(CLI::App& app, FleetArguments& arguments) {
  auto& options = arguments.options;
  app.add_option("-i,--inventory", options.inventory,
                 "inventory file or folder, or HOST,HOST; may be given several times")
      ->allow_extra_args(false);
  app.add_option("-l,--limit", options.limit, "a second pattern that hosts must match too");
  add_shard_option(app, options.shard);
  app.add_option("-f,--forks", options.forks, "hosts at once")->capture_default_str()->check(CLI::Range(1, 4096));
  app.add_option("--timeout", arguments.timeout, "for a command on a host")->capture_default_str();
  add_connection_options(app, options.connect);
  app.add_option("-u,--user", arguments.user, "log in as this user");
  app.add_option("--private-key", arguments.private_key, "log in with this key");
  add_ask_pass_option(app, arguments.ask_password);
  app.add_flag("-b,--become", options.become, "run as another user");
  app.add_option("--become-user", arguments.become_user, "who that is (root)");
  app.add_option("--become-method", arguments.become_method, "how: sudo, or su with that user's password (sudo)")
      ->check(CLI::IsMember({"sudo", "su"}));
  app.add_flag("-K,--ask-become-pass", arguments.ask_become_password, "ask for the password of sudo or su");
  app.add_option("--become-password-file", arguments.become_password_file, "it holds that password");
  add_vault_options(app, *arguments.vaults);
}

void refuse_options_of_program(const CLI::App& app, const CLI::Option& program) {
  const auto& order = app.parse_order();
  const auto first = std::find(order.begin(), order.end(), &program);
  const bool marked = !app.remaining().empty();  // holds "--" and nothing else
  const bool mixed = std::any_of(first, order.end(), [&](const CLI::Option* one) { return one != &program; });
  if (mixed && !marked && program.results().front().find(' ') == std::string::npos) {
    throw CLI::ValidationError("options stand after the program '" + program.results().front() +
                               "': cef's go before it, and those of the program need '--' before it");
  }
}

Result<core::Milliseconds> parse_positive(const std::string& text, const std::string& option) {
  auto duration = core::parse_duration(text);
  if (!duration || duration->count() == 0) {
    return fail(ErrorCode::usage, option + ": '" + text + "' is not a duration above 0; write for example 10s");
  }
  return duration;
}

void add_check_option(CLI::App& app, FleetArguments& arguments) {
  app.add_flag("-C,--check", arguments.options.check, "say what would change, and change nothing");
}

void add_rollout_options(CLI::App& app, FleetArguments& arguments) {
  add_check_option(app, arguments);
  app.add_option("--batch", arguments.batch,
                 "a rolling change: so many hosts, or per cent of them, at a time: 2 or 25% or 1,25%")
      ->delimiter(',');
  app.add_option("--max-fail", arguments.max_fail,
                 "stop, with exit code 8, when more hosts than so many (3 or 10%) failed");
}

Result<operation::FleetOptions> finish(const FleetArguments& arguments, Console& /*console*/) {
  operation::FleetOptions options = arguments.options;
  const auto timeout = parse_positive(arguments.timeout, "--timeout");
  if (!timeout) {
    return fail(timeout.error());
  }
  options.timeout = *timeout;
  for (const auto& text : arguments.batch) {
    const auto share = fleet::parse_share(text, "--batch");
    if (!share) {
      return fail(share.error());
    }
    if (share->value == 0) {
      return fail(ErrorCode::usage, "--batch: '" + text + "' is no host at all; write for example 1 or 25%");
    }
    options.batches.push_back(*share);
  }
  if (!arguments.max_fail.empty()) {
    const auto share = fleet::parse_share(arguments.max_fail, "--max-fail");
    if (!share) {
      return fail(share.error());
    }
    options.max_fail = *share;
  }
  const auto set = [](auto& to, const std::string& text) {
    if (!text.empty()) {
      to = text;
    }
  };
  set(options.user, arguments.user);
  set(options.become_user, arguments.become_user);
  if (!arguments.become_method.empty()) {
    options.become_method = core::parse_become_method(arguments.become_method);
  }
  if (!arguments.private_key.empty()) {
    options.private_key = core::expand_home(arguments.private_key);
  }
  if (auto asked = ask_login_password(arguments.ask_password, options.password); !asked) {
    return fail(asked.error());
  }
  if (!arguments.become_password_file.empty() || arguments.ask_become_password) {
    auto secret = arguments.become_password_file.empty() ? ask_secret("become password: ")
                                                         : read_password_file(arguments.become_password_file);
    if (!secret) {
      return fail(secret.error());
    }
    options.become_password = *secret;
  }
  options.vault_passwords = vault_passwords(arguments.vaults);
  if (asks(*arguments.vaults)) {  // before anything is drawn
    if (const auto known = options.vault_passwords(); !known) {
      return fail(known.error());
    }
  }
  return options;
}

ProgressLine::ProgressLine(const Globals& globals, Console& console)
    : console_(console),
      enabled_(console.err_is_terminal && globals.verbosity >= 0 && globals.output != OutputMode::jsonl) {
  if (enabled_) {
    thread_ = std::thread([this] { draw(); });
  }
}

ProgressLine::~ProgressLine() {
  clear();
}

void ProgressLine::show(const fleet::Progress& progress) {
  if (enabled_) {
    const std::lock_guard lock(mutex_);
    text_ = report::progress_text(progress);
  }
}

void ProgressLine::draw() {
  std::unique_lock lock(mutex_);
  for (auto wait = std::chrono::milliseconds(1000); !ended_signal_.wait_for(lock, wait, [this] { return ended_; });
       wait = std::chrono::milliseconds(200)) {
    if (text_.empty()) {
      continue;  // nothing has begun, and a program may be asking for a password on this line
    }
    drawn_ = true;
    console_.err << "\r\x1b[K" << text_ << (console_.stop.draining() ? " (stopping; Ctrl-C again to leave now)" : "")
                 << std::flush;
  }
}

void ProgressLine::clear() {
  if (!thread_.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_signal_.notify_one();
  thread_.join();
  if (drawn_) {
    console_.err << "\r\x1b[K" << std::flush;
  }
}

}  // namespace cef::cli
