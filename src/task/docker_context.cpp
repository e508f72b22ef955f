#include "cef/task/docker_context.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_block = 512;
constexpr std::size_t k_name_size = 100;
constexpr std::uint64_t k_octal_limit = 1ULL << 33;  ///< eleven octal digits
constexpr const char* k_dockerfile = "Dockerfile";

std::uint64_t padded(std::uint64_t size) {
  return (size + k_block - 1) / k_block * k_block;
}

/// A ustar header with GNU's way of large sizes. Owner root and time 0: the archive depends on the contents alone.
std::string header(const std::string& name, char type, std::uint64_t size, unsigned mode, const std::string& link) {
  std::array<char, k_block> block{};
  const auto put = [&](std::size_t at, std::size_t room, const std::string& text) {
    std::memcpy(block.data() + at, text.data(), std::min(text.size(), room));
  };
  const auto octal = [&](std::size_t at, int digits, std::uint64_t value) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value));
    put(at, static_cast<std::size_t>(digits), text.data());
  };
  put(0, k_name_size, name);
  octal(100, 7, mode);
  octal(108, 7, 0);
  octal(116, 7, 0);
  if (size < k_octal_limit) {
    octal(124, 11, size);
  } else {
    block[124] = '\x80';
    for (std::size_t i = 0; i < 8; ++i) {
      block[135 - i] = static_cast<char>((size >> (8 * i)) & 0xFFU);
    }
  }
  octal(136, 11, 0);
  block[156] = type;
  put(157, k_name_size, link);
  put(257, 8, std::string("ustar  \0", 8));
  put(265, 32, "root");
  put(297, 32, "root");
  put(148, 8, "        ");
  unsigned sum = 0;
  for (const char c : block) {
    sum += static_cast<unsigned char>(c);
  }
  octal(148, 6, sum);
  block[154] = '\0';
  return {block.data(), block.size()};
}

/// GNU's entry for a name or link that is too long for the header.
std::string long_text(char type, const std::string& text) {
  if (text.size() <= k_name_size) {
    return "";
  }
  std::string out = header("././@LongLink", type, text.size() + 1, 0644, "") + text;
  out.resize(k_block + padded(text.size() + 1), '\0');
  return out;
}

std::string entry_head(const DockerContext::Entry& entry) {
  return long_text('K', entry.link) + long_text('L', entry.name) +
         header(entry.name, entry.type, entry.size, entry.mode, entry.link);
}

Result<void> write_file(const DockerContext::Entry& entry, const DockerContext::Sink& sink) {
  std::ifstream file(entry.path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::usage, entry.path.string() + " cannot be read");
  }
  std::string piece(256 * 1024, '\0');
  std::uint64_t left = entry.size;
  while (left > 0) {
    const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(left, piece.size()));
    if (!file.read(piece.data(), wanted)) {
      return fail(ErrorCode::usage, entry.path.string() + " changed while it was sent");
    }
    if (auto sent = sink(std::string_view(piece.data(), static_cast<std::size_t>(wanted))); !sent) {
      return sent;
    }
    left -= static_cast<std::uint64_t>(wanted);
  }
  if (file.peek() != std::ifstream::traits_type::eof()) {
    return fail(ErrorCode::usage, entry.path.string() + " changed while it was sent");
  }
  return sink(std::string(padded(entry.size) - entry.size, '\0'));
}

Result<DockerContext::Entry> read_entry(const fs::path& folder, const fs::directory_entry& found) {
  std::error_code error;
  DockerContext::Entry entry;
  entry.path = found.path();
  entry.name = found.path().lexically_relative(folder).string();
  const fs::file_status status = found.symlink_status(error);
  entry.mode = static_cast<unsigned>(status.permissions()) & 07777U;
  if (fs::is_symlink(status)) {
    entry.type = '2';
    entry.link = fs::read_symlink(found.path(), error).string();
  } else if (fs::is_directory(status)) {
    entry.type = '5';
    entry.name += "/";
  } else if (fs::is_regular_file(status)) {
    entry.size = found.file_size(error);
  } else {
    return fail(ErrorCode::usage, entry.path.string() + " is neither a file, a folder nor a link; take it away");
  }
  if (error) {
    return fail(ErrorCode::usage, entry.path.string() + " cannot be read: " + error.message());
  }
  return entry;
}

}  // namespace

Result<DockerContext> DockerContext::scan(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(ErrorCode::usage, folder.string() + " is not a folder");
  }
  if (!fs::is_regular_file(folder / k_dockerfile, error)) {
    return fail(ErrorCode::usage, folder.string() + " has no Dockerfile");
  }
  DockerContext context;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    auto entry = read_entry(folder, *at);
    if (!entry) {
      return fail(entry.error());
    }
    context.entries_.push_back(std::move(*entry));
  }
  if (error) {
    return fail(ErrorCode::usage, folder.string() + " cannot be read: " + error.message());
  }
  std::sort(context.entries_.begin(), context.entries_.end(), [](const Entry& a, const Entry& b) {
    const bool a_last = a.name == k_dockerfile;
    const bool b_last = b.name == k_dockerfile;
    return a_last != b_last ? b_last : a.name < b.name;
  });
  return context;
}

core::Bytes DockerContext::size() const {
  std::uint64_t size = 2 * k_block;
  for (const auto& entry : entries_) {
    size += entry_head(entry).size() + padded(entry.size);
  }
  return {size};
}

Result<void> DockerContext::write(const Sink& sink) const {
  for (const auto& entry : entries_) {
    if (auto sent = sink(entry_head(entry)); !sent) {
      return sent;
    }
    if (entry.type == '0') {
      if (auto sent = write_file(entry, sink); !sent) {
        return sent;
      }
    }
  }
  return sink(std::string(2 * k_block, '\0'));
}

}  // namespace cef::task
