#include "tar_writer.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>

namespace cef::registry {

using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_block = 512;
constexpr std::size_t k_name = 100;
constexpr std::size_t k_prefix = 155;
constexpr std::uint64_t k_largest_octal = (1ULL << 33U) - 1;  // eleven octal digits

using Block = std::array<char, k_block>;

void put_text(Block& block, std::size_t at, std::string_view text) {
  std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_octal(Block& block, std::size_t at, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value >>= 3U) {
    block[at + i] = static_cast<char>('0' + (value & 7U));
  }
}

/// 8 GiB and more: GNU's base-256, a leading 0x80 and the number from the most significant byte on.
void put_size(Block& block, std::uint64_t size) {
  constexpr std::size_t k_at = 124;
  if (size <= k_largest_octal) {
    put_octal(block, k_at, 11, size);
    return;
  }
  block[k_at] = static_cast<char>(0x80);
  for (std::size_t i = 12; i-- > 1; size >>= 8U) {
    block[k_at + i] = static_cast<char>(size & 0xFFU);
  }
}

/// Where to cut a path into ustar's prefix and name; none when it does not fit.
std::optional<std::size_t> cut_of(const std::string& path) {
  if (path.size() <= k_name) {
    return 0;
  }
  const std::size_t slash = path.find('/', path.size() - k_name - 1);
  if (slash == std::string::npos || slash == 0 || slash > k_prefix || slash + 1 == path.size()) {
    return std::nullopt;
  }
  return slash;
}

Block make_header(std::string_view prefix, std::string_view name, char kind, unsigned mode, std::uint64_t size) {
  Block block{};
  put_text(block, 0, name);
  put_octal(block, 100, 7, mode);
  put_octal(block, 108, 7, 0);  // owner
  put_octal(block, 116, 7, 0);  // group
  put_size(block, size);
  put_octal(block, 136, 11, 0);  // time
  put_text(block, 148, "        ");
  block[156] = kind;
  put_text(block, 257, std::string_view("ustar\00000", 8));
  put_octal(block, 329, 7, 0);
  put_octal(block, 337, 7, 0);
  put_text(block, 345, prefix);
  const auto sum = std::accumulate(block.begin(), block.end(), 0U,
                                   [](unsigned total, char c) { return total + static_cast<unsigned char>(c); });
  put_octal(block, 148, 6, sum);
  block[154] = '\0';
  return block;
}

}  // namespace

Result<TarWriter> TarWriter::create(const std::filesystem::path& target) {
  auto file = core::AtomicFile::create(target);
  if (!file) {
    return fail(file.error());
  }
  return TarWriter(std::move(*file));
}

Result<void> TarWriter::put(std::string_view piece) {
  digest_.update(piece);
  size_ += piece.size();
  return file_.write(piece);
}

Result<void> TarWriter::pad() {
  const Block zeros{};
  const std::size_t over = size_ % k_block;
  return over == 0 ? Result<void>{} : put({zeros.data(), k_block - over});
}

Result<void> TarWriter::header(const std::string& path, char kind, unsigned mode, std::uint64_t size) {
  if (auto padded = pad(); !padded) {
    return padded;
  }
  const std::string name = kind == '5' ? path + '/' : path;
  const auto cut = cut_of(name);
  Block block;
  if (cut && *cut > 0) {
    block = make_header(name.substr(0, *cut), name.substr(*cut + 1), kind, mode, size);
  } else {
    block = make_header("", name.substr(0, k_name), kind, mode, size);
  }
  if (!cut) {
    const std::string longer = name + '\0';
    const Block before = make_header("", "././@LongLink", 'L', 0644, longer.size());
    if (auto written = put({before.data(), k_block}); !written) {
      return written;
    }
    if (auto written = put(longer); !written) {
      return written;
    }
    if (auto padded = pad(); !padded) {
      return padded;
    }
  }
  return put({block.data(), k_block});
}

Result<void> TarWriter::file(const std::string& path, bool executable, std::uint64_t size) {
  return header(path, '0', executable ? 0755 : 0644, size);
}

Result<void> TarWriter::data(std::string_view piece) {
  return put(piece);
}

Result<std::string> TarWriter::finish() {
  if (auto padded = pad(); !padded) {
    return fail(padded.error());
  }
  const Block zeros{};
  for (int i = 0; i < 2; ++i) {
    if (auto written = put({zeros.data(), k_block}); !written) {
      return fail(written.error());
    }
  }
  const std::string digest = digest_.finish();
  return file_.commit().map([&] { return digest; });
}

}  // namespace cef::registry
