#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cef/ssh/both_outputs.hpp"
#include "deadline.hpp"
#include "libssh_connection.hpp"
#include "tcp.hpp"
#include "transfer.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

/// /bin/sh -c COMMAND with three pipes. Killed, with all it started, when the object goes before it ended.
class Process {
 public:
  static Result<std::unique_ptr<Process>> start(const std::string& command) {
    std::array<std::array<int, 2>, 3> pipes{};
    std::array<Socket, 6> ends;
    for (std::size_t i = 0; i < 3; ++i) {
      if (::pipe2(pipes[i].data(), O_CLOEXEC) != 0) {
        return fail(ErrorCode::general, std::string("no pipe can be made: ") + std::strerror(errno));
      }
      ends[2 * i] = Socket(pipes[i][0]);
      ends[2 * i + 1] = Socket(pipes[i][1]);
    }
    const pid_t child = ::fork();
    if (child < 0) {
      return fail(ErrorCode::general, std::string("no process can be made: ") + std::strerror(errno));
    }
    if (child == 0) {
      ::setpgid(0, 0);
      ::dup2(pipes[0][0], STDIN_FILENO);
      ::dup2(pipes[1][1], STDOUT_FILENO);
      ::dup2(pipes[2][1], STDERR_FILENO);
      std::signal(SIGPIPE, SIG_DFL);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ::setpgid(child, child);
    std::unique_ptr<Process> process(new Process);
    process->child_ = child;
    process->in_ = std::move(ends[1]);
    process->out_ = std::move(ends[2]);
    process->err_ = std::move(ends[4]);
    for (const int fd : {process->in_.get(), process->out_.get(), process->err_.get()}) {
      ::fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    return process;
  }
  ~Process() { kill(); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Bytes read; 0 when there are none now. At the end of file the descriptor is closed.
  std::size_t read(std::span<char> buffer, bool from_stderr) {
    Socket& end = from_stderr ? err_ : out_;
    if (end.get() < 0) {
      return 0;
    }
    const ssize_t count = ::read(end.get(), buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
      end = Socket();
    }
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  std::size_t write(std::string_view data) {
    if (in_.get() < 0) {
      return data.size();
    }
    const ssize_t count = ::write(in_.get(), data.data(), data.size());
    if (count < 0 && errno == EPIPE) {
      in_ = Socket();
      return data.size();
    }
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  void end_input() { in_ = Socket(); }
  [[nodiscard]] bool output_ended() const { return out_.get() < 0; }

  /// True once the program has ended and, unless something it left behind holds them open, its output too.
  bool ended() {
    if (!reaped_ && ::waitpid(child_, &status_, WNOHANG) == child_) {
      reaped_ = true;
    }
    return reaped_;
  }
  void wait(bool for_input, const Deadline& deadline) const {
    std::array<pollfd, 3> all{
        {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {for_input ? in_.get() : -1, POLLOUT, 0}}};
    const bool nothing_to_read = out_.get() < 0 && err_.get() < 0;
    ::poll(all.data(), all.size(), deadline.poll_timeout(nothing_to_read ? 2 : 20));
  }
  void kill() {
    if (!reaped_) {
      ::kill(-child_, SIGKILL);
      ::waitpid(child_, &status_, 0);
      reaped_ = true;
    }
  }
  void fill(ExecResult& result) const {
    if (WIFSIGNALED(status_)) {
      result.signal = signal_name(WTERMSIG(status_));
      result.exit_status = 128 + WTERMSIG(status_);
    } else {
      result.exit_status = WEXITSTATUS(status_);
    }
  }

 private:
  Process() = default;
  pid_t child_ = -1;
  int status_ = 0;
  bool reaped_ = false;
  Socket in_;
  Socket out_;
  Socket err_;
};

class LocalStream final : public BothOutputs {
 public:
  LocalStream(std::unique_ptr<Process> process, core::StopToken stop)
      : process_(std::move(process)), stop_(std::move(stop)) {}

  Result<void> write(std::string_view data, core::Milliseconds within) override {
    const Deadline deadline(within);
    while (!data.empty()) {
      data.remove_prefix(process_->write(data));
      if (data.empty()) {
        break;
      }
      if (stop_.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the host took nothing for " + core::to_human(within));
      }
      drain_stderr();
      process_->wait(true, deadline);
    }
    return {};
  }

  Result<std::string> read(core::Milliseconds within) override {
    const Deadline deadline(within);
    while (true) {
      std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
      if (const std::size_t count = process_->read(buffer, false); count > 0) {
        return std::string(buffer.data(), count);
      }
      drain_stderr();
      if (process_->output_ended()) {
        return std::string();
      }
      if (stop_.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the program wrote nothing within the deadline");
      }
      process_->wait(false, deadline);
    }
  }

  Result<Said> read_both(core::Milliseconds within) override {
    const Deadline deadline(within);
    std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (true) {
      Said said;
      said.out.assign(buffer.data(), process_->read(buffer, false));
      said.err.assign(buffer.data(), process_->read(buffer, true));
      said.at_end = said.out.empty() && said.err.empty() && process_->output_ended();
      if (said.at_end || !said.out.empty() || !said.err.empty()) {
        return said;
      }
      if (stop_.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the program wrote nothing within the deadline");
      }
      process_->wait(false, deadline);
    }
  }

  Result<ExecResult> finish(core::Milliseconds within) override {
    const Deadline deadline(within);
    process_->end_input();
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (!process_->ended()) {
      process_->read(buffer, false);
      drain_stderr();
      if (stop_.immediate()) {
        process_->kill();
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        process_->kill();
        return fail(ErrorCode::timeout, "the program did not end within the deadline");
      }
      process_->wait(false, deadline);
    }
    drain_stderr();
    ExecResult result;
    process_->fill(result);
    result.err = std::move(stderr_);
    return result;
  }

 private:
  void drain_stderr() {
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    bool cut = false;
    for (std::size_t count = process_->read(buffer, true); count > 0; count = process_->read(buffer, true)) {
      append_capped(stderr_, cut, {buffer.data(), count}, core::Bytes{64U * 1024U});
    }
  }
  std::unique_ptr<Process> process_;
  core::StopToken stop_;
  std::string stderr_;
};

class LocalConnection final : public Connection {
 public:
  explicit LocalConnection(core::StopToken stop) : stop_(std::move(stop)) {}
  Result<ExecResult> exec(const ExecRequest& request, const core::StopToken& stop) override {
    const auto start = core::Clock::now();
    const Deadline deadline(request.deadline);
    auto started = Process::start(request.command);
    if (!started) {
      return fail(started.error());
    }
    Process& process = **started;
    ExecResult result;
    std::string_view input = request.input;
    std::vector<char> buffer(65536);
    while (true) {
      const bool was_ended = process.ended();  // asked before reading: what it wrote last is read below
      bool moved = false;
      for (const bool from_stderr : {false, true}) {
        const std::size_t count = process.read(buffer, from_stderr);
        append_capped(from_stderr ? result.err : result.out, from_stderr ? result.err_cut : result.out_cut,
                      {buffer.data(), count}, request.output_cap);
        moved = moved || count > 0;
      }
      if (!input.empty()) {
        const std::size_t count = process.write(input);
        input.remove_prefix(count);
        moved = moved || count > 0;
      }
      if (input.empty()) {
        process.end_input();
      }
      if (!moved && was_ended) {
        break;
      }
      if (stop.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the command did not end within " + core::to_human(request.deadline) +
                                            "; give it longer with --timeout");
      }
      if (!moved) {
        process.wait(!input.empty(), deadline);
      }
    }
    process.fill(result);
    result.elapsed = core::Clock::now() - start;
    return result;
  }

  Result<std::unique_ptr<Stream>> start(const std::string& command) override {
    auto process = Process::start(command);
    if (!process) {
      return fail(process.error());
    }
    return std::make_unique<LocalStream>(std::move(*process), stop_);
  }
  Result<void> upload(const std::filesystem::path& from, const std::string& to, unsigned mode,
                      core::Milliseconds deadline, const core::StopToken& stop) override {
    return upload_by_stream(*this, from, to, mode, deadline, stop);
  }
  Result<void> download(const std::string& from, const std::filesystem::path& to, core::Milliseconds deadline,
                        const core::StopToken& stop) override {
    return download_by_stream(*this, from, to, deadline, stop);
  }

 private:
  core::StopToken stop_;
};

}  // namespace

std::unique_ptr<Connection> make_local_connection(core::StopToken stop) {
  // A program that ends without reading its input must not end cef.
  static const auto previous = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(previous);
  return std::make_unique<LocalConnection>(std::move(stop));
}

}  // namespace cef::ssh
