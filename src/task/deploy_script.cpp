#include "deploy_script.hpp"

#include "cef/core/shell.hpp"

namespace cef::task {

using core::shell_quote;

namespace {

// Waits a minute for the lock on a descriptor. The flock of BusyBox cannot wait for a time by itself.
constexpr const char* k_held = R"sh(
held() {
  command -v flock >/dev/null || return 0
  t=0; until flock -n "$1"; do t=$((t + 1)); [ $t -le 60 ] || return 1; sleep 1; done
}
)sh";

// $m is the folder of a model. `order` prints its releases, the one deployed last at the end: those of the history that
// are still there, after those that it does not know, which `order known` leaves out.
constexpr const char* k_functions = R"sh(
current() { c=$(readlink "$m/current" 2>/dev/null) && case $c in releases/*) echo "${c#releases/}" ;; esac; }
order() {
  ls "$m/releases" 2>/dev/null | grep -v '\.tmp$' | history=$m/.cef/history awk -v known="$1" '
    { there[$0] = 1; name[n++] = $0 }
    END { while ((getline line < ENVIRON["history"]) > 0) { split(line, f, " "); if (f[2] in there) last[f[2]] = ++k }
      for (i = 0; i < n; i++) if (!(name[i] in last) && known == "") print name[i]
      for (j = 1; j <= k; j++) for (r in last) if (last[r] == j) print r }'
}
lock() {
  exec 8>"$m/.cef/lock" || exit 1
  held 8 || { echo "another cef is at work on $m" >&2; exit 75; }
}
switch() {
  rm -f "$m/.cef/current.new"
  ln -s "releases/$1" "$m/.cef/current.new" || exit 1
  [ -L "$m/current" ] || [ ! -e "$m/current" ] || { echo "$m/current is not a link" >&2; exit 1; }
  mv -Tf "$m/.cef/current.new" "$m/current" 2>/dev/null || { rm -f "$m/.cef/current.new"; ln -sfn "releases/$1" "$m/current"; } || exit 1
  echo "$(date +%s) $1" >>"$m/.cef/history"
}
prune() {
  c=$(current)
  order | grep -vxF "${c:-.}" | awk -v keep="$1" -v c="$c" '{ r[n++] = $0 } END { for (i = 0; i < n - keep + (c != ""); i++) print r[i] }' |
    while read -r r; do
      [ -n "$2" ] || rm -rf "${m:?}/releases/$r" "$m/.cef/$r.sums"
      printf '%s=%s\n' pruned "${m##*/}/$r"
    done
}
)sh";

std::string model_head(const std::string& path) {
  return "m=" + shell_quote(path) + "\n" + k_held + k_functions;
}

std::string each_model(const std::string& name, const std::string& body) {
  return "for m in \"$b\"/" + (name.empty() ? "*" : shell_quote(name)) + "; do\n[ -d \"$m/.cef\" ] || continue\n" +
         body + "done\n";
}

}  // namespace

std::string deploy_head(const std::string& dest) {
  return "umask 022\nb=" + shell_quote(dest) + "\ncase $b in /*) ;; *) b=$HOME/$b ;; esac\n";
}

std::string state_script(const std::string& dest, const std::string& name) {
  return deploy_head(dest) + "m=$b/" + shell_quote(name) + "\n" + k_functions +
         "printf 'machine=%s\\npath=%s\\n' \"$(uname -m)\" \"$m\"\n"
         "d=$m; while [ ! -d \"$d\" ]; do d=${d%/*}; [ -n \"$d\" ] || d=/; done\n"
         "printf 'free=%s\\n' \"$(df -Pk \"$d\" | awk 'NR == 2 { print $4 }')\"\n"
         "printf 'current=%s\\n' \"$(current)\"\n"
         "order | sed 's/^/release=/'\n"
         "for p in \"$m/.cef/incoming\"/*.part; do [ ! -f \"$p\" ] || echo \"part=$(($(wc -c <\"$p\"))) "
         "${p##*/}\"; done\n";
}

std::string prepare_script(const std::string& dest, const std::string& name) {
  return deploy_head(dest) + "m=$b/" + shell_quote(name) + "\nmkdir -p \"$m/releases\" \"$m/.cef/incoming\"\n";
}

std::string part_word(const DeployState& state, const Release& release) {
  return shell_quote(state.path + "/.cef/incoming/" + release.sha256 + ".part");
}

std::string pull_script(const DeployState& state, const Release& release, const std::string& url,
                        core::Milliseconds stall) {
  const std::string seconds =
      std::to_string(std::max<long long>(1, std::chrono::duration_cast<std::chrono::seconds>(stall).count()));
  const std::string size = std::to_string(release.size.count);
  return "umask 022\np=" + part_word(state, release) + "\nu=" + shell_quote(url) + "\n" + "exec 9>>\"$p\" || exit 1\n" +
         k_held +
         "held 9 || { echo 'another cef fetches the same file' >&2; exit 75; }\n"
         "size() { echo $(($(wc -c <\"$p\"))); }\n"
         "begin=$(size)\n"
         "curled() { curl -fsSL --proto =http,https --proto-redir =http,https --connect-timeout 15 --speed-limit 1 "
         "--speed-time " +
         seconds +
         " \"$@\" -o \"$p\" \"$u\"; }\n"
         "fetch() {\n"
         "  [ \"$(size)\" -le " +
         size +
         " ] || : >\"$p\"\n"
         "  [ \"$(size)\" -lt " +
         size +
         " ] || return 0\n"
         // 33: the server gives no ranges, as many a small one; curl, unlike wget, does not begin anew by itself.
         "  if command -v curl >/dev/null; then curled -C - || { r=$?; [ $r = 33 ] || return $r; : >\"$p\"; begin=0; "
         "curled; }\n"
         "  elif command -v wget >/dev/null; then wget -q -c -T " +
         seconds +
         " -O \"$p\" \"$u\"\n"
         "  elif [ -x /usr/lib/apt/apt-helper ]; then begin=0; /usr/lib/apt/apt-helper -q download-file \"$u\" "
         "\"$p.apt\" "
         "&& cat \"$p.apt\" >\"$p\"; r=$?; rm -f \"$p.apt\"; return $r\n"
         "  else echo 'this host has nothing to pull with: no curl, no wget, no apt-helper; push instead' >&2; exit 3; "
         "fi\n"
         "}\n"
         "good() { s=$(sha256sum <\"$p\") && [ \"${s%% *}\" = " +
         shell_quote(release.sha256) +
         " ]; }\n"
         "for try in 1 2; do\n"
         "  fetch || { rc=$?; [ -s \"$p\" ] || rm -f \"$p\"; exit $((rc == 3 ? 3 : 4)); }\n"
         "  ! good || { printf 'resumed=%s\\nbytes=%s\\n' \"$begin\" \"$(($(size) - begin))\"; exit 0; }\n"
         "  : >\"$p\"; begin=0\n"
         "done\n"
         "rm -f \"$p\"; exit 65\n";
}

std::string activate_script(const DeployState& state, const Release& release, const std::string& verify_command,
                            unsigned keep) {
  const std::string folder = shell_quote(release.folder());
  std::string script =
      "umask 022\n" + model_head(state.path) + "lock\nr=" + folder + "\np=" + part_word(state, release) +
      "\nrel=$m/releases/$r new=\n"
      "find \"$m/releases\" -mindepth 1 -maxdepth 1 -name '*.tmp' -exec rm -rf {} +\n"
      "if [ ! -d \"$rel\" ]; then\n"
      "  new=1\n"
      "  s=$(sha256sum <\"$p\") && [ \"${s%% *}\" = " +
      shell_quote(release.sha256) +
      " ] || { rm -f \"$p\"; exit 65; }\n"
      // Not -C: GNU tar reads a backslash in its name as an escape.
      "  mkdir \"$rel.tmp\" && (cd \"$rel.tmp\" && tar -xf - --no-same-owner) <\"$p\" 2>\"$m/.cef/tar.err\" || {\n"
      "    cat \"$m/.cef/tar.err\" >&2; rm -rf \"$rel.tmp\" \"$p\"; exit 1; }\n"
      "  (cd \"$rel.tmp\" && find . -type f -exec sha256sum {} +) >\"$m/.cef/$r.sums\" || exit 1\n"
      "  sync -f \"$m/releases\" 2>/dev/null || sync\n"
      "  mv \"$rel.tmp\" \"$rel\" || exit 1\n"
      "fi\nrm -f \"$p\" \"$m/.cef/tar.err\"\n";
  if (!verify_command.empty()) {
    // It must not hold the lock or read what is not meant for it.
    script += "v=" + shell_quote(verify_command) + "\nexport CEF_MODEL=" + shell_quote(release.name) +
              " CEF_VERSION=" + shell_quote(release.version) +
              " CEF_RELEASE=\"$rel\"\n"
              "(cd \"$rel\" && exec sh -c \"$v\" 8>&- </dev/null) >\"$m/.cef/verify.log\" 2>&1 || {\n"
              "  rc=$?; tail -n 5 \"$m/.cef/verify.log\" >&2\n"
              "  [ -z \"$new\" ] || rm -rf \"$rel\" \"$m/.cef/$r.sums\"\n"
              "  echo \"verify=$rc\"; exit 66; }\n";
  }
  return script + "[ \"$(current)\" = \"$r\" ] || switch \"$r\"\nprune " + std::to_string(keep) + " ''\nexit 0\n";
}

std::string status_script(const std::string& dest, const std::string& name, bool verify) {
  return deploy_head(dest) + k_functions + "printf 'path=%s\\n' \"$b\"\n" +
         each_model(name,
                    std::string("printf 'model=%s\\ncurrent=%s\\n' \"${m##*/}\" \"$(current)\"\n"
                                "order | sed 's/^/release=/'\n") +
                        (verify ? "c=$(current); [ -z \"$c\" ] || (cd \"$m/current/\" && sha256sum -c "
                                  "\"$m/.cef/$c.sums\" 2>/dev/null | sed -n 's/^\\(.*\\): FAILED.*/damaged=\\1/p')\n"
                                : "")) +
         "exit 0\n";
}

std::string rollback_script(const std::string& dest, const std::string& name, const std::string& to, bool check) {
  return deploy_head(dest) + "m=$b/" + shell_quote(name) + "\n" + k_held + k_functions +
         "[ -d \"$m/.cef\" ] || { echo \"$m: there is no such model\" >&2; exit 1; }\nlock\nc=$(current)\n" +
         (to.empty()
              // The one that was current before: the last in the history before the present one's last entry.
              ? "t=$(order known | grep -vxF \"${c:-.}\" | tail -n 1)\n"
              : "w=" + shell_quote(to) +
                    "\nt=$(order | while read -r r; do case $r in \"$w\" | \"$w\"-????????????"
                    ") echo \"$r\" ;; esac; "
                    "done | "
                    "tail -n 1)\n") +
         "[ -n \"$t\" ] || { echo " +
         shell_quote(to.empty() ? "there is no release to go back to"
                                : "there is no release '" + to + "'; cef deploy status shows those that there are") +
         " >&2; exit 1; }\n"
         "printf 'from=%s\\nto=%s\\n' \"$c\" \"$t\"\n" +
         (check ? "" : "[ \"$c\" = \"$t\" ] || switch \"$t\"\n");
}

std::string prune_script(const std::string& dest, const std::string& name, unsigned keep, bool check) {
  const std::string dry = check ? "1" : "''";
  return deploy_head(dest) + k_held + k_functions +
         each_model(name,
                    "lock\nprune " + std::to_string(keep) + " " + dry + "\n" +
                        "for p in \"$m/.cef/incoming\"/*.part; do [ -e \"$p\" ] || continue; printf 'pruned=%s\\n' "
                        "\"${m##*/}/${p##*/}\"; " +
                        (check ? ":" : "rm -f \"$p\"") + "; done\n") +
         "exit 0\n";
}

}  // namespace cef::task
