#include "cef/probe/os.hpp"

#include <charconv>
#include <map>
#include <vector>

namespace cef::probe {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

using Lines = std::vector<std::string>;

/// "@name" begins a section; what is before the first one (a login banner) is left out.
std::map<std::string, Lines> sections(std::string_view answer) {
  std::map<std::string, Lines> all;
  Lines* current = nullptr;
  for (std::size_t at = 0; at < answer.size();) {
    const std::size_t end = std::min(answer.find('\n', at), answer.size());
    std::string line(answer.substr(at, end - at));
    if (!line.empty() && line.back() == '\r') {
      line.pop_back();
    }
    if (line.rfind("@cef:", 0) == 0) {
      current = &all[line.substr(5)];
    } else if (current != nullptr) {
      current->push_back(std::move(line));
    }
    at = end + 1;
  }
  return all;
}

std::string first(const Lines& lines) {
  return lines.empty() ? "" : lines.front();
}

/// The value of KEY=VALUE or KEY: VALUE, quotes taken off.
std::string value_of(const Lines& lines, std::string_view key, char separator) {
  for (const auto& line : lines) {
    const std::size_t at = line.find(separator);
    if (at == std::string::npos) {
      continue;
    }
    const std::size_t key_end = line.find_last_not_of(" \t", at == 0 ? 0 : at - 1);
    if (key_end == std::string::npos || line.substr(0, key_end + 1) != key) {
      continue;
    }
    const std::size_t begin = line.find_first_not_of(" \t\"'", at + 1);
    const std::size_t end = line.find_last_not_of(" \t\"'");
    return begin == std::string::npos || end < begin ? "" : line.substr(begin, end - begin + 1);
  }
  return {};
}

template <class T>
T number(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string cpu_model(const Lines& lines) {
  for (const char* key : {"model name", "Model", "Hardware", "cpu model"}) {
    if (std::string model = value_of(lines, key, ':'); !model.empty()) {
      return model;
    }
  }
  return {};
}

}  // namespace

std::string os_fragment() {
  // By the shell itself where it can: on a small board each program costs some milliseconds.
  return R"(LC_ALL=C; export LC_ALL
echo @cef:uname; k=/proc/sys/kernel; m=
{ read -r s <$k/ostype && read -r n <$k/hostname && read -r r <$k/osrelease && read -r m <$k/arch; } 2>/dev/null
[ -n "$m" ] || { set -- $(uname -snrm); s=$1 n=$2 r=$3 m=$4; }
printf '%s\n' "$n" "$s" "$r" "$m"
echo @cef:os; f=/etc/os-release; [ -r $f ] || f=/usr/lib/os-release
{ while read -r l || [ -n "$l" ]; do printf '%s\n' "$l"; done <$f; } 2>/dev/null
echo @cef:board
for f in /proc/device-tree/model /sys/firmware/devicetree/base/model; do [ -r $f ] && tr -d '\000' <$f && break; done ||
{ read -r l </sys/class/dmi/id/product_name && echo "$l"; } 2>/dev/null; echo
echo @cef:cpu; c= i=0
{ while [ $i -lt 6 ] && read -r l; do i=$((i + 1)); case $l in 'model name'*) c=$l ;; esac; done </proc/cpuinfo; } 2>/dev/null
[ -n "$c" ] || c=$(grep -E '^(Model|Hardware|cpu model)' /proc/cpuinfo 2>/dev/null); echo "$c"
echo @cef:lscpu; case $c in *'model name'*) ;; *) command -v lscpu >/dev/null && lscpu 2>/dev/null | grep '^Model name' ;; esac
echo @cef:cpus; nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || grep -c '^processor' /proc/cpuinfo 2>/dev/null
echo @cef:memory; { for i in 1 2 3; do read -r l && echo "$l"; done </proc/meminfo; } 2>/dev/null
echo @cef:load; { read -r l </proc/loadavg && echo "$l"; } 2>/dev/null
echo @cef:uptime; { read -r l </proc/uptime && echo "$l"; } 2>/dev/null
echo @cef:virt
if command -v systemd-detect-virt >/dev/null; then systemd-detect-virt 2>/dev/null
elif [ -e /.dockerenv ]; then echo docker
elif grep -q '^flags.* hypervisor' /proc/cpuinfo 2>/dev/null; then echo vm
else echo none; fi
echo @cef:end; exit 0)";
}

Result<OsFacts> parse_os(std::string_view answer) {
  auto all = sections(answer);
  if (!all.contains("end") || all["uname"].size() < 4) {
    return fail(ErrorCode::host_failed,
                "the answer to the question for its facts is not complete: its shell is not a POSIX "
                "shell, or was cut off");
  }
  OsFacts facts;
  facts.hostname = all["uname"][0];
  facts.kernel = all["uname"][1];
  facts.kernel_release = all["uname"][2];
  facts.architecture = all["uname"][3];
  facts.os_id = value_of(all["os"], "ID", '=');
  facts.os_version = value_of(all["os"], "VERSION_ID", '=');
  facts.os_name = value_of(all["os"], "PRETTY_NAME", '=');
  facts.board = first(all["board"]);
  facts.cpu_model = cpu_model(all["cpu"]);
  if (facts.cpu_model.empty() || facts.cpu_model == facts.board) {  // on Arm /proc/cpuinfo names the board
    const std::string model = value_of(all["lscpu"], "Model name", ':');
    facts.cpu_model = model.empty() || model == "-" ? facts.cpu_model : model;
  }
  facts.cpus = number<std::uint64_t>(first(all["cpus"]));
  constexpr std::uint64_t k_kibi = 1024;
  facts.memory_total = {number<std::uint64_t>(value_of(all["memory"], "MemTotal", ':')) * k_kibi};
  facts.memory_available = {number<std::uint64_t>(value_of(all["memory"], "MemAvailable", ':')) * k_kibi};
  facts.load_1m = number<double>(first(all["load"]));
  constexpr double k_longest = 1e9;  // thirty years: what is beyond is no uptime
  const double uptime = number<double>(first(all["uptime"]));
  facts.uptime_seconds = uptime >= 0 && uptime < k_longest ? uptime : 0;
  facts.virtualisation = first(all["virt"]);
  return facts;
}

}  // namespace cef::probe
