#include "cef/registry/extract.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_block = 512;
constexpr std::size_t k_piece = std::size_t{1} << 20U;

/// ustar's octal number, or GNU's base-256 for large ones.
std::optional<std::uint64_t> size_field(std::string_view header) {
  const std::string_view field = header.substr(124, 12);
  std::uint64_t size = 0;
  if (static_cast<unsigned char>(field[0]) == 0x80) {
    for (const char c : field.substr(4)) {
      size = (size << 8U) | static_cast<unsigned char>(c);
    }
    return size;
  }
  for (const char c : field.substr(0, 11)) {
    if (c < '0' || c > '7') {
      return std::nullopt;
    }
    size = size * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return size;
}

/// Calls visit(content) for each regular file until it says false.
template <class Visit>
Result<void> each_file(std::string_view tar, const std::string& name, Visit visit) {
  while (tar.size() >= k_block && tar[0] != '\0') {
    const auto size = size_field(tar.substr(0, k_block));
    const char kind = tar[156];
    if (tar.substr(257, 5) != "ustar" || !size || *size > tar.size() - k_block) {
      return fail(ErrorCode::integrity, name + ": is no tar as 'cef repo add' makes it");
    }
    tar.remove_prefix(k_block);
    if (kind == '0') {
      auto more = visit(tar.substr(0, *size));
      if (!more || !*more) {
        return more ? Result<void>() : fail(more.error());
      }
    }
    tar.remove_prefix(std::min<std::size_t>(tar.size(), (*size + k_block - 1) / k_block * k_block));
  }
  return {};
}

Result<void> write_file(std::string_view content, const std::filesystem::path& target, const core::StopToken& stop) {
  auto file = core::AtomicFile::create(target);
  if (!file) {
    return fail(file.error());
  }
  for (std::size_t at = 0; at < content.size(); at += k_piece) {
    if (stop.immediate()) {
      return fail(ErrorCode::interrupted, "interrupted while a bundle was unpacked");
    }
    if (auto written = file->write(content.substr(at, k_piece)); !written) {
      return written;
    }
  }
  return file->commit();
}

}  // namespace

Result<void> extract_by_digest(const std::filesystem::path& tar, const std::string& sha256,
                               const std::filesystem::path& target, const core::StopToken& stop) {
  const auto mapped = core::MappedFile::open(tar);
  if (!mapped) {
    return fail(mapped.error());
  }
  const auto bytes = mapped->bytes();
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bool found = false;
  const auto done = each_file(all, tar.string(), [&](std::string_view content) -> Result<bool> {
    if (stop.immediate()) {
      return fail(ErrorCode::interrupted, "interrupted while a bundle was unpacked");
    }
    if (core::sha256(content) != sha256) {
      return true;
    }
    found = true;
    return write_file(content, target, stop).map([] { return false; });
  });
  if (!done || found) {
    return done;
  }
  return fail(ErrorCode::integrity, "the bundle holds no file with digest " + sha256.substr(0, 12));
}

}  // namespace cef::registry
