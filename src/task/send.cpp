#include "cef/task/send.hpp"

#include <charconv>
#include <cstring>
#include <fstream>
#include <vector>

#include "cef/core/digest.hpp"
#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_chunk = std::size_t{256} * 1024;
constexpr int k_wrong_digest = 65;
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

/// Says how much is there, takes the rest from stdin, verifies.
std::string receive_script(const Parcel& parcel, const std::string& part) {
  const std::string size = std::to_string(parcel.size);
  return "umask 077; p=" + part +
         "; exec 9>>\"$p\" || exit 1\n"
         "n=" +
         size + "\n" + k_lock + "n=$(wc -c <\"$p\"); [ \"$n\" -le " + size +
         " ] || { : >\"$p\"; n=0; }\n"
         "echo $((n))\n"
         "cat >&9 || { rm -f \"$p\"; exit 1; }\n"  // no space is left: what is there must not keep the disk full
         "n=$(wc -c <\"$p\"); [ \"$n\" -eq " +
         size + " ] || { echo \"the transfer ended after $((n)) of " + size +
         " bytes\" >&2; exit 1; }\n"
         "s=$(sha256sum <\"$p\") || { echo 'this host has no sha256sum' >&2; exit 1; }\n"
         "[ \"${s%% *}\" = " +
         core::shell_quote(parcel.sha256) + " ] || { rm -f \"$p\"; exit " + std::to_string(k_wrong_digest) + "; }\n";
}

Result<std::uint64_t> read_offset(ssh::Stream& stream, core::Milliseconds deadline) {
  std::string line;
  while (line.find('\n') == std::string::npos) {
    const auto data = stream.read(deadline);
    if (!data) {
      return fail(data.error());
    }
    if (data->empty()) {
      const auto ended = stream.finish(deadline);
      return fail(ended ? script_error("the transfer", *ended) : ended.error());
    }
    line += *data;
  }
  std::uint64_t offset = 0;
  if (std::from_chars(line.data(), line.data() + line.size(), offset).ec != std::errc{}) {
    return fail(ErrorCode::host_failed, "the transfer failed: the host answered '" + line.substr(0, 80) + "'");
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

/// The exit status of the receiving script; 0 when the whole is there and verified.
Result<int> send_once(const Host& host, const Parcel& parcel, const std::string& part, SendReport& report) {
  std::ifstream file(parcel.file, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::usage, parcel.file.string() + ": cannot be read: " + std::strerror(errno));
  }
  auto stream = host.start(receive_script(parcel, part));
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
  if (ended->exit_status != 0 && ended->exit_status != k_wrong_digest) {
    return fail(script_error("the transfer", *ended));
  }
  return ended->exit_status;
}

}  // namespace

Result<Parcel> make_parcel(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) {
    return fail(ErrorCode::usage, file.string() + (std::filesystem::is_directory(file, error)
                                                       ? ": is a folder; pack it, or send its files"
                                                       : ": there is no such file"));
  }
  Parcel parcel;
  parcel.file = file;
  parcel.size = std::filesystem::file_size(file, error);
  auto digest = core::sha256_file(file);
  if (!digest) {
    return fail(digest.error());
  }
  parcel.sha256 = std::move(*digest);
  return parcel;
}

Result<void> send(const Host& host, const Parcel& parcel, const std::string& part, SendReport& report) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto status = send_once(host, parcel, part, report);
    if (!status) {
      return fail(status.error());
    }
    if (*status == 0) {
      return {};
    }
  }
  return fail(ErrorCode::integrity,
              parcel.file.string() + " arrived damaged twice: its SHA-256 on the host is another");
}

}  // namespace cef::task
