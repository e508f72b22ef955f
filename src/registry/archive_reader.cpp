#include "archive_reader.hpp"

#include "refusal.hpp"

namespace cef::registry {

using core::Result;

namespace {

constexpr std::uint64_t k_never_a_bomb = 1ULL << 20U;

std::string times(std::uint64_t unpacked, std::uint64_t packed) {
  return std::to_string(packed == 0 ? unpacked : unpacked / packed) + " times";
}

bool too_dense(std::uint64_t unpacked, std::uint64_t packed, double ratio) {
  return unpacked > k_never_a_bomb && static_cast<double>(unpacked) > ratio * static_cast<double>(packed);
}

}  // namespace

Result<void> UnpackedSum::add(std::string_view entry, std::uint64_t unpacked) {
  if (unpacked > limits_.unpacked.count || sum_ > limits_.unpacked.count - unpacked) {
    return refuse(file_.path(), entry,
                  "makes the archive unpack to more than the limit of " + core::to_human(limits_.unpacked));
  }
  sum_ += unpacked;
  if (too_dense(sum_, file_.size(), limits_.ratio)) {
    return refuse(file_.path(), entry,
                  "makes the archive unpack to " + times(sum_, file_.size()) + " its size: it is a bomb");
  }
  return {};
}

Result<void> UnpackedSum::check_ratio(std::string_view entry, std::uint64_t unpacked, std::uint64_t packed) const {
  if (too_dense(unpacked, packed, limits_.ratio)) {
    return refuse(file_.path(), entry, "unpacks to " + times(unpacked, packed) + " its packed size: it is a bomb");
  }
  return {};
}

Result<void> UnpackedSum::check_entries(std::uint64_t count) const {
  if (count > limits_.entries) {
    return refuse(file_.path(), "holds more entries than the limit of " + std::to_string(limits_.entries));
  }
  return {};
}

}  // namespace cef::registry
