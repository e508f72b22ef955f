#include "system_family.hpp"
#include "system_script.hpp"
#include "text.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// How the name of a host is kept: by systemd, or in a file.
constexpr const char* k_hostname = R"sh(
if [ -z "$how" ]; then
  how=file
  if has systemctl; then
    for d in /run/systemd/system/ /dev/.run/systemd/ /dev/.systemd/; do [ ! -e "$d" ] || how=systemd; done
    case $(cat /proc/1/comm 2>/dev/null) in systemd) how=systemd ;; esac
  fi
  if [ $how = file ]; then
    case $(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null) in alpine) how=alpine ;; esac
  fi
fi
ran() { try "$@"; [ $rc = 0 ] || give_up "Command failed rc=$rc, out=$out, err=$err"; }
ask_manager() { ran hostnamectl "$1" status; answer=${out%?}; }
of_file() { answer=; [ ! -f "$1" ] || answer=$(tr -d '\r' <"$1" | sed 's/^[[:blank:]]*//;s/[[:blank:]]*$//'); }
case $how in
  systemd)
    need hostnamectl
    ask_manager --transient; current=$answer; ask_manager --static; permanent=$answer
    if [ "$permanent" != "$name" ]; then
      say changed 1
      [ -n "$check" ] || { long; ran hostnamectl --pretty --static set-hostname "$name"; }
      [ -n "$check" ] || { ask_manager --transient; now=$answer; }
    fi
    if [ "${now-$current}" != "$name" ]; then
      say changed 1
      [ -n "$check" ] || { long; ran hostnamectl --transient set-hostname "$name"; }
    fi ;;
  *)
    of_file "$file"; current=$answer; permanent=$answer
    if [ "$permanent" != "$name" ]; then
      say changed 1
      if [ -z "$check" ]; then
        m=$( { printf '%s\n' "$name" >"$file"; } 2>&1) || give_up "failed to update hostname: ${m##*: }"
        [ $how != alpine ] || { need hostname; ran hostname -F "$file"; }
      fi
    fi ;;
esac
before=$permanent
[ "$name" = "$current" ] || before=$current
say before "$before"
say fqdn "$(hostname -f 2>/dev/null || uname -n)"
)sh";

std::string strategy_of(const std::string& use) {
  if (use.empty() || use == "systemd" || use == "alpine") {
    return use;
  }
  return use == "debian" ? "systemd" : "file";
}

}  // namespace

Result<Json> run_hostname(const Call& call) {
  const std::string name = call.text("name");
  const std::string use = call.text("use");
  const std::string too_long =
      name.size() > 64 ? "long() { give_up 'name cannot be longer than 64 characters on systemd servers, try a shorter "
                         "name'; }\n"
                       : "long() { :; }\n";
  const auto answers =
      ask(call, assign("name", name) + assign("how", strategy_of(use)) +
                    assign("file", use == "sles" ? "/etc/HOSTNAME" : "/etc/hostname") + too_long + k_hostname);
  if (!answers) {
    return fail(answers.error());
  }
  if (answers->has("fail")) {
    return answers->failed();
  }
  const std::string fqdn = answers->text("fqdn");
  const std::size_t dot = fqdn.find('.');
  Json result = {{"changed", answers->yes("changed")},
                 {"name", name},
                 {"ansible_facts",
                  {{"ansible_hostname", name.substr(0, name.find('.'))},
                   {"ansible_nodename", name},
                   {"ansible_fqdn", fqdn},
                   {"ansible_domain", dot == std::string::npos ? "" : fqdn.substr(dot + 1)}}}};
  if (answers->yes("changed")) {
    result["diff"] = {{"after", "hostname = " + name + "\n"},
                      {"before", "hostname = " + valid_text(answers->text("before")) + "\n"}};
  }
  return result;
}

}  // namespace cef::modules
