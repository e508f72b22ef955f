#include "cef/core/digest.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cef::core {

namespace {

std::string hex(std::span<const unsigned char> bytes) {
  static constexpr char k_hex[] = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += k_hex[byte >> 4U];
    text += k_hex[byte & 15U];
  }
  return text;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> data) {
  EVP_DigestUpdate(state_->context, data.data(), data.size());
}

std::string Sha256::finish() {
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  return hex(digest);
}

std::optional<std::string> hex_digest(const std::string& algorithm, std::string_view data) {
  const EVP_MD* digest = EVP_get_digestbyname(algorithm.c_str());
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (digest == nullptr || EVP_Digest(data.data(), data.size(), bytes.data(), &length, digest, nullptr) != 1) {
    return std::nullopt;
  }
  return hex(std::span(bytes).first(length));
}

std::string sha256(std::string_view data) {
  Sha256 digest;
  digest.update(data);
  return digest.finish();
}

Result<std::string> sha256_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::usage, path.string() + ": cannot be read: " + std::strerror(errno));
  }
  Sha256 digest;
  std::vector<char> buffer(std::size_t{64} * 1024);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    digest.update(std::string_view(buffer.data(), static_cast<std::size_t>(file.gcount())));
  }
  if (file.bad()) {
    return fail(ErrorCode::general, path.string() + ": read error: " + std::strerror(errno));
  }
  return digest.finish();
}

std::string base64_encode(std::span<const std::byte> data) {
  std::string text((data.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(data.data()), static_cast<int>(data.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string base64_decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) {
    return {};
  }
  std::string data(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  data.resize(length < 0 ? 0 : static_cast<std::size_t>(length) - padding);
  return data;
}

std::string hmac_sha1(std::string_view key, std::string_view data) {
  std::string digest(20, '\0');
  unsigned int length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(data.data()),
       data.size(), reinterpret_cast<unsigned char*>(digest.data()), &length);
  return digest;
}

}  // namespace cef::core
