#include "libssh_connection.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include <libssh/callbacks.h>

#include "cef/core/file.hpp"
#include "cef/core/loop.hpp"
#include "cef/core/shell.hpp"
#include "cef/ssh/both_outputs.hpp"
#include "transfer.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_write_size = std::size_t{128} * 1024;
constexpr std::uint32_t k_stream_window = 4 * 1024 * 1024;
constexpr std::size_t k_stream_piece = std::size_t{64} * 1024;
constexpr std::uint32_t k_stream_grant = k_stream_window / 8;
constexpr std::size_t k_stream_stderr = std::size_t{64} * 1024;
constexpr int k_refusals = 40;  // of a session, k_after_refusal apart: two seconds
constexpr core::Milliseconds k_after_refusal{50};

tl::unexpected<core::Error> broken(ssh_session session, const char* when) {
  const std::string why = ssh_get_error(session);
  return fail(ErrorCode::unreachable, std::string("the connection broke") + when + (why.empty() ? "" : ": " + why));
}

/// What the program gave; an error when sshd ran its own words instead of it: no command runs before the password is
/// changed (OpenSSH, session.c, do_pwchange).
Result<ExecResult> unless_password_expired(ExecResult result) {
  if (result.exit_status == 1 && result.err.find("Password change required but no TTY available.") < 200) {
    return fail(ErrorCode::unreachable,
                "the user's password has expired and must be changed before the host runs commands: log in once with "
                "ssh -t and change it");
  }
  return result;
}

/// One for all connections of a thread: what is in it is not kept while others may go on.
std::span<char> piece_buffer() {
  thread_local const std::unique_ptr<char[]> memory(new char[k_stream_piece]);  // NOLINT(modernize-avoid-c-arrays)
  return {memory.get(), k_stream_piece};
}

/// A running remote program: one channel, its exit status as it arrives.
class Channel {
 public:
  explicit Channel(ssh_session session) : session_(session), channel_(ssh_channel_new(session)) {
    std::memset(&callbacks_, 0, sizeof callbacks_);
    ssh_callbacks_init(&callbacks_);
    callbacks_.userdata = this;
    callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* self) {
      static_cast<Channel*>(self)->exit_status_ = status;
    };
    callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* signal, int, const char*,
                                                 const char*,
                                                 void* self) { static_cast<Channel*>(self)->signal_ = signal; };
    ssh_set_channel_callbacks(channel_, &callbacks_);
  }
  ~Channel() {
    ssh_remove_channel_callbacks(channel_, &callbacks_);
    if (ssh_channel_is_open(channel_) != 0) {
      ssh_channel_close(channel_);
    }
    ssh_channel_free(channel_);
    ssh_blocking_flush(session_, 0);
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Result<void> open(const Deadline& deadline, const core::StopToken& stop) {
    return ask([&] { return ssh_channel_open_session(channel_); },
               "the host opens no session (MaxSessions of its sshd?)", deadline, stop);
  }
  Result<void> run(const std::string& command, const Deadline& deadline, const core::StopToken& stop) {
    return ask([&] { return ssh_channel_request_exec(channel_, command.c_str()); }, "the command was not accepted",
               deadline, stop);
  }

  /// Bytes read, 0 when there are none now, nothing on a broken link.
  std::optional<std::size_t> read(std::span<char> buffer, bool from_stderr) {
    const int count = ssh_channel_read_nonblocking(channel_, buffer.data(), static_cast<std::uint32_t>(buffer.size()),
                                                   from_stderr ? 1 : 0);
    if (count == SSH_ERROR) {
      return std::nullopt;
    }
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  /// As `read` of stdout, and lets the host send 4 MiB ahead. Left to itself libssh gives 0.6 to 1.3 MB, which at a
  /// round trip of 100 ms is 53 Mbit/s.
  std::optional<std::string_view> read_ahead() {
    if (!ahead_) {
      ahead_.reset(new char[k_stream_window]);
    }
    std::optional<std::size_t> count;
    if (taken_ >= k_stream_grant && !at_end() && ssh_channel_poll(channel_, 0) > 0) {
      taken_ = 0;  // asked for more than its window holds, libssh widens it; it gives what is there
      const int got = ssh_channel_read_timeout(channel_, ahead_.get(), k_stream_window, 0, 0);
      count = got == SSH_ERROR ? std::nullopt : std::optional(static_cast<std::size_t>(std::max(got, 0)));
    } else {
      count = read({ahead_.get(), k_stream_piece}, false);
      taken_ += count.value_or(0);
    }
    return count ? std::optional(std::string_view(ahead_.get(), *count)) : std::nullopt;
  }
  std::optional<std::size_t> write(std::string_view data) {
    if (lost()) {
      return std::nullopt;
    }
    if (ssh_channel_is_closed(channel_) != 0 || ssh_channel_is_eof(channel_) != 0) {
      return data.size();  // the program ended without reading its input, which is its right
    }
    const int count =
        ssh_channel_write(channel_, data.data(), static_cast<std::uint32_t>(std::min(data.size(), k_write_size)));
    if (count == SSH_ERROR) {
      return ssh_is_connected(session_) != 0 ? std::optional(data.size()) : std::nullopt;
    }
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  void end_input() { ssh_channel_send_eof(channel_); }
  [[nodiscard]] bool at_end() const {
    return ssh_channel_is_eof(channel_) != 0 || ssh_channel_is_closed(channel_) != 0;
  }
  /// Takes in what has arrived. Reading does this too, but only until the end of file, and the exit status may come
  /// later.
  void pump() { ssh_channel_get_exit_status(channel_); }
  /// Exit status or signal arrived, or the channel was closed without one.
  [[nodiscard]] bool ended() const {
    return at_end() && (exit_status_ || !signal_.empty() || ssh_channel_is_closed(channel_) != 0);
  }
  /// The link is gone, and with it what the program would have said.
  [[nodiscard]] bool lost() const { return ssh_is_connected(session_) == 0; }
  void kill() {
    if (ssh_channel_is_open(channel_) != 0) {
      ssh_channel_request_send_signal(channel_, "KILL");
    }
  }
  [[nodiscard]] bool has_status() const { return exit_status_ || !signal_.empty(); }
  void fill(ExecResult& result) const {
    result.signal = signal_;
    result.exit_status = signal_.empty() ? exit_status_.value_or(255) : 128 + signal_number(signal_);
  }

 private:
  template <class Call>
  Result<void> ask(Call call, const char* what, const Deadline& deadline, const core::StopToken& stop) {
    while (true) {
      const int rc = call();
      if (rc == SSH_OK) {
        return {};
      }
      if (rc != SSH_AGAIN && ssh_is_connected(session_) == 0) {
        return broken(session_, "");
      }
      if (rc != SSH_AGAIN) {
        return fail(ErrorCode::unreachable, std::string(what) + ": " + ssh_get_error(session_));
      }
      if (stop.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, std::string(what) + " within the deadline");
      }
      wait_for_socket(session_, deadline);
    }
  }

  ssh_session session_;
  ssh_channel channel_;
  ssh_channel_callbacks_struct callbacks_{};
  std::optional<int> exit_status_;
  std::string signal_;
  std::unique_ptr<char[]> ahead_;  // NOLINT(modernize-avoid-c-arrays): left unset, so that its pages are not touched
  std::size_t taken_ = k_stream_grant;  ///< since the window was widened
};

/// A channel with the command running in it. With MaxSessions 1 a host refuses a session until it has put away the one
/// before, which takes it a moment.
Result<std::unique_ptr<Channel>> start_channel(ssh_session session, const std::string& command,
                                               const Deadline& deadline, const core::StopToken& stop) {
  for (int refused = 0;; ++refused) {
    auto channel = std::make_unique<Channel>(session);
    const auto opened = channel->open(deadline, stop);
    if (opened) {
      auto running = channel->run(command, deadline, stop);
      return running ? Result<std::unique_ptr<Channel>>(std::move(channel)) : fail(running.error());
    }
    if (opened.error().code != ErrorCode::unreachable || channel->lost() || refused == k_refusals) {
      return fail(opened.error());
    }
    channel.reset();
    core::pause(k_after_refusal);
  }
}

class LibsshStream final : public BothOutputs {
 public:
  LibsshStream(ssh_session session, std::unique_ptr<Channel> channel, core::StopToken stop)
      : session_(session), channel_(std::move(channel)), stop_(std::move(stop)) {}

  Result<void> write(std::string_view data, core::Milliseconds within) override {
    const Deadline deadline(within);
    while (!data.empty()) {
      const auto count = channel_->write(data);
      if (!count) {
        return broken(session_, "");
      }
      data.remove_prefix(*count);
      if (data.empty()) {
        break;
      }
      if (stop_.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the host took nothing for " + core::to_human(within));
      }
      if (*count == 0) {
        drain_stderr();
        wait_for_socket(session_, deadline);
      }
    }
    ssh_blocking_flush(session_, stop_.immediate() ? 0 : deadline.poll_timeout(500));
    return {};
  }

  Result<std::string> read(core::Milliseconds within) override {
    const Deadline deadline(within);
    while (true) {
      channel_->pump();
      const auto data = channel_->read_ahead();
      if (!data) {
        return broken(session_, "");
      }
      if (!data->empty()) {
        return std::string(*data);
      }
      drain_stderr();
      if (channel_->lost() && !channel_->has_status()) {
        return broken(session_, "");
      }
      if (channel_->at_end()) {
        return std::string();
      }
      if (stop_.immediate()) {
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the program wrote nothing within the deadline");
      }
      wait_for_socket(session_, deadline);
    }
  }

  Result<Said> read_both(core::Milliseconds within) override {
    const Deadline deadline(within);
    std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (true) {
      Said said;
      channel_->pump();
      for (const bool from_stderr : {false, true}) {
        const auto count = channel_->read(buffer, from_stderr);
        if (!count) {
          return broken(session_, " while the command ran");
        }
        (from_stderr ? said.err : said.out).assign(buffer.data(), *count);
      }
      if (said.out.empty() && said.err.empty()) {
        if (channel_->lost() && !channel_->has_status()) {
          return broken(session_, " while the command ran");
        }
        said.at_end = channel_->at_end();
      }
      if (said.at_end || !said.out.empty() || !said.err.empty()) {
        return said;
      }
      if (stop_.immediate()) {
        channel_->kill();
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the program wrote nothing within the deadline");
      }
      wait_for_socket(session_, deadline);
    }
  }

  Result<ExecResult> finish(core::Milliseconds within) override {
    const Deadline deadline(within);
    channel_->end_input();
    while (!channel_->ended()) {
      channel_->pump();
      auto rest = read(core::Milliseconds(deadline.poll_timeout()));
      if (!rest && rest.error().code != ErrorCode::timeout) {
        return fail(rest.error());
      }
      if (deadline.passed()) {
        channel_->kill();
        return fail(ErrorCode::timeout, "the program did not end within the deadline");
      }
      if (rest && rest->empty() && !channel_->ended()) {
        wait_for_socket(session_, deadline);
      }
    }
    drain_stderr();
    if (!channel_->has_status()) {
      return broken(session_, "");
    }
    ExecResult result;
    channel_->fill(result);
    result.err = std::move(stderr_);
    return unless_password_expired(std::move(result));
  }

 private:
  void drain_stderr() {
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    for (auto count = channel_->read(buffer, true); count && *count > 0; count = channel_->read(buffer, true)) {
      stderr_.append(buffer.data(), *count);
      if (stderr_.size() > 2 * k_stream_stderr) {
        stderr_.erase(0, stderr_.size() - k_stream_stderr);
      }
    }
  }

  ssh_session session_;
  std::unique_ptr<Channel> channel_;
  core::StopToken stop_;
  std::string stderr_;
};

class LibsshConnection final : public Connection {
 public:
  LibsshConnection(std::string host, SessionPointer session, Pumps pumps, core::StopToken stop)
      : host_(std::move(host)), pumps_(std::move(pumps)), session_(std::move(session)), stop_(std::move(stop)) {}
  ~LibsshConnection() override {
    session_.reset();
    while (!pumps_.empty()) {  // the last hop first: each carries the bytes of the one after it
      pumps_.pop_back();
    }
  }
  LibsshConnection(const LibsshConnection&) = delete;
  LibsshConnection& operator=(const LibsshConnection&) = delete;

  Result<ExecResult> exec(const ExecRequest& request, const core::StopToken& stop) override {
    const auto start = core::Clock::now();
    const Deadline deadline(request.deadline);
    const auto started = start_channel(session_.get(), request.command, deadline, stop);
    if (!started) {
      return fail(started.error());
    }
    Channel& channel = **started;
    ExecResult result;
    std::string_view input = request.input;
    bool input_open = true;
    const std::span<char> buffer = piece_buffer();
    while (true) {
      channel.pump();
      bool moved = false;
      for (const bool from_stderr : {false, true}) {
        const auto count = channel.read(buffer, from_stderr);
        if (!count) {
          return broken_off(channel, result);
        }
        append_capped(from_stderr ? result.err : result.out, from_stderr ? result.err_cut : result.out_cut,
                      std::string_view(buffer.data(), *count), request.output_cap);
        moved = moved || *count > 0;
      }
      if (input_open) {
        const auto count = input.empty() ? std::optional<std::size_t>(0) : channel.write(input);
        if (!count) {
          return broken_off(channel, result);
        }
        input.remove_prefix(*count);
        moved = moved || *count > 0;
        if (input.empty()) {
          channel.end_input();
          input_open = false;
        }
      }
      if (!moved && channel.ended()) {
        break;
      }
      if (stop.immediate()) {
        channel.kill();
        return fail(ErrorCode::interrupted, "interrupted");
      }
      if (deadline.passed()) {
        channel.kill();
        return fail(ErrorCode::timeout, "the command did not end within " + core::to_human(request.deadline) +
                                            "; give it longer with --timeout");
      }
      if (!moved) {
        wait_for_socket(session_.get(), deadline);
      }
    }
    if (!channel.has_status()) {
      return broken_off(channel, result);
    }
    channel.fill(result);
    result.elapsed = core::Clock::now() - start;
    return unless_password_expired(std::move(result));
  }

  Result<std::unique_ptr<Stream>> start(const std::string& command) override {
    auto channel = start_channel(session_.get(), command, Deadline(core::Milliseconds(30'000)), stop_);
    if (!channel) {
      return fail(channel.error());
    }
    return std::make_unique<LibsshStream>(session_.get(), std::move(*channel), stop_);
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
  Result<ExecResult> broken_off(const Channel& channel, ExecResult& result) const {
    if (channel.has_status()) {
      channel.fill(result);
      return result;
    }
    return broken(session_.get(), " while the command ran");
  }

  std::string host_;
  Pumps pumps_;  // declared before the session: they carry its bytes until it is gone
  SessionPointer session_;
  core::StopToken stop_;
};

}  // namespace

std::unique_ptr<Connection> make_libssh_connection(std::string host, SessionPointer session, Pumps pumps,
                                                   core::StopToken stop) {
  return std::make_unique<LibsshConnection>(std::move(host), std::move(session), std::move(pumps), std::move(stop));
}

}  // namespace cef::ssh
