// What the bench harness costs by itself: the control node's side in this process, the runner's side in another, with
// networks that do nothing. Prints JSON.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/operation/fake_edge.hpp"
#include "cef/bench/trials.hpp"
#include "cef/core/json.hpp"

namespace cef {
namespace {

using core::ErrorCode;
using core::Result;
using operation::fake_model;

constexpr std::size_t k_labels = 2000;

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::write(fd, data.data(), data.size());
    if (count <= 0) {
      return false;
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

/// The runner's side, as `cef runner` has it, until the other side is gone.
void serve(int fd) {
  operation::RunnerSession session(operation::prepare_fake);
  std::array<char, 65536> buffer{};
  bool open = write_all(fd, operation::RunnerSession::greeting());
  while (open) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count <= 0) {
      return;
    }
    const auto answer = session.hear(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
    open = answer && write_all(fd, *answer);
  }
}

class SocketStream final : public ssh::Stream {
 public:
  explicit SocketStream(int fd) : fd_(fd) {}
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;
  ~SocketStream() override { ::close(fd_); }
  Result<void> write(std::string_view data, core::Milliseconds /*deadline*/) override {
    return write_all(fd_, data) ? Result<void>() : core::fail(ErrorCode::unreachable, "the runner is gone");
  }
  Result<std::string> read(core::Milliseconds deadline) override {
    pollfd waited{fd_, POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(deadline.count())) == 0) {
      return core::fail(ErrorCode::timeout, "nothing came");
    }
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    const ssize_t count = ::read(fd_, buffer.data(), buffer.size());
    return count < 0 ? core::fail(ErrorCode::unreachable, "the runner is gone")
                     : Result<std::string>(std::string(buffer.data(), static_cast<std::size_t>(count)));
  }
  Result<ssh::ExecResult> finish(core::Milliseconds /*deadline*/) override { return ssh::ExecResult{}; }

 private:
  int fd_;
};

/// Microseconds a query: one image asked for and answered.
Result<double> time_queries(operation::EdgeRunner& runner, std::size_t count) {
  bench::SteadyClock clock;
  const auto start = clock.now();
  for (std::size_t i = 0; i < count; ++i) {
    if (const auto answer = runner.infer("small", i % k_labels, 1); !answer) {
      return core::fail(answer.error());
    }
  }
  return (clock.now() - start).count() * 1e6 / static_cast<double>(count);
}

/// Microseconds a trial of so many images, the choice of the policy included.
Result<double> time_trials(operation::EdgeRunner& runner, std::size_t images, std::size_t trials) {
  const std::vector<int> labels(k_labels, 1);
  const std::vector<bench::Participant> participants = {{"small", select::Policy::advanced, false}};
  std::vector<select::Candidate> candidates(10);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].name = i == 0 ? "small" : "other" + std::to_string(i);
    candidates[i].accuracy_percent = 90;
    candidates[i].predicted.image = select::Seconds(0.001 * static_cast<double>(i + 1));
  }
  bench::TrialSettings settings;
  settings.min_seconds = 0;
  settings.min_trials = settings.max_trials = trials;
  settings.images_per_trial = images;
  bench::SteadyClock clock;
  const auto run = bench::run_trials(runner, clock, bench::State::warm, {participants, candidates, labels}, settings,
                                     {}, [](std::string_view, std::size_t, std::size_t) {});
  if (!run) {
    return core::fail(run.error());
  }
  return run->elapsed.count() * 1e6 / static_cast<double>(run->logs.front().trials.size());
}

Result<core::Json> measure(int fd, std::size_t count) {
  const operation::RunnerSetup setup{"embedded", {fake_model("small")}, 1, ""};
  auto runner = operation::make_remote_runner(std::make_unique<SocketStream>(fd), setup, {"data-digest"}, {});
  if (!runner) {
    return core::fail(runner.error());
  }
  if (const auto warm = time_queries(**runner, count / 10 + 1); !warm) {
    return core::fail(warm.error());
  }
  core::Json json;
  for (const auto& [name, time] : {std::pair{"query_us", time_queries(**runner, count)},
                                   std::pair{"trial_of_1_us", time_trials(**runner, 1, count / 4 + 2)},
                                   std::pair{"trial_of_100_us", time_trials(**runner, 100, count / 20 + 2)}}) {
    if (!time) {
      return core::fail(time.error());
    }
    json[name] = *time;
  }
  return json;
}

int run(std::size_t count) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    std::perror("speed_overhead: socketpair");
    return 1;
  }
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    serve(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  const auto measured = measure(ends[0], count);
  ::waitpid(child, nullptr, 0);
  if (!measured) {
    std::fprintf(stderr, "speed_overhead: %s\n", measured.error().message.c_str());
    return 1;
  }
  std::printf("%s\n", core::dump_line(*measured).c_str());
  return 0;
}

}  // namespace
}  // namespace cef

int main(int argc, char** argv) {
  const unsigned long count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20000;
  if (argc > 2 || count == 0) {
    std::fprintf(stderr, "usage: speed_overhead [QUERIES]\n");
    return 5;
  }
  return cef::run(count);
}
