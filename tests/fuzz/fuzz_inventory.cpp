// Any bytes as an inventory: the first byte says whether it is YAML or INI.
#include <cstddef>
#include <cstdint>

#include "cef/inventory/inventory.hpp"
#include "scratch.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cef::fuzz::Scratch scratch;
  if (size < 1) {
    return 0;
  }
  cef::inventory::LoadOptions options;
  options.host_limit = 20'000;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto file = scratch.write(data[0] % 2 == 0 ? "hosts.ini" : "hosts.yaml", text);
  const auto inventory = cef::inventory::load({file}, options);
  if (!inventory) {
    if (inventory.error().message.find('\n') != std::string::npos) {
      std::abort();  // more than one line
    }
    return 0;
  }
  static_cast<void>(cef::inventory::select(*inventory, "all:!web[0:2]:&*1*", ""));
  return 0;
}
