#include <algorithm>
#include <atomic>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "cef/cli/command.hpp"
#include "cef/cli/exit_code.hpp"
#include "cef/core/log.hpp"
#include "commands.hpp"
#include "stopping.hpp"
#include "wrong_use.hpp"

namespace cef::cli {

namespace {

core::StopToken* g_stop = nullptr;
volatile std::sig_atomic_t g_teller = 0;  // a child that has not become its program yet has this handler too
constexpr std::string_view k_stopping = "\ncef: stopping when what runs has ended; Ctrl-C again leaves at once\n";

extern "C" void cef_on_signal(int signal) {
  if (g_stop == nullptr) {
    return;
  }
  g_stop->request();
  if (g_stop->immediate()) {  // a third one must end cef whatever it is doing
    std::signal(signal, SIG_DFL);
  } else if (g_teller == ::getpid()) {
    const int before = errno;
    static_cast<void>(!::write(STDERR_FILENO, k_stopping.data(), k_stopping.size()));
    errno = before;
  }
}

void install_signal_handlers(core::StopToken& stop) {
  g_stop = &stop;
  struct sigaction action {};
  action.sa_handler = cef_on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

/// The options of all commands are listed once, in `cef --help`.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_footer(const CLI::App* app) const override {
    const bool root = app->get_parent() == nullptr;
    return root ? Formatter::make_footer(app)
                : "And --json, --jsonl, -v, -q: see 'cef --help'.\n\n" + Formatter::make_footer(app);
  }
};

report::Style style_of_stdout() {
  report::Style style;
  const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  style.colour =
      terminal && (no_colour == nullptr || *no_colour == '\0') && (term == nullptr || std::string_view(term) != "dumb");
  style.width = 1'000'000;  // a file or a pipe: nothing is cut
  winsize size{};
  if (terminal && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    style.width = size.ws_col;
  }
  return style;
}

/// `deploy FILE.zip PATTERN` is short for `deploy file FILE.zip PATTERN`, and `help COMMAND` for `COMMAND --help`.
std::vector<std::string> written_out(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  const auto is_word = [](const std::string& word) { return word.empty() || word.front() != '-'; };
  const auto command = std::find_if(arguments.begin(), arguments.end(), is_word);
  if (command != arguments.end() && *command == "deploy" && command + 1 != arguments.end() && is_word(command[1]) &&
      command[1].find_first_of("./") != std::string::npos) {
    arguments.insert(command + 1, "file");
  }
  return arguments;
}

int wrong_use(const CLI::ParseError& error, const CLI::App& app, const std::vector<std::string>& arguments,
              const Globals& globals, Console& console) {
  if (error.get_exit_code() == 0) {  // --help, --version
    return app.exit(error, console.out, console.err);
  }
  const core::Error wrong{core::ErrorCode::usage, wrong_use_message(error, app, arguments), {}};
  const int code = report_error(wrong, globals, console);
  if (globals.output == OutputMode::table) {
    console.err << "Try '" << help_of(app, arguments) << "'.\n";
  }
  return code;
}

/// A file that is opened as one of the three would be printed into, and a program on this machine would not get it.
void open_missing_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) < 0) {
      static_cast<void>(::open("/dev/null", O_RDWR));
    }
  }
}

/// The exit code, after all is printed. A reader that left, as head does, wanted no more.
int after_output(int code) {
  std::cout.flush();
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  if (std::cout.good() || (::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0)) {
    return code;
  }
  std::cerr << "cef: stdout cannot be written to; is the disk full?\n";
  return code == 0 ? exit_code(core::ErrorCode::general) : code;
}

}  // namespace

int run(const std::vector<std::string>& given, Console& console) {
  const std::vector<std::string> arguments = written_out(given);
  Globals globals;
  Action action;
  CLI::App app("cef: operate a fleet of edge nodes, put models on them, measure which model each should run", "cef");
  app.set_version_flag("-V,--version", "cef " CEF_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.formatter(std::make_shared<HelpFormatter>());
  app.get_formatter()->column_width(34);
  bool json = false;
  bool jsonl = false;
  int verbose = 0;
  bool quiet = false;
  auto* json_flag = app.add_flag("--json", json, "one JSON document on stdout");
  app.add_flag("--jsonl", jsonl, "one JSON object per event on stdout, as it happens")->excludes(json_flag);
  app.add_flag("-v,--verbose", verbose, "say more on stderr; -vv for debugging");
  app.add_flag("-q,--quiet", quiet, "errors only on stderr");
  for (const Register& add : commands()) {
    add(app, action);
  }
  // Output mode and log level are needed also when the rest of the line is wrong.
  for (const auto& word : arguments) {
    if (word == "--") {
      break;
    }
    globals.output = word == "--json" ? OutputMode::json : word == "--jsonl" ? OutputMode::jsonl : globals.output;
  }
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& error) {
    return wrong_use(error, app, arguments, globals, console);
  }
  globals.verbosity = quiet ? -1 : verbose;
  core::set_up_logging(quiet          ? core::LogLevel::quiet
                       : verbose == 0 ? core::LogLevel::normal
                       : verbose == 1 ? core::LogLevel::verbose
                                      : core::LogLevel::debug);
  return action ? action(globals, console) : exit_code(core::ErrorCode::internal);
}

void tell_of_stopping() noexcept {
  g_teller = ::getpid();
}

int main(int argc, char** argv) {
  open_missing_streams();
  std::setlocale(LC_CTYPE, "C.UTF-8");
  Console console{std::cout, std::cerr, style_of_stdout(), ::isatty(STDERR_FILENO) == 1, {}};
  install_signal_handlers(console.stop);
  try {
    return after_output(run(std::vector<std::string>(argv + 1, argv + argc), console));
  } catch (const std::exception& error) {
    const auto* refused = dynamic_cast<const std::system_error*>(&error);
    if (refused != nullptr && refused->code() == std::errc::resource_unavailable_try_again) {
      std::cerr << "cef: this machine gives cef no more threads; allow more (ulimit -u), or end other programs\n";
      return exit_code(core::ErrorCode::general);
    }
    std::cerr << "cef: a bug in cef: " << error.what() << "\n";
    return exit_code(core::ErrorCode::internal);
  }
}

}  // namespace cef::cli
