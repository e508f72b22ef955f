#include "screen.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace cef::cli {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

/// Alternate screen, no cursor, no wrapping of long lines; and back.
constexpr std::string_view k_enter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view k_leave = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/// SIGINT and SIGTERM are cef's own: they end the table in order.
constexpr std::array k_fatal = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

/// Read by signal handlers: set before they are installed, constant while they are.
termios g_before{};
termios g_raw{};
int g_keys = -1;

void put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void enter() {
  ::tcsetattr(g_keys, TCSANOW, &g_raw);
  put(k_enter);
}

void leave() {
  put(k_leave);
  ::tcsetattr(g_keys, TCSANOW, &g_before);
}

extern "C" void cef_on_fatal_signal(int signal) {
  leave();
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

extern "C" void cef_on_suspend(int /*signal*/) {
  leave();
  ::raise(SIGSTOP);
  enter();
}

}  // namespace

Result<Screen> Screen::open() {
  if (::isatty(STDOUT_FILENO) != 1) {
    return fail(ErrorCode::usage,
                "--watch draws on a terminal and stdout is none; use --interval with --jsonl instead");
  }
  const int keys = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (keys < 0 || ::tcgetattr(keys, &g_before) != 0) {
    return fail(ErrorCode::usage, "--watch takes keys from a terminal and there is none");
  }
  g_keys = keys;
  g_raw = g_before;
  g_raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
  g_raw.c_cc[VMIN] = 0;
  g_raw.c_cc[VTIME] = 0;
  for (const int signal : k_fatal) {
    std::signal(signal, &cef_on_fatal_signal);
  }
  std::signal(SIGTSTP, &cef_on_suspend);
  enter();
  return Screen(keys);
}

Screen::Screen(Screen&& other) noexcept : keys_(std::exchange(other.keys_, -1)) {}

Screen::~Screen() {
  if (keys_ < 0) {
    return;
  }
  leave();
  for (const int signal : k_fatal) {
    std::signal(signal, SIG_DFL);
  }
  std::signal(SIGTSTP, SIG_DFL);
  ::close(keys_);
}

ScreenSize Screen::size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return {};
  }
  return {size.ws_col, size.ws_row};
}

void Screen::show(const std::string& frame) const {
  std::string out = "\x1b[H";
  for (const char c : frame) {
    out += c == '\n' ? std::string("\x1b[K\r\n") : std::string(1, c);
  }
  put(out + "\x1b[K\x1b[J");
}

char Screen::key(int milliseconds) const {
  pollfd waiting{keys_, POLLIN, 0};
  if (::poll(&waiting, 1, milliseconds) <= 0 || (waiting.revents & POLLIN) == 0) {
    return 0;
  }
  std::array<char, 32> keys{};
  const ssize_t read = ::read(keys_, keys.data(), keys.size());
  return read <= 0 || keys[0] == '\x1b' ? '\0' : keys[0];
}

}  // namespace cef::cli
