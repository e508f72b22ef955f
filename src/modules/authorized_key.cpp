#include "authorized_keys.hpp"
#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr const char* k_account = R"sh(
line=$(getent passwd "$user" 2>/dev/null)
case $line in "$user":*) ;; *) line=$(awk -F: -v n="$user" '$1 == n { print; exit }' /etc/passwd 2>/dev/null) ;; esac
if [ -n "$line" ]; then
  IFS=: read -r u_name u_password u_uid u_gid u_comment u_home u_shell <<END
$line
END
fi
if [ -z "$line" ] && { [ -z "$check" ] || [ -z "$path" ]; }; then
  [ -z "$check" ] || give_up 'Either user must exist or you must provide full path to key file in check mode'
  give_up "Failed to lookup user $user: \"getpwnam(): name not found: '$user'\""
fi
file=$path
[ -n "$file" ] || file=${u_home%/}/.ssh/authorized_keys
folder_of "$file"; folder=$t
[ "$follow" != 1 ] || ! [ -L "$file" ] || file=$(readlink -f -- "$file")
)sh";

/// A key may be an address or a file of the host.
constexpr const char* k_fetch = R"sh(
case $source in
  http*)
    if has curl; then
      set -- curl -fsSL --max-time 60; [ "$validate_certs" = 1 ] || set -- "$@" -k
    else
      need wget; set -- wget -q -O - -T 60; [ "$validate_certs" = 1 ] || set -- "$@" --no-check-certificate
    fi
    try "$@" "$source"
    [ $rc = 0 ] || give_up "Error getting key from: $source"
    say key "$out" ;;
  file:*)
    k=${source#file:}
    case $k in //*) k=${k#//}; k=/${k#*/} ;; esac
    [ -e "$k" ] || give_up "Path to a key file not found: $k"
    [ -f "$k" ] || give_up "Path to a key is a directory and must be a file: $k"
    out=$(cat -- "$k"; echo x); say key "${out%?}" ;;
esac
)sh";

constexpr const char* k_read = R"sh(
say file "$file"
if [ -e "$file" ]; then
  [ -r "$file" ] || give_up "Permission denied on file or path for authorized keys file: $file"
  out=$(cat -- "$file"; echo x); say text "${out%?}"
fi
)sh";

constexpr const char* k_write = R"sh(
receive "$size"
if [ "$manage_dir" = 1 ]; then
  if [ ! -e "$folder" ]; then
    m=$(mkdir -m 0700 -- "$folder" 2>&1) || give_up "Failed to create directory $folder : ${m##*: }"
  fi
  m=$(chown "$u_uid:$u_gid" -- "$folder" 2>&1 && chmod 0700 -- "$folder" 2>&1) || give_up "${m##*: }"
else
  folder_of "$file"
  [ -e "$t" ] || m=$(mkdir -p -- "$t" 2>&1) || give_up "${m##*: }"
fi
put "$file"
m=$(chown -h "$u_uid:$u_gid" -- "$file" 2>&1 && chmod 0600 -- "$file" 2>&1) || give_up "${m##*: }"
)sh";

/// Ansible adds to results that have a path what it is.
constexpr const char* k_tell = R"sh(
if [ -n "$path" ] && [ -e "$path" ]; then
  kind=file; [ ! -d "$path" ] || kind=directory; [ ! -L "$path" ] || kind=link
  say kind $kind
  set -- $(stat -c '%u %g %U %G %a %s' -- "$path")
  say uid "$1"; say gid "$2"; say owner "$3"; say group "$4"; say mode "0$5"; say size "$6"
fi
)sh";

void add_path(Json& result, const Answers& answers) {
  if (!answers.has("kind")) {
    return;
  }
  result["state"] = answers.text("kind");
  for (const char* name : {"uid", "gid", "size"}) {
    result[name] = answers.number(name);
  }
  for (const char* name : {"owner", "group", "mode"}) {
    result[name] = answers.text(name);
  }
}

std::string start_of(const Call& call) {
  return assign_parameters(call, {"user", "manage_dir", "follow", "validate_certs"}) +
         "path=" + (call.given("path") ? path_word(call.text("path")) : "''") + "\n" + k_account;
}

struct Wanted {
  std::vector<AuthorizedKey> keys;
  std::string wrong{};  ///< a line that is no key
};

Wanted wanted_keys(const Call& call, const std::string& text) {
  Wanted wanted;
  for (const std::string& line : split_lines(text)) {
    if (line.empty() || line.front() == '#') {
      continue;
    }
    auto key = parse_key(line);
    if (!key) {
      wanted.wrong = line;
      return wanted;
    }
    if (call.given("key_options")) {
      key->options = parse_key_options(call.text("key_options"));
    }
    if (call.given("comment")) {
      key->comment = call.text("comment");
    }
    wanted.keys.push_back(std::move(*key));
  }
  return wanted;
}

bool apply(const Call& call, std::vector<AuthorizedKey> wanted, AuthorizedKeys& keys) {
  const bool present = call.text("state") == "present";
  const std::size_t last = keys.size();
  bool changed = false;
  std::vector<std::string> stay;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    AuthorizedKey& key = wanted[i];
    const AuthorizedKey* there = keys.find(key.key);
    stay.push_back(key.key);
    if (present && (there == nullptr || !there->same(key))) {
      key.rank = last + i;
      keys.set(std::move(key));
      changed = true;
    } else if (!present && there != nullptr) {
      keys.remove(key.key);
      changed = true;
    }
  }
  return (present && call.flag("exclusive") && keys.keep_only(stay)) || changed;
}

}  // namespace

Result<Json> run_authorized_key(const Call& call) {
  const std::string source = call.text("key");
  const bool fetched = source.starts_with("http") || source.starts_with("file:");
  const auto seen =
      ask(call, assign("source", fetched ? source : "") + start_of(call) + (fetched ? k_fetch : "") + k_read + k_tell);
  if (!seen) {
    return fail(seen.error());
  }
  if (seen->has("fail")) {
    return seen->failed();
  }
  Wanted wanted = wanted_keys(call, fetched ? seen->text("key") : source);
  if (!wanted.wrong.empty()) {
    return failure("invalid key specified: " + wanted.wrong);
  }
  AuthorizedKeys keys(seen->text("text"));
  Json result = call.args;
  result["keyfile"] = seen->text("file");
  result["changed"] = apply(call, std::move(wanted.keys), keys);
  add_path(result, *seen);
  if (!result["changed"].get<bool>()) {
    return result;
  }
  const std::string text = keys.text();
  if (call.diff) {
    result["diff"] = {{"before_header", seen->text("file")},
                      {"after_header", seen->text("file")},
                      {"before", valid_text(seen->text("text"))},
                      {"after", valid_text(text)}};
  }
  if (!call.check) {
    const auto written =
        ask(call, start_of(call) + assign("size", std::to_string(text.size())) + k_write + k_tell, text);
    if (!written) {
      return fail(written.error());
    }
    if (written->has("fail")) {
      return written->failed();
    }
    add_path(result, *written);
  }
  return result;
}

}  // namespace cef::modules
