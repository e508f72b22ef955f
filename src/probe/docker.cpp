#include "cef/probe/docker.hpp"

#include <algorithm>
#include <cmath>

#include "answer.hpp"
#include "cef/core/json.hpp"
#include "cef/core/text.hpp"

namespace cef::probe {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

std::string text_of(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// docker prints an object a line.
Result<std::vector<Json>> objects(std::string_view text) {
  std::vector<Json> all;
  for (const auto line : fields(text, '\n', text.size() + 1)) {
    if (trimmed(line).empty()) {
      continue;
    }
    auto json = core::parse_json(line, "docker's answer");
    if (!json || !json->is_object()) {
      return fail(ErrorCode::host_failed, "docker's answer is not JSON: " + std::string(line.substr(0, 80)));
    }
    all.push_back(std::move(*json));
  }
  return all;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const auto& line : lines) {
    text += line + "\n";
  }
  return text;
}

/// "2026-11-21 07:26:12 +0000 UTC", as the fragment asks for it, to "2026-11-21T07:26:12Z".
std::string to_rfc3339(const std::string& text) {
  constexpr std::size_t k_date = 10;
  constexpr std::size_t k_seconds = 19;
  if (text.size() < k_seconds || text[k_date] != ' ' || text.find(" +0000", k_seconds) == std::string::npos) {
    return "";
  }
  return text.substr(0, k_date) + "T" + text.substr(k_date + 1, k_seconds - k_date - 1) + "Z";
}

std::string state_of(const Json& line) {
  if (std::string state = text_of(line, "State"); !state.empty()) {
    return state;
  }
  // docker before 20.10 says it in words only.
  const std::string status = core::lower(text_of(line, "Status"));
  if (status.rfind("up", 0) == 0) {
    return status.find("(paused)") == std::string::npos ? "running" : "paused";
  }
  return status.substr(0, status.find_first_of(" ("));
}

void read_versions(const Lines& lines, DockerFacts& facts) {
  if (const auto all = objects(joined(lines)); all && !all->empty()) {
    const Json& version = all->front();
    if (version.contains("Client")) {
      facts.client_version = text_of(version["Client"], "Version");
    }
    if (version.contains("Server")) {
      facts.server_version = text_of(version["Server"], "Version");
    }
  }
}

void read_info(const Lines& lines, DockerFacts& facts) {
  if (const auto all = objects(joined(lines)); all && !all->empty()) {
    const Json& info = all->front();
    facts.storage_driver = text_of(info, "Driver");
    facts.root_dir = text_of(info, "DockerRootDir");
    if (info.contains("Runtimes") && info["Runtimes"].is_object()) {
      for (const auto& [name, runtime] : info["Runtimes"].items()) {
        facts.runtimes.push_back(name);
      }
    }
  }
}

/// The last line of `df -Pk`: device, size, used, available.
void read_space(const Lines& lines, DockerFacts& facts) {
  constexpr std::uint64_t k_kibi = 1024;
  const auto columns = lines.empty() ? std::vector<std::string_view>{} : words(lines.back());
  if (columns.size() >= 6) {
    const auto size = number<std::uint64_t>(columns[1]);
    const auto available = number<std::uint64_t>(columns[3]);
    if (size && available) {
      facts.root_size = core::Bytes{*size * k_kibi};
      facts.root_free = core::Bytes{*available * k_kibi};
    }
  }
}

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The last line that says something: not where help is to be found, nor what docker's own log adds.
std::string last_word(std::string_view said) {
  std::string last;
  for (const auto line : fields(said, '\n', said.size() + 1)) {
    const auto text = trimmed(line);
    const bool aside = after(text, "See 'docker") || after(text, "Run 'docker") || after(text, "time=\"");
    last = text.empty() || aside ? last : std::string(text);
  }
  for (const std::string_view prefix : {"docker: ", "Error response from daemon: ", "Error: "}) {
    if (last.rfind(prefix, 0) == 0) {
      last.erase(0, prefix.size());
    }
  }
  return last;
}

}  // namespace

const char* to_string(DockerState state) noexcept {
  switch (state) {
    case DockerState::none:
      return "none";
    case DockerState::running:
      return "running";
    case DockerState::down:
      return "down";
  }
  return "none";
}

std::string docker_fragment() {
  return R"(LC_ALL=C; TZ=UTC; export LC_ALL TZ
ask() { if command -v timeout >/dev/null 2>&1; then timeout 10 docker "$@"; else docker "$@"; fi; }
echo @cef:docker
if command -v docker >/dev/null 2>&1; then
  echo yes
  echo @cef:service; systemctl is-active docker.service 2>/dev/null
  echo @cef:version; ask version --format '{{json .}}' 2>/dev/null; echo; echo @cef:answers
  if why=$(ask version --format '{{.Server.Version}}' 2>&1 >/dev/null); then
    echo yes
    echo @cef:info; ask info --format '{{json .}}' 2>/dev/null; echo
    root=$(ask info --format '{{.DockerRootDir}}' 2>/dev/null)
    echo @cef:space; [ -z "$root" ] || df -Pk -- "$root" 2>/dev/null
    echo @cef:df; ask system df --format '{{json .}}' 2>/dev/null
    echo @cef:ps; ask ps -a --no-trunc --format '{{json .}}' 2>/dev/null
  elif [ $? = 124 ]; then
    echo no; echo 'the docker daemon does not answer within 10 s'
  else
    echo no; printf '%s\n' "$why"
  fi
fi
echo @cef:end; exit 0)";
}

Result<DockerFacts> parse_docker(std::string_view answer) {
  const Sections all = split_sections(answer);
  if (!all.contains("end") || !all.contains("docker")) {
    return fail(ErrorCode::host_failed, "the answer to the question for docker is not complete");
  }
  DockerFacts facts;
  if (first_line(all, "docker") != "yes") {
    return facts;
  }
  facts.service = first_line(all, "service");
  read_versions(lines_of(all, "version"), facts);
  if (first_line(all, "answers") != "yes") {
    facts.state = DockerState::down;
    facts.server_version.clear();
    Lines said = lines_of(all, "answers");
    said.erase(said.begin(), said.begin() + (said.empty() ? 0 : 1));
    facts.reason = docker_reason(joined(said));
    const bool telling = !facts.service.empty() && facts.service != "active";
    facts.reason += telling ? " (systemd says: docker.service is " + facts.service + ")" : "";
    return facts;
  }
  facts.state = DockerState::running;
  read_info(lines_of(all, "info"), facts);
  read_space(lines_of(all, "space"), facts);
  if (auto uses = parse_docker_df(joined(lines_of(all, "df")))) {
    facts.uses = std::move(*uses);
  }
  auto containers = parse_docker_ps(joined(lines_of(all, "ps")));
  if (!containers) {
    return fail(containers.error());
  }
  facts.containers = std::move(*containers);
  return facts;
}

Result<std::vector<DockerContainer>> parse_docker_ps(std::string_view text) {
  const auto lines = objects(text);
  if (!lines) {
    return fail(lines.error());
  }
  std::vector<DockerContainer> containers;
  for (const auto& line : *lines) {
    DockerContainer one;
    one.id = text_of(line, "ID");
    one.name = text_of(line, "Names");
    one.image = text_of(line, "Image");
    one.state = state_of(line);
    one.status = text_of(line, "Status");
    one.created = to_rfc3339(text_of(line, "CreatedAt"));
    one.command = text_of(line, "Command");
    if (one.command.size() >= 2 && one.command.front() == '"' && one.command.back() == '"') {
      one.command = one.command.substr(1, one.command.size() - 2);
    }
    const std::string ports = text_of(line, "Ports");
    for (const auto port : fields(ports, ',', ports.size() + 1)) {
      if (!trimmed(port).empty()) {
        one.ports.emplace_back(trimmed(port));
      }
    }
    containers.push_back(std::move(one));
  }
  return containers;
}

Result<std::vector<DockerUse>> parse_docker_df(std::string_view text) {
  const auto lines = objects(text);
  if (!lines) {
    return fail(lines.error());
  }
  std::vector<DockerUse> uses;
  for (const auto& line : *lines) {
    DockerUse use;
    use.type = core::lower(text_of(line, "Type"));
    std::replace(use.type.begin(), use.type.end(), ' ', '_');
    use.count = number<std::uint64_t>(text_of(line, "TotalCount")).value_or(0);
    use.active = number<std::uint64_t>(text_of(line, "Active")).value_or(0);
    use.size = parse_docker_size(text_of(line, "Size"));
    use.reclaimable = parse_docker_size(text_of(line, "Reclaimable"));
    uses.push_back(std::move(use));
  }
  return uses;
}

std::optional<core::Bytes> parse_docker_size(std::string_view text) {
  text = trimmed(text.substr(0, text.find('(')));
  const std::size_t end = std::min(text.find_first_not_of("0123456789.e+"), text.size());
  const auto value = number<double>(text.substr(0, end));
  std::string_view unit = trimmed(text.substr(end));
  if (!value || !std::isfinite(*value) || unit.empty() || unit.back() != 'B') {
    return std::nullopt;
  }
  unit.remove_suffix(1);
  double factor = 1;
  if (!unit.empty()) {
    const std::string prefix = core::lower(unit);
    const std::size_t power = std::string_view("kmgtp").find(prefix.front());
    if (power == std::string_view::npos || (prefix.size() > 1 && prefix.substr(1) != "i")) {
      return std::nullopt;
    }
    factor = std::pow(prefix.size() > 1 ? 1024.0 : 1000.0, static_cast<double>(power) + 1);
  }
  if (*value < 0 || *value * factor >= 9.2e18) {
    return std::nullopt;
  }
  return core::Bytes{static_cast<std::uint64_t>(std::llround(*value * factor))};
}

std::string parse_docker_version(std::string_view text) {
  constexpr std::string_view k_prefix = "Docker version ";
  const std::size_t at = text.find(k_prefix);
  if (at == std::string_view::npos) {
    return "";
  }
  text.remove_prefix(at + k_prefix.size());
  return std::string(text.substr(0, text.find_first_of(", \r\n")));
}

std::string docker_reason(std::string_view said) {
  const std::string last = last_word(said);
  if (has(said, "docker: not found") || has(said, "docker: command not found")) {
    return "there is no docker on this host; 'cef docker install PATTERN' puts it there";
  }
  if (has(said, "permission denied") && (has(said, "daemon socket") || has(said, "docker API"))) {
    return "this user may not use docker's socket; 'cef docker install PATTERN --add-user' puts it into group docker, "
           "or let it use sudo";
  }
  if (has(said, "Cannot connect to the Docker daemon") || has(said, "failed to connect to the docker API")) {
    return "the docker daemon does not run; 'cef service start PATTERN docker' starts it";
  }
  constexpr std::string_view k_exec = "exec: \"";
  if (const std::size_t at = last.find(k_exec); at != std::string::npos && has(last, "OCI runtime")) {
    const std::string what = last.substr(at + k_exec.size() - 1);
    return "the program cannot be started: " + what.substr(0, what.rfind(": unknown"));
  }
  constexpr std::string_view k_no_container = "No such container: ";
  if (const std::size_t at = last.find(k_no_container); at != std::string::npos) {
    return "there is no container " + last.substr(at + k_no_container.size());
  }
  if (has(last, "could not select device driver") && has(last, "gpu")) {
    return "docker cannot give GPUs to a container here: the NVIDIA container toolkit is not installed";
  }
  return last.empty() ? "docker failed and did not say why" : last;
}

}  // namespace cef::probe
