#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>

#include <arpa/inet.h>

#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

std::string dotted(std::uint32_t address) {
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%u.%u.%u.%u", address >> 24U, address >> 16U & 255U, address >> 8U & 255U,
                address & 255U);
  return text.data();
}

/// "inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0"
Json ipv4_of(const std::vector<std::string>& words) {
  const std::size_t slash = words[1].find('/');
  const std::string address = words[1].substr(0, slash);
  const std::string prefix = slash == std::string::npos ? "32" : words[1].substr(slash + 1);
  in_addr parsed{};
  const std::uint32_t number = inet_pton(AF_INET, address.c_str(), &parsed) == 1 ? ntohl(parsed.s_addr) : 0;
  const auto bits = static_cast<unsigned>(number_of(prefix));
  const std::uint32_t mask = bits == 0 || bits > 32 ? 0 : ~std::uint32_t{0} << (32U - bits);
  return {{"address", address},
          {"broadcast", words.size() > 3 && words[2] == "brd" ? words[3] : ""},
          {"netmask", dotted(mask)},
          {"network", dotted(number & mask)},
          {"prefix", prefix}};
}

Json ipv6_of(const std::vector<std::string>& words) {
  const bool peer = words.size() > 5 && words[2] == "peer";
  const std::string& with_prefix = peer ? words[3] : words[1];
  const std::size_t slash = with_prefix.find('/');
  return {{"address", words[1].substr(0, words[1].find('/'))},
          {"prefix", slash == std::string::npos ? "128" : with_prefix.substr(slash + 1)},
          {"scope", peer               ? words[5]
                    : words.size() > 3 ? words[3]
                                       : ""}};
}

std::string type_of(const std::string& number) {
  static const std::map<std::string, std::string> types = {
      {"1", "ether"}, {"32", "infiniband"}, {"512", "ppp"}, {"772", "loopback"}, {"65534", "tunnel"}};
  const auto found = types.find(number);
  return found == types.end() ? "unknown" : found->second;
}

/// Fields of one interface, in the order in which the script prints them.
Json interface_of(const std::vector<std::string>& field) {
  const auto has = [&](std::size_t i) { return !field[i].empty(); };
  Json one = {{"device", field[0]}};
  if (has(1) && field[1] != "00:00:00:00:00:00") {
    one["macaddress"] = field[1];
  }
  if (has(2)) {
    one["mtu"] = number_of(field[2]);
  }
  if (has(3)) {
    one["active"] = field[3] != "down";
  }
  if (has(7)) {
    one["module"] = field[7];
  }
  one["type"] = type_of(field[4]);
  if (has(9)) {
    one["type"] = "bridge";
    one["interfaces"] = words_of(field[10]);
    one["id"] = field[12];
    one["stp"] = field[13] == "1";
  }
  if (has(11)) {
    const auto first = [&](std::size_t i) { return words_of(field[i]).empty() ? "" : words_of(field[i]).front(); };
    one["type"] = "bonding";
    one["slaves"] = words_of(field[14]);
    one["mode"] = first(15);
    one["miimon"] = first(16);
    one["lacp_rate"] = first(17);
  }
  if (has(8)) {
    one["pciid"] = field[8];
  }
  if (has(5)) {
    one["speed"] = number_of(field[5]);
  }
  one["promisc"] = (std::strtoul(field[6].c_str(), nullptr, 16) & 0x100U) != 0;
  return one;
}

/// Interface, address and gateway of the way to the internet.
Json route_of(const std::string& line, const std::string& target) {
  Json route = Json::object();
  const auto words = words_of(line);
  if (words.empty() || words.front() != target) {
    return route;
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == "dev") {
      route["interface"] = words[i + 1];
    } else if (words[i] == "src") {
      route["address"] = words[i + 1];
    } else if (words[i] == "via" && words[i + 1] != target) {
      route["gateway"] = words[i + 1];
    }
  }
  return route;
}

class Addresses {
 public:
  Addresses(const RawFacts& raw, Json& interfaces)
      : interfaces_(interfaces),
        default4(route_of(raw.line("route4"), "8.8.8.8")),
        default6(route_of(raw.line("route6"), "2404:6800:400a:800::1012")) {
    std::string device;
    for (const std::string& line : raw.lines("ip-addr")) {
      const auto words = words_of(line);
      if (!line.starts_with(' ') && words.size() > 1) {  // "2: eth0@if3: <…>"
        device = words[1].substr(0, words[1].find_first_of("@:"));
      } else if (words.size() > 2 && words[0] == "inet") {
        add4(device, words);
      } else if (words.size() > 2 && words[0] == "inet6") {
        add6(device, words);
      }
    }
  }

 private:
  Json& interfaces_;

 public:
  Json default4, default6;
  Json all4 = Json::array(), all6 = Json::array();

 private:
  void about(Json& chosen, const std::string& device, const Json& address) {
    for (const auto& [key, value] : address.items()) {
      chosen[key] = value;
    }
    const Json& one = interfaces_[device];
    chosen["macaddress"] = one.value("macaddress", "");
    chosen["mtu"] = one.value("mtu", 0);
    chosen["type"] = one.value("type", "unknown");
  }

  void add4(const std::string& device, const std::vector<std::string>& words) {
    Json address = ipv4_of(words);
    const std::string& label = words.back();
    const bool second = std::find(words.begin(), words.end(), "secondary") != words.end();
    const std::string text = address["address"];
    if (default4.value("address", "") == text) {
      about(default4, device, address);
      default4["alias"] = label;
    }
    if (!text.starts_with("127.")) {
      all4.push_back(text);
    }
    const std::string name = interfaces_.contains(label) || label.find(':') != std::string::npos ? label : device;
    Json& one = interfaces_[name];
    if (!second && !one.contains("ipv4")) {
      one["ipv4"] = address;
    } else {
      one["ipv4_secondaries"].push_back(address);
    }
    if (second && name != device) {
      interfaces_[device]["ipv4_secondaries"].push_back(address);
    }
  }

  void add6(const std::string& device, const std::vector<std::string>& words) {
    const Json address = ipv6_of(words);
    const std::string text = address["address"];
    if (default6.value("address", "") == text) {
      about(default6, device, address);
    }
    if (text != "::1") {
      all6.push_back(text);
    }
    interfaces_[device]["ipv6"].push_back(address);
  }
};

/// Names of variables have no '-', '.' or ':'.
std::string fact_name(std::string interface) {
  for (char& c : interface) {
    c = c == '-' || c == ':' || c == '.' ? '_' : c;
  }
  return interface;
}

}  // namespace

void add_network_facts(const RawFacts& raw, Json& facts) {
  constexpr std::size_t k_fields = 18;
  Json interfaces = Json::object();
  auto parts = parts_of(raw.get("interfaces"), '\1');
  for (std::size_t i = 0; i + k_fields <= parts.size(); i += k_fields) {
    const auto begin = parts.begin() + static_cast<std::ptrdiff_t>(i);
    interfaces[parts[i]] = interface_of({begin, begin + k_fields});
  }
  Addresses addresses(raw, interfaces);
  Json names = Json::array();
  for (const auto& [name, one] : interfaces.items()) {
    names.push_back(name);
    facts[fact_name(name)] = one;
  }
  facts["interfaces"] = std::move(names);
  facts["default_ipv4"] = std::move(addresses.default4);
  facts["default_ipv6"] = std::move(addresses.default6);
  facts["all_ipv4_addresses"] = std::move(addresses.all4);
  facts["all_ipv6_addresses"] = std::move(addresses.all6);
  facts["iscsi_iqn"] = "";
  facts["hostnqn"] = "";
  facts["fibre_channel_wwn"] = Json::array();
}

}  // namespace cef::modules
