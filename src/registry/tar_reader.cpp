#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <locale.h>
#include <unistd.h>

#include "archive_reader.hpp"
#include "libarchive.hpp"
#include "refusal.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_piece = 256U << 10U;
constexpr std::int64_t k_tar_block = 512;

/// libarchive turns names into the thread's character set: the names of a bundle are UTF-8 whatever the user's locale.
class Utf8Names {
 public:
  Utf8Names() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    before_ = utf8 != nullptr ? ::uselocale(utf8) : nullptr;
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (before_ != nullptr) {
      ::uselocale(before_);
    }
  }

 private:
  locale_t before_ = nullptr;
};

/// A file without a name in a folder: gone with the process, whatever happens to it.
class Spool {
 public:
  Spool() = default;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;
  ~Spool() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }

  Result<void> open(const std::filesystem::path& folder) {
    folder_ = folder;
    fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ < 0) {  // not on every file system
      std::string name = (folder / ".spool-XXXXXX").string();
      fd_ = ::mkostemp(name.data(), O_CLOEXEC);
      ::unlink(name.c_str());
    }
    return fd_ >= 0 ? Result<void>{} : failed("cannot be written");
  }
  Result<void> write(std::string_view data) {
    while (!data.empty()) {
      const ssize_t count = ::write(fd_, data.data(), data.size());
      if (count < 0 && errno == EINTR) {
        continue;
      }
      if (count <= 0) {
        return failed("cannot be written");
      }
      data.remove_prefix(static_cast<std::size_t>(count));
      size_ += static_cast<std::uint64_t>(count);
    }
    return {};
  }
  Result<void> read(std::uint64_t from, std::uint64_t size, const Sink& sink) const {
    std::string piece(k_piece, '\0');
    while (size > 0) {
      const ssize_t count =
          ::pread(fd_, piece.data(), std::min<std::uint64_t>(piece.size(), size), static_cast<off_t>(from));
      if (count <= 0) {
        return failed("cannot be read");
      }
      if (auto taken = sink({piece.data(), static_cast<std::size_t>(count)}); !taken) {
        return taken;
      }
      from += static_cast<std::uint64_t>(count);
      size -= static_cast<std::uint64_t>(count);
    }
    return {};
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

 private:
  [[nodiscard]] tl::unexpected<core::Error> failed(const char* what) const {
    return fail(ErrorCode::general, folder_.string() + ": a temporary file " + what + ": " + std::strerror(errno));
  }
  std::filesystem::path folder_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

class TarReader : public ArchiveReader {
 public:
  TarReader(InputFile file, const LibArchive* lib) : file_(std::move(file)), lib_(lib), tree_(file_.path()) {}
  TarReader(const TarReader&) = delete;
  TarReader& operator=(const TarReader&) = delete;
  ~TarReader() override { close(); }

  Result<void> load(const std::filesystem::path& spool_folder, const ArchiveLimits& limits,
                    const core::StopToken& stop);
  [[nodiscard]] const std::map<std::string, Entry>& entries() const override { return tree_.entries(); }
  Result<void> read(const std::string&, const Entry& entry, const Sink& sink) override {
    return spool_.read(places_[entry.index], entry.size, sink);
  }

 private:
  Result<void> begin();
  Result<bool> next(archive_entry*& entry);
  Result<void> add(archive_entry* entry, UnpackedSum& sum, const core::StopToken& stop);
  Result<void> spool(const std::string& name, std::uint64_t size, const core::StopToken& stop);
  [[nodiscard]] std::string fault_of_kind(archive_entry* entry) const;
  void close() {
    if (archive_ != nullptr) {
      lib_->read_free(archive_);
      archive_ = nullptr;
    }
  }

  InputFile file_;
  const LibArchive* lib_;
  EntryTree tree_;
  Spool spool_;
  std::vector<std::uint64_t> places_;  ///< of each file in the spool
  archive* archive_ = nullptr;
};

Result<void> TarReader::begin() {
  archive_ = lib_->read_new();
  if (archive_ == nullptr || lib_->support_tar(archive_) != ARCHIVE_OK || lib_->support_gzip(archive_) != ARCHIVE_OK ||
      lib_->support_zstd(archive_) != ARCHIVE_OK) {
    return fail(ErrorCode::usage, "libarchive is built without gzip or zstd; give a .zip or a plain .tar");
  }
  if (lib_->open_fd(archive_, file_.descriptor(), k_piece) != ARCHIVE_OK) {
    return refuse(file_.path(), "is no .zip, .tar, .tar.gz or .tar.zst that can be read");
  }
  return {};
}

Result<bool> TarReader::next(archive_entry*& entry) {
  const std::int64_t before = lib_->filter_bytes(archive_, 0);
  const int code = lib_->next_header(archive_, &entry);
  if (code == ARCHIVE_EOF) {
    // A tar ends with blocks of zeros; a cut between two entries would look like an end without them.
    if (lib_->filter_bytes(archive_, 0) - before < k_tar_block) {
      return refuse(file_.path(), "is truncated: the end of the tar is missing");
    }
    return false;
  }
  if (code != ARCHIVE_OK) {
    const char* why = lib_->error_string(archive_);
    return refuse(file_.path(), "is no .zip, .tar, .tar.gz or .tar.zst that can be read, or is damaged: " +
                                    printable(why != nullptr ? why : "unknown error"));
  }
  return true;
}

std::string TarReader::fault_of_kind(archive_entry* entry) const {
  if (lib_->hardlink(entry) != nullptr) {
    return "is a hard link; a bundle holds files and folders only";
  }
  switch (lib_->filetype(entry)) {
    case AE_IFREG:
    case AE_IFDIR:
      return "";
    case AE_IFLNK:
      return "is a symbolic link; a bundle holds files and folders only";
    case AE_IFCHR:
    case AE_IFBLK:
      return "is a device; a bundle holds files and folders only";
    case AE_IFIFO:
      return "is a FIFO; a bundle holds files and folders only";
    default:
      return "is neither a file nor a folder; a bundle holds nothing else";
  }
}

Result<void> TarReader::spool(const std::string& name, std::uint64_t size, const core::StopToken& stop) {
  std::string piece(k_piece, '\0');
  std::uint64_t done = 0;
  while (true) {
    if (stop.draining()) {
      return fail(ErrorCode::interrupted, file_.path().string() + ": stopped while it was read");
    }
    const auto count = lib_->read_data(archive_, piece.data(), piece.size());
    if (count < 0) {
      const char* why = lib_->error_string(archive_);
      return refuse(file_.path(), name, "is damaged or truncated: " + printable(why != nullptr ? why : "unknown"));
    }
    if (count == 0) {
      break;
    }
    done += static_cast<std::uint64_t>(count);
    if (done > size) {
      break;
    }
    if (auto written = spool_.write({piece.data(), static_cast<std::size_t>(count)}); !written) {
      return written;
    }
  }
  return done == size ? Result<void>{} : refuse(file_.path(), name, "holds more or less than it says");
}

Result<void> TarReader::add(archive_entry* header, UnpackedSum& sum, const core::StopToken& stop) {
  const char* raw = lib_->pathname(header);
  if (raw == nullptr) {
    return refuse(file_.path(), "has an entry with a name that is not UTF-8");
  }
  const std::string name = raw;
  if (const std::string fault = fault_of_kind(header); !fault.empty()) {
    return refuse(file_.path(), name, fault);
  }
  const auto path = harmless_path(file_.path(), name);
  if (!path) {
    return fail(path.error());
  }
  Entry entry;
  entry.folder = lib_->filetype(header) == AE_IFDIR;
  if (entry.folder) {
    return path->empty() ? Result<void>{} : tree_.add(*path, entry);
  }
  entry.executable = (lib_->perm(header) & 0111U) != 0;
  entry.size = static_cast<std::uint64_t>(std::max<std::int64_t>(0, lib_->size(header)));
  entry.index = places_.size();
  if (auto fits = sum.add(name, entry.size); !fits) {
    return fits;
  }
  if (auto added = path->empty() ? refuse(file_.path(), name, "is a file in the place of the top folder")
                                 : tree_.add(*path, entry);
      !added) {
    return added;
  }
  places_.push_back(spool_.size());
  return spool(name, entry.size, stop);
}

Result<void> TarReader::load(const std::filesystem::path& spool_folder, const ArchiveLimits& limits,
                             const core::StopToken& stop) {
  const Utf8Names utf8;
  if (auto begun = begin(); !begun) {
    return begun;
  }
  if (auto opened = spool_.open(spool_folder); !opened) {
    return opened;
  }
  UnpackedSum sum(file_, limits);
  for (std::uint64_t count = 1;; ++count) {
    archive_entry* entry = nullptr;
    const auto more = next(entry);
    if (!more) {
      return fail(more.error());
    }
    if (!*more) {
      close();
      return {};
    }
    if (auto added = add(entry, sum, stop); !added) {
      return added;
    }
    if (auto few = sum.check_entries(std::max<std::uint64_t>(count, tree_.entries().size())); !few) {
      return few;
    }
  }
}

}  // namespace

Result<std::unique_ptr<ArchiveReader>> open_tar(InputFile file, const std::filesystem::path& spool_folder,
                                                const ArchiveLimits& limits, const core::StopToken& stop) {
  const auto lib = open_libarchive();
  if (!lib) {
    return fail(lib.error());
  }
  auto reader = std::make_unique<TarReader>(std::move(file), *lib);
  if (auto loaded = reader->load(spool_folder, limits, stop); !loaded) {
    return fail(loaded.error());
  }
  return reader;
}

}  // namespace cef::registry
