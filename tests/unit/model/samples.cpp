#include "samples.hpp"

#include <cstdlib>
#include <cstring>
#include <fstream>

#include <gtest/gtest.h>

namespace cef::model::test {

namespace fs = std::filesystem;

Folder::Folder() {
  char name[] = "/tmp/cef-model-XXXXXX";
  path_ = ::mkdtemp(name);
}

Folder::~Folder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

fs::path Folder::write(const std::string& name, const std::string& content) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << content;
  return path_ / name;
}

std::string floats(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

std::vector<float> values_of(const TensorView& view) {
  std::vector<float> values(view.data.size() / sizeof(float));
  std::memcpy(values.data(), view.data.data(), values.size() * sizeof(float));
  return values;
}

std::string safetensors(const std::string& header, const std::string& data) {
  return bytes_of(std::uint64_t{header.size()}) + header + data;
}

namespace {

std::uint32_t crc32(const std::string& data) {
  std::uint32_t c = ~0U;
  for (const char b : data) {
    c ^= static_cast<unsigned char>(b);
    for (int bit = 0; bit < 8; ++bit) {
      c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
    }
  }
  return ~c;
}

/// Version, flags, method, time, date, CRC and sizes, as both kinds of header have them.
std::string common_fields(const ZipEntry& entry, bool zip64) {
  const auto size = zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(entry.data.size());
  return bytes_of(std::uint16_t{20}) + std::string(8, '\0') + bytes_of(crc32(entry.data)) + bytes_of(size) +
         bytes_of(size) + bytes_of(static_cast<std::uint16_t>(entry.name.size()));
}

}  // namespace

std::string zip(const std::vector<ZipEntry>& entries, ZipKind kind) {
  const bool zip64 = kind == ZipKind::zip64;
  std::string file;
  std::string directory;
  for (const ZipEntry& entry : entries) {
    const auto at = static_cast<std::uint64_t>(file.size());
    std::string extra;
    if (zip64) {
      const auto size = std::uint64_t{entry.data.size()};
      extra = bytes_of(std::uint16_t{1}) + bytes_of(std::uint16_t{16}) + bytes_of(size) + bytes_of(size);
    } else if (kind == ZipKind::aligned) {
      const std::size_t before = file.size() + 30 + entry.name.size() + 4;
      const std::size_t padding = (64 - before % 64) % 64;
      extra = "FB" + bytes_of(static_cast<std::uint16_t>(padding)) + std::string(padding, 'Z');
    }
    file += "PK\x03\x04" + common_fields(entry, zip64) + bytes_of(static_cast<std::uint16_t>(extra.size())) +
            entry.name + extra + entry.data;
    std::string extra64;
    if (zip64) {
      extra64 = bytes_of(std::uint16_t{1}) + bytes_of(std::uint16_t{24}) + extra.substr(4) + bytes_of(at);
    }
    directory += "PK\x01\x02" + bytes_of(std::uint16_t{20}) + common_fields(entry, zip64) +
                 bytes_of(static_cast<std::uint16_t>(extra64.size())) + std::string(10, '\0') +
                 bytes_of(zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(at)) + entry.name + extra64;
  }
  const auto start = std::uint64_t{file.size()};
  file += directory;
  const auto count = std::uint64_t{entries.size()};
  if (zip64) {
    const auto end = std::uint64_t{file.size()};
    file += "PK\x06\x06" + bytes_of(std::uint64_t{44}) + std::string(12, '\0') + bytes_of(count) + bytes_of(count) +
            bytes_of(std::uint64_t{directory.size()}) + bytes_of(start);
    file += "PK\x06\x07" + std::string(4, '\0') + bytes_of(end) + bytes_of(std::uint32_t{1});
  }
  const auto small = static_cast<std::uint16_t>(zip64 ? 0xFFFFU : count);
  return file + "PK\x05\x06" + std::string(4, '\0') + bytes_of(small) + bytes_of(small) +
         bytes_of(static_cast<std::uint32_t>(directory.size())) +
         bytes_of(zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(start)) + std::string(2, '\0');
}

std::string pickled_text(const std::string& text) {
  return "X" + bytes_of(static_cast<std::uint32_t>(text.size())) + text;
}

namespace {

std::string pickled_integers(const std::vector<std::int64_t>& values) {
  std::string text = "(";
  for (const std::int64_t value : values) {
    text += "\x8a\x08" + bytes_of(value);
  }
  return text + "t";
}

}  // namespace

std::string pickled(const PickledTensor& tensor) {
  return "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled_text("storage") + "ctorch\n" + tensor.storage + "\n" +
         pickled_text(tensor.key) + pickled_text("cpu") + "K\x01tQ" + "\x8a\x08" + bytes_of(tensor.offset) +
         pickled_integers(tensor.shape) + pickled_integers(tensor.strides) + "\x89" + "ccollections\nOrderedDict\n)RtR";
}

std::string pickle(const std::vector<PickledTensor>& tensors) {
  std::string text =
      "\x80\x02"
      "ccollections\nOrderedDict\n)Rq" +
      std::string(1, '\0') + "(";
  for (const auto& tensor : tensors) {
    text += pickled_text(tensor.name) + pickled(tensor);
  }
  return text + "u.";
}

void damage_in_every_way(const std::string& file, const std::function<bool(std::size_t)>& may_open_when_changed_at) {
  const Folder folder;
  const auto opens = [&](const std::string& content) {
    const auto opened = WeightFile::open(folder.write("damaged", content));
    if (!opened) {
      EXPECT_FALSE(opened.error().message.empty());
      return false;
    }
    unsigned sum = 0;
    for (const auto& [name, view] : opened->tensors()) {
      for (const std::byte b : view.data) {
        sum += std::to_integer<unsigned>(b);  // a view beyond the file would end the program
      }
    }
    return sum != 0xFFFFFFFFU;
  };
  ASSERT_TRUE(opens(file));
  for (std::size_t length = 0; length < file.size(); ++length) {
    EXPECT_FALSE(opens(file.substr(0, length))) << "cut at " << length;
  }
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const int change : {0x01, 0x20, 0x80, 0xFF}) {
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      if (opens(damaged)) {
        EXPECT_TRUE(may_open_when_changed_at(at)) << "byte " << at << " changed by " << change << " is not noticed";
      }
    }
  }
}

}  // namespace cef::model::test
