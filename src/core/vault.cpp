// The format of ansible/parsing/vault/__init__.py: a header line, then hex of three lines of hex: salt, HMAC, data.
#include "cef/core/vault.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace cef::core {

namespace {

constexpr std::string_view k_magic = "$ANSIBLE_VAULT";
constexpr const char* k_shut = "__cef_shut_vault";
constexpr std::string_view k_labelled = "$ANSIBLE_VAULT;1.2;AES256";
constexpr int k_rounds = 10'000;
constexpr std::size_t k_key_bytes = 32;
constexpr std::size_t k_block_bytes = 16;

using Bytes80 = std::array<unsigned char, 2 * k_key_bytes + k_block_bytes>;

/// Key material that is wiped when it goes.
struct Keys {
  Bytes80 bytes{};
  Keys() = default;
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;
  ~Keys() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
  [[nodiscard]] const unsigned char* cipher() const { return bytes.data(); }
  [[nodiscard]] const unsigned char* hmac() const { return bytes.data() + k_key_bytes; }
  [[nodiscard]] const unsigned char* counter() const { return bytes.data() + 2 * k_key_bytes; }
};

const unsigned char* as_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<std::string> from_hex(std::string_view hex) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string bytes;
  int high = -1;
  for (const char c : hex) {
    if (c == '\n' || c == '\r' || c == ' ' || c == '\t') {
      continue;
    }
    const int value = digit(c);
    if (value < 0) {
      return std::nullopt;
    }
    if (high < 0) {
      high = value;
    } else {
      bytes += static_cast<char>(high * 16 + value);
      high = -1;
    }
  }
  return high < 0 ? std::optional(bytes) : std::nullopt;
}

struct Parts {
  std::string salt, hmac, data;
};

std::optional<Parts> parts_of(std::string_view body) {
  const auto inner = from_hex(body);
  if (!inner) {
    return std::nullopt;
  }
  const std::size_t first = inner->find('\n');
  const std::size_t second = first == std::string::npos ? first : inner->find('\n', first + 1);
  if (second == std::string::npos) {
    return std::nullopt;
  }
  const std::string_view view(*inner);
  auto salt = from_hex(view.substr(0, first));
  auto hmac = from_hex(view.substr(first + 1, second - first - 1));
  auto data = from_hex(view.substr(second + 1));
  if (!salt || !hmac || !data || data->empty() || data->size() % k_block_bytes != 0) {
    return std::nullopt;
  }
  return Parts{std::move(*salt), std::move(*hmac), std::move(*data)};
}

bool has_hmac(const Parts& parts, const Keys& keys) {
  std::array<unsigned char, k_key_bytes> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), keys.hmac(), static_cast<int>(k_key_bytes), as_bytes(parts.data), parts.data.size(), digest.data(),
       &length);
  return length == digest.size() && parts.hmac.size() == digest.size() &&
         CRYPTO_memcmp(digest.data(), parts.hmac.data(), digest.size()) == 0;
}

std::optional<std::string> decipher(const Parts& parts, const Keys& keys) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  std::string plain(parts.data.size(), '\0');
  int length = 0;
  if (!context || EVP_DecryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, keys.cipher(), keys.counter()) != 1 ||
      EVP_DecryptUpdate(context.get(), reinterpret_cast<unsigned char*>(plain.data()), &length, as_bytes(parts.data),
                        static_cast<int>(parts.data.size())) != 1) {
    return std::nullopt;
  }
  const auto padding = static_cast<std::size_t>(static_cast<unsigned char>(plain.back()));
  if (padding == 0 || padding > k_block_bytes) {
    return std::nullopt;
  }
  plain.resize(plain.size() - padding);
  return plain;
}

/// nullopt: it has another password.
Result<std::optional<std::string>> open_with(const Parts& parts, const Secret& password) {
  Keys keys;
  const std::string& secret = password.reveal();
  if (PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), as_bytes(parts.salt),
                        static_cast<int>(parts.salt.size()), k_rounds, EVP_sha256(),
                        static_cast<int>(keys.bytes.size()), keys.bytes.data()) != 1) {
    return fail(ErrorCode::internal, "OpenSSL cannot derive the keys of a vault");
  }
  if (!has_hmac(parts, keys)) {
    return std::nullopt;
  }
  auto plain = decipher(parts, keys);
  return plain ? Result<std::optional<std::string>>(std::move(plain))
               : fail(ErrorCode::integrity, "is a damaged vault");
}

}  // namespace

bool is_vault(std::string_view text) noexcept {
  return text.starts_with(k_magic);
}

Result<std::string> decrypt_vault(std::string_view text, std::vector<VaultPassword> passwords) {
  const std::size_t end = text.find('\n');
  std::string_view header = text.substr(0, end);
  while (header.ends_with('\r') || header.ends_with(' ')) {
    header.remove_suffix(1);
  }
  const bool known = header == "$ANSIBLE_VAULT;1.1;AES256" || header.starts_with(k_labelled);
  if (!known) {
    return fail(ErrorCode::usage, "is a vault of an unknown kind; cef reads $ANSIBLE_VAULT;1.1;AES256 and 1.2");
  }
  const auto parts = end == std::string_view::npos ? std::nullopt : parts_of(text.substr(end + 1));
  if (!parts) {
    return fail(ErrorCode::integrity, "is a damaged vault");
  }
  const std::string_view label = header.substr(std::min(k_labelled.size() + 1, header.size()));
  std::stable_partition(passwords.begin(), passwords.end(),
                        [&](const VaultPassword& one) { return one.label == label; });
  for (const VaultPassword& one : passwords) {
    auto opened = open_with(*parts, one.password);
    if (!opened) {
      return fail(opened.error());
    }
    if (*opened) {
      return std::move(**opened);
    }
  }
  return fail(ErrorCode::usage, passwords.size() == 1 ? "is a vault that this password does not open"
                                                      : "is a vault that none of the passwords opens");
}

Result<std::string> refuse_vault(const std::string& /*vault*/) {
  return fail(ErrorCode::usage, "is a vault; give its password with --vault-password-file or --ask-vault-pass");
}

Json shut_vault(std::string why) {
  return {{k_shut, std::move(why)}};
}

const std::string* why_shut(const Json& value) {
  const auto found = value.is_object() && value.size() == 1 ? value.find(k_shut) : value.end();
  return found == value.end() ? nullptr : found->get_ptr<const std::string*>();
}

}  // namespace cef::core
