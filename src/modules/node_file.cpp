#include "node_file.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <sstream>

#include <sys/sysmacros.h>

#include "cef/core/shell.hpp"

namespace cef::modules {

using core::fail;
using core::Result;

const char* const k_functions = R"sh(
LC_ALL=C; export LC_ALL
look() {
  l=; [ ! -L "$1" ] || l=$(readlink -- "$1")
  printf '%s\0%s\0%s\0' "$1" "$(stat -c '%f %u %g %s %h %i %d %b %o %t %T
%U
%G
%X %x
%Y %y
%Z %z' -- "$1" 2>/dev/null)" "$l"
}
real() {  # busybox takes a broken link as relative to its own folder
  ( case $1 in */*) cd -- "${1%/*}/" ;; esac 2>/dev/null; readlink -f -- "${1##*/}" )
}
die() { printf 'die\0%s\0' "$1"; exit 3; }
because() {
  case $m in
    *'No such file'*|*nonexistent*) m='[Errno 2] No such file or directory' ;;
    *'ermission denied'*) m='[Errno 13] Permission denied' ;;
    *'File exists'*) m='[Errno 17] File exists' ;;
    *'ot a directory'*) m='[Errno 20] Not a directory' ;;
    *'s a directory'*) m='[Errno 21] Is a directory' ;;
    *'not permitted'*) m='[Errno 1] Operation not permitted' ;;
    *'No space'*) m='[Errno 28] No space left on device' ;;
    *'ead-only'*) m='[Errno 30] Read-only file system' ;;
    *) die "$1${m##*: }" ;;
  esac
  die "$1$m: b'$2'"
}
)sh";

namespace {

std::uint64_t number(std::string_view text, int base = 10) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

/// "SECONDS DATE TIME.FRACTION ZONE"
double time_of(const std::string& line) {
  double value = static_cast<double>(number(line));
  if (const std::size_t dot = line.find('.'); dot != std::string::npos) {
    const std::string digits = line.substr(dot + 1, line.find(' ', dot) - dot - 1);
    value =
        (static_cast<double>(number(line)) * 1e9 + static_cast<double>(number((digits + "000000000").substr(0, 9)))) /
        1e9;
  }
  return value;
}

std::string name_or_nothing(std::string name) {
  return name == "UNKNOWN" ? "" : name;
}

std::optional<std::uint64_t> id_of(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(number(text));
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Prints the number of a user or group, or nothing when there is none of that name; it stays in $`variable`.
std::string lookup(const char* variable, const std::string& name, const std::string& command) {
  const std::string value = name.empty() ? "" : is_number(name) ? core::shell_quote(name) : "$(" + command + ")";
  return std::string(variable) + "=" + value + "\nprintf '%s\\0' \"$" + variable + "\"\n";
}

std::string inspect_script(const InspectOptions& options) {
  std::string script = k_functions;
  script += "p=" + path_word(options.path) + "\n[ -d \"$p\" ] && f=1 || f=\n";
  if (!options.name_in_folder.empty()) {
    const std::string name = core::shell_quote(options.name_in_folder);
    script += "case $p in */) p=${p}" + name + " ;; *) [ -z \"$f\" ] || p=$p/" + name + " ;; esac\n";
  }
  script += "t=$p\nlook \"$p\"\nif [ -L \"$p\" ]; then r=$(real \"$p\"); r=${r:-$p}; look \"$r\"\n";
  script += options.follow ? "t=$r\n" : "";
  script +=
      "else printf '\\0\\0\\0'; fi\ns=; c=; if [ -f \"$t\" ] && [ -r \"$t\" ]; then s=$(sha1sum <\"$t\"); c=1; fi\n"
      "d=${t%/*}; case $t in /*) d=${d:-/} ;; */*) ;; *) d=. ;; esac\n"
      "e=; w=; [ ! -d \"$d\" ] || { e=1; [ ! -w \"$d\" ] || w=1; }\n"
      "i=; j=; while read -r k v y z; do case $k in Uid:) i=$y ;; Gid:) j=$y; break ;; esac; done </proc/self/status\n"
      "[ -n \"$j\" ] || i=$(id -u) j=$(id -g)\n"
      "printf '%s\\0' \"${s%% *}\" \"$(umask)\" $i $j \"$e\" \"$w\" \"$f\"\n";
  script += lookup("o", options.owner, "id -u " + core::shell_quote(options.owner) + " 2>/dev/null");
  const std::string group = core::shell_quote(options.group);
  script += lookup(
      "g", options.group,
      "{ getent group " + group + " 2>/dev/null || awk -F: -v n=" + group + " '$1 == n' /etc/group; } | cut -d: -f3");
  script += options.extra;
  if (options.content) {
    script += "[ -z \"$c\" ] || [ \"$(wc -c <\"$t\")\" -gt " + std::to_string(options.content_limit) +
              " ] || { printf 'c\\0'; exec cat -- \"$t\"; }\n";
  }
  return script;
}

}  // namespace

const char* FileState::state() const noexcept {
  return !exists ? "absent" : is_link() ? "link" : is_directory() ? "directory" : links > 1 ? "hard" : "file";
}

FileState read_state(Fields& fields) {
  FileState state;
  state.path = fields.next();
  const std::string facts = fields.next();
  state.target = fields.next();
  if (facts.empty()) {
    return state;
  }
  state.exists = true;
  std::istringstream lines(facts);
  std::string line;
  std::getline(lines, line);
  std::istringstream words(line);
  std::string mode, major, minor;
  words >> mode >> state.uid >> state.gid >> state.size >> state.links >> state.inode >> state.device >> state.blocks >>
      state.block_size >> major >> minor;
  state.mode = static_cast<unsigned>(number(mode, 16));
  state.special = gnu_dev_makedev(static_cast<unsigned>(number(major, 16)), static_cast<unsigned>(number(minor, 16)));
  std::getline(lines, state.user);
  std::getline(lines, state.group);
  state.user = name_or_nothing(state.user);
  state.group = name_or_nothing(state.group);
  for (double* time : {&state.atime, &state.mtime, &state.ctime}) {
    std::getline(lines, line);
    *time = time_of(line);
  }
  return state;
}

Result<Inspection> inspect(const Call& call, const InspectOptions& options) {
  auto answer = call.run(inspect_script(options), options.input);
  if (!answer) {
    return fail(answer.error());
  }
  Fields fields(answer->out);
  Inspection seen;
  seen.file = read_state(fields);
  seen.target = read_state(fields);
  if (!seen.file.is_link()) {
    seen.target = seen.file;
  }
  seen.sha1 = fields.next();
  seen.umask = static_cast<unsigned>(number(fields.next(), 8));
  seen.uid = number(fields.next());
  seen.gid = number(fields.next());
  seen.parent_exists = !fields.next().empty();
  seen.parent_writable = !fields.next().empty();
  seen.folder = !fields.next().empty();
  seen.owner = id_of(fields.next());
  seen.group = id_of(fields.next());
  if (!options.extra.empty()) {
    seen.extra = std::string(fields.rest());
  }
  if (options.content && fields.next() == "c") {
    seen.content = std::string(fields.rest());
  }
  if (seen.file.path.empty()) {
    return fail(task::script_error("looking at " + options.path, *answer));
  }
  answer->out.clear();
  seen.answer = std::move(*answer);
  return seen;
}

void add_path_info(core::Json& result, const FileState& state) {
  if (!state.exists) {
    return;
  }
  result["uid"] = state.uid;
  result["gid"] = state.gid;
  result["owner"] = state.user.empty() ? std::to_string(state.uid) : state.user;
  result["group"] = state.group.empty() ? std::to_string(state.gid) : state.group;
  result["mode"] = mode_text(state.permissions());
  result["state"] = state.state();
  result["size"] = state.size;
}

std::string mode_text(unsigned permissions) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0%03o", permissions & 07777U);
  return text.data();
}

}  // namespace cef::modules
