#include <algorithm>
#include <set>

#include "cef/core/digest.hpp"
#include "cef/core/shell.hpp"
#include "copy.hpp"
#include "write_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t k_batch = std::size_t{2} * 1024 * 1024;  ///< of content that goes in one round trip

struct Entry {
  enum class Kind { folder, file, link } kind = Kind::file;
  fs::path local;
  std::string name;       ///< below the destination
  std::string target;     ///< of a link
  bool only_new = false;  ///< what is there already stays as it is
};

/// Links are followed unless `local_follow` is off or they would lead in a circle.
void walk(const fs::path& folder, const std::string& prefix, bool follow, std::set<fs::path>& above,
          std::vector<Entry>& entries) {
  std::error_code error;
  std::vector<fs::path> names;
  for (const auto& one : fs::directory_iterator(folder, error)) {
    names.push_back(one.path().filename());
  }
  std::sort(names.begin(), names.end());
  for (const fs::path& name : names) {
    const fs::path local = folder / name;
    const std::string below = prefix + name.string();
    const fs::path real = fs::canonical(local, error);
    const bool link = fs::is_symlink(local, error);
    const bool is_folder = fs::is_directory(local, error);
    if (link && (!follow || real.empty() || (is_folder && above.contains(real)) ||
                 (!is_folder && !fs::is_regular_file(local, error)))) {
      entries.push_back({Entry::Kind::link, local, below, fs::read_symlink(local, error).string()});
    } else if (is_folder) {
      entries.push_back({Entry::Kind::folder, local, below, ""});
      const bool added = above.insert(real).second;
      walk(local, below + "/", follow, above, entries);
      if (added) {
        above.erase(real);
      }
    } else {
      entries.push_back({Entry::Kind::file, local, below, ""});
    }
  }
}

/// State and SHA-1 of every name below the destination.
std::string look_script(const std::string& dest, const std::vector<Entry>& entries) {
  std::string script = k_functions;
  script +=
      "d=" + core::shell_quote(dest) +
      "\nsee() { look \"$d/$1\"; s=; [ ! -f \"$d/$1\" ] || [ -L \"$d/$1\" ] || s=$(sha1sum <\"$d/$1\"); printf '%s\\0' "
      "\"${s%% *}\"; }\n";
  for (const Entry& entry : entries) {
    script += "see " + core::shell_quote(entry.name) + "\n";
  }
  return script;
}

class FolderCopy {
 public:
  FolderCopy(const Call& call, const Inspection& seen, std::string dest)
      : call_(call), seen_(seen), dest_(std::move(dest)) {}

  Result<Json> run(const std::vector<Entry>& entries) {
    const auto answer = call_.run("exec sh", look_script(dest_, entries));
    if (!answer) {
      return fail(answer.error());
    }
    Fields fields(answer->out);
    for (const Entry& entry : entries) {
      const FileState state = read_state(fields);
      if (state.path.empty()) {
        return failure("the folder has too many files for one task (" + std::to_string(entries.size()) +
                       "); pack it and use unarchive");
      }
      const auto failed = add(entry, state, fields.next());
      if (!failed) {
        return fail(failed.error());
      }
      if (!failed->is_null()) {
        return *failed;
      }
    }
    auto failed = flush();
    return !failed || !failed->is_null() ? failed : Result<Json>(Json{{"changed", changed_}});
  }

 private:
  /// A failure, or null.
  Result<Json> add(const Entry& entry, const FileState& state, const std::string& sha1) {
    switch (entry.kind) {
      case Entry::Kind::folder:
        return entry.only_new && state.is_directory() ? Result<Json>(Json()) : add_folder(state);
      case Entry::Kind::link:
        return add_link(entry, state);
      default:
        return add_file(entry, state, sha1);
    }
  }

  Result<Json> add_folder(const FileState& state) {
    WantedAttributes wanted = wanted_attributes(call_);
    wanted.mode = call_.args.at("directory_mode");
    if (state.exists && !state.is_directory()) {
      return failure(state.path + " already exists as a " + state.state());
    }
    const FileState base = state.exists ? state : new_state(seen_, 0040000U, state.path);
    const auto plan = plan_attributes(wanted, base, seen_);
    if (!plan) {
      return attribute_failure(plan.error());
    }
    const std::string word = core::shell_quote(state.path);
    script_ += state.exists ? attribute_script(*plan, word) : make_function(*plan) + "make " + word + "\n";
    changed_ = changed_ || !state.exists || plan->changes();
    return Json();
  }

  Result<Json> add_link(const Entry& entry, const FileState& state) {
    if (state.is_link() && state.target == entry.target) {
      return Json();
    }
    if (state.is_directory()) {
      return failure("refusing to convert from directory to symlink for " + state.path);
    }
    changed_ = true;
    const std::string word = core::shell_quote(state.path);
    script_ += "rm -f -- " + word + "\nm=$(ln -s -- " + core::shell_quote(entry.target) + " " + word +
               " 2>&1) || die \"Error while linking: ${m##*: }\"\n";
    return Json();
  }

  Result<Json> add_file(const Entry& entry, const FileState& state, const std::string& sha1) {
    const auto source = local_source(call_, entry.local, call_.args.at("mode"));
    if (!source) {
      return failure(source.error().message);
    }
    const bool exists = state.is_file();
    if (state.is_directory()) {
      return failure(state.path + " is a directory; a file cannot take its place");
    }
    if (state.exists && !call_.flag("force")) {
      return Json();
    }
    WantedAttributes wanted = wanted_attributes(call_);
    wanted.mode = source->mode;
    const auto plan = plan_attributes(wanted, exists ? state : new_state(seen_, 0100000U, state.path), seen_);
    if (!plan) {
      return attribute_failure(plan.error());
    }
    if (exists && sha1 == source->sha1) {
      changed_ = changed_ || plan->changes();
      script_ += attribute_script(*plan, core::shell_quote(state.path));
      return Json();
    }
    changed_ = true;
    if (call_.check) {
      return Json();
    }
    return source->local || !call_.text("validate").empty() || call_.flag("backup") ? write(state, *source, *plan)
                                                                                    : pack(state, *source, *plan);
  }

  /// One file by itself, after what must be there before it.
  Result<Json> write(const FileState& state, const CopySource& source, const AttributePlan& plan) {
    if (auto failed = flush(); !failed || !failed->is_null()) {
      return failed;
    }
    WriteRequest request;
    request.path = state.path;
    request.before = state.is_file() ? state : FileState{};
    request.content = source.content;
    request.local = source.local;
    request.attributes = plan;
    request.mode_when_new = 0666U & ~seen_.umask;
    request.backup = call_.flag("backup");
    request.validate = call_.text("validate");
    auto written = write_file(call_, request);
    if (!written) {
      return fail(written.error());
    }
    return written->failure ? *written->failure : Json();
  }

  /// A small file goes with others in one script.
  Result<Json> pack(const FileState& state, const CopySource& source, const AttributePlan& plan) {
    AttributePlan dress = plan;
    dress.mode = plan.mode ? *plan.mode : state.is_file() ? state.permissions() : 0666U & ~seen_.umask;
    const std::string owner = state.is_file() ? std::to_string(state.uid) + ":" + std::to_string(state.gid) : "";
    std::string encoded = core::base64_encode(std::as_bytes(std::span(source.content)));
    script_ +=
        "p=" + core::shell_quote(state.path) +
        "\nt=$(mktemp \"${p%/*}/.ansible_tmpXXXXXX\" 2>/dev/null) || die \"The destination directory (${p%/*}) is "
        "not writable by the current user.\"\nbase64 -d >\"$t\" <<'EOF' || { rm -f \"$t\"; die \"Could not write $p\"; "
        "}\n";
    for (std::size_t at = 0; at < encoded.size(); at += 76) {
      script_ += encoded.substr(at, 76) + "\n";
    }
    script_ +=
        "EOF\n" + (owner.empty() ? "" : "chown " + owner + " \"$t\" 2>/dev/null\n") +
        attribute_script(dress, "\"$t\"") +
        "m=$(mv -f -- \"$t\" \"$p\" 2>&1) || { rm -f \"$t\"; die \"Could not replace file: $t to $p: ${m##*: }\"; }\n";
    return script_.size() > k_batch ? flush() : Result<Json>(Json());
  }

  /// Does what has been collected.
  Result<Json> flush() {
    if (call_.check || script_.empty()) {
      return Json();
    }
    const auto answer = call_.run("exec sh", k_functions + script_ + "printf 'ok\\0'\n");
    script_.clear();
    if (!answer) {
      return fail(answer.error());
    }
    auto done = read_write_result(*answer, "copying to " + dest_);
    return done && done->failure ? *done->failure : Json();
  }

  const Call& call_;
  const Inspection& seen_;
  std::string dest_;
  std::string script_{};
  bool changed_ = false;
};

}  // namespace

Result<Json> copy_folder(const Call& call, const fs::path& folder, bool inside) {
  fs::path top = folder;
  if (!top.has_filename()) {
    top = top.parent_path();
  }
  std::vector<Entry> entries;
  const bool follow = !call.args.contains("local_follow") || !call.given("local_follow") || call.flag("local_follow");
  std::error_code error;
  std::set<fs::path> above{fs::canonical(top, error)};
  std::string prefix;
  if (!inside) {
    prefix = top.filename().string() + "/";
  }
  walk(top, prefix, follow, above, entries);
  InspectOptions options{.path = call.text("dest"), .owner = call.text("owner"), .group = call.text("group")};
  const auto seen = inspect(call, options);
  if (!seen) {
    return fail(seen.error());
  }
  std::string dest = seen->file.path;
  if (seen->file.exists && !seen->folder) {
    return failure(dest + " already exists as a " + seen->file.state());
  }
  dest = dest.size() > 1 ? strip_end(dest, "/") : dest;
  std::vector<Entry> all;
  if (!entries.empty()) {
    if (!seen->folder) {
      all.push_back({Entry::Kind::folder, top, ".", "", true});
    }
    if (!inside) {
      all.push_back({Entry::Kind::folder, top, top.filename().string(), "", true});
    }
  }
  all.insert(all.end(), entries.begin(), entries.end());
  auto result = FolderCopy(call, *seen, dest).run(all);
  if (!result || result->contains("failed")) {
    return result;
  }
  (*result)["dest"] = dest + "/";
  (*result)["src"] = top.string() + (inside ? "/" : "");
  return result;
}

}  // namespace cef::modules
