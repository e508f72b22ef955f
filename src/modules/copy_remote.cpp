#include "cef/core/shell.hpp"
#include "copy.hpp"
#include "file_task.hpp"
#include "write_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// "src" is read to its end on the host: type, digests, mode.
std::string source_script(const std::string& src) {
  return "z=" + path_word(src) +
         "\nprintf '%s\\0' \"$z\"\n"
         "if [ ! -e \"$z\" ]; then printf 'absent\\0'; elif [ ! -r \"$z\" ]; then printf 'unreadable\\0'\n"
         "elif [ -d \"$z\" ]; then printf 'folder\\0'; elif [ -f \"$z\" ]; then printf 'file\\0'; else printf "
         "'other\\0'; fi\n"
         "s=; m=; if [ -f \"$z\" ] && [ -r \"$z\" ]; then s=$(sha1sum <\"$z\"); m=$(md5sum <\"$z\"); fi\n"
         "printf '%s\\0%s\\0%s\\0' \"${s%% *}\" \"${m%% *}\" \"$(stat -L -c %a -- \"$z\" 2>/dev/null)\"\n";
}

struct Source {
  std::string path, type, sha1, md5, mode;
};

/// The same tree below `$p`: what differs is copied, nothing is removed; says on stdout how much it did.
std::string tree_script(const std::string& src, const std::string& dest, const std::string& shown, bool check,
                        bool follow, const Inspection& seen) {
  std::string owner =
      (seen.owner ? std::to_string(*seen.owner) : "") + (seen.group ? ":" + std::to_string(*seen.group) : "");
  std::string script = k_functions;
  script +=
      "z=" + core::shell_quote(src) + "; p=" + core::shell_quote(dest) + "; k=" + (check ? "1" : "") + "; export p k\n";
  script +=
      "cd \"$z\" || die \"cannot enter $z\"\nn=0\n"
      "c=$(mktemp \"${TMPDIR:-/tmp}/.cef-XXXXXX\") || die 'no temporary file could be made'\n";
  script += std::string("find ") + (follow ? "-L " : "") +
            ". -exec sh -c '\n"
            "for f do g=$p/${f#./}; [ \"$f\" != . ] || g=$p\n"
            "  if [ -L \"$f\" ]" +
            (follow ? " && [ ! -e \"$f\" ]" : "") +
            "; then t=$(readlink \"$f\"); [ \"$(readlink \"$g\" 2>/dev/null)\" != \"$t\" ] || continue\n"
            "    echo x; [ -n \"$k\" ] || { rm -f \"$g\"; ln -s \"$t\" \"$g\"; }\n"
            "  elif [ -d \"$f\" ]; then [ ! -d \"$g\" ] || continue\n"
            "    echo x; [ -n \"$k\" ] || { mkdir -p \"$g\" && chmod \"$(stat -L -c %a \"$f\")\" \"$g\"; }\n"
            "  else cmp -s \"$f\" \"$g\" && continue\n"
            "    echo x; [ -n \"$k\" ] || { cp \"$f\" \"$g\" && chmod \"$(stat -L -c %a \"$f\")\" \"$g\"; }\n"
            "  fi || { echo \"failed to copy: $f to $g\" >&2; exit 1; }\ndone' sh {} + >\"$c\" 2>&1 || "
            "{ m=$(tail -n 1 \"$c\"); rm -f \"$c\"; die \"$m\"; }\n"
            "n=$(wc -l <\"$c\"); rm -f \"$c\"\n";
  if (!owner.empty()) {
    std::string test;
    test += seen.owner ? " ! -user " + std::to_string(*seen.owner) : "";
    test += seen.group ? std::string(seen.owner ? " -o" : "") + " ! -group " + std::to_string(*seen.group) : "";
    const std::string find = "find \"$p\" \\(" + test + " \\)";
    script += "if [ -e \"$p\" ]; then n=$((n + $(" + find + " | wc -l)))\n  [ -n \"$k\" ] || " + find +
              " -exec chown -h " + owner + " {} + || die 'chown failed'; fi\n";
  }
  return script + "printf 'ok\\0%s\\0' \"$((n))\"\nlook " + core::shell_quote(shown) + "\n";
}

Result<Json> copy_tree(const Call& call, const Source& source, const Inspection& seen) {
  std::string src = source.path;
  const bool inside = src.ends_with('/');
  src = src.size() > 1 ? strip_end(src, "/") : src;
  std::string dest = seen.file.path;
  dest = dest.size() > 1 ? strip_end(dest, "/") : dest;
  if (seen.file.exists && !seen.folder) {
    return failure("Cannot copy a folder onto the file " + dest);
  }
  const std::string into = inside ? dest : dest + "/" + src.substr(src.rfind('/') + 1);
  const std::string shown = seen.folder ? dest + "/" + (inside ? "" : src.substr(src.rfind('/') + 1)) : seen.file.path;
  const auto answer = call.run(tree_script(src, into, shown, call.check, call.flag("local_follow"), seen));
  if (!answer) {
    return fail(answer.error());
  }
  const auto done = read_write_result(*answer, "copying " + src);
  if (!done) {
    return fail(done.error());
  }
  if (done->failure) {
    return *done->failure;
  }
  const FileState& now = done->after;
  const auto plan = plan_attributes(wanted_attributes(call), now.exists ? now : new_state(seen, 0040000U, shown), seen);
  if (!plan) {
    return attribute_failure(plan.error());
  }
  FileTask task{call, seen, "directory", {}};
  task.path = shown;
  task.result = {{"dest", shown},
                 {"src", source.path},
                 {"md5sum", nullptr},
                 {"checksum", nullptr},
                 {"changed", done->backup_file != "0" || plan->changes()}};
  return task.finish(attribute_script(*plan, core::shell_quote(shown)), now);
}

Result<Json> copy_file(const Call& call, const Source& source, const Inspection& seen) {
  const bool follow = call.flag("follow") && seen.target.exists;
  const FileState& before = follow ? seen.target : seen.file;
  if (seen.target.exists && !call.flag("force")) {
    return Json{{"msg", "file already exists"}, {"src", source.path}, {"dest", before.path}, {"changed", false}};
  }
  const std::string wanted_sum = call.text("checksum");
  if (!wanted_sum.empty() && wanted_sum != source.sha1) {
    Json failed = failure("Copied file does not match the expected checksum. Transfer failed.");
    failed["checksum"] = source.sha1;
    failed["expected_checksum"] = wanted_sum;
    return failed;
  }
  WantedAttributes wanted = wanted_attributes(call);
  if (wanted.mode == "preserve") {
    wanted.mode = source.mode;
  }
  const bool exists = before.is_file();
  const auto plan = plan_attributes(wanted, exists ? before : new_state(seen, 0100000U, before.path), seen);
  if (!plan) {
    return attribute_failure(plan.error());
  }
  const bool same = exists && seen.sha1 == source.sha1;
  FileTask task{call, seen, "file", {}};
  task.path = before.path;
  task.result = {{"dest", before.path},
                 {"src", source.path},
                 {"md5sum", source.md5},
                 {"checksum", source.sha1},
                 {"changed", !same || plan->changes()}};
  if (same || call.check) {
    return task.finish(attribute_script(*plan, "\"$p\""), before);
  }
  AttributePlan dress = *plan;
  dress.mode = plan->mode ? *plan->mode : exists ? before.permissions() : 0666U & ~seen.umask;
  std::string script;
  if (call.flag("backup") && before.exists) {
    script += "b=$p.$$.$(date +%Y-%m-%d@%H:%M:%S)~; cp -p -- \"$p\" \"$b\" || die \"Could not make backup of $p\"\n";
  }
  script += "d=" + core::shell_quote(before.path.substr(0, before.path.rfind('/') + 1)) +
            "; t=$(mktemp \"${d:-./}.ansible_tmpXXXXXX\" 2>/dev/null) || die \"Destination $d not writable\"\n"
            "m=$(cp -- " +
            core::shell_quote(source.path) + " \"$t\" 2>&1) || { rm -f \"$t\"; die \"failed to copy: ${m##*: }\"; }\n" +
            (exists ? "chown " + std::to_string(before.uid) + ":" + std::to_string(before.gid) + " \"$t\" 2>/dev/null\n"
                    : "") +
            attribute_script(dress, "\"$t\"") +
            "m=$(mv -f -- \"$t\" \"$p\" 2>&1) || { rm -f \"$t\"; die \"Could not replace file: ${m##*: }\"; }\n";
  return task.finish(script, before);
}

}  // namespace

Result<Json> copy_remote(const Call& call) {
  const std::string src = call.text("src");
  InspectOptions options{.path = call.text("dest"), .owner = call.text("owner"), .group = call.text("group")};
  options.follow = true;
  options.extra = source_script(src);
  auto seen = inspect(call, options);
  if (!seen) {
    return fail(seen.error());
  }
  Fields fields(seen->extra);
  Source source{fields.next(), fields.next(), fields.next(), fields.next(), fields.next()};
  if (source.type == "absent" || source.type == "unreadable") {
    return failure("Source " + source.path + (source.type == "absent" ? " not found" : " not readable"));
  }
  if (source.type == "folder") {
    return copy_tree(call, source, *seen);
  }
  if (seen->folder || options.path.ends_with('/')) {  // the file goes into it
    options.name_in_folder = source.path.substr(source.path.rfind('/') + 1);
    seen = inspect(call, options);
    if (!seen) {
      return fail(seen.error());
    }
  }
  if (!seen->parent_exists) {
    const std::string& path = seen->file.path;
    return failure("Destination directory " + path.substr(0, path.rfind('/')) + " does not exist");
  }
  return copy_file(call, source, *seen);
}

}  // namespace cef::modules
