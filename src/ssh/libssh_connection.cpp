#include "libssh_connection.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include <libssh/callbacks.h>

#include "cef/core/file.hpp"
#include "cef/core/shell.hpp"
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

  Result<void> start(const std::string& command, const Deadline& deadline, const core::StopToken& stop) {
    if (auto opened =
            ask([&] { return ssh_channel_open_session(channel_); }, "no session can be opened", deadline, stop);
        !opened) {
      return opened;
    }
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

class LibsshStream final : public Stream {
 public:
  LibsshStream(ssh_session session, std::unique_ptr<Channel> channel)
      : session_(session), channel_(std::move(channel)) {}

  Result<void> write(std::string_view data, core::Milliseconds within) override {
    const Deadline deadline(within);
    while (!data.empty()) {
      const auto count = channel_->write(data);
      if (!count) {
        return broken();
      }
      data.remove_prefix(*count);
      if (data.empty()) {
        break;
      }
      if (deadline.passed()) {
        return fail(ErrorCode::timeout, "the program did not take its input within the deadline");
      }
      if (*count == 0) {
        drain_stderr();
        wait_for_socket(session_, deadline);
      }
    }
    ssh_blocking_flush(session_, deadline.poll_timeout(1000));
    return {};
  }

  Result<std::string> read(core::Milliseconds within) override {
    const Deadline deadline(within);
    while (true) {
      channel_->pump();
      const auto data = channel_->read_ahead();
      if (!data) {
        return broken();
      }
      if (!data->empty()) {
        return std::string(*data);
      }
      drain_stderr();
      if (channel_->at_end()) {
        return std::string();
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
    ExecResult result;
    channel_->fill(result);
    result.err = std::move(stderr_);
    return result;
  }

 private:
  static tl::unexpected<core::Error> broken() { return fail(ErrorCode::unreachable, "the connection broke"); }
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
  std::string stderr_;
};

class LibsshConnection final : public Connection {
 public:
  LibsshConnection(std::string host, SessionPointer session, Pumps pumps)
      : host_(std::move(host)), pumps_(std::move(pumps)), session_(std::move(session)) {}
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
    Channel channel(session_.get());
    if (auto started = channel.start(request.command, deadline, stop); !started) {
      return fail(started.error());
    }
    ExecResult result;
    std::string_view input = request.input;
    bool input_open = true;
    std::vector<char> buffer(65536);
    while (true) {
      channel.pump();
      bool moved = false;
      for (const bool from_stderr : {false, true}) {
        const auto count = channel.read(buffer, from_stderr);
        if (!count) {
          return broken(channel, result);
        }
        append_capped(from_stderr ? result.err : result.out, from_stderr ? result.err_cut : result.out_cut,
                      std::string_view(buffer.data(), *count), request.output_cap);
        moved = moved || *count > 0;
      }
      if (input_open) {
        const auto count = input.empty() ? std::optional<std::size_t>(0) : channel.write(input);
        if (!count) {
          return broken(channel, result);
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
      return broken(channel, result);
    }
    channel.fill(result);
    result.elapsed = core::Clock::now() - start;
    return result;
  }

  Result<std::unique_ptr<Stream>> start(const std::string& command) override {
    auto channel = std::make_unique<Channel>(session_.get());
    if (auto started = channel->start(command, Deadline(core::Milliseconds(30'000)), {}); !started) {
      return fail(started.error());
    }
    return std::make_unique<LibsshStream>(session_.get(), std::move(channel));
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
  Result<ExecResult> broken(const Channel& channel, ExecResult& result) const {
    if (channel.has_status()) {
      channel.fill(result);
      return result;
    }
    const std::string why = ssh_get_error(session_.get());
    return fail(ErrorCode::unreachable, "the connection broke while the command ran" + (why.empty() ? "" : ": " + why));
  }

  std::string host_;
  Pumps pumps_;  // declared before the session: they carry its bytes until it is gone
  SessionPointer session_;
};

}  // namespace

std::unique_ptr<Connection> make_libssh_connection(std::string host, SessionPointer session, Pumps pumps) {
  return std::make_unique<LibsshConnection>(std::move(host), std::move(session), std::move(pumps));
}

}  // namespace cef::ssh
