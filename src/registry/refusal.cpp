#include "refusal.hpp"

#include "cef/core/yaml.hpp"

namespace cef::registry {

std::string printable(std::string_view name) {
  constexpr std::size_t k_longest = 120;
  const bool utf8 = core::first_line_not_utf8(name) == 0;
  std::string text;
  std::size_t used = 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool begins = (byte & 0xC0U) != 0x80U;
    if (used >= k_longest && begins) {
      return text + "…";
    }
    ++used;
    if (byte >= 0x20 && byte != 0x7F && (byte < 0x80 || utf8)) {
      text += c;
    } else {
      constexpr const char* k_digits = "0123456789abcdef";
      text += std::string("\\x") + k_digits[byte >> 4U] + k_digits[byte & 15U];
    }
  }
  return text;
}

tl::unexpected<core::Error> refuse(const std::filesystem::path& archive, const std::string& reason) {
  return core::fail(core::ErrorCode::integrity, archive.string() + ": " + reason);
}

tl::unexpected<core::Error> refuse(const std::filesystem::path& archive, std::string_view entry,
                                   const std::string& reason) {
  return refuse(archive, "entry '" + printable(entry) + "' " + reason);
}

}  // namespace cef::registry
