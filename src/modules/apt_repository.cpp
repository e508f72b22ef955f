#include "apt_task.hpp"
#include "attributes.hpp"
#include "cef/core/shell.hpp"
#include "package_family.hpp"
#include "sources_list.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

using Contents = std::map<std::string, std::string>;

constexpr const char* k_read_script = R"sh(
command -v apt-get >/dev/null || { printf 'none\0'; exit 0; }
printf '%s\0' "$(. /etc/os-release 2>/dev/null; echo "$VERSION_CODENAME")"
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$f" ] || continue
  printf '%s\0' "$f"; cat -- "$f"; printf '\0'
done
)sh";

struct Sources {
  std::string codename;
  SourcesList list;
  Contents raw;
};

Result<Sources> read_sources(const Call& call, std::optional<Json>& failed) {
  const auto ran = call.run(k_read_script);
  if (!ran) {
    return fail(ran.error());
  }
  Sources sources;
  Fields fields(ran->out);
  sources.codename = fields.next();
  if (sources.codename == "none") {
    failed = failure("Module apt_repository is not supported on target.");
  }
  while (!fields.rest().empty()) {
    const std::string file = fields.next();
    const std::string content = fields.next();
    sources.list.load(file, content);
    sources.raw[file] = content;
  }
  return sources;
}

/// "ppa:OWNER/NAME" becomes its line.
std::string expanded(const std::string& repository, const std::string& codename) {
  if (!repository.starts_with("ppa:")) {
    return repository;
  }
  const std::string path = repository.substr(4);
  const std::size_t slash = path.find('/');
  const std::string name =
      slash == std::string::npos ? "ppa" : path.substr(slash + 1, path.find('/', slash + 1) - slash - 1);
  return "deb http://ppa.launchpad.net/" + path.substr(0, slash) + "/" + name + "/ubuntu " + codename + " main";
}

Json diff_of(const Contents& before, const Contents& after) {
  Contents files = before;
  files.insert(after.begin(), after.end());
  Json diff = Json::array();
  for (const auto& [file, text] : files) {
    const auto old = before.find(file);
    const auto now = after.find(file);
    diff.push_back({{"before", old == before.end() ? "" : valid_text(old->second)},
                    {"after", now == after.end() ? "" : valid_text(now->second)},
                    {"before_header", old == before.end() ? "/dev/null" : file},
                    {"after_header", now == after.end() ? "/dev/null" : file}});
  }
  return diff;
}

/// Writes what is another now, and with `update` reads the lists; when that fails all is as it was.
std::string write_script(const Call& call, const Contents& raw, const Contents& after, const Contents& before) {
  std::string script = apt_head(60);
  script +=
      "mkdir -p /etc/apt/sources.list.d || exit 1\n"
      "put() {\n"
      "  t=$(mktemp \"${1%/*}/.${1##*/}-XXXXXX\") && printf %s \"$2\" >\"$t\" || { printf 'die\\0Unable to create temp "
      "file at \"%s\" for apt source\\0' \"${1%/*}\"; exit 0; }\n"
      "  if [ -e \"$1\" ]; then chmod \"$(stat -c %a \"$1\")\" \"$t\"; chown \"$(stat -c %u:%g \"$1\")\" \"$t\"; else "
      "chmod \"$(printf %o $((0666 & ~0$(umask))))\" \"$t\"; fi\n  mv -f \"$t\" \"$1\" || exit 1\n}\n";
  std::string revert;
  for (const auto& [file, text] : after) {
    const std::string name = core::shell_quote(file);
    const auto old = raw.find(file);
    if (old != raw.end() && old->second == text) {
      continue;
    }
    script += "put " + name + " " + core::shell_quote(text) + "\n";
    revert +=
        old == raw.end() ? "rm -f " + name + "\n" : "put " + name + " " + core::shell_quote(before.at(file)) + "\n";
    if (old == raw.end() && call.given("mode")) {
      const auto mode = parse_mode(call.args.at("mode"), 0100644U, 022U);
      script += mode ? "chmod " + mode_text(*mode).substr(1) + " " + name + "\n" : "";
    }
  }
  for (const auto& [file, text] : raw) {
    if (!after.contains(file)) {
      script += "rm -f " + core::shell_quote(file) + "\n";
      revert += "put " + core::shell_quote(file) + " " + core::shell_quote(text) + "\n";
    }
  }
  AptUpdate update;
  update.wanted = call.flag("update_cache");
  update.retries = call.args.at("update_cache_retries").get<long long>();
  update.longest_delay = call.args.at("update_cache_retry_max_delay").get<long long>();
  return script + "trap 'case ${u-} in failed|locked)\n" +
         [&revert] {
           std::string quoted;  // inside single quotes
           for (const char c : revert) {
             quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
           }
           return quoted;
         }() +
         ";; esac; rm -rf \"$d\"' EXIT\n" + apt_update_script(update);
}

}  // namespace

Result<Json> run_apt_repository(const Call& call) {
  const std::string repository = call.text("repo");
  if (repository.empty()) {
    return failure("Please set argument 'repo' to a non-empty value");
  }
  if (call.given("mode")) {
    if (const auto mode = parse_mode(call.args.at("mode"), 0100644U, 022U); !mode) {
      return failure(mode.error().message);
    }
  }
  std::optional<Json> failed;
  auto sources = read_sources(call, failed);
  if (!sources) {
    return fail(sources.error());
  }
  if (failed) {
    return *failed;
  }
  const Contents before = sources->list.dump();
  const bool present = call.text("state") == "present";
  const std::string codename = call.given("codename") ? call.text("codename") : sources->codename;
  const std::string line = expanded(repository, codename);
  if (present && line != repository && !sources->list.knows(line)) {
    return failure("cef cannot fetch the key of " + repository +
                   ": put the key in place (get_url) and give the line '" + line + "'");
  }
  const auto done = present ? sources->list.add(line, call.text("filename")) : sources->list.remove(line);
  if (!done) {
    return failure(done.error().message);
  }
  const Contents after = sources->list.dump();
  Json result = {{"changed", before != after}, {"repo", repository}, {"state", call.text("state")}};
  result["diff"] = before != after && call.diff ? diff_of(before, after) : Json::object();
  if (before == after || call.check) {
    return result;
  }
  const auto ran = call.run(write_script(call, sources->raw, after, before));
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  const AptAnswer answer = read_apt_head(fields);
  if (answer.update == "die") {
    return failure(valid_text(answer.said));
  }
  if (auto refused = answer.refusal()) {
    return *refused;
  }
  return ran->exit_status == 0 ? result : failure(task::script_error("writing the sources of apt", *ran).message);
}

Result<Json> run_package(const Call& call) {
  const std::string use = call.text("use");
  if (use != "auto" && use != "apt") {
    return failure("cef has no package manager '" + use + "' for the module package; apt is the one that it knows");
  }
  Json args = call.args;
  for (const char* name : {"use", "name", "state"}) {  // apt has its own defaults
    if (std::string_view(name) == "use" || args.at(name).is_null()) {
      args.erase(name);
    }
  }
  const auto complete = complete_arguments(*find("apt"), args);
  if (!complete) {
    return failure(complete.error().message);
  }
  const Call apt{*complete,  call.host,   call.check,     call.diff,      call.environment, call.facts,
                 call.files, call.render, call.reconnect, call.host_name, call.local};
  return run_apt(apt);
}

}  // namespace cef::modules
