#include <cstdint>

#include "parts.hpp"

namespace cef::probe {

std::string_view memory_part() {
  return R"(echo @cef:memory; grep -E '^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapTotal|SwapFree):' /proc/meminfo
)";
}

MemoryFacts parse_memory(const Sections& sections) {
  const Lines& lines = lines_of(sections, "memory");
  const auto kibibytes = [&lines](std::string_view key) {
    constexpr std::uint64_t k_kibi = 1024;
    const std::string value = value_of(lines, key);
    return core::Bytes{number<std::uint64_t>(value.substr(0, value.find(' '))).value_or(0) * k_kibi};
  };
  MemoryFacts facts;
  facts.total = kibibytes("MemTotal");
  facts.free = kibibytes("MemFree");
  facts.buffers = kibibytes("Buffers");
  facts.cached = kibibytes("Cached");
  facts.available = kibibytes("MemAvailable");
  if (value_of(lines, "MemAvailable").empty()) {  // before Linux 3.14
    facts.available = {facts.free.count + facts.buffers.count + facts.cached.count};
  }
  facts.swap_total = kibibytes("SwapTotal");
  facts.swap_free = kibibytes("SwapFree");
  return facts;
}

}  // namespace cef::probe
