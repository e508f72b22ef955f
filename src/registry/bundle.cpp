#include "cef/registry/bundle.hpp"

#include <algorithm>

#include "archive_reader.hpp"
#include "bundle_info.hpp"
#include "cef/core/digest.hpp"
#include "refusal.hpp"
#include "tar_writer.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t k_largest_manifest = 64U << 10U;

/// A zip by its content; by its name where nothing is left to see.
Result<bool> is_zip(const InputFile& file) {
  if (file.size() < 4) {
    return refuse(file.path(), file.size() == 0 ? "is empty" : "is truncated: it has only a few bytes");
  }
  const auto begin = file.read(0, 4);
  if (!begin) {
    return fail(begin.error());
  }
  return begin->starts_with("PK") || file.path().extension() == ".zip";
}

Result<std::unique_ptr<ArchiveReader>> open_archive(const fs::path& archive, const fs::path& spool_folder,
                                                    const ArchiveLimits& limits, const core::StopToken& stop) {
  auto file = InputFile::open(archive);
  if (!file) {
    return fail(file.error());
  }
  const auto zip = is_zip(*file);
  if (!zip) {
    return fail(zip.error());
  }
  return *zip ? open_zip(std::move(*file), limits, stop) : open_tar(std::move(*file), spool_folder, limits, stop);
}

/// cef-model.yaml at the top, else in the only top folder; "" when there is none.
std::string manifest_path(const std::map<std::string, Entry>& entries) {
  const std::string name(k_manifest_file);
  if (const auto top = entries.find(name); top != entries.end() && !top->second.folder) {
    return name;
  }
  const std::string& first = entries.begin()->first;
  const std::string folder = first.substr(0, first.find('/')) + "/";
  const bool only = std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.first.starts_with(folder) || entry.first + "/" == folder;
  });
  const auto inner = entries.find(folder + name);
  return only && inner != entries.end() && !inner->second.folder ? folder + name : "";
}

Result<BundleInfo> read_manifest(const fs::path& archive, ArchiveReader& reader) {
  const std::string path = manifest_path(reader.entries());
  if (path.empty()) {
    return BundleInfo{};
  }
  const Entry& entry = reader.entries().at(path);
  const std::string origin = archive.string() + ": " + path;
  if (entry.size > k_largest_manifest) {
    return fail(ErrorCode::usage, origin + ": is larger than 64 KiB");
  }
  std::string text;
  const Sink keep = [&](std::string_view piece) -> Result<void> {
    text += piece;
    return {};
  };
  if (auto read = reader.read(path, entry, keep); !read) {
    return fail(read.error());
  }
  return parse_manifest(text, origin);
}

Result<BundleInfo> complete_info(const fs::path& archive, ArchiveReader& reader, const BundleInfo& given) {
  const auto manifest = read_manifest(archive, reader);
  if (!manifest) {
    return manifest;
  }
  const BundleInfo defaults{"", "1", "", "any"};
  BundleInfo info = merge(merge(merge(given, *manifest), info_of_file_name(archive)), defaults);
  if (const std::string fault = fault_of(info); !fault.empty()) {
    return fail(ErrorCode::usage, archive.string() + ": " + fault + "; give another, or write it in cef-model.yaml");
  }
  return info;
}

Result<void> write_tar(ArchiveReader& reader, TarWriter& tar, Bundle& bundle, const core::StopToken& stop) {
  const Sink into = [&tar, &stop](std::string_view piece) -> Result<void> {
    if (stop.draining()) {
      return fail(ErrorCode::interrupted, "stopped while the bundle was packed; nothing was kept");
    }
    return tar.data(piece);
  };
  for (const auto& [path, entry] : reader.entries()) {
    if (entry.folder) {
      if (auto written = tar.folder(path); !written) {
        return written;
      }
      continue;
    }
    if (auto written = tar.file(path, entry.executable, entry.size); !written) {
      return written;
    }
    if (auto written = reader.read(path, entry, into); !written) {
      return written;
    }
    bundle.unpacked.count += entry.size;
    ++bundle.files;
  }
  return {};
}

Result<Bundle> pack(const fs::path& archive, const fs::path& target, const BundleInfo& given,
                    const ArchiveLimits& limits, const core::StopToken& stop) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  const auto reader = open_archive(archive, folder, limits, stop);
  if (!reader) {
    return fail(reader.error());
  }
  if ((*reader)->entries().empty()) {
    return refuse(archive, "holds no files");
  }
  const auto info = complete_info(archive, **reader, given);
  if (!info) {
    return fail(info.error());
  }
  auto tar = TarWriter::create(target);
  if (!tar) {
    return fail(tar.error());
  }
  Bundle bundle;
  bundle.info = *info;
  if (auto written = write_tar(**reader, *tar, bundle, stop); !written) {
    return fail(written.error());
  }
  if (bundle.files == 0) {
    return refuse(archive, "holds no files");
  }
  auto source = core::sha256_file(archive);
  if (!source) {
    return fail(source.error());
  }
  bundle.source_sha256 = std::move(*source);
  bundle.added = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());  // as in an index
  return tar->finish().map([&](std::string digest) {
    bundle.sha256 = std::move(digest);
    bundle.size.count = tar->size();
    return std::move(bundle);
  });
}

}  // namespace

Result<Bundle> pack_bundle(const fs::path& archive, const fs::path& tar, const BundleInfo& given,
                           const ArchiveLimits& limits, const core::StopToken& stop) {
  try {
    return pack(archive, tar, given, limits, stop);
  } catch (const std::exception& error) {
    return fail(ErrorCode::general, archive.string() + ": " + error.what());
  }
}

}  // namespace cef::registry
