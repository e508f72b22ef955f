#include "cef/inventory/shard.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>
#include <string_view>

namespace cef::inventory {

namespace {

constexpr std::size_t k_most_shards = 1'000'000;

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

core::Result<Shard> parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto index = number(std::string_view(text).substr(0, slash));
  const auto count = slash == std::string::npos ? std::nullopt : number(std::string_view(text).substr(slash + 1));
  if (!index || !count || *index == 0 || *index > *count || *count > k_most_shards) {
    return core::fail(core::ErrorCode::usage, "--shard: '" + text +
                                                  "' is no shard; write I/N, where I is from 1 to N and N at most " +
                                                  std::to_string(k_most_shards) + ", for example 2/8");
  }
  return Shard{*index, *count};
}

std::vector<std::size_t> places_of(const std::vector<std::string>& hosts, const Shard& shard) {
  std::vector<std::size_t> by_name(hosts.size());
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  std::sort(by_name.begin(), by_name.end(), [&](std::size_t a, std::size_t b) { return hosts[a] < hosts[b]; });
  std::vector<std::size_t> places;
  for (std::size_t i = shard.index - 1; i < by_name.size(); i += shard.count) {
    places.push_back(by_name[i]);
  }
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace cef::inventory
