#include "transfer.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "cef/core/file.hpp"
#include "cef/core/shell.hpp"
#include "deadline.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::array<std::pair<const char*, int>, 13> k_signals = {{{"HUP", SIGHUP},
                                                                    {"INT", SIGINT},
                                                                    {"QUIT", SIGQUIT},
                                                                    {"ILL", SIGILL},
                                                                    {"ABRT", SIGABRT},
                                                                    {"FPE", SIGFPE},
                                                                    {"KILL", SIGKILL},
                                                                    {"USR1", SIGUSR1},
                                                                    {"SEGV", SIGSEGV},
                                                                    {"USR2", SIGUSR2},
                                                                    {"PIPE", SIGPIPE},
                                                                    {"ALRM", SIGALRM},
                                                                    {"TERM", SIGTERM}}};

core::Milliseconds left(const Deadline& deadline) {
  return std::max(core::Milliseconds(0),
                  std::chrono::duration_cast<core::Milliseconds>(deadline.end() - core::Clock::now()));
}

Result<void> end_well(Stream& stream, const Deadline& deadline, const std::string& what) {
  const auto ended = stream.finish(left(deadline));
  if (!ended) {
    return fail(ended.error());
  }
  if (ended->exit_status != 0) {
    std::string why = ended->err.substr(0, ended->err.find('\n'));
    return fail(ErrorCode::host_failed, what + " failed on the host (exit status " +
                                            std::to_string(ended->exit_status) + ")" + (why.empty() ? "" : ": " + why));
  }
  return {};
}

}  // namespace

void append_capped(std::string& to, bool& cut, std::string_view data, core::Bytes cap) {
  const std::size_t room = to.size() < cap.count ? cap.count - to.size() : 0;
  cut = cut || data.size() > room;
  to += data.substr(0, room);
}

int signal_number(const std::string& name) {
  for (const auto& [known, number] : k_signals) {
    if (name == known) {
      return number;
    }
  }
  return 0;
}

std::string signal_name(int number) {
  for (const auto& [known, value] : k_signals) {
    if (number == value) {
      return known;
    }
  }
  return std::to_string(number);
}

Result<void> upload_by_stream(Connection& connection, const std::filesystem::path& from, const std::string& to,
                              unsigned mode, core::Milliseconds within, const core::StopToken& stop) {
  std::ifstream file(from, std::ios::binary | std::ios::ate);
  if (!file) {
    return fail(ErrorCode::usage, from.string() + ": cannot be read: " + std::strerror(errno));
  }
  const auto size = static_cast<long long>(file.tellg());
  file.seekg(0);
  std::array<char, 8> octal{};
  std::snprintf(octal.data(), octal.size(), "%04o", mode & 07777U);
  const std::string target = core::shell_quote(to);
  const std::string aside = core::shell_quote(to + ".cef-part");
  const Deadline deadline(within);
  auto stream = connection.start("umask 077 && cat > " + aside + " && [ \"$(wc -c < " + aside + ")\" -eq " +
                                 std::to_string(size) + " ] && chmod " + octal.data() + " " + aside + " && mv -f " +
                                 aside + " " + target + " || { e=$?; rm -f " + aside + "; exit $e; }");
  if (!stream) {
    return fail(stream.error());
  }
  std::vector<char> buffer(std::size_t{256} * 1024);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    if (stop.immediate()) {
      return fail(ErrorCode::interrupted, "interrupted");
    }
    if (auto written = (*stream)->write({buffer.data(), static_cast<std::size_t>(file.gcount())}, left(deadline));
        !written) {
      return written;
    }
  }
  return end_well(**stream, deadline, "writing " + to);
}

Result<void> download_by_stream(Connection& connection, const std::string& from, const std::filesystem::path& to,
                                core::Milliseconds within, const core::StopToken& stop) {
  auto file = core::AtomicFile::create(to);
  if (!file) {
    return fail(file.error());
  }
  const Deadline deadline(within);
  auto stream = connection.start("cat < " + core::shell_quote(from));
  if (!stream) {
    return fail(stream.error());
  }
  while (true) {
    const auto data = (*stream)->read(left(deadline));
    if (!data) {
      return fail(data.error());
    }
    if (data->empty()) {
      break;
    }
    if (stop.immediate()) {
      return fail(ErrorCode::interrupted, "interrupted");
    }
    if (auto written = file->write(*data); !written) {
      return written;
    }
  }
  return end_well(**stream, deadline, "reading " + from).and_then([&] { return file->commit(); });
}

}  // namespace cef::ssh
