#include "cef/core/secret.hpp"

#include <openssl/crypto.h>

namespace cef::core {

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  OPENSSL_cleanse(value_.data(), value_.capacity());  // a short string lives inside the object: its buffer counts too
  value_.clear();
}

std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) {
  return out << "***";
}

}  // namespace cef::core
