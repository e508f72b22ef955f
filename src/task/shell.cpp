#include "cef/task/shell.hpp"

#include <algorithm>
#include <charconv>

#include "become.hpp"
#include "cef/core/shell.hpp"
#include "cef/task/host.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_most_input = std::size_t{256} * 1024;  ///< well below the window of a channel: never blocks
constexpr std::size_t k_most_script = std::size_t{96} * 1024;  ///< Linux takes 128 KiB as one argument
constexpr std::size_t k_output_cap = std::size_t{8} * 1024 * 1024;
constexpr core::Milliseconds k_start_limit{30'000};
constexpr int k_unable = 94;

// What a new login or a new sudo would have otherwise: who is in which group, who may be whom, which environment they
// get. One stat before each script tells whether any of it changed. head must take no byte more than it is asked for;
// that of busybox does.
constexpr const char* k_worker = R"sh(
[ "$(printf abcd | { head -c 2 >/dev/null 2>&1; cat; })" = cd ] || exit 94
login() {
  stat -c '%n %i %z' /etc/environment /etc/security /etc/security/limits.conf /etc/security/limits.d /etc/passwd \
    /etc/group /etc/sudoers /etc/sudoers.d /etc/pam.d /etc/default/locale /etc/bash.bashrc ~/.bashrc 2>/dev/null
}
a=$(login)
[ -n "$a" ] || exit 94
printf '%s\n' "$w"; printf '%s\n' "$w" >&2
while IFS=' ' read -r k n m; do
  [ "$(login)" = "$a" ] || { printf '%s stale\n' "$k"; exit 0; }
  s=$(head -c "$n"; printf x)
  if [ "$m" = 0 ]; then sh -c "${s%x}" </dev/null
  else head -c "$m" | { sh -c "${s%x}"; r=$?; cat >/dev/null; exit $r; }; fi
  r=$?
  printf '%s %s\n' "$k" $r; printf '%s\n' "$k" >&2
done
)sh";

/// Output up to a mark; what comes after it on the same line is the answer.
class Until {
 public:
  explicit Until(std::string mark) : mark_(std::move(mark)) {}
  void add(std::string_view data) {
    rest_ += data;
    if (found_) {
      return;
    }
    const std::size_t at = rest_.find(mark_);
    const std::size_t keep = at != std::string::npos ? rest_.size() - at : std::min(rest_.size(), mark_.size() - 1);
    take(rest_.size() - keep);
    if (at != std::string::npos) {
      found_ = true;
      rest_.erase(0, mark_.size());
    }
  }
  /// The mark and the line that it begins are there.
  [[nodiscard]] bool done() const { return found_ && rest_.find('\n') != std::string::npos; }
  [[nodiscard]] std::string answer() const { return rest_.substr(0, rest_.find('\n')); }
  /// All that came when no mark will come any more.
  void end() {
    if (!found_) {
      take(rest_.size());
    }
  }
  std::string text;
  bool cut = false;

 private:
  void take(std::size_t count) {
    const std::size_t room = k_output_cap - std::min(text.size(), k_output_cap);
    text.append(rest_, 0, std::min(count, room));
    cut = cut || count > room;
    rest_.erase(0, count);
  }
  std::string mark_, rest_;
  bool found_ = false;
};

core::Milliseconds left_of(core::Clock::time_point end) {
  return std::max(std::chrono::duration_cast<core::Milliseconds>(end - core::Clock::now()), core::Milliseconds(0));
}

/// False at the end of the shell.
Result<bool> read_both(ssh::BothOutputs& stream, Until& out, Until& err, core::Clock::time_point end) {
  while (!out.done() || !err.done()) {
    const auto said = stream.read_both(left_of(end));
    if (!said) {
      return fail(said.error());
    }
    out.add(said->out);
    err.add(said->err);
    if (said->at_end) {
      break;
    }
    if (out.done() && out.answer() == " stale") {
      return true;
    }
  }
  out.end();
  err.end();
  return out.done() && err.done();
}

std::string name_of(const Become& become) {
  return become.wanted ? std::string(core::to_string(become.method)) + " " + become.user + " " +
                             core::shell_join(become.program) + " " + core::shell_join(become.flags)
                       : "";
}

}  // namespace

Shell::Shell(std::unique_ptr<ssh::BothOutputs> stream) : stream_(std::move(stream)), word_(random_word()) {}

Result<std::unique_ptr<Shell>> Shell::start(ssh::Connection& connection, const Become& become,
                                            core::Milliseconds deadline) {
  const auto end = core::Clock::now() + deadline;
  const std::string ready = random_word();
  const std::string worker = "w=" + ready + k_worker;
  std::optional<BecomeCommand> command;
  if (become.wanted) {
    command.emplace(worker, become);
  }
  auto started = connection.start(command ? command->line : "exec sh -c " + core::shell_quote(worker));
  if (!started) {
    return fail(started.error());
  }
  std::unique_ptr<ssh::BothOutputs> stream(dynamic_cast<ssh::BothOutputs*>(started->get()));
  if (!stream) {
    return std::unique_ptr<Shell>();
  }
  static_cast<void>(started->release());
  if (command) {
    if (auto sent = stream->write(command->preamble.reveal(), deadline); !sent) {
      return fail(sent.error());
    }
  }
  Until out(ready);
  Until err(ready);
  const auto is_ready = read_both(*stream, out, err, end);
  if (!is_ready) {
    return fail(is_ready.error());
  }
  if (*is_ready) {
    return std::unique_ptr<Shell>(new Shell(std::move(stream)));
  }
  auto ended = stream->finish(left_of(end));
  if (!ended) {
    return fail(ended.error());
  }
  if (command && ended->exit_status != k_unable) {
    ended->err.insert(0, err.text);
    if (const auto checked = command->check(std::move(*ended)); !checked) {
      return fail(checked.error());
    }
  }
  return std::unique_ptr<Shell>();
}

Result<std::optional<ssh::ExecResult>> Shell::run(const std::string& script, const std::string& input,
                                                  core::Milliseconds deadline, const core::StopToken& stop) {
  const auto start = core::Clock::now();
  const auto end = start + deadline;
  const std::string mark = word_ + "-" + std::to_string(++count_);
  std::string request = mark + " " + std::to_string(script.size()) + " " + std::to_string(input.size()) + "\n";
  request += script;
  request += input;
  Until out(mark);
  Until err(mark);
  const auto sent = stream_->write(request, deadline);
  const auto whole = sent ? read_both(*stream_, out, err, end) : Result<bool>(fail(sent.error()));
  ssh::ExecResult result;
  result.out = std::move(out.text);
  result.err = std::move(err.text);
  result.out_cut = out.cut;
  result.err_cut = err.cut;
  if (!whole) {
    const bool late = whole.error().code == ErrorCode::timeout;
    if (late || stop.immediate()) {
      static_cast<void>(stream_->finish(core::Milliseconds(0)));  // kills what runs
    }
    stream_.reset();
    return late ? fail(ErrorCode::timeout,
                       "the command did not end within " + core::to_human(deadline) + "; give it longer with --timeout")
                : fail(whole.error());
  }
  if (!*whole) {
    return ended_early(std::move(result));
  }
  std::string answer = out.answer();
  if (answer == " stale") {
    stream_.reset();
    return std::nullopt;
  }
  answer.resize(std::max<std::size_t>(answer.size(), 1));
  const char* answer_end = answer.data() + answer.size();
  const auto [parsed, error] = std::from_chars(answer.data() + 1, answer_end, result.exit_status);
  if (error != std::errc{} || parsed != answer_end) {
    stream_.reset();
    return fail(ErrorCode::host_failed, "the host's shell did not say how a command ended");
  }
  result.elapsed = core::Clock::now() - start;
  return result;
}

/// What killed the shell, most likely the script, is the script's end.
Result<std::optional<ssh::ExecResult>> Shell::ended_early(ssh::ExecResult so_far) {
  auto ended = stream_->finish(core::Milliseconds(5'000));
  stream_.reset();
  if (!ended) {
    return fail(ended.error());
  }
  so_far.exit_status = ended->exit_status;
  so_far.signal = ended->signal;
  so_far.err += ended->err;
  return so_far;
}

void Shells::trust(const Become& become) {
  trusted_.insert(name_of(become));
}

void Shells::give_up() noexcept {
  close();
  wanted_ = false;
}

std::optional<Result<ssh::ExecResult>> Shells::run(ssh::Connection& connection, const Become& become,
                                                   const std::string& script, const std::string& input,
                                                   core::Milliseconds deadline, const core::StopToken& stop) {
  if (become.wanted && become.password && trusted_.count(name_of(become)) == 0) {
    return std::nullopt;
  }
  if (!wanted_ || input.size() > k_most_input || script.size() > k_most_script) {
    return std::nullopt;
  }
  const std::string name = name_of(become);
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (const auto there = shells_.find(name); there == shells_.end() || !there->second->alive()) {
      auto started = Shell::start(connection, become, std::min(deadline, k_start_limit));
      if (!started && started.error().code == ErrorCode::host_failed) {
        return fail(started.error());
      }
      if (!started || !*started || !wanted_) {  // the connection may have closed all of them to start this one
        give_up();
        return std::nullopt;
      }
      shells_[name] = std::move(*started);
    }
    auto result = shells_[name]->run(script, input, deadline, stop);
    if (!result) {
      return fail(result.error());
    }
    if (*result) {
      return std::move(**result);
    }
  }
  return std::nullopt;
}

}  // namespace cef::task
