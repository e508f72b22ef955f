#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cef/core/result.hpp"

namespace cef::core {

/// SHA-256 over pieces of data. Lower-case hex, 64 characters.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::span<const std::byte> data);
  void update(std::string_view data) { update(std::as_bytes(std::span(data))); }
  /// Ends the digest; the object is not to be used again.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256(std::string_view data);
[[nodiscard]] Result<std::string> sha256_file(const std::filesystem::path& path);
/// Lower-case hex by the digest of this name ("md5", "sha1", "sha256", "sha512", …); nullopt when there is none.
[[nodiscard]] std::optional<std::string> hex_digest(const std::string& algorithm, std::string_view data);
[[nodiscard]] std::string base64_encode(std::span<const std::byte> data);
/// The bytes of `text`, or an empty string when it is not base64.
[[nodiscard]] std::string base64_decode(std::string_view text);
/// HMAC-SHA1, 20 bytes: only for the hashed names of known_hosts, whose format fixes it.
[[nodiscard]] std::string hmac_sha1(std::string_view key, std::string_view data);

}  // namespace cef::core
