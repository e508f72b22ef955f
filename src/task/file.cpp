#include "cef/task/file.hpp"

#include <charconv>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

#include <sys/stat.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/shell.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_longest_state = 65'536;

std::map<std::string, std::string> read_pairs(const std::string& text) {
  std::map<std::string, std::string> pairs;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (const std::size_t at = line.find('='); at != std::string::npos) {
      pairs[line.substr(0, at)] = line.substr(at + 1);
    }
  }
  return pairs;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string part_suffix(const Parcel& parcel) {
  return "." + key_of(parcel).substr(0, 12) + ".cef-part";
}

/// What is at the target now, how much of the file is there, whether there is room beside it, and a blank line; then it
/// waits to receive the file.
std::string state_script(const FilePutOptions& options) {
  const std::string name = core::shell_quote(options.parcel.file.filename().string());
  return "f=" + core::shell_quote(options.remote) + "\ncase $f in */) d=1 ;; *) d= ;; esac\n" +
         "if [ -n \"$d\" ] || [ -d \"$f\" ]; then [ -d \"$f\" ] || { echo \"$f: there is no such folder\" >&2; exit 1; "
         "}; "
         "f=${f%/}/" +
         name +
         "; fi\n"
         "case $f in /*) ;; *) f=$PWD/$f ;; esac\n"
         "[ -d \"${f%/*}/\" ] || { echo \"${f%/*}: there is no such folder\" >&2; exit 1; }\n"
         "printf 'path=%s\\n' \"$f\"\n"
         "if [ -e \"$f\" ]; then [ -f \"$f\" ] || { echo \"$f: is not a regular file\" >&2; exit 1; }\n"
         "  [ ! -r \"$f\" ] || [ \"$(($(wc -c <\"$f\")))\" -ne " +
         std::to_string(options.parcel.size) +
         " ] || printf 'sha256=%s\\n' \"$(sha256sum <\"$f\" | cut -c1-64)\"\n"
         "  stat -c 'mode=%a\nowner=%U\ngroup=%G' \"$f\"; fi\n"
         "p=${f%/*}/.${f##*/}" +
         part_suffix(options.parcel) +
         "; [ ! -r \"$p\" ] || printf 'have=%s\\n' \"$(($(wc -c <\"$p\")))\"\n"
         "printf 'free=%s\\n\\n' \"$(df -Pk \"${f%/*}/\" | awk 'NR == 2 { print $4 }')\"\n" +
         k_await_send;
}

std::string octal(unsigned mode) {
  std::ostringstream out;
  out << std::oct << (mode & 07777U);
  return out.str();
}

bool same_owner(const std::string& wanted, const std::string& user, const std::string& group) {
  const std::size_t colon = wanted.find(':');
  return wanted.empty() ||
         (wanted.substr(0, colon) == user && (colon == std::string::npos || wanted.substr(colon + 1) == group));
}

/// Sends the content if it is another, gives it mode and owner, and renames it.
Result<void> change(const Host& host, const FilePutOptions& options, std::map<std::string, std::string>& state,
                    const std::string& mode, bool same_content, std::unique_ptr<ssh::Stream> stream,
                    FileReport& report) {
  const std::size_t slash = report.remote.rfind('/') + 1;
  const std::string part = core::shell_quote(report.remote.substr(0, slash) + "." + report.remote.substr(slash) +
                                             part_suffix(options.parcel));
  const std::string target = core::shell_quote(report.remote);
  const std::string& on = same_content ? target : part;
  std::string script;  // the owner first: chown takes the set-user-ID bit away
  if (!options.owner.empty()) {
    script = "chown " + core::shell_quote(options.owner) + " " + on + " && ";
  } else if (!same_content && state.contains("owner")) {  // as it was, where this user may
    script =
        "{ chown " + core::shell_quote(state["owner"] + ":" + state["group"]) + " " + on + " 2>/dev/null || :; } && ";
  }
  script += "chmod " + mode + " " + on;
  const std::string what = "putting " + report.remote + " in its place";
  if (!same_content) {
    const core::Bytes free{number(state["free"]) * 1024};
    if (!state["free"].empty() && free.count + number(state["have"]) < options.parcel.size) {
      return fail(ErrorCode::host_failed, report.remote + ": the host's disk has " + core::to_human(free) +
                                              " free, the file has " +
                                              core::to_human(core::Bytes{options.parcel.size}));
    }
    SendReport sent;
    script = "{ " + script + " && mv -f " + part + " " + target + "; } || { rm -f " + part + "; false; }";
    auto done = send(host, options.parcel, part, sent, {script, what}, std::move(stream));
    report.sent_bytes = sent.sent_bytes;
    report.resumed_from = sent.resumed_from;
    return done;
  }
  stream.reset();  // a host may give one session only
  const auto placed = host.run(script);
  if (!placed) {
    return fail(placed.error());
  }
  return placed->exit_status == 0 ? Result<void>() : fail(script_error(what, *placed));
}

/// Reads the file from the host; its digest.
Result<std::string> fetch(const Host& host, const std::string& remote, core::AtomicFile& file, FileReport& report) {
  auto stream = host.start("exec cat <" + core::shell_quote(remote));
  if (!stream) {
    return fail(stream.error());
  }
  core::Sha256 digest;
  while (true) {
    const auto data = (*stream)->read(host.deadline());
    if (!data) {
      return fail(data.error());
    }
    if (data->empty()) {
      break;
    }
    if (host.stop().immediate()) {
      return fail(ErrorCode::interrupted, "interrupted");
    }
    digest.update(*data);
    report.sent_bytes += data->size();
    if (auto written = file.write(*data); !written) {
      return fail(written.error());
    }
  }
  const auto ended = (*stream)->finish(host.deadline());
  if (!ended || ended->exit_status != 0) {
    return fail(ended ? script_error("reading " + remote, *ended) : ended.error());
  }
  return digest.finish();
}

Result<void> put(const Host& host, const FilePutOptions& options, FileReport& report) {
  auto stream = host.start(state_script(options));
  const auto answer = stream ? read_until(**stream, "\n\n", k_longest_state, host.deadline(),
                                          [](const ssh::ExecResult& ended) {
                                            return core::Error{ErrorCode::host_failed, last_line(ended.err), {}};
                                          })
                             : fail(stream.error());
  if (!answer) {
    return fail(answer.error());
  }
  auto state = read_pairs(*answer);
  report.remote = state["path"];
  report.size = options.parcel.size;
  struct stat local {};
  ::stat(options.parcel.file.c_str(), &local);
  const std::string mode = !options.mode.empty()    ? octal(static_cast<unsigned>(std::stoul(options.mode, nullptr, 8)))
                           : state.contains("mode") ? state["mode"]
                                                    : octal(local.st_mode);
  bool same_content = false;
  if (!state["sha256"].empty()) {
    const auto digest = digest_of(options.parcel);
    if (!digest) {
      return fail(digest.error());
    }
    same_content = state["sha256"] == *digest;
  }
  if (same_content && state["mode"] == mode && same_owner(options.owner, state["owner"], state["group"])) {
    return {};
  }
  if (!options.check) {
    if (auto done = change(host, options, state, mode, same_content, std::move(*stream), report); !done) {
      return done;
    }
  }
  report.changed = true;
  return {};
}

}  // namespace

Result<void> file_put(const Host& host, const FilePutOptions& options, FileReport& report) {
  auto done = put(host, options, report);
  if (!done) {
    return done;
  }
  auto digest = digest_of(options.parcel);
  if (!digest) {
    return fail(digest.error());
  }
  report.sha256 = std::move(*digest);
  return {};
}

Result<void> file_get(const Host& host, const std::string& remote, const std::filesystem::path& local,
                      FileReport& report) {
  const std::string source = core::shell_quote(remote);
  const auto answer =
      host.run("f=" + source +
               "; [ -e \"$f\" ] || { echo \"$f: there is no such file\" >&2; exit 1; }\n"
               "[ -f \"$f\" ] || { echo \"$f: is not a regular file\" >&2; exit 1; }\n"
               "[ -r \"$f\" ] || { echo \"$f: $(id -un) may not read it; -b does it as root\" >&2; exit 1; }\n"
               "s=$(sha256sum <\"$f\") || exit 1; printf 'sha256=%s\\nsize=%s\\n' \"${s%% *}\" "
               "\"$(($(wc -c <\"$f\")))\"");
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status != 0) {
    return fail(ErrorCode::host_failed, last_line(answer->err));
  }
  auto state = read_pairs(answer->out);
  report.remote = remote;
  report.local = local;
  report.size = number(state["size"]);
  report.sha256 = state["sha256"];
  std::error_code error;
  if (const auto have = core::sha256_file(local); have && *have == report.sha256) {
    return {};
  }
  std::filesystem::create_directories(local.parent_path(), error);
  auto file = core::AtomicFile::create(local);
  if (!file) {
    return fail(file.error());
  }
  const auto digest = fetch(host, remote, *file, report);
  if (!digest) {
    return fail(digest.error());
  }
  if (*digest != report.sha256) {
    return fail(ErrorCode::integrity, remote +
                                          " arrived with another SHA-256 than it has on the host; was it written to "
                                          "meanwhile? Run again");
  }
  auto done = file->commit();
  report.changed = done.has_value();
  return done;
}

}  // namespace cef::task
