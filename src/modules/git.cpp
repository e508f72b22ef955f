#include <cstdlib>
#include <optional>

#include "cef/core/shell.hpp"
#include "command.hpp"
#include "http.hpp"
#include "node_file.hpp"
#include "transfer_family.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// Variables: $p the folder, $repo, $version, $remote, $depth, $bare, $force, $check, $diff, $recursive, and options as
/// words in $clone_options. `x` runs a program whose failure ends the task.
constexpr const char* k_functions_of_git = R"sh(
refuse() {
  shift
  [ "$1" != -C ] || shift 2
  printf 'fail\0%s\0%s\0%s\0' "$(command -v git) $*" $r "$say"; cat "$d/out"; printf '\0'; cat "$d/err"; printf '\0'; exit 0
}
x() { "$@" >"$d/out" 2>"$d/err" </dev/null; r=$?; [ $r = 0 ] || refuse "$@"; }
version_of() { git -C "$p" rev-parse "${1:-HEAD}" 2>/dev/null; }
# What the remote has for $version: "branch", "tag" or nothing.
kind_of() {
  if [ "$version" = HEAD ]; then echo head; return; fi
  l=$(git ls-remote "$1" -h "refs/heads/$version" 2>/dev/null); [ -z "$l" ] || { echo branch; return; }
  l=$(git ls-remote "$1" -t "refs/tags/$version" 2>/dev/null); [ -z "$l" ] || echo tag
}
head_branch() {
  b=$(git -C "$p" symbolic-ref -q "refs/remotes/$remote/HEAD" 2>/dev/null)
  b=${b#refs/remotes/"$remote"/}
  [ -n "$b" ] || b=$(git -C "$p" ls-remote --symref "$remote" HEAD 2>/dev/null | sed -n 's,^ref: refs/heads/\(.*\)[[:space:]]HEAD,\1,p')
  echo "${b:-master}"
}
remote_head() {
  case $(kind_of "$1") in
    head) git ls-remote "$1" HEAD ;;
    branch) git ls-remote "$1" -h "refs/heads/$version" ;;
    tag) l=$(git ls-remote "$1" -t "refs/tags/$version^{}"); echo "${l:-$(git ls-remote "$1" -t "refs/tags/$version")}" ;;
    *) echo "$version" ;;
  esac 2>"$d/err" | awk 'NR == 1 { print $1 }'
}
told() {
  printf 'ok\0%s\0%s\0%s\0%s\0%s\0%s\0' "$before" "$after" "$moved" "$mods" "$subs" "$p"
  if [ -n "$diff" ] && [ "$before" != "$after" ]; then
    if [ -z "$before" ]; then printf %s ">> Newly checked out $after"
    else
      git -C "$p" diff "$before" "$after" >"$d/out" 2>/dev/null
      if [ -s "$d/out" ]; then cat "$d/out"; else printf %s ">> No visual differences between $before and $after"; fi
    fi
  fi
  exit 0
}
clone() {
  case $p in */*) mkdir -p "${p%/*}/" 2>/dev/null ;; esac
  x git ls-remote "$repo" -h "refs/heads/$version"
  k=$(kind_of "$repo")
  set -- git clone
  if [ -n "$bare" ]; then set -- "$@" --bare; else set -- "$@" --origin "$remote"; fi
  if [ -n "$depth" ] && { [ "$version" = HEAD ] || [ -n "$refspec" ]; }; then set -- "$@" --depth "$depth"
  elif [ -n "$depth" ] && [ -n "$k" ]; then set -- "$@" --depth "$depth" --branch "$version"; fi
  [ -z "$reference" ] || set -- "$@" --reference "$reference"
  if [ -n "$single" ]; then
    set -- "$@" --single-branch
    case $k in branch | tag) set -- "$@" --branch "$version" ;; esac
  fi
  [ -z "$separate" ] || set -- "$@" "--separate-git-dir=$separate"
  x "$@" "$repo" "$p"
  [ -z "$bare" ] || [ "$remote" = origin ] || x git -C "$p" remote add "$remote" "$repo"
  [ -z "$refspec" ] || x git -C "$p" fetch ${depth:+--depth "$depth"} "$remote" "$refspec"
}
fetch() {
  set -- git -C "$p" fetch ${depth:+--depth "$depth"} ${force:+--force}
  if [ -n "$bare" ]; then x "$@" "$remote" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' ${refspec:+"$refspec"}; return; fi
  if [ -n "$depth" ] && [ "$version" != HEAD ]; then
    case $(kind_of "$repo") in
      branch) x "$@" "$remote" "+refs/heads/$version:refs/remotes/$remote/$version" ;;
      tag) x "$@" "$remote" "+refs/tags/$version:refs/tags/$version" ;;
      *) x "$@" "$remote" "$version" ;;
    esac
  elif [ -n "$depth" ]; then x "$@" "$remote" ${refspec:+"$refspec"}
  else x "$@" --tags "$remote"; [ -z "$refspec" ] || x "$@" "$remote" "$refspec"; fi
}
switch() {
  if [ "$version" = HEAD ]; then
    b=$(head_branch); x git -C "$p" checkout --force "$b"; x git -C "$p" reset --hard "$remote/$b" --
  elif git -C "$p" show-ref -q --verify "refs/remotes/$remote/$version"; then
    if git -C "$p" show-ref -q --verify "refs/heads/$version"; then x git -C "$p" checkout --force "$version"
    else x git -C "$p" checkout --force --track -b "$version" "$remote/$version"; fi
    x git -C "$p" reset --hard "$remote/$version" --
  else
    git -C "$p" cat-file -e "$version^{commit}" 2>/dev/null || git -C "$p" fetch -q ${depth:+--depth "$depth"} "$remote" "$version" 2>/dev/null
    say="Failed to checkout $version"; x git -C "$p" checkout --force "$version"; say=
  fi
}
submodules() {
  [ -e "$p/.gitmodules" ] || return 0
  s=$(git -C "$p" submodule status --recursive 2>/dev/null)
  x git -C "$p" submodule sync
  x git -C "$p" submodule update --init --recursive $track ${force:+--force}
  [ "$s" = "$(git -C "$p" submodule status --recursive 2>/dev/null)" ] || subs=1
}
)sh";

constexpr const char* k_main = R"sh(
before= after= moved= mods= subs= say=
case $repo in "~"*) repo=$HOME${repo#"~"} ;; esac
case $repo in /*) repo=file://$repo ;; esac
case $p in /* | '') ;; *) p=$PWD/$p ;; esac
command -v git >/dev/null || die 'Failed to find required executable "git" in paths: '"$PATH"
if [ -n "$bare" ]; then config=$p/config
elif [ -f "$p/.git" ]; then config=$(sed -n 's/^gitdir: //p' "$p/.git"); case $config in /*) ;; *) config=$p/$config ;; esac; config=$config/config
else config=$p/.git/config; fi
if [ -z "$p" ] || [ ! -e "$config" ]; then
  if [ -n "$check" ] || [ -z "$may_clone" ]; then
    after=$(remote_head "$repo"); [ -n "$after" ] || die "Could not determine remote revision for $version"
    told
  fi
  clone
elif [ -z "$update" ]; then before=$(version_of); after=$before; told
else
  before=$(version_of)
  if [ -z "$bare" ] && git -C "$p" status --porcelain 2>/dev/null | grep -qv '^??'; then
    [ -n "$force" ] || { printf 'mods\0%s\0%s\0' "$before" "Local modifications exist in the destination: $p (force=no)."; exit 0; }
    mods=1; [ -n "$check" ] || x git -C "$p" reset --hard HEAD
  fi
  url=$(git -C "$p" config --get "remote.$remote.url")
  strip() { printf %s "${1#file://}" | sed 's,/*$,,'; }
  [ "$url" = "$repo" ] || [ -z "$url" ] || [ "$(strip "$url")" = "$(strip "$repo")" ] || moved=1
  if [ -n "$check" ]; then after=$(remote_head "$repo"); [ -n "$after" ] || die "Could not determine remote revision for $version"; told; fi
  if [ -z "$url" ]; then x git -C "$p" remote add "$remote" "$repo"
  elif [ "$url" != "$repo" ]; then x git -C "$p" remote set-url "$remote" "$repo"; fi
  fetch
fi
[ -n "$bare" ] || switch
[ -n "$bare" ] || [ -z "$recursive" ] || submodules
after=$(version_of)
told
)sh";

std::string settings(const Call& call) {
  std::string script = "p=" + path_word(strip_end(call.text("dest"), "/")) + "\n";
  for (const auto& [name, parameter] :
       {std::pair("repo", "repo"), std::pair("version", "version"), std::pair("remote", "remote"),
        std::pair("refspec", "refspec"), std::pair("depth", "depth")}) {
    script += std::string(name) + "=" + core::shell_quote(call.text(parameter)) + "\n";
  }
  script += "reference=" + path_word(call.text("reference")) +
            "\nseparate=" + path_word(call.text("separate_git_dir")) + "\n";
  for (const auto& [name, parameter] :
       {std::pair("bare", "bare"), std::pair("force", "force"), std::pair("update", "update"),
        std::pair("may_clone", "clone"), std::pair("recursive", "recursive"), std::pair("single", "single_branch")}) {
    script += std::string(name) + "=" + (call.flag(parameter) ? "1" : "") + "\n";
  }
  script += std::string("check=") + (call.check ? "1" : "") + "\ndiff=" + (call.diff ? "1" : "") +
            "\ntrack=" + (call.flag("track_submodules") ? "--remote" : "") + "\n";
  if (call.given("umask")) {
    script += "umask " + core::shell_quote(call.text("umask")) + "\n";
  }
  std::string ssh = "ssh -o BatchMode=yes";
  ssh += call.given("ssh_opts") ? " " + call.text("ssh_opts") : "";
  ssh += call.flag("accept_hostkey") ? " -o StrictHostKeyChecking=no" : "";
  ssh += call.flag("accept_newhostkey") ? " -o StrictHostKeyChecking=accept-new" : "";
  script += "GIT_SSH_COMMAND=" + core::shell_quote(ssh);
  if (call.given("key_file")) {
    script += "\" -i '\"" + path_word(call.text("key_file")) + "\"' -o IdentitiesOnly=yes\"";
  }
  script += "; GIT_TERMINAL_PROMPT=0; export GIT_SSH_COMMAND GIT_TERMINAL_PROMPT\n";
  if (call.given("executable")) {
    script += "git() { command " + path_word(call.text("executable")) + " \"$@\"; }\n";
  }
  return script;
}

std::string archive_script(const Call& call) {
  const std::string file = path_word(call.text("archive"));
  return "a=" + file +
         "; case $a in *.zip) f=zip ;; *.tar.gz | *.tgz) f=tar.gz ;; *) f=tar ;; esac\nx git -C \"$p\" "
         "archive --format=\"$f\" " +
         (call.given("archive_prefix") ? "--prefix=" + core::shell_quote(call.text("archive_prefix")) + " " : "") +
         "-o \"$d/archive\" \"$version\"\n[ -e \"$a\" ] && cmp -s \"$d/archive\" \"$a\" || { cp \"$d/archive\" \"$a\" "
         "&& "
         "archived=1; }\n";
}

std::optional<Json> refusal(const std::string& word, Fields& fields) {
  if (word == "die") {
    return failure(valid_text(fields.next()));
  }
  if (word == "mods") {
    const std::string before = fields.next();
    Json failed = failure(valid_text(fields.next()));
    failed["before"] = before;
    return failed;
  }
  if (word == "fail") {
    Json failed = failure("");
    failed["cmd"] = valid_text(fields.next());
    failed["rc"] = std::atoi(fields.next().c_str());
    const std::string message = fields.next();
    const std::string out = fields.next();
    const std::string err = fields.next();
    failed["msg"] = valid_text(message.empty() ? strip_end(err, " \n") : message);
    add_output(failed, out, err);
    return failed;
  }
  return std::nullopt;
}

}  // namespace

Result<Json> run_git(const Call& call) {
  if (!call.given("dest") && call.flag("clone")) {
    return failure("the destination directory must be specified unless clone=no");
  }
  const bool archive = call.given("archive") && !call.check;
  std::string main = k_main;
  if (archive) {
    main.insert(main.rfind("told\n"), archive_script(call));
  }
  const auto ran = call.run(std::string(k_functions) + k_own_folder + settings(call) + k_functions_of_git + main);
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  const std::string word = fields.next();
  if (auto refused = refusal(word, fields)) {
    return *refused;
  }
  if (word != "ok") {
    return failure(task::script_error("git", *ran).message);
  }
  const std::string before = fields.next();
  const std::string after = fields.next();
  const bool moved = !fields.next().empty();
  const bool mods = !fields.next().empty();
  const bool subs = !fields.next().empty();
  const std::string folder = fields.next();
  const std::string diff(fields.rest());
  Json result = {{"changed", before != after || moved || mods || subs},
                 {"before", before.empty() ? Json() : Json(before)},
                 {"after", after}};
  if (!before.empty() && call.flag("update")) {
    result["remote_url_changed"] = moved;
  }
  if (mods && !call.check) {
    result["msg"] = "Local modifications exist in the destination: " + folder;
  }
  if (subs) {
    result["submodules_changed"] = true;
  }
  if (!diff.empty()) {
    result["diff"] = {{"prepared", valid_text(diff)}};
  }
  return result;
}

}  // namespace cef::modules
