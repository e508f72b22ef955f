#include <algorithm>
#include <array>
#include <charconv>

#include "docker_family.hpp"

namespace cef::modules {

using core::Json;

namespace {

/// Parameters that are one option of docker create each.
struct Simple {
  const char* parameter;
  const char* option;
};
constexpr std::array<Simple, 32> k_simple = {{
    {"hostname", "--hostname"},
    {"domainname", "--domainname"},
    {"user", "--user"},
    {"working_dir", "--workdir"},
    {"memory", "--memory"},
    {"memory_reservation", "--memory-reservation"},
    {"memory_swap", "--memory-swap"},
    {"memory_swappiness", "--memory-swappiness"},
    {"kernel_memory", "--kernel-memory"},
    {"shm_size", "--shm-size"},
    {"cpus", "--cpus"},
    {"cpu_shares", "--cpu-shares"},
    {"cpu_period", "--cpu-period"},
    {"cpu_quota", "--cpu-quota"},
    {"cpuset_cpus", "--cpuset-cpus"},
    {"cpuset_mems", "--cpuset-mems"},
    {"blkio_weight", "--blkio-weight"},
    {"cgroup_parent", "--cgroup-parent"},
    {"ipc_mode", "--ipc"},
    {"pid_mode", "--pid"},
    {"pids_limit", "--pids-limit"},
    {"userns_mode", "--userns"},
    {"uts", "--uts"},
    {"runtime", "--runtime"},
    {"stop_signal", "--stop-signal"},
    {"stop_timeout", "--stop-timeout"},
    {"mac_address", "--mac-address"},
    {"log_driver", "--log-driver"},
    {"volume_driver", "--volume-driver"},
    {"oom_score_adj", "--oom-score-adj"},
    {"cgroupns_mode", "--cgroupns"},
    {"platform", "--platform"},
}};

/// Parameters that are lists, an option for each item.
constexpr std::array<Simple, 14> k_lists = {{
    {"volumes", "--volume"},
    {"published_ports", "--publish"},
    {"exposed_ports", "--expose"},
    {"devices", "--device"},
    {"capabilities", "--cap-add"},
    {"cap_drop", "--cap-drop"},
    {"security_opts", "--security-opt"},
    {"groups", "--group-add"},
    {"dns_servers", "--dns"},
    {"dns_search_domains", "--dns-search"},
    {"dns_opts", "--dns-option"},
    {"tmpfs", "--tmpfs"},
    {"ulimits", "--ulimit"},
    {"links", "--link"},
}};

constexpr std::array<Simple, 6> k_flags = {{
    {"privileged", "--privileged"},
    {"read_only", "--read-only"},
    {"tty", "--tty"},
    {"interactive", "--interactive"},
    {"init", "--init"},
    {"oom_killer", ""},
}};

constexpr std::array<Simple, 4> k_maps = {{
    {"labels", "--label"},
    {"log_options", "--log-opt"},
    {"sysctls", "--sysctl"},
    {"storage_opts", "--storage-opt"},
}};

bool yes(const Json& args, const char* name) {
  return args.at(name).is_boolean() && args.at(name).get<bool>();
}

void add_network(const Json& args, std::vector<std::string>& words) {
  if (!args.at("network_mode").is_null()) {
    words.push_back("--network=" + python_json(args.at("network_mode")));
    return;
  }
  const Json& networks = args.at("networks");
  if (!networks.is_array() || networks.empty()) {
    return;
  }
  const Json& first = networks.front();
  words.push_back("--network=" + (first.is_object() ? first.value("name", "") : python_json(first)));
  if (first.is_object()) {
    for (const Simple& one : {Simple{"ipv4_address", "--ip="}, Simple{"ipv6_address", "--ip6="}}) {
      if (first.contains(one.parameter)) {
        words.push_back(one.option + python_json(first[one.parameter]));
      }
    }
    for (const Json& alias : first.value("aliases", Json::array())) {
      words.push_back("--network-alias=" + python_json(alias));
    }
  }
}

void add_healthcheck(const Json& args, std::vector<std::string>& words) {
  const Json& health = args.at("healthcheck");
  if (!health.is_object()) {
    return;
  }
  const Json test = health.value("test", Json());
  if (test.is_array() && test.size() == 1 && test[0] == "NONE") {
    words.emplace_back("--no-healthcheck");
    return;
  }
  if (test.is_array()) {
    std::string command;
    for (std::size_t i = test[0] == "CMD" || test[0] == "CMD-SHELL" ? 1 : 0; i < test.size(); ++i) {
      command += (command.empty() ? "" : " ") + python_json(test[i]);
    }
    words.push_back("--health-cmd=" + command);
  } else if (!test.is_null()) {
    words.push_back("--health-cmd=" + python_json(test));
  }
  for (const Simple& one : {Simple{"interval", "--health-interval="}, Simple{"timeout", "--health-timeout="},
                            Simple{"start_period", "--health-start-period="}, Simple{"retries", "--health-retries="}}) {
    if (health.contains(one.parameter)) {
      words.push_back(one.option + python_json(health[one.parameter]));
    }
  }
}

Parameter flag_parameter(const char* name) {
  return {.name = name, .type = Type::boolean};
}

}  // namespace

std::optional<long long> docker_bytes(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty()) {
    return std::nullopt;
  }
  std::string unit(end, text.data() + text.size());
  std::transform(unit.begin(), unit.end(), unit.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  unit = strip_end(unit, "b");
  unit = unit.ends_with("i") ? unit.substr(0, unit.size() - 1) : unit;
  const std::size_t power = std::string_view("kmgtp").find(unit.empty() ? 'x' : unit[0]);
  if (unit.size() > 1 || (!unit.empty() && power == std::string_view::npos)) {
    return std::nullopt;
  }
  for (std::size_t i = 0; !unit.empty() && i <= power; ++i) {
    number *= 1024;
  }
  return static_cast<long long>(number);
}

std::vector<std::string> docker_words(const Json& value) {
  if (value.is_null()) {
    return {};
  }
  if (value.is_array()) {
    std::vector<std::string> words;
    for (const Json& item : value) {
      words.push_back(python_json(item));
    }
    return words;
  }
  auto words = split_words(python_json(value));
  return words ? std::move(*words) : std::vector<std::string>{python_json(value)};
}

std::vector<std::string> docker_create_options(const Json& args) {
  std::vector<std::string> words;
  for (const Simple& one : k_simple) {
    if (!args.at(one.parameter).is_null()) {
      words.push_back(std::string(one.option) + "=" + python_json(args.at(one.parameter)));
    }
  }
  for (const Simple& one : k_lists) {
    if (args.at(one.parameter).is_array()) {
      for (const Json& item : args.at(one.parameter)) {
        words.push_back(std::string(one.option) + "=" + python_json(item));
      }
    }
  }
  for (const Simple& one : k_flags) {
    if (*one.option != '\0' && yes(args, one.parameter)) {
      words.emplace_back(one.option);
    }
  }
  for (const Simple& one : k_maps) {
    if (args.at(one.parameter).is_object()) {
      for (const auto& [name, value] : args.at(one.parameter).items()) {
        words.push_back(std::string(one.option) + "=" + name + "=" + python_json(value));
      }
    }
  }
  if (args.at("etc_hosts").is_object()) {
    for (const auto& [host, address] : args.at("etc_hosts").items()) {
      words.push_back("--add-host=" + host + ":" + python_json(address));
    }
  }
  if (!args.at("restart_policy").is_null()) {
    const Json& retries = args.at("restart_retries");
    words.push_back("--restart=" + python_json(args.at("restart_policy")) +
                    (retries.is_null() ? "" : ":" + python_json(retries)));
  }
  if (yes(args, "auto_remove")) {
    words.emplace_back("--rm");
  }
  if (const auto entry = docker_words(args.at("entrypoint")); !entry.empty()) {
    words.push_back("--entrypoint=" + entry.front());
  }
  if (args.at("device_requests").is_array() && !args.at("device_requests").empty()) {
    const Json& request = args.at("device_requests").front();
    const Json ids = request.is_object() ? request.value("device_ids", Json()) : Json();
    std::string gpus = "all";
    for (std::size_t i = 0; ids.is_array() && i < ids.size(); ++i) {
      gpus = (i == 0 ? "\"device=" : gpus + ",") + python_json(ids[i]);
    }
    words.push_back("--gpus=" + gpus + (gpus == "all" ? "" : "\""));
  }
  add_network(args, words);
  add_healthcheck(args, words);
  return words;
}

std::vector<Parameter> docker_container_parameters() {
  std::vector<Parameter> list = {
      {.name = "name", .required = true},
      {.name = "state", .fallback = "started", .choices = {"absent", "present", "stopped", "started"}},
      {.name = "image"},
      {.name = "command", .type = Type::raw},
      {.name = "entrypoint", .type = Type::list},
      {.name = "env", .type = Type::map},
      {.name = "env_file", .type = Type::path},
      {.name = "networks", .type = Type::list, .elements = Type::map},
      {.name = "network_mode"},
      {.name = "purge_networks", .type = Type::boolean, .fallback = false},
      {.name = "networks_cli_compatible", .type = Type::boolean, .fallback = true},
      {.name = "etc_hosts", .type = Type::map},
      {.name = "restart_policy", .choices = {"no", "on-failure", "always", "unless-stopped"}},
      {.name = "restart_retries", .type = Type::integer},
      {.name = "restart", .type = Type::boolean, .fallback = false},
      {.name = "recreate", .type = Type::boolean, .fallback = false},
      {.name = "pull", .type = Type::raw, .fallback = "missing"},
      {.name = "healthcheck", .type = Type::map},
      {.name = "device_requests", .type = Type::list, .elements = Type::map},
      {.name = "comparisons", .type = Type::map},
      {.name = "container_default_behavior", .fallback = "no_defaults", .choices = {"compatibility", "no_defaults"}},
      {.name = "command_handling", .fallback = "correct", .choices = {"compatibility", "correct"}},
      {.name = "default_host_ip"},
      {.name = "image_name_mismatch", .fallback = "recreate", .choices = {"ignore", "recreate"}},
      {.name = "image_comparison", .fallback = "desired-image", .choices = {"desired-image", "current-image"}},
      {.name = "image_label_mismatch", .fallback = "ignore", .choices = {"ignore", "fail"}},
      {.name = "ignore_image", .type = Type::boolean, .fallback = false},
      {.name = "force_kill", .type = Type::boolean, .fallback = false, .aliases = {"forcekill"}},
      {.name = "kill_signal"},
      {.name = "keep_volumes", .type = Type::boolean, .fallback = true},
      {.name = "cleanup", .type = Type::boolean, .fallback = false},
      {.name = "detach", .type = Type::boolean},
      {.name = "output_logs", .type = Type::boolean, .fallback = false},
      {.name = "removal_wait_timeout", .type = Type::number},
      {.name = "healthy_wait_timeout", .type = Type::number},
      flag_parameter("auto_remove"),
  };
  const auto add = [&](const auto& table, Type type) {
    for (const Simple& one : table) {
      list.push_back({.name = one.parameter, .type = type});
    }
  };
  add(k_simple, Type::text);
  add(k_lists, Type::list);
  add(k_flags, Type::boolean);
  add(k_maps, Type::map);
  for (Parameter& parameter : list) {
    if (parameter.name == "published_ports") {
      parameter.aliases = {"ports"};
    } else if (parameter.name == "exposed_ports") {
      parameter.aliases = {"exposed", "expose"};
    }
  }
  return with_docker(std::move(list));
}

}  // namespace cef::modules
