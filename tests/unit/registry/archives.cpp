#include "archives.hpp"

#include <cstdio>
#include <stdexcept>

#include <zlib.h>

namespace cef::registry::test {

namespace {

std::string compressed(std::string_view data, int window) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("no deflate");
  }
  std::string out(::deflateBound(&stream, data.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = ::deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  ::deflateEnd(&stream);
  if (code != Z_STREAM_END) {
    throw std::runtime_error("deflate failed");
  }
  return out;
}

std::string octal(std::uint64_t value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, static_cast<unsigned long long>(value));
  return text;
}

}  // namespace

std::string little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i, value >>= 8U) {
    text += static_cast<char>(value & 0xFFU);
  }
  return text;
}

std::string deflated(std::string_view data) {
  return compressed(data, -MAX_WBITS);
}

std::string gzipped(std::string_view data) {
  return compressed(data, MAX_WBITS + 16);
}

std::string extra_field(std::uint16_t kind, const std::string& data) {
  return little(kind, 2) + little(data.size(), 2) + data;
}

std::string zip64_field(const std::vector<std::uint64_t>& numbers) {
  std::string data;
  for (const std::uint64_t number : numbers) {
    data += little(number, 8);
  }
  return extra_field(1, data);
}

std::string zip64_record(std::uint64_t count, std::uint64_t size, std::uint64_t offset, std::uint64_t at) {
  const std::string record = little(0x06064b50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
                             little(count, 8) + little(count, 8) + little(size, 8) + little(offset, 8);
  return record + little(0x07064b50, 4) + little(0, 4) + little(at, 8) + little(1, 4);
}

std::string make_zip(const std::vector<ZipItem>& items, const ZipTail& tail) {
  std::string body;
  std::string directory;
  for (const ZipItem& item : items) {
    const std::string stream = item.stream.value_or(item.method == 8 ? deflated(item.data) : item.data);
    const auto crc = item.crc.value_or(
        static_cast<std::uint32_t>(::crc32_z(0, reinterpret_cast<const Bytef*>(item.data.data()), item.data.size())));
    const auto unpacked = item.unpacked.value_or(static_cast<std::uint32_t>(item.data.size()));
    const auto packed = item.packed.value_or(static_cast<std::uint32_t>(stream.size()));
    const std::string local_name = item.local_name.value_or(item.name);
    const std::string common = little(item.flags, 2) + little(item.method, 2) + little(0, 4) + little(crc, 4);
    const std::size_t header_at = body.size();
    body += little(0x04034b50, 4) + little(20, 2) + common + little(item.local_packed.value_or(packed), 4) +
            little(item.local_unpacked.value_or(unpacked), 4) + little(local_name.size(), 2) +
            little(item.local_extra.size(), 2) + local_name + item.local_extra + stream;
    directory += little(0x02014b50, 4) + little(0x031E, 2) + little(20, 2) + common + little(packed, 4) +
                 little(unpacked, 4) + little(item.name.size(), 2) + little(item.extra.size(), 2) + little(0, 6) +
                 little(std::uint64_t{item.mode} << 16U, 4) + little(item.header_at.value_or(header_at), 4) +
                 item.name + item.extra;
  }
  const std::uint64_t count = tail.count.value_or(static_cast<std::uint16_t>(items.size()));
  return body + directory + tail.before_end + little(0x06054b50, 4) + little(0, 4) + little(count, 2) +
         little(count, 2) + little(tail.size.value_or(static_cast<std::uint32_t>(directory.size())), 4) +
         little(tail.offset.value_or(static_cast<std::uint32_t>(body.size())), 4) + little(tail.comment.size(), 2) +
         tail.comment;
}

std::string make_tar(const std::vector<TarItem>& items) {
  std::string tar;
  for (const TarItem& item : items) {
    std::string header(512, '\0');
    header.replace(0, item.name.size(), item.name);
    header.replace(100, 7, octal(item.mode, 7));
    header.replace(108, 7, octal(1000, 7));
    header.replace(116, 7, octal(1000, 7));
    header.replace(124, 11, octal(item.data.size(), 11));
    header.replace(136, 11, octal(1'700'000'000, 11));
    header.replace(148, 8, "        ");
    header[156] = item.kind;
    header.replace(157, item.link.size(), item.link);
    header.replace(257, 8, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header) {
      sum += static_cast<unsigned char>(c);
    }
    header.replace(148, 6, octal(sum, 6));
    header[154] = '\0';
    tar += header + item.data;
    tar.resize((tar.size() + 511) / 512 * 512, '\0');
  }
  return tar + std::string(1024, '\0');
}

}  // namespace cef::registry::test
