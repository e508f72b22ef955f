#include <cstdint>
#include <map>

#include "parts.hpp"

namespace cef::probe {

namespace {

struct Counts {
  std::uint64_t rx_bytes = 0, rx_errors = 0, rx_dropped = 0, tx_bytes = 0, tx_errors = 0, tx_dropped = 0;
};

/// /proc/net/dev: "  eth0: 1 2 …" or, with long numbers, "eth0:1 2 …".
std::map<std::string, Counts> counts(const Lines& lines) {
  std::map<std::string, Counts> all;
  for (const auto& line : lines) {
    const std::size_t colon = line.rfind(':');  // an alias has one in its name
    if (colon == std::string::npos) {
      continue;
    }
    const auto columns = words(std::string_view(line).substr(colon + 1));
    if (columns.size() < 12) {
      continue;
    }
    const auto column = [&columns](std::size_t at) { return number<std::uint64_t>(columns[at]).value_or(0); };
    all[std::string(trimmed(std::string_view(line).substr(0, colon)))] = {column(0), column(2),  column(3),
                                                                          column(8), column(10), column(11)};
  }
  return all;
}

/// A counter that went back was reset (the driver was loaded anew): no rate.
double rate(std::uint64_t before, std::uint64_t now, double seconds) {
  return seconds > 0 && now > before ? static_cast<double>(now - before) / seconds : 0;
}

/// The name in "2: eth0@if5: <…> …" and "2: eth0    inet …".
std::string_view name_in(std::string_view line) {
  const auto columns = words(line);
  if (columns.size() < 2) {
    return {};
  }
  return columns[1].substr(0, columns[1].find_first_of("@:"));
}

/// What `ip -o link` says, which knows the node's own network namespace.
std::optional<bool> up_by_ip(const Lines& lines, std::string_view name) {
  for (const auto& line : lines) {
    if (name_in(line) != name) {
      continue;
    }
    const std::string_view text = line;
    const std::size_t open = text.find('<');
    const std::string flags = "," + std::string(text.substr(open + 1, text.find('>') - open - 1)) + ",";
    const bool on = flags.find(",UP,") != std::string::npos && flags.find(",NO-CARRIER,") == std::string::npos;
    const std::size_t state = text.find(" state ");
    if (state == std::string_view::npos || text.substr(state + 7).starts_with("UNKNOWN")) {
      return on;
    }
    return text.substr(state + 7).starts_with("UP");
  }
  return std::nullopt;
}

/// NAME|operstate|carrier|flags|speed
void put_link(const Lines& lines, Interface& interface) {
  constexpr std::uint64_t k_no_speed = 0xFFFFFFFF;  // -1 as some drivers write it
  constexpr unsigned k_iff_up = 1;
  for (const auto& line : lines) {
    const auto parts = fields(line, '|');
    if (parts.size() != 5 || parts[0] != interface.name) {
      continue;
    }
    std::string_view hex = parts[3];
    hex.remove_prefix(hex.starts_with("0x") ? 2 : 0);
    unsigned flags = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), flags, 16);
    interface.up = parts[1] == "up" || (parts[1] != "down" && (flags & k_iff_up) != 0 && parts[2] != "0");
    const auto speed = number<std::uint64_t>(parts[4]);
    if (speed && *speed > 0 && *speed < k_no_speed) {
      interface.speed_mbit_per_s = speed;
    }
  }
}

/// The better an address is to reach the node by, the higher.
int worth(std::string_view family, std::string_view line) {
  const bool global = line.find(" scope global") != std::string_view::npos;
  return family == "inet" ? (global ? 4 : 3) : family == "inet6" ? (global ? 2 : 1) : 0;
}

std::string address(const Lines& lines, std::string_view name) {
  std::string best;
  int best_worth = 0;
  for (const auto& line : lines) {
    const auto columns = words(line);
    if (columns.size() < 4 || name_in(line) != name || worth(columns[2], line) <= best_worth) {
      continue;
    }
    best_worth = worth(columns[2], line);
    best = std::string(columns[3].substr(0, columns[3].find('/')));
  }
  return best;
}

}  // namespace

std::string_view network_part() {
  return R"(echo @cef:link
for n in /sys/class/net/*; do
  o=; c=; f=; s=
  read -r o <"$n/operstate"; read -r c <"$n/carrier"; read -r f <"$n/flags"; read -r s <"$n/speed"
  printf '%s|%s|%s|%s|%s\n' "${n##*/}" "$o" "$c" "$f" "$s"
done
echo @cef:iplink; ip -o link show
echo @cef:ipaddress; ip -o addr show
)";
}

std::vector<Interface> parse_interfaces(const Sections& sections, double interval_seconds) {
  const auto before = counts(lines_of(sections, "net1"));
  std::vector<Interface> all;
  for (const auto& [name, now] : counts(lines_of(sections, "net2"))) {
    if (name == "lo") {
      continue;
    }
    Interface interface;
    interface.name = name;
    interface.rx_bytes = now.rx_bytes;
    interface.tx_bytes = now.tx_bytes;
    interface.rx_errors = now.rx_errors;
    interface.tx_errors = now.tx_errors;
    interface.rx_dropped = now.rx_dropped;
    interface.tx_dropped = now.tx_dropped;
    if (const auto earlier = before.find(name); earlier != before.end()) {
      interface.rx_bytes_per_s = rate(earlier->second.rx_bytes, now.rx_bytes, interval_seconds);
      interface.tx_bytes_per_s = rate(earlier->second.tx_bytes, now.tx_bytes, interval_seconds);
    }
    put_link(lines_of(sections, "link"), interface);
    interface.up = up_by_ip(lines_of(sections, "iplink"), name).value_or(interface.up);
    interface.address = address(lines_of(sections, "ipaddress"), name);
    all.push_back(std::move(interface));
  }
  return all;
}

}  // namespace cef::probe
