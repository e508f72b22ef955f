#include "cef/task/send.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <future>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include "cef/core/digest.hpp"
#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_chunk = std::size_t{64} * 1024;
constexpr std::size_t k_longest_answer = 4096;
constexpr int k_wrong_digest = 65;
constexpr int k_not_then = 66;
constexpr std::uint64_t k_large = 8'000'000;
constexpr std::uint64_t k_slow_digest_bytes_per_s = 5'000'000;  ///< slower than SHA-256 on any board that runs Linux

// A connection that fell silent leaves its receiver on the host, for hours: sshd notices late. One that has got nothing
// for ten seconds is ended. One that has got all verifies what it has, which may take longer.
constexpr const char* k_lock = R"sh(
take_over() {
  h=
  for f in /proc/[0-9]*/fd/9; do
    [ "$f" -ef "$p" ] || continue
    f=${f#/proc/}; f=${f%%/*}; [ "$f" = $$ ] || h="$h $f"
  done
  kill -STOP $h 2>/dev/null  # so that none of them cleans up after another
  kill -KILL $h 2>/dev/null
}
busy() { echo 'another cef sends the same file to this host' >&2; exit 75; }
if command -v flock >/dev/null && ! flock -n 9; then
  a=$(($(wc -c <"$p"))) i=0
  until flock -n 9; do
    [ $(($(wc -c <"$p"))) -eq $a ] && [ $a -lt $n ] && [ $i -lt 15 ] || busy
    i=$((i + 1))
    [ $i -ne 10 ] || take_over
    sleep 1
  done
fi
)sh";

/// Says how much is there, takes the rest from stdin and its digest at the same time; verifies if `sha256` is known,
/// else says the digest. openssl is five times as fast as sha256sum where the processor knows SHA-256, but slow to
/// start.
std::string receive_script(const Parcel& parcel, const std::string& sha256, const std::string& part,
                           const AndThen& and_then) {
  const std::string size = std::to_string(parcel.size);
  std::string script = "umask 077; p=" + part + "; exec 9>>\"$p\" || exit 1\nn=" + size + "\n" + k_lock;
  script += parcel.size < k_large ? "if false" : "if command -v openssl >/dev/null";
  script +=
      "; then digest() { openssl dgst -sha256 -r; }\n"
      "elif command -v sha256sum >/dev/null; then digest() { sha256sum; }\n"
      "else echo 'this host has no sha256sum' >&2; exit 1; fi\n"
      "n=$(wc -c <\"$p\"); [ \"$n\" -le " +
      size +
      " ] || { : >\"$p\"; n=0; }\n"
      "echo $((n))\n"
      "set -- $({ { [ $((n)) -eq 0 ] || cat \"$p\"; tee -a \"$p\"; echo \"=$?\" >&3; } | digest; } 3>&1)\n"
      "[ \"$1\" = =0 ] || { rm -f \"$p\"; exit 1; }\n"  // no space is left: what is there must not keep the disk full
      "n=$(wc -c <\"$p\"); [ \"$n\" -eq " +
      size + " ] || { echo \"the transfer ended after $((n)) of " + size +
      " bytes\" >&2; exit 1; }\n"
      "[ ${#2} -eq 64 ] || { echo 'this host cannot take a SHA-256' >&2; exit 1; }\n";
  if (sha256.empty()) {
    return script + "echo \"$2\" >&2\n";
  }
  script += "[ \"$2\" = " + core::shell_quote(sha256) + " ] || { rm -f \"$p\"; exit " + std::to_string(k_wrong_digest) +
            "; }\n";
  return script +
         (and_then.script.empty() ? "" : "{ " + and_then.script + "\n} || exit " + std::to_string(k_not_then) + "\n");
}

Result<std::uint64_t> read_offset(ssh::Stream& stream, core::Milliseconds deadline) {
  const auto line = read_until(stream, "\n", k_longest_answer, deadline,
                               [](const auto& ended) { return script_error("the transfer", ended); });
  if (!line) {
    return fail(line.error());
  }
  std::uint64_t offset = 0;
  if (std::from_chars(line->data(), line->data() + line->size(), offset).ec != std::errc{}) {
    return fail(ErrorCode::host_failed, "the transfer failed: the host answered '" + line->substr(0, 80) + "'");
  }
  return offset;
}

core::Error to_be_resumed(core::Error error) {
  if (error.code == ErrorCode::unreachable || error.code == ErrorCode::timeout ||
      error.code == ErrorCode::interrupted) {
    error.message += "; the next run goes on where this one ended";
  }
  return error;
}

bool is_known(const Parcel& parcel) {
  return !parcel.sha256.empty() || parcel.coming.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

/// The script as the one line that k_await_send reads.
std::string as_line(const std::string& script) {
  std::string line;
  for (const char character : script) {
    if (character == '\\' || character == '\n') {
      line += '\\';
    }
    line += character == '\n' ? 'n' : character;
  }
  return line + '\n';
}

Result<std::unique_ptr<ssh::Stream>> start(const Host& host, const std::string& script,
                                           std::unique_ptr<ssh::Stream> waiting) {
  if (!waiting) {
    return host.start(script);
  }
  if (auto written = waiting->write(as_line(script), host.deadline()); !written) {
    return fail(written.error());
  }
  return waiting;
}

/// Reads the file while it is sent; what the receiving script said and its exit status.
Result<ssh::ExecResult> send_by(const std::string& script, const Host& host, const Parcel& parcel, SendReport& report,
                                std::unique_ptr<ssh::Stream> waiting) {
  std::ifstream file(parcel.file, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::usage, parcel.file.string() + ": cannot be read: " + std::strerror(errno));
  }
  auto stream = start(host, script, std::move(waiting));
  if (!stream) {
    return fail(stream.error());
  }
  const auto offset = read_offset(**stream, host.deadline());
  if (!offset) {
    return fail(offset.error());
  }
  report.resumed_from = *offset;
  report.sent_bytes = 0;
  file.seekg(static_cast<std::streamoff>(*offset));
  std::vector<char> buffer(k_chunk);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    if (host.stop().immediate()) {
      return fail(to_be_resumed({ErrorCode::interrupted, "interrupted", {}}));
    }
    const auto count = static_cast<std::size_t>(file.gcount());
    if (auto written = (*stream)->write({buffer.data(), count}, host.deadline()); !written) {
      const auto ended = (*stream)->finish(core::Milliseconds(2'000));  // the host may have said why it closed its end
      return fail(ended && ended->exit_status != 0 ? script_error("the transfer", *ended)
                                                   : to_be_resumed(written.error()));
    }
    report.sent_bytes += count;
  }
  const auto ended = (*stream)->finish(host.deadline() + std::chrono::seconds(parcel.size / k_slow_digest_bytes_per_s));
  if (!ended) {
    return fail(to_be_resumed(ended.error()));
  }
  return ended;
}

enum class Sent { well, damaged };

Result<Sent> send_once(const Host& host, const Parcel& parcel, const std::string& part, SendReport& report,
                       const AndThen& and_then, std::unique_ptr<ssh::Stream> waiting) {
  const bool known = is_known(parcel);
  const auto expected = known ? digest_of(parcel) : Result<std::string>();
  if (!expected) {
    return fail(expected.error());
  }
  const auto ended =
      send_by(receive_script(parcel, *expected, part, and_then), host, parcel, report, std::move(waiting));
  if (!ended) {
    return fail(ended.error());
  }
  if (ended->exit_status == k_wrong_digest) {
    return Sent::damaged;
  }
  if (ended->exit_status != 0) {
    return fail(script_error(ended->exit_status == k_not_then ? and_then.what : "the transfer", *ended));
  }
  if (known) {
    return Sent::well;
  }
  const auto digest = digest_of(parcel);
  if (!digest) {
    return fail(digest.error());
  }
  const bool well = last_line(ended->err) == *digest;
  const auto done = host.run(well ? (and_then.script.empty() ? ":" : and_then.script) : "rm -f " + part);
  if (!done || done->exit_status != 0) {
    return fail(done ? script_error(well ? and_then.what : "removing what arrived damaged", *done) : done.error());
  }
  return well ? Sent::well : Sent::damaged;
}

Result<Parcel> measured(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return fail(ErrorCode::usage, file.string() + (std::filesystem::is_directory(file, error)
                                                       ? ": is a folder; pack it, or send its files"
                                                       : ": there is no such file"));
  }
  Parcel parcel;
  parcel.file = file;
  parcel.size = std::filesystem::file_size(file, error);
  return parcel;
}

}  // namespace

Result<Parcel> make_parcel(const std::filesystem::path& file) {
  auto parcel = measured(file);
  auto digest = parcel ? core::sha256_file(file) : fail(parcel.error());
  if (!digest) {
    return fail(digest.error());
  }
  parcel->sha256 = std::move(*digest);
  return parcel;
}

Result<Parcel> start_parcel(const std::filesystem::path& file) {
  auto parcel = measured(file);
  if (parcel && !std::ifstream(file)) {
    return fail(ErrorCode::usage, file.string() + ": cannot be read: " + std::strerror(errno));
  }
  if (parcel) {
    parcel->coming = std::async(std::launch::async, [file] { return core::sha256_file(file); }).share();
  }
  return parcel;
}

Result<std::string> digest_of(const Parcel& parcel) {
  return parcel.sha256.empty() ? parcel.coming.get() : parcel.sha256;
}

std::string key_of(const Parcel& parcel) {
  struct stat about {};
  ::stat(parcel.file.c_str(), &about);
  return core::sha256(parcel.file.filename().string() + '/' + std::to_string(parcel.size) + '/' +
                      std::to_string(about.st_mtim.tv_sec) + '.' + std::to_string(about.st_mtim.tv_nsec));
}

Result<void> send(const Host& host, const Parcel& parcel, const std::string& part, SendReport& report,
                  const AndThen& and_then, std::unique_ptr<ssh::Stream> waiting) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto sent = send_once(host, parcel, part, report, and_then, std::exchange(waiting, nullptr));
    if (!sent) {
      return fail(sent.error());
    }
    if (*sent == Sent::well) {
      return {};
    }
  }
  return fail(ErrorCode::integrity,
              parcel.file.string() + " arrived damaged twice: its SHA-256 on the host is another");
}

}  // namespace cef::task
