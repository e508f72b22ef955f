#include <algorithm>
#include <array>

#include <sys/stat.h>
#include <zlib.h>

#include "archive_reader.hpp"
#include "refusal.hpp"
#include "zip_directory.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_piece = 256U << 10U;

/// Why an entry of such a Unix mode cannot be in a bundle; empty when it can. Zips from other systems have mode 0.
std::string fault_of_kind(std::uint32_t mode, bool folder) {
  switch (mode & S_IFMT) {
    case 0:
      return "";
    case S_IFREG:
      return folder ? "is a file with the name of a folder" : "";
    case S_IFDIR:
      return folder ? "" : "is a folder with the name of a file";
    case S_IFLNK:
      return "is a symbolic link; a bundle holds files and folders only";
    case S_IFCHR:
    case S_IFBLK:
      return "is a device; a bundle holds files and folders only";
    case S_IFIFO:
      return "is a FIFO; a bundle holds files and folders only";
    case S_IFSOCK:
      return "is a socket; a bundle holds files and folders only";
    default:
      return "is of an unknown kind; a bundle holds files and folders only";
  }
}

/// Counts and sums what comes out of one entry.
class Checked {
 public:
  Checked(const InputFile& file, const ZipEntry& entry, const Sink& sink) : file_(file), entry_(entry), sink_(sink) {}

  Result<void> take(std::string_view data) {
    if (data.size() > entry_.unpacked - count_) {
      return refuse(file_.path(), entry_.name, "holds more than it says: its size lies");
    }
    count_ += data.size();
    crc_ = ::crc32_z(crc_, reinterpret_cast<const Bytef*>(data.data()), data.size());
    return data.empty() ? Result<void>{} : sink_(data);
  }
  [[nodiscard]] Result<void> end() const {
    if (count_ != entry_.unpacked) {
      return refuse(file_.path(), entry_.name, "holds less than it says: its size lies, or it is truncated");
    }
    if (crc_ != entry_.crc) {
      return refuse(file_.path(), entry_.name, "is damaged: its CRC is wrong");
    }
    return {};
  }

 private:
  const InputFile& file_;
  const ZipEntry& entry_;
  const Sink& sink_;
  std::uint64_t count_ = 0;
  uLong crc_ = 0;
};

class Inflater {
 public:
  Inflater() { good_ = ::inflateInit2(&stream_, -MAX_WBITS) == Z_OK; }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { ::inflateEnd(&stream_); }

  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  /// All of `packed`; `damaged` and then an error of the sink's kind when it is not deflate data.
  Result<void> feed(const std::string& packed, bool& damaged, Checked& into) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      ended_ = code == Z_STREAM_END;
      damaged = (code != Z_OK && code != Z_BUF_ERROR && !ended_) || (ended_ && stream_.avail_in > 0);
      if (auto taken = into.take({out_.data(), out_.size() - stream_.avail_out}); !taken) {
        return taken;
      }
    } while (!damaged && !ended_ && (stream_.avail_in > 0 || stream_.avail_out == 0));
    return {};
  }

 private:
  z_stream stream_{};
  bool good_ = false;
  bool ended_ = false;
  std::array<char, k_piece> out_{};
};

class ZipReader : public ArchiveReader {
 public:
  ZipReader(InputFile file, const core::StopToken& stop) : file_(std::move(file)), tree_(file_.path()), stop_(stop) {}

  Result<void> load(const ArchiveLimits& limits);
  [[nodiscard]] const std::map<std::string, Entry>& entries() const override { return tree_.entries(); }
  Result<void> read(const std::string& path, const Entry& entry, const Sink& sink) override;

 private:
  Result<void> add(std::size_t index, UnpackedSum& sum);

  InputFile file_;
  EntryTree tree_;
  std::vector<ZipEntry> zip_;
  core::StopToken stop_;
};

Result<void> ZipReader::add(std::size_t index, UnpackedSum& sum) {
  const ZipEntry& zip = zip_[index];
  const auto path = harmless_path(file_.path(), zip.name);
  if (!path) {
    return fail(path.error());
  }
  Entry entry;
  entry.folder = zip.name.ends_with('/');
  entry.size = zip.unpacked;
  entry.index = index;
  const std::uint32_t mode = zip.attributes >> 16U;
  entry.executable = !entry.folder && (mode & 0111U) != 0;
  if (const std::string fault = fault_of_kind(mode, entry.folder); !fault.empty()) {
    return refuse(file_.path(), zip.name, fault);
  }
  if (entry.folder && zip.unpacked != 0) {
    return refuse(file_.path(), zip.name, "is a folder with content");
  }
  if (auto fits = sum.check_ratio(zip.name, zip.unpacked, zip.packed); !fits) {
    return fits;
  }
  if (auto fits = sum.add(zip.name, zip.unpacked); !fits) {
    return fits;
  }
  return path->empty() ? Result<void>{} : tree_.add(*path, entry);
}

Result<void> ZipReader::load(const ArchiveLimits& limits) {
  auto entries = read_zip_directory(file_, limits);
  if (!entries) {
    return fail(entries.error());
  }
  zip_ = std::move(*entries);
  UnpackedSum sum(file_, limits);
  for (std::size_t i = 0; i < zip_.size(); ++i) {
    if (auto added = add(i, sum); !added) {
      return added;
    }
    if (auto few = sum.check_entries(tree_.entries().size()); !few) {  // with the folders that only paths name
      return few;
    }
  }
  return {};
}

Result<void> ZipReader::read(const std::string& path, const Entry& entry, const Sink& sink) {
  const ZipEntry& zip = zip_[entry.index];
  Checked out(file_, zip, sink);
  auto inflater = std::make_unique<Inflater>();
  bool damaged = !inflater->good();
  for (std::uint64_t done = 0; done < zip.packed && !damaged;) {
    if (stop_.draining()) {
      return fail(ErrorCode::interrupted, file_.path().string() + ": stopped while '" + path + "' was read");
    }
    const auto piece = file_.read(zip.data_at + done, std::min<std::uint64_t>(k_piece, zip.packed - done));
    if (!piece) {
      return fail(piece.error());
    }
    done += piece->size();
    if (auto taken = zip.method == k_zip_stored ? out.take(*piece) : inflater->feed(*piece, damaged, out); !taken) {
      return taken;
    }
  }
  if (damaged || (zip.method == k_zip_deflated && !inflater->ended())) {
    return refuse(file_.path(), zip.name, "is damaged: its compressed data is no deflate stream of its length");
  }
  return out.end();
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> open_zip(InputFile file, const ArchiveLimits& limits,
                                                const core::StopToken& stop) {
  auto reader = std::make_unique<ZipReader>(std::move(file), stop);
  if (auto loaded = reader->load(limits); !loaded) {
    return fail(loaded.error());
  }
  return reader;
}

}  // namespace cef::registry
