// Modules that only ask a host, and tempfile.
#include <algorithm>

#include "asking_family.hpp"
#include "cef/core/shell.hpp"
#include "system_script.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

std::vector<std::string> split_at(const std::string& line, const std::string& separator) {
  if (separator.empty()) {
    return words_of(line);
  }
  std::vector<std::string> parts;
  std::size_t at = 0;
  for (std::size_t end; (end = line.find(separator, at)) != std::string::npos; at = end + separator.size()) {
    parts.push_back(line.substr(at, end - at));
  }
  parts.push_back(line.substr(at));
  return parts;
}

/// The entries of a database by their first field; those of one name in a list.
Json entries(const std::string& text, const std::string& separator) {
  Json found = Json::object();
  std::map<std::string, int> seen;
  for (const std::string& line : split_lines(text)) {
    auto fields = split_at(line, separator);
    if (fields.empty()) {
      continue;
    }
    const std::string name = fields.front();
    fields.erase(fields.begin());
    if (const int times = seen[name]++; times > 0) {
      found[name] = times == 1 ? Json::array({found[name]}) : found[name];
      found[name].push_back(fields);
    } else {
      found[name] = fields;
    }
  }
  return found;
}

constexpr const char* k_services = R"sh(
[ "$(cat /proc/1/comm 2>/dev/null)" = systemd ] && has systemctl || { say none 1; finish; }
make_w
systemctl list-units --no-pager --type service --all >"$w/units" 2>"$w/err" || say warn "Could not list units from systemd: $(cat "$w/err")"
systemctl list-unit-files --no-pager --type service --all >"$w/files" 2>"$w/err" || say warn "Could not get unit files data from systemd: $(cat "$w/err")"
say units "$(cat "$w/units")"
say files "$(cat "$w/files")"
say states "$(awk 'NR == FNR { for (i = 1; i <= 2; i++) known[$i] = 1; next } /\.service/ && !($1 in known) { print $1 }' "$w/units" "$w/files" |
  while read -r unit; do s=$(systemctl show "$unit" --property=ActiveState </dev/null) && echo "$unit ${s#ActiveState=}"; done)"
)sh";

bool is_bad(const std::string& status) {
  return status == "not-found" || status == "masked" || status == "failed";
}

void add_units(Json& services, const std::string& text) {
  for (const std::string& line : split_lines(text)) {
    auto fields = words_of(line);
    if (line.find(".service") == std::string::npos || fields.size() < 4) {
      continue;
    }
    const auto bad = std::find_if(fields.begin(), fields.end(), is_bad);
    const std::string status = bad != fields.end() ? *bad : fields[2];
    if (bad != fields.end()) {
      fields.erase(fields.begin());
    }
    const bool running = fields.size() > 3 && fields[3] == "running";
    services[fields[0]] = {
        {"name", fields[0]}, {"state", running ? "running" : "stopped"}, {"status", status}, {"source", "systemd"}};
  }
}

void add_unit_files(Json& services, const std::string& text, const std::string& states) {
  std::map<std::string, std::string> state_of;
  for (const std::string& line : split_lines(states)) {
    if (const auto fields = words_of(line); fields.size() > 1) {
      state_of[fields[0]] = fields[1];
    }
  }
  for (const std::string& line : split_lines(text)) {
    const auto fields = words_of(line);
    if (line.find(".service") == std::string::npos || fields.size() < 2) {
      continue;
    }
    if (!services.contains(fields[0])) {
      const auto state = state_of.find(fields[0]);
      services[fields[0]] = {{"name", fields[0]},
                             {"state", state == state_of.end() ? "unknown" : state->second},
                             {"status", fields[1]},
                             {"source", "systemd"}};
    } else if (!is_bad(services[fields[0]]["status"].get<std::string>())) {
      services[fields[0]]["status"] = fields[1];
    }
  }
}

/// "[ + ]  cron" of `service --status-all`.
void add_old_services(Json& services, const std::string& text) {
  for (const std::string& line : split_lines(text)) {
    const auto fields = words_of(line);
    if (fields.size() == 4 && fields[0] == "[" && fields[2] == "]" && (fields[1] == "+" || fields[1] == "-")) {
      services[fields[3]] = {
          {"name", fields[3]}, {"state", fields[1] == "+" ? "running" : "stopped"}, {"source", "sysv"}};
    }
  }
}

}  // namespace

Result<Json> run_getent(const Call& call) {
  const std::string database = call.text("database");
  std::string words = "getent " + core::shell_quote(database);
  words += call.given("key") ? " " + core::shell_quote(call.text("key")) : "";
  words += call.given("service") ? " -s " + core::shell_quote(call.text("service")) : "";
  const auto answers =
      ask(call, "need getent\ntry " + words + "\nsay rc $rc\nsay stdout \"$out\"\nsay stderr \"$err\"\n");
  if (!answers) {
    return fail(answers.error());
  }
  if (answers->has("fail")) {
    return answers->failed();
  }
  const bool colons = database == "passwd" || database == "shadow" || database == "group" || database == "gshadow";
  const std::string fact = "getent_" + database;
  const std::string status = answers->text("rc");
  if (status == "0") {
    const std::string separator = call.given("split") ? call.text("split") : colons ? ":" : "";
    return Json{{"changed", false}, {"ansible_facts", {{fact, entries(answers->text("stdout"), separator)}}}};
  }
  if (status == "2") {
    const std::string message = "One or more supplied key could not be found in the database.";
    if (call.flag("fail_key")) {
      return failure(message);
    }
    return Json{{"changed", false}, {"msg", message}, {"ansible_facts", {{fact, {{call.text("key"), nullptr}}}}}};
  }
  return failure(status == "1"   ? "Missing arguments, or database unknown."
                 : status == "3" ? "Enumeration not supported on this database."
                                 : "Unexpected failure!");
}

Result<Json> run_service_facts(const Call& call) {
  const auto answers = ask(call, "say old \"$(service --status-all 2>/dev/null)\"\n" + std::string(k_services));
  if (!answers) {
    return fail(answers.error());
  }
  if (answers->has("fail")) {
    return answers->failed();
  }
  Json services = Json::object();
  add_old_services(services, answers->text("old"));
  add_units(services, answers->text("units"));
  add_unit_files(services, answers->text("files"), answers->text("states"));
  Json result = {{"changed", false}, {"ansible_facts", {{"services", std::move(services)}}}};
  add_warnings(result, answers->warnings);
  return result;
}

Result<Json> run_package_facts(const Call& call) {
  const auto answers = ask(call,
                           "need dpkg-query\n"
                           "try_or_fail dpkg-query -W -f '${db:Status-Status}|${Package}|${Version}|${Architecture}|"
                           "${Section}\\n'\nsay packages \"$out\"\n");
  if (!answers) {
    return fail(answers.error());
  }
  if (answers->has("fail")) {
    return answers->failed();
  }
  Json packages = Json::object();
  for (const std::string& line : split_lines(answers->text("packages"))) {
    const auto fields = split_at(line, "|");
    if (fields.size() == 5 && fields[0] == "installed") {
      packages[fields[1]].push_back({{"name", fields[1]},
                                     {"version", fields[2]},
                                     {"arch", fields[3]},
                                     {"category", fields[4]},
                                     {"source", "apt"}});
    }
  }
  return Json{{"changed", false}, {"ansible_facts", {{"packages", std::move(packages)}}}};
}

Result<Json> run_tempfile(const Call& call) {
  std::string script = k_functions;
  script += call.given("path") ? "d=" + path_word(call.text("path")) + "\n" : std::string("d=${TMPDIR:-/tmp}\n");
  script += assign("prefix", call.text("prefix")) + assign("suffix", call.text("suffix"));
  script += call.text("state") == "directory" ? "kind=-d\n" : "kind=\n";
  script +=
      "m=$(mktemp $kind \"$d/${prefix}XXXXXXXX\" 2>&1) || die \"${m##*: }\"\nt=$m\n"
      "if [ -n \"$suffix\" ]; then mv -- \"$t\" \"$t$suffix\"; t=$t$suffix; fi\nlook \"$t\"\n";
  const auto answer = call.run(script);
  if (!answer) {
    return fail(answer.error());
  }
  Fields fields(answer->out);
  if (answer->exit_status != 0) {
    return failure(fields.next() == "die" ? fields.next() : task::script_error("tempfile", *answer).message);
  }
  const FileState state = read_state(fields);
  Json result = {{"changed", true}, {"path", state.path}};
  add_path_info(result, state);
  return result;
}

}  // namespace cef::modules
