#include "unarchive_script.hpp"

#include <utility>

#include "cef/core/shell.hpp"

namespace cef::modules {
namespace {

std::string words(const std::vector<std::string>& list, const std::string& before = "") {
  std::string text;
  for (const std::string& word : list) {
    text += " " + core::shell_quote(before + word);
  }
  return text;
}

std::string tar_options(const UnarchiveOptions& options) {
  std::string text;
  text += options.extra.empty() ? "" : " --show-transformed-names" + words(options.extra);
  text += options.owner.empty() ? "" : " " + core::shell_quote("--owner=" + options.owner);
  text += options.group.empty() ? "" : " " + core::shell_quote("--group=" + options.group);
  text += options.keep_newer ? " --keep-newer-files" : "";
  for (std::string folder : options.exclude) {
    while (folder.ends_with('/')) {
      folder.pop_back();
    }
    text += " " + core::shell_quote("--exclude=" + folder);
  }
  return text;
}

/// Modes and owners of all that is in "$d/list" and of the folders at its top; prints how many changed.
std::string dress_function(const UnarchiveOptions& options) {
  if (options.owner.empty() && options.group.empty() && options.mode.empty()) {
    return "dress() { echo 0; }\n";
  }
  std::string script;
  for (const auto& [name, what] : {std::pair(options.owner, "user"), std::pair(options.group, "group")}) {
    if (!name.empty() && name.find_first_not_of("0123456789") != std::string::npos) {
      const std::string word = core::shell_quote(name);
      script += (std::string(what) == "user" ? "id -u " : "grep -q ^" + word + ": /etc/group || getent group ") + word +
                " >/dev/null 2>&1 || die " +
                core::shell_quote((std::string(what) == "user" ? "chown" : "chgrp") +
                                  std::string(" failed: failed to look up ") + what + " " + name) +
                "\n";
    }
  }
  script +=
      "dress() (\n  cd \"$p\" || exit\n"
      "  { cat \"$d/list\"; awk -F/ 'NF > 1 { print $1 }' \"$d/list\" | sort -u; } | while IFS= read -r f; do "
      "case /$f/ in */../*) continue ;; esac; [ ! -e \"$f\" ] && [ ! -L \"$f\" ] || printf './%s\\0' \"$f\"; done "
      ">\"$d/names\"\n"
      "  [ -s \"$d/names\" ] || { echo 0; exit; }\n"
      "  state() { xargs -0 stat -c '%a %u %g %n' <\"$d/names\" | sort -u; }\n  state >\"$d/before\"\n";
  const std::string owner = options.owner + (options.group.empty() ? "" : ":" + options.group);
  if (!owner.empty()) {
    script += "  xargs -0 chown -h " + core::shell_quote(owner) +
              " -- <\"$d/names\" 2>\"$d/err2\" || { sed 's/^chown: /chown failed: /' \"$d/err2\" >&2; exit 1; }\n";
  }
  if (!options.mode.empty()) {
    script += "  m=" + core::shell_quote(options.mode) + " xargs -0 sh -c '" +
              "for f do [ -L \"$f\" ] || chmod \"$m\" \"$f\" || exit 255; done' sh <\"$d/names\" >&2 || exit 1\n";
  }
  return script + "  state >\"$d/after\"\n  diff \"$d/before\" \"$d/after\" | grep -c '^>'\n  exit 0\n)\n";
}

std::string tar_function(const UnarchiveOptions& options) {
  std::string differs =
      "Mod time differs$|Warning: Cannot stat: No such file or directory$|: Invalid owner|: Invalid group";
  differs += options.mode.empty() ? "|: Mode differs$" : "";
  const std::string root =
      std::string(options.owner.empty() ? "|: Uid differs$" : "") + (options.group.empty() ? "|: Gid differs$" : "");
  const std::string rest = tar_options(options) + " -f \"$z\"" + words(options.include);
  return "of_tar() {\n"
         "  tar=$(command -v gtar || command -v tar) || { why=\"Unable to find required 'gtar' or 'tar' binary in the "
         "path\"; return; }\n"
         "  case $(\"$tar\" --version 2>/dev/null) in tar*GNU*) ;; *) why=\"Command \\\"$tar\\\" is no GNU tar. GNU "
         "tar "
         "required.\"; return ;; esac\n"
         "  h=TgzArchive; k=-z\n"
         "  list() { \"$tar\" --list --quoting-style=literal $k -C \"$p\"" +
         rest +
         " >\"$d/list\" 2>\"$d/err\"; }\n"
         "  list || { h=TarArchive; k=; list; } || { why=\"Command \\\"$tar\\\" could not handle archive: $(head -c "
         "2000 "
         "\"$d/err\")\"; return; }\n"
         "  [ -s \"$d/list\" ] || { why=\"Command \\\"$tar\\\" found no files in archive. Empty archive files are not "
         "supported.\"; return; }\n"
         "  sed -i 's,^/,,' \"$d/list\"\n" +
         (options.check ? std::string("  printf 'skipped\\0'; exit 0\n")
                        : "  e='" + differs + "'; [ \"$(id -u)\" != 0 ] || e=\"$e" + root + "\"\n" +
                              "  \"$tar\" --diff $k -C \"$p\"" + rest +
                              " >\"$d/diff\" 2>&1\n"
                              "  c=; r=0; : >\"$d/out\"; : >\"$d/err\"\n"
                              "  if grep -v ': : Warning: Cannot stat: No such file or directory$' \"$d/diff\" | grep "
                              "-qE \"$e\"; then\n"
                              "    c=1; \"$tar\" --extract -C \"$p\" $k" +
                              rest + " >\"$d/out\" 2>\"$d/err\"; r=$?\n  fi\n  : >\"$d/diff\"\n  told \"$tar\"\n") +
         "}\n";
}

/// Lines of zipinfo against what is there: prints a diff, empty when nothing is to be unpacked.
constexpr const char* k_zip_compare = R"sh(
  awk -F '\t' -v keep="$keep" -v owner="$owner" -v group="$group" -v mode="$mode" -v fat="$fat" '
    FILENAME == ARGV[1] { perms[$7] = $1; size[$7] = $2; time[$7] = $3; user[$7] = $4; team[$7] = $5; octal[$7] = $6; next }
    { path = $5; n = path; sub("/$", "", n); kind = substr($1, 1, 1); ftype = path ~ "/$" ? "d" : kind == "l" ? "L" : "f"
      if (!(n in perms)) { print ">" ftype "++++++.?? " path; next }
      there = substr(perms[n], 1, 1); want = ftype == "d" ? "d" : ftype == "L" ? "l" : "-"
      if (there != want) { print "c" ftype "++++++.?? " path; next }
      c = "."; s = "."; t = "."; p = "."; o = "."
      if (there == "-") {
        if (keep != "" && $3 < time[n]) next
        if ($3 != time[n]) t = "t"
        if ($2 != size[n]) { s = "s"; c = "c" }
      }
      if (ftype != "L") {
        bits = substr($1, 2)
        if (length(bits) == 6) bits = ""
        if (mode != "") { if (mode ~ "^[0-7]+$" && mode + 0 != octal[n] + 0) p = "p" }
        else if (bits != "") { gsub("[sS]", "x", bits); gsub("[tT]", "x", bits); if (bits != substr(perms[n], 2)) p = "p" }
      }
      if (user[n] != owner) o = "o"
      if (team[n] != group) o = "g"
      if (c s t p o != ".....") print "." ftype c s t p o "..?? " path
    }' "$d/there" "$d/info" >"$d/diff"
)sh";

std::string zip_function(const UnarchiveOptions& options) {
  const std::string excluded = options.exclude.empty() ? "" : " -x" + words(options.exclude);
  const std::string included = words(options.include);
  return "of_zip() {\n"
         "  unzip=$(command -v unzip) || { why=\"Unable to find required 'unzip' or 'zipinfo' binary in the path.\"; "
         "return; }\n"
         "  h=ZipZArchive; ! command -v zipinfo >/dev/null || h=ZipArchive\n"
         "  \"$unzip\" -Z -T -s \"$z\"" +
         included + excluded +
         " >\"$d/raw\" 2>\"$d/err\" || { why=\"Command \\\"$unzip\\\" could not handle archive: $(cat \"$d/err\")\"; "
         "return; }\n"
         "  awk 'length($1) == 7 || length($1) == 10 { if (length($7) != 15 || $1 !~ \"^[dl?-][rwxstah-]*$\") next; l "
         "= "
         "$0; for (i = 0; i < 7; i++) sub(\"^ *[^ ]+ +\", \"\", l); print $1 \"\\t\" $4 \"\\t\" $7 \"\\t\\t\" l }' "
         "\"$d/raw\" >\"$d/info\"\n"
         "  cut -f5- \"$d/info\" >\"$d/list\"\n"
         "  ( cd \"$p\" && tr '\\n' '\\0' <\"$d/list\" | xargs -0 stat -c '%A\t%s\t%y\t%U\t%G\t%a\t%n' 2>/dev/null ) | "
         "sed 's,/$,,' | awk -F '\\t' -v OFS='\\t' '{ gsub(\"-\", \"\", $3); sub(\" \", \".\", $3); gsub(\":\", \"\", "
         "$3); "
         "sub(\"[.]0* .*\", \"\", $3); $3 = substr($3, 1, 15) (length($3) > 15 ? \"+\" : \"\"); print }' "
         ">\"$d/there\"\n"
         "  owner=" +
         (options.owner.empty() ? "$(id -un)" : core::shell_quote(options.owner)) +
         " group=" + (options.group.empty() ? "$(id -gn)" : core::shell_quote(options.group)) +
         " mode=" + core::shell_quote(options.mode) + " keep=" + (options.keep_newer ? "1" : "") + "\n" +
         "  case $owner in *[!0-9]*) ;; *) owner=$(id -un \"$owner\" 2>/dev/null || echo UNKNOWN) ;; esac\n" +
         k_zip_compare +
         // The same sizes and times: the contents in one stream against those of the archive.
         "  if [ ! -s \"$d/diff\" ] && ! grep -q '^l' \"$d/info\"; then\n"
         "    \"$unzip\" -p \"$z\"" +
         included + excluded +
         " 2>/dev/null >\"$d/bytes\"\n    ( cd \"$p\" && grep -v '/$' \"$d/list\" | tr '\\n' '\\0' | xargs -0 cat -- ) "
         "| "
         "cmp -s - \"$d/bytes\" || [ -n \"$keep\" ] || grep -v '/$' \"$d/list\" | while IFS= read -r f; do \"$unzip\" "
         "-p "
         "\"$z\" \"$f\" </dev/null 2>/dev/null | cmp -s - \"$p/$f\" || echo \".fc......?\? $f\"; done >\"$d/diff\"\n   "
         " rm -f \"$d/bytes\"\n  fi\n"
         "  c=; r=0; : >\"$d/out\"; : >\"$d/err\"\n  if [ -s \"$d/diff\" ]; then c=1\n" +
         (options.check ? std::string("    :\n")
                        : "    \"$unzip\" -o" + words(options.extra) + " \"$z\"" + included + excluded +
                              " -d \"$p\" >\"$d/out\" 2>\"$d/err\" </dev/null; r=$?\n") +
         "  fi\n  told \"$unzip\"\n}\n";
}

}  // namespace

std::string unarchive_functions(const UnarchiveOptions& options) {
  return dress_function(options) +
         "told() {\n"
         "  n=0; if [ $r = 0 ]" +
         std::string(options.check ? " && false" : "") +
         "; then n=$(dress 2>\"$d/err3\") || { printf 'die\\0%s\\0' \"Unexpected error when accessing exploded file: "
         "$(tail -n 1 \"$d/err3\")\"; exit 0; }; fi\n"
         "  [ \"${n:-0}\" = 0 ] || n=1\n  printf 'done\\0%s\\0%s\\0%s\\0%s\\0%s\\0' \"$h\" \"$1\" \"$c\" \"$n\" $r\n"
         "  for f in out err list diff; do cat \"$d/$f\"; printf '\\0'; done\n  printf '%s\\0' \"$z\" \"$k\"\n"
         "  look \"$p\"\n  exit 0\n}\n" +
         tar_function(options) + zip_function(options);
}

std::vector<std::string> unarchive_command(const UnarchiveOptions& options, const std::string& handler,
                                           const std::string& program, const std::string& archive,
                                           const std::string& folder) {
  std::vector<std::string> command = {program};
  const auto add = [&](const std::vector<std::string>& list, const std::string& before = "") {
    for (const std::string& word : list) {
      command.push_back(before + word);
    }
  };
  if (handler.starts_with("Zip")) {
    command.emplace_back("-o");
    add(options.extra);
    command.push_back(archive);
    if (!options.exclude.empty()) {
      command.emplace_back("-x");
      add(options.exclude);
    }
    add(options.include);
    add({"-d", folder});
    return command;
  }
  add({"--extract", "-C", folder});
  add(handler == "TgzArchive" ? std::vector<std::string>{"-z"} : std::vector<std::string>{});
  if (!options.extra.empty()) {
    command.emplace_back("--show-transformed-names");
    add(options.extra);
  }
  add(options.owner.empty() ? std::vector<std::string>{} : std::vector<std::string>{"--owner=" + options.owner});
  add(options.group.empty() ? std::vector<std::string>{} : std::vector<std::string>{"--group=" + options.group});
  add(options.keep_newer ? std::vector<std::string>{"--keep-newer-files"} : std::vector<std::string>{});
  add(options.exclude, "--exclude=");
  add({"-f", archive});
  add(options.include);
  return command;
}

}  // namespace cef::modules
