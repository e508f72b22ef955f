#include "cef/select/profile.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace cef::select {

using core::Json;
using core::Result;

namespace {

constexpr std::array<std::pair<LayerKind, const char*>, 6> k_kinds = {{{LayerKind::convolution, "convolution"},
                                                                       {LayerKind::pointwise, "pointwise"},
                                                                       {LayerKind::depthwise, "depthwise"},
                                                                       {LayerKind::linear, "linear"},
                                                                       {LayerKind::elementwise, "elementwise"},
                                                                       {LayerKind::pool, "pool"}}};
constexpr std::size_t k_max_layers = 20'000;
constexpr std::size_t k_max_threads = 1024;
constexpr std::size_t k_max_arrivals = 1000;

/// Takes fields; remembers the first that was wrong.
class Reader {
 public:
  double number(const Json& json, const char* name, double most = 1e18) {
    if (json.is_object() && json.contains(name) && json[name].is_number()) {
      const double value = json[name].get<double>();
      if (std::isfinite(value) && value >= 0 && value <= most) {
        return value;
      }
    }
    return wrong(name), 0.0;
  }
  int small(const Json& json, const char* name) { return static_cast<int>(number(json, name, 1'000'000)); }
  std::string text(const Json& json, const char* name) {
    if (json.is_object() && json.contains(name) && json[name].is_string()) {
      return json[name].get<std::string>();
    }
    return wrong(name), std::string();
  }
  /// An array of at most `most` members; else an empty one, and wrong.
  Json array(const Json& json, const char* name, std::size_t most) {
    if (json.is_object() && json.contains(name) && json[name].is_array() && json[name].size() <= most) {
      return json[name];
    }
    return wrong(name), Json::array();
  }
  void wrong(const char* name) { wrong_ = wrong_ == nullptr ? name : wrong_; }
  [[nodiscard]] const char* first_wrong() const { return wrong_; }

 private:
  const char* wrong_ = nullptr;
};

Json layer_json(const LayerTime& timed) {
  return {{"kind", to_string(timed.layer.kind)},
          {"kernel", timed.layer.kernel},
          {"macs", timed.layer.macs},
          {"weight_bytes", timed.layer.weight_bytes},
          {"input_bytes", timed.layer.input_bytes},
          {"output_bytes", timed.layer.output_bytes},
          {"precision", timed.precision},
          {"threads", timed.threads},
          {"seconds", timed.time.count()}};
}

LayerTime layer_of(Reader& read, const Json& json) {
  LayerTime timed;
  const auto kind = parse_layer_kind(read.text(json, "kind"));
  if (!kind) {
    read.wrong("kind");
  }
  timed.layer = {kind.value_or(LayerKind::pool),   read.small(json, "kernel"),
                 read.number(json, "macs"),        read.number(json, "weight_bytes"),
                 read.number(json, "input_bytes"), read.number(json, "output_bytes")};
  timed.precision = read.text(json, "precision");
  timed.threads = read.small(json, "threads");
  timed.time = Seconds(read.number(json, "seconds"));
  return timed;
}

Link link_of(Reader& read, const Json& json) {
  Link link{read.number(json, "bytes_per_second"), Seconds(read.number(json, "round_trip_seconds")), {}};
  if (!json.is_object() || !json.contains("arrivals")) {
    return link;
  }
  for (const Json& item : read.array(json, "arrivals", k_max_arrivals)) {
    link.arrivals.push_back({read.number(item, "bytes"), Seconds(read.number(item, "seconds"))});
    const std::size_t at = link.arrivals.size() - 1;
    if (at > 0 && (link.arrivals[at].bytes < link.arrivals[at - 1].bytes ||
                   link.arrivals[at].time < link.arrivals[at - 1].time)) {
      read.wrong("arrivals");
    }
  }
  return link;
}

void read_rest(Reader& read, const Json& json, DeviceProfile& profile) {
  profile.copy_bytes_per_second = read.number(json, "copy_bytes_per_second");
  const Json load = json.is_object() ? json.value("load", Json()) : Json();
  profile.load = {Seconds(read.number(load, "fixed_seconds")), Seconds(read.number(load, "seconds_per_layer")),
                  Seconds(read.number(load, "seconds_per_layer_squared")), read.number(load, "bytes_per_second"),
                  Seconds(load.is_object() && load.contains("seconds_per_distinct_layer")
                              ? read.number(load, "seconds_per_distinct_layer")
                              : 0.0)};
  profile.memory_available = core::Bytes{static_cast<std::uint64_t>(read.number(json, "memory_available_bytes"))};
  profile.busy_cores = read.number(json, "busy_cores");
  profile.usable_cores = read.number(json, "usable_cores");
  if (json.is_object() && json.contains("link") && !json["link"].is_null()) {
    profile.link = link_of(read, json["link"]);
  }
  profile.winograd = json.is_object() && json.value("winograd", Json()) == Json(true);
  profile.cached = json.is_object() && json.value("cached", Json()) == Json(true);
}

tl::unexpected<core::Error> incomplete(const char* what, const Reader& read) {
  return core::fail(core::ErrorCode::host_failed, std::string("the ") + what + " has no proper '" + read.first_wrong() +
                                                      "'; install the same version of cef on both sides");
}

}  // namespace

const char* to_string(LayerKind kind) noexcept {
  for (const auto& [value, name] : k_kinds) {
    if (value == kind) {
      return name;
    }
  }
  return "";
}

std::optional<LayerKind> parse_layer_kind(std::string_view text) noexcept {
  for (const auto& [value, name] : k_kinds) {
    if (text == name) {
      return value;
    }
  }
  return std::nullopt;
}

Json to_json(const Link& link) {
  Json json{{"bytes_per_second", link.bytes_per_second},
            {"round_trip_seconds", link.round_trip.count()},
            {"arrivals", Json::array()}};
  for (const Arrival& arrival : link.arrivals) {
    json["arrivals"].push_back({{"bytes", arrival.bytes}, {"seconds", arrival.time.count()}});
  }
  return json;
}

Result<Link> link_of(const Json& json) {
  Reader read;
  Link link = link_of(read, json);
  if (read.first_wrong() == nullptr && link.bytes_per_second <= 0) {
    read.wrong("bytes_per_second");
  }
  return read.first_wrong() == nullptr ? Result<Link>(std::move(link)) : incomplete("link", read);
}

Json to_json(const DeviceProfile& profile) {
  Json json;
  json["threads"] = Json::array();
  for (const ThreadSpeed& speed : profile.threads) {
    json["threads"].push_back(
        {{"threads", speed.threads}, {"seconds_per_call", speed.per_call.count()}, {"slowdown", speed.slowdown}});
  }
  json["copy_bytes_per_second"] = profile.copy_bytes_per_second;
  json["load"] = {{"fixed_seconds", profile.load.fixed.count()},
                  {"seconds_per_layer", profile.load.per_layer.count()},
                  {"seconds_per_layer_squared", profile.load.per_layer_squared.count()},
                  {"seconds_per_distinct_layer", profile.load.per_distinct.count()},
                  {"bytes_per_second", profile.load.bytes_per_second}};
  json["memory_available_bytes"] = profile.memory_available.count;
  json["winograd"] = profile.winograd;
  json["busy_cores"] = profile.busy_cores;
  json["usable_cores"] = profile.usable_cores;
  json["link"] = profile.link ? to_json(*profile.link) : Json(nullptr);
  json["cached"] = profile.cached;
  json["layers"] = Json::array();
  for (const LayerTime& timed : profile.layers) {
    json["layers"].push_back(layer_json(timed));
  }
  return json;
}

Result<DeviceProfile> profile_of(const Json& json) {
  Reader read;
  DeviceProfile profile;
  for (const Json& item : read.array(json, "threads", k_max_threads)) {
    profile.threads.push_back(
        {read.small(item, "threads"), Seconds(read.number(item, "seconds_per_call")), read.number(item, "slowdown")});
    if (profile.threads.back().threads < 1) {
      read.wrong("threads");
    }
  }
  for (const Json& item : read.array(json, "layers", k_max_layers)) {
    profile.layers.push_back(layer_of(read, item));
  }
  read_rest(read, json, profile);
  if (profile.threads.empty()) {
    read.wrong("threads");
  }
  if (read.first_wrong() != nullptr) {
    return incomplete("device profile", read);
  }
  return profile;
}

}  // namespace cef::select
