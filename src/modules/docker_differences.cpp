#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "docker_family.hpp"

namespace cef::modules {

using core::Json;

namespace {

/// The value below a path of keys; null when there is none.
Json at(const Json& json, std::initializer_list<const char*> path) {
  const Json* here = &json;
  for (const char* key : path) {
    if (!here->is_object() || !here->contains(key)) {
      return nullptr;
    }
    here = &here->at(key);
  }
  return *here;
}

/// A copy that may be walked by items().
Json object_of(const Json& json) {
  return json.is_object() ? json : Json::object();
}

std::set<std::string> texts(const Json& list) {
  std::set<std::string> set;
  for (const Json& item : list.is_array() ? list : Json::array()) {
    set.insert(python_json(item));
  }
  return set;
}

Json as_json(const std::set<std::string>& set) {
  return Json(std::vector<std::string>(set.begin(), set.end()));
}

/// "SOURCE:TARGET:MODE" with the mode written out.
std::string bind_of(const std::string& volume) {
  const std::size_t colons = static_cast<std::size_t>(std::count(volume.begin(), volume.end(), ':'));
  std::string bind = colons == 1 ? volume + ":rw" : volume;
  const std::size_t slash = bind.find(':');
  std::string source = bind.substr(0, slash);
  source = source.size() > 1 ? strip_end(source, "/") : source;
  return source + (slash == std::string::npos ? "" : bind.substr(slash));
}

/// "HOST_IP:HOST_PORT->PORT/PROTOCOL" of "[IP:][HOST:]PORT[/udp]"; ranges are spread out.
void add_ports(std::string text, std::set<std::string>& set) {
  std::string protocol = "tcp";
  if (const std::size_t slash = text.rfind('/'); slash != std::string::npos) {
    protocol = text.substr(slash + 1);
    text.resize(slash);
  }
  std::string inside = text.substr(text.rfind(':') == std::string::npos ? 0 : text.rfind(':') + 1);
  std::string rest = text.size() > inside.size() ? text.substr(0, text.size() - inside.size() - 1) : "";
  std::string outside = rest.substr(rest.rfind(':') == std::string::npos ? 0 : rest.rfind(':') + 1);
  std::string address = rest.size() > outside.size() ? rest.substr(0, rest.size() - outside.size() - 1) : "";
  if (rest.find('.') != std::string::npos && address.empty() && outside.find('.') != std::string::npos) {
    address = outside;
    outside.clear();
  }
  address = address.empty() ? "0.0.0.0" : address;
  const auto range = [](const std::string& span) {
    const std::size_t dash = span.find('-');
    const int first = std::atoi(span.c_str());
    return std::pair(first, dash == std::string::npos ? first : std::atoi(span.c_str() + dash + 1));
  };
  const auto [first, last] = range(inside);
  const int base = outside.empty() ? 0 : range(outside).first;
  for (int port = first; port <= last && port - first < 1000; ++port) {
    set.insert(address + ":" + (base == 0 ? "" : std::to_string(base + port - first)) + "->" + std::to_string(port) +
               "/" + protocol);
  }
}

std::set<std::string> bound_ports(const Json& bindings) {
  std::set<std::string> set;
  const Json pairs1 = object_of(bindings);
  for (const auto& [port, hosts] : pairs1.items()) {
    for (const Json& host : hosts.is_array() ? hosts : Json::array()) {
      const std::string address = host.value("HostIp", "");
      const std::string number = host.value("HostPort", "");
      set.insert((address.empty() ? "0.0.0.0" : address) + ":" + (number == "0" ? "" : number) + "->" + port);
    }
  }
  return set;
}

class Comparison {
 public:
  Comparison(const Json& args, const Json& container, const Json& image)
      : args_(args), container_(container), image_(image) {}
  std::vector<DockerDifference> run();

 private:
  /// "strict", "ignore" or "allow_more_present", for one parameter.
  [[nodiscard]] std::string way(const char* name, const char* otherwise) const {
    const Json& ways = args_.at("comparisons");
    if (!ways.is_object()) {
      return otherwise;
    }
    return ways.contains(name)  ? python_json(ways.at(name))
           : ways.contains("*") ? python_json(ways.at("*"))
                                : otherwise;
  }
  [[nodiscard]] bool asked(const char* name) const {
    return !args_.at(name).is_null() && way(name, "strict") != "ignore";
  }
  void differ(const char* name, Json wanted, Json is) { list_.push_back({name, std::move(wanted), std::move(is)}); }
  void value(const char* name, const Json& wanted, const Json& is) {
    if (asked(name) && wanted != is) {
      differ(name, wanted, is);
    }
  }
  void set(const char* name, const std::set<std::string>& wanted, const std::set<std::string>& is,
           const char* otherwise) {
    if (!asked(name)) {
      return;
    }
    const bool more = way(name, otherwise) == "allow_more_present";
    if (more ? !std::includes(is.begin(), is.end(), wanted.begin(), wanted.end()) : wanted != is) {
      differ(name, as_json(wanted), as_json(is));
    }
  }
  void map(const char* name, const Json& is, const char* otherwise) {
    std::set<std::string> wanted, there;
    const Json pairs2 = object_of(args_.at(name));
    for (const auto& [key, item] : pairs2.items()) {
      wanted.insert(key + "=" + python_json(item));
    }
    const Json pairs3 = object_of(is);
    for (const auto& [key, item] : pairs3.items()) {
      there.insert(key + "=" + python_json(item));
    }
    set(name, wanted, there, otherwise);
  }
  void image();
  void process();
  void numbers();
  void lists();

  const Json& args_;
  const Json& container_;
  const Json& image_;
  std::vector<DockerDifference> list_;
};

void Comparison::image() {
  if (!asked("image") || args_.at("ignore_image") == true || way("image", "strict") == "ignore") {
    return;
  }
  if (image_.is_object() && image_.value("Id", "") != container_.value("Image", "")) {
    differ("image", image_.value("Id", ""), container_.value("Image", ""));
  }
}

void Comparison::process() {
  value("command", docker_words(args_.at("command")), at(container_, {"Config", "Cmd"}));
  value("entrypoint", docker_words(args_.at("entrypoint")), at(container_, {"Config", "Entrypoint"}));
  for (const auto& [name, key] :
       {std::pair("hostname", "Hostname"), std::pair("domainname", "Domainname"), std::pair("user", "User"),
        std::pair("working_dir", "WorkingDir"), std::pair("tty", "Tty"), std::pair("interactive", "OpenStdin"),
        std::pair("stop_signal", "StopSignal")}) {
    value(name, args_.at(name), at(container_, {"Config", key}));
  }
  for (const auto& [name, key] :
       {std::pair("privileged", "Privileged"), std::pair("read_only", "ReadonlyRootfs"), std::pair("init", "Init"),
        std::pair("auto_remove", "AutoRemove"), std::pair("ipc_mode", "IpcMode"), std::pair("pid_mode", "PidMode"),
        std::pair("runtime", "Runtime"), std::pair("cpuset_cpus", "CpusetCpus"),
        std::pair("userns_mode", "UsernsMode")}) {
    const Json is = at(container_, {"HostConfig", key});
    value(name, args_.at(name), is.is_null() && args_.at(name).is_boolean() ? Json(false) : is);
  }
  if (asked("network_mode")) {
    const auto same = [](const std::string& mode) { return mode == "default" ? std::string("bridge") : mode; };
    value("network_mode", same(python_json(args_.at("network_mode"))),
          same(python_json(at(container_, {"HostConfig", "NetworkMode"}))));
  }
  std::string policy = python_json(at(container_, {"HostConfig", "RestartPolicy", "Name"}));
  value("restart_policy", args_.at("restart_policy"), policy.empty() ? "no" : policy);
  value("restart_retries", args_.at("restart_retries"),
        at(container_, {"HostConfig", "RestartPolicy", "MaximumRetryCount"}));
  value("log_driver", args_.at("log_driver"), at(container_, {"HostConfig", "LogConfig", "Type"}));
}

void Comparison::numbers() {
  for (const auto& [name, key] : {std::pair("memory", "Memory"), std::pair("memory_reservation", "MemoryReservation"),
                                  std::pair("memory_swap", "MemorySwap"), std::pair("shm_size", "ShmSize")}) {
    if (asked(name)) {
      const auto bytes = docker_bytes(python_json(args_.at(name)));
      value(name, bytes ? Json(*bytes) : Json(), at(container_, {"HostConfig", key}));
    }
  }
  for (const auto& [name, key] : {std::pair("cpu_shares", "CpuShares"), std::pair("cpu_period", "CpuPeriod"),
                                  std::pair("cpu_quota", "CpuQuota"), std::pair("pids_limit", "PidsLimit")}) {
    if (asked(name)) {
      value(name, std::atoll(python_json(args_.at(name)).c_str()), at(container_, {"HostConfig", key}));
    }
  }
  if (asked("cpus")) {
    value("cpus", std::llround(std::atof(python_json(args_.at("cpus")).c_str()) * 1e9),
          at(container_, {"HostConfig", "NanoCpus"}));
  }
}

void Comparison::lists() {
  std::set<std::string> wanted;
  const Json pairs4 = object_of(args_.at("env"));
  for (const auto& [key, item] : pairs4.items()) {
    wanted.insert(key + "=" + python_json(item));
  }
  set("env", wanted, texts(at(container_, {"Config", "Env"})), "allow_more_present");
  map("labels", at(container_, {"Config", "Labels"}), "allow_more_present");
  map("sysctls", at(container_, {"HostConfig", "Sysctls"}), "allow_more_present");
  map("log_options", at(container_, {"HostConfig", "LogConfig", "Config"}), "allow_more_present");
  std::set<std::string> binds, there, anonymous;
  for (const std::string& volume : texts(args_.at("volumes"))) {
    (volume.find(':') == std::string::npos ? anonymous : binds).insert(bind_of(volume));
  }
  for (const std::string& bind : texts(at(container_, {"HostConfig", "Binds"}))) {
    there.insert(bind_of(bind));
  }
  set("volumes", binds, there, "allow_more_present");
  std::set<std::string> ports;
  for (const std::string& port : texts(args_.at("published_ports"))) {
    add_ports(port, ports);
  }
  set("published_ports", ports, bound_ports(at(container_, {"HostConfig", "PortBindings"})), "strict");
  for (const auto& [name, key] : {std::pair("capabilities", "CapAdd"), std::pair("cap_drop", "CapDrop"),
                                  std::pair("security_opts", "SecurityOpt"), std::pair("dns_servers", "Dns"),
                                  std::pair("dns_search_domains", "DnsSearch"), std::pair("groups", "GroupAdd")}) {
    std::set<std::string> is;
    for (std::string item : texts(at(container_, {"HostConfig", key}))) {
      const bool capability = item.starts_with("CAP_") && texts(args_.at(name)).count(item) == 0;
      is.insert(capability ? item.substr(4) : item);
    }
    set(name, texts(args_.at(name)), is, "allow_more_present");
  }
  std::set<std::string> hosts;
  const Json pairs5 = object_of(args_.at("etc_hosts"));
  for (const auto& [host, address] : pairs5.items()) {
    hosts.insert(host + ":" + python_json(address));
  }
  set("etc_hosts", hosts, texts(at(container_, {"HostConfig", "ExtraHosts"})), "allow_more_present");
  std::set<std::string> devices, device_is;
  for (const std::string& device : texts(args_.at("devices"))) {
    const auto colon = device.find(':');
    const std::string outside = device.substr(0, colon);
    const std::string rest = colon == std::string::npos ? outside : device.substr(colon + 1);
    devices.insert(outside + ":" + rest.substr(0, rest.find(':')));
  }
  const Json list = at(container_, {"HostConfig", "Devices"});
  for (const Json& device : list.is_array() ? list : Json::array()) {
    device_is.insert(device.value("PathOnHost", "") + ":" + device.value("PathInContainer", ""));
  }
  set("devices", devices, device_is, "allow_more_present");
}

std::vector<DockerDifference> Comparison::run() {
  image();
  process();
  numbers();
  lists();
  return std::move(list_);
}

}  // namespace

std::vector<DockerDifference> docker_differences(const Json& args, const Json& container, const Json& image) {
  return Comparison(args, container, image).run();
}

}  // namespace cef::modules
