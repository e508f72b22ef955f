#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include <arpa/inet.h>

#include "cef/core/regex.hpp"
#include "cef/core/shell.hpp"
#include "facts.hpp"
#include "text.hpp"
#include "waiting.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

long long whole(const Call& call, const char* name) {
  return call.given(name) && call.args.at(name).is_number_integer() ? call.args.at(name).get<long long>() : 0;
}

Json timed_failure(const std::string& message, long long elapsed) {
  Json failed = failure(message);
  failed["elapsed"] = elapsed;
  return failed;
}

/// Connects from the host with what it has, and prints what the other side says first when that is asked for.
std::string connect_script(const Call& call, bool listen) {
  const std::string host = core::shell_quote(call.text("host"));
  const std::string port = std::to_string(whole(call, "port"));
  const std::string limit = std::to_string(std::max(1LL, whole(call, "connect_timeout")));
  const std::string read = listen ? "head -c 65536 <&3" : ":";
  return "h=" + host + "; p=" + port + "\nif command -v bash >/dev/null; then timeout " + limit +
         " bash -c 'exec 3<>\"/dev/tcp/$0/$1\" && { echo yes; " + read +
         "; }' \"$h\" \"$p\" 2>/dev/null\n"
         "elif command -v perl >/dev/null; then timeout " +
         limit +
         " perl -MSocket=getaddrinfo,SOCK_STREAM -e 'my ($e, @r) = getaddrinfo($ARGV[0], $ARGV[1], {socktype => "
         "SOCK_STREAM}); for (@r) { socket(my $s, $_->{family}, SOCK_STREAM, 0) && connect($s, $_->{addr}) or next; $| "
         "= 1; "
         "print \"yes\\n\"; " +
         (listen ? "while (sysread($s, my $b, 1024)) { print $b }" : "") +
         " exit }' \"$h\" \"$p\"\n"
         "elif command -v nc >/dev/null; then timeout " +
         limit + " nc -w " + limit +
         (listen ? " \"$h\" \"$p\" </dev/null >.cef-$$" : " \"$h\" \"$p\" </dev/null >/dev/null") +
         " 2>&1 && echo yes" + (listen ? " && cat .cef-$$; rm -f .cef-$$" : "") +
         "\nelse echo 'no bash, perl or nc to connect with' >&2; exit 9; fi\nexit 0\n";
}

std::string look_script(const Call& call) {
  if (call.text("state") == "drained") {
    return "cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; exit 0\n";
  }
  if (call.given("path")) {
    const std::string path = path_word(call.text("path"));
    return "p=" + path + "\n[ -e \"$p\" ] || exit 0\necho yes\n" +
           (call.given("search_regex") ? "[ -d \"$p\" ] || head -c 7340032 -- \"$p\"\n" : "");
  }
  return connect_script(call, call.given("search_regex"));
}

/// An IPv4 address as /proc/net/tcp has it.
std::string kernel_address(const std::string& text) {
  in_addr address{};
  if (inet_pton(AF_INET, text.c_str(), &address) != 1) {
    return "";
  }
  std::array<char, 16> hex{};
  std::snprintf(hex.data(), hex.size(), "%08X", address.s_addr);
  return hex.data();
}

bool is_drained(const Call& call, const std::string& table) {
  static const std::map<std::string, std::string> states = {{"ESTABLISHED", "01"}, {"SYN_SENT", "02"},
                                                            {"SYN_RECV", "03"},    {"FIN_WAIT1", "04"},
                                                            {"FIN_WAIT2", "05"},   {"TIME_WAIT", "06"}};
  std::array<char, 16> port{};
  std::snprintf(port.data(), port.size(), ":%04X", static_cast<unsigned>(whole(call, "port")));
  const std::string host = kernel_address(call.text("host"));
  for (const std::string& line : split_lines(table)) {
    const auto words = words_of(line);
    if (words.size() < 4 || !words[1].ends_with(port.data())) {
      continue;
    }
    const std::string local = words[1].substr(0, words[1].find(':'));
    const std::string remote = words[2].substr(0, words[2].find(':'));
    const bool ours =
        host.empty() || host == "00000000" || local == host || (local.size() == 32 && local.ends_with(host));
    bool counted = false;
    for (const Json& name : call.args.at("active_connection_states")) {
      const auto state = states.find(name.get<std::string>());
      counted = counted || (state != states.end() && state->second == words[3]);
    }
    if (call.given("exclude_hosts")) {
      for (const Json& name : call.args.at("exclude_hosts")) {
        const std::string excluded = kernel_address(name.get<std::string>());
        counted = counted && (excluded.empty() || !remote.ends_with(excluded));
      }
    }
    if (ours && counted) {
      return false;
    }
  }
  return true;
}

std::optional<Json> wrong_arguments(const Call& call) {
  const std::string state = call.text("state");
  if (call.given("port") && call.given("path")) {
    return timed_failure("port and path parameter can not both be passed to wait_for", 0);
  }
  if (call.given("path") && (state == "stopped" || state == "drained")) {
    return timed_failure("state=" + state + " should only be used for checking a port in the wait_for module", 0);
  }
  if (call.given("exclude_hosts") && state != "drained") {
    return timed_failure("exclude_hosts should only be with state=drained", 0);
  }
  for (const Json& name : call.args.at("active_connection_states")) {
    static const std::array<const char*, 6> names = {"ESTABLISHED", "SYN_SENT",  "SYN_RECV",
                                                     "FIN_WAIT1",   "FIN_WAIT2", "TIME_WAIT"};
    if (std::find(names.begin(), names.end(), name.get<std::string>()) == names.end()) {
      return timed_failure("unknown active_connection_state (" + name.get<std::string>() + ") defined", 0);
    }
  }
  return std::nullopt;
}

std::string timeout_message(const Call& call) {
  const std::string state = call.text("state");
  const std::string where = call.text("host") + ":" + call.text("port");
  if (call.given("msg")) {
    return call.text("msg");
  }
  if (state == "drained") {
    return "Timeout when waiting for " + where + " to drain";
  }
  if (state == "absent" || state == "stopped") {
    return call.given("port") ? "Timeout when waiting for " + where + " to stop."
                              : "Timeout when waiting for " + call.text("path") + " to be absent.";
  }
  const std::string what = call.given("port") ? where : call.text("path");
  if (call.given("search_regex")) {
    return "Timeout when waiting for search string " + call.text("search_regex") + " in " + what;
  }
  return "Timeout when waiting for " + std::string(call.given("port") ? "" : "file ") + what;
}

struct Found {
  bool done = false;
  Json groups = Json::array(), named = Json::object();
};

void read_groups(const core::Regex& regex, const core::RegexMatch& match, const std::string& text,
                 const std::string& pattern, Found& found) {
  for (std::size_t i = 1; i < match.groups.size(); ++i) {
    found.groups.push_back(match.groups[i] ? Json(valid_text(match.group(text, i))) : Json(nullptr));
  }
  for (std::size_t at = pattern.find("(?P<"); at != std::string::npos; at = pattern.find("(?P<", at + 1)) {
    const std::string name = pattern.substr(at + 4, pattern.find('>', at) - at - 4);
    if (const auto number = regex.group_number(name)) {
      found.named[name] = valid_text(match.group(text, *number));
    }
  }
}

/// One look at the host.
Result<Found> look(const Call& call, const std::optional<core::Regex>& regex) {
  const auto answer = call.run(look_script(call));
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status == 9) {
    return fail(task::script_error("waiting", *answer));
  }
  Found found;
  const std::string state = call.text("state");
  if (state == "drained") {
    found.done = is_drained(call, answer->out);
    return found;
  }
  const bool there = answer->out.starts_with("yes\n");
  if (state == "absent" || state == "stopped") {
    found.done = !there;
  } else if (there && regex) {
    const std::string text = answer->out.substr(4);
    const auto match = regex->search(text);
    found.done = match && match->has_value();
    if (found.done && call.given("path")) {
      read_groups(*regex, **match, text, call.text("search_regex"), found);
    }
  } else {
    found.done = there;
  }
  return found;
}

Result<Json> wait(const Call& call, const std::optional<core::Regex>& regex) {
  const auto start = core::Clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration_cast<std::chrono::seconds>(core::Clock::now() - start).count();
  };
  const auto stopped = fail(core::ErrorCode::interrupted, "interrupted while waiting");
  if (!pause_for(call, std::chrono::seconds(whole(call, "delay")))) {
    return stopped;
  }
  const bool only_time = !call.given("port") && !call.given("path") && call.text("state") != "drained";
  if (only_time && !pause_for(call, std::chrono::seconds(whole(call, "timeout")))) {
    return stopped;
  }
  Found found;
  while (!only_time && !found.done) {
    if (elapsed() >= whole(call, "timeout")) {
      return timed_failure(timeout_message(call), elapsed());
    }
    const auto seen = look(call, regex);
    if (!seen) {
      return seen.error().code == core::ErrorCode::host_failed
                 ? Result<Json>(timed_failure(seen.error().message, elapsed()))
                 : fail(seen.error());
    }
    found = *seen;
    if (!found.done && !pause_for(call, std::chrono::seconds(std::max(1LL, whole(call, "sleep"))))) {
      return stopped;
    }
  }
  return Json{{"changed", false},
              {"state", call.text("state")},
              {"port", call.args.at("port")},
              {"search_regex", call.args.at("search_regex")},
              {"match_groups", found.groups},
              {"match_groupdict", found.named},
              {"path", call.args.at("path")},
              {"elapsed", elapsed()}};
}

}  // namespace

bool pause_for(const Call& call, core::Milliseconds time) {
  constexpr core::Milliseconds k_step{200};
  const auto end = core::Clock::now() + time;
  while (core::Clock::now() < end && !call.host.stop().draining()) {
    std::this_thread::sleep_for(std::min(
        k_step, std::chrono::duration_cast<core::Milliseconds>(end - core::Clock::now()) + core::Milliseconds(1)));
  }
  return !call.host.stop().draining();
}

Result<Json> run_wait_for(const Call& call) {
  if (auto wrong = wrong_arguments(call)) {
    return *wrong;
  }
  std::optional<core::Regex> regex;
  if (call.given("search_regex")) {
    auto compiled = core::Regex::compile(call.text("search_regex"), {.multi_line = true, .unicode = false});
    if (!compiled) {
      return failure("Invalid regular expression: " + compiled.error().message);
    }
    regex = std::move(*compiled);
  }
  return wait(call, regex);
}

}  // namespace cef::modules
