#include "cef/registry/repository.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "repository_lock.hpp"

namespace cef::registry {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace fs = std::filesystem;

namespace {

constexpr core::Bytes k_largest_json{16ULL << 20U};
const fs::path k_blobs = fs::path("blobs") / "sha256";
constexpr const char* k_incoming = "incoming";

std::string name_of(const Bundle& bundle) {
  return bundle.info.name + "@" + bundle.info.version;
}

bool same_name(const Bundle& a, const Bundle& b) {
  return a.info.name == b.info.name && a.info.version == b.info.version && a.info.architecture == b.info.architecture;
}

/// A rename is on disk only when its folder is.
Result<void> sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) {
    ::close(fd);
  }
  return good ? Result<void>{}
              : fail(ErrorCode::general, folder.string() + ": cannot be written to disk: " + std::strerror(error));
}

Result<void> make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  return error ? fail(ErrorCode::usage, folder.string() + ": cannot be made: " + error.message()) : Result<void>{};
}

Result<void> check_marker(const fs::path& dir) {
  const fs::path path = dir / k_repository_file;
  const auto text = core::read_file(path, k_largest_json);
  if (!text) {
    return fail(ErrorCode::usage, dir.string() + ": is no model repository: it has no readable " +
                                      std::string(k_repository_file) + "; make one with: cef repo init " +
                                      dir.string());
  }
  const auto json = core::parse_json(*text, path.string());
  if (!json || !json->is_object() || json->value("schema", Json()) != std::string(k_repository_schema)) {
    return fail(ErrorCode::usage, path.string() + ": has not the schema " + std::string(k_repository_schema) +
                                      ": it belongs to another version of cef, or to another program");
  }
  return {};
}

/// Sorted: the same bundles make the same bytes.
Result<void> write_index(const fs::path& dir, std::vector<Bundle>& bundles) {
  std::sort(bundles.begin(), bundles.end(), [](const Bundle& a, const Bundle& b) {
    if (a.info.name != b.info.name) {
      return a.info.name < b.info.name;
    }
    const int order = compare_versions(a.info.version, b.info.version);
    return order != 0 ? order < 0 : a.info.architecture < b.info.architecture;
  });
  Json json;
  json["schema"] = k_index_schema;
  json["bundles"] = Json::array();
  for (const Bundle& bundle : bundles) {
    json["bundles"].push_back(to_json(bundle));
  }
  if (auto written = core::write_file_atomically(dir / k_index_file, core::dump_document(json) + "\n"); !written) {
    return written;
  }
  return sync_folder(dir);
}

/// What a killed add left. Only while the lock is held.
void sweep(const fs::path& dir) {
  std::error_code error;
  fs::remove_all(dir / k_incoming, error);
  for (const auto& entry : fs::directory_iterator(dir, error)) {
    if (entry.path().filename().string().starts_with(std::string(k_index_file) + ".")) {
      fs::remove(entry.path(), error);
    }
  }
}

bool is_whole(const fs::path& blob, const Bundle& bundle) {
  const auto digest = core::sha256_file(blob);
  return digest && *digest == bundle.sha256;
}

Result<void> put_blob(const fs::path& tar, const fs::path& blob) {
  if (auto made = make_folders(blob.parent_path()); !made) {
    return made;
  }
  if (::rename(tar.c_str(), blob.c_str()) != 0) {
    return fail(ErrorCode::general, blob.string() + ": cannot be put in place: " + std::strerror(errno));
  }
  return sync_folder(blob.parent_path());
}

void check_blob(const Bundle& bundle, const fs::path& path, std::vector<VerifyProblem>& problems) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    problems.push_back({VerifyProblem::Kind::missing, name_of(bundle), path, "the blob is not there"});
    return;
  }
  const std::uint64_t size = fs::file_size(path, error);
  if (size != bundle.size.count) {
    problems.push_back(
        {VerifyProblem::Kind::damaged, name_of(bundle), path,
         "the blob has " + std::to_string(size) + " bytes, the index says " + std::to_string(bundle.size.count)});
    return;
  }
  const auto digest = core::sha256_file(path);
  if (!digest || *digest != bundle.sha256) {
    problems.push_back({VerifyProblem::Kind::damaged, name_of(bundle), path,
                        digest ? "the blob has the SHA-256 " + *digest : digest.error().message});
  }
}

}  // namespace

const char* to_string(VerifyProblem::Kind kind) noexcept {
  switch (kind) {
    case VerifyProblem::Kind::missing:
      return "missing";
    case VerifyProblem::Kind::damaged:
      return "damaged";
    case VerifyProblem::Kind::unindexed:
      return "unindexed";
  }
  return "unknown";
}

Result<ModelRepository> ModelRepository::open(const fs::path& dir) {
  return check_marker(dir).map([&] { return ModelRepository(dir); });
}

Result<ModelRepository> ModelRepository::init(const fs::path& dir) {
  if (auto made = make_folders(dir); !made) {
    return fail(made.error());
  }
  std::error_code error;
  if (!fs::exists(dir / k_repository_file, error)) {
    for (const auto& entry : fs::directory_iterator(dir, error)) {
      if (!entry.path().filename().string().starts_with(std::string(k_repository_file) + ".")) {  // of a killed init
        return fail(ErrorCode::usage, dir.string() + ": is not empty and no model repository ('" +
                                          entry.path().filename().string() + "' is in it); name a new folder");
      }
    }
    Json json;
    json["schema"] = k_repository_schema;
    if (auto written = core::write_file_atomically(dir / k_repository_file, core::dump_document(json) + "\n");
        !written) {
      return fail(written.error());
    }
  }
  if (auto marked = check_marker(dir); !marked) {
    return fail(marked.error());
  }
  const auto lock = RepositoryLock::take(dir, RepositoryLock::Kind::write, {});
  if (!lock) {
    return fail(lock.error());
  }
  if (auto made = make_folders(dir / k_blobs); !made) {
    return fail(made.error());
  }
  if (!fs::exists(dir / k_index_file, error)) {
    std::vector<Bundle> none;
    if (auto written = write_index(dir, none); !written) {
      return fail(written.error());
    }
  }
  return ModelRepository(dir);
}

fs::path ModelRepository::blob(const Bundle& bundle) const {
  return dir_ / blob_path(bundle);
}

Result<std::vector<Bundle>> ModelRepository::list() const {
  const fs::path path = dir_ / k_index_file;
  const auto text = core::read_file(path, k_largest_json);
  if (!text) {
    return fail(text.error());
  }
  return read_index(*text, path.string());
}

Result<Bundle> ModelRepository::find(const std::string& wanted, const std::string& architecture) const {
  const auto bundles = list();
  return bundles ? find_bundle(*bundles, wanted, architecture) : fail(bundles.error());
}

Result<AddResult> ModelRepository::add(const fs::path& archive, const AddOptions& options,
                                       const core::StopToken& stop) {
  const auto lock = RepositoryLock::take(dir_, RepositoryLock::Kind::write, stop);
  if (!lock) {
    return fail(lock.error());
  }
  auto bundles = list();
  if (!bundles) {
    return fail(bundles.error());
  }
  sweep(dir_);
  if (auto made = make_folders(dir_ / k_incoming); !made) {
    return fail(made.error());
  }
  const fs::path tar = dir_ / k_incoming / "bundle.tar";
  auto packed = pack_bundle(archive, tar, options.given, options.limits, stop);
  auto added = packed ? keep(std::move(*packed), tar, std::move(*bundles), options.replace) : fail(packed.error());
  sweep(dir_);
  return added;
}

Result<AddResult> ModelRepository::keep(Bundle bundle, const fs::path& tar, std::vector<Bundle> bundles,
                                        bool replace) const {
  AddResult result{std::move(bundle), false, false};
  const auto same = std::find_if(bundles.begin(), bundles.end(),
                                 [&](const Bundle& other) { return same_name(other, result.bundle); });
  std::string old_digest;
  if (same != bundles.end()) {
    result.replaced = same->sha256 != result.bundle.sha256;
    if (result.replaced && !replace) {
      return fail(ErrorCode::usage, name_of(*same) + " is in the repository with another content (" +
                                        same->sha256.substr(0, 12) + ", this is " + result.bundle.sha256.substr(0, 12) +
                                        "); give it another version, or replace it with --replace");
    }
    if (!result.replaced && same->info.task == result.bundle.info.task && is_whole(blob(*same), *same)) {
      result.bundle = *same;
      return result;
    }
    old_digest = same->sha256;
    bundles.erase(same);
  }
  result.changed = true;
  bundles.push_back(result.bundle);
  if (auto put = put_blob(tar, blob(result.bundle)); !put) {
    return fail(put.error());
  }
  if (auto written = write_index(dir_, bundles); !written) {
    return fail(written.error());
  }
  const bool still_used =
      std::any_of(bundles.begin(), bundles.end(), [&](const Bundle& other) { return other.sha256 == old_digest; });
  if (!old_digest.empty() && !still_used) {
    std::error_code error;
    fs::remove(dir_ / k_blobs / (old_digest + ".tar"), error);
  }
  return result;
}

Result<std::vector<VerifyProblem>> ModelRepository::verify(const core::StopToken& stop) const {
  const auto lock = RepositoryLock::take(dir_, RepositoryLock::Kind::read, stop);
  if (!lock) {
    return fail(lock.error());
  }
  const auto bundles = list();
  if (!bundles) {
    return fail(bundles.error());
  }
  std::vector<VerifyProblem> problems;
  std::set<fs::path> known;
  for (const Bundle& bundle : *bundles) {
    if (stop.draining()) {
      return fail(ErrorCode::interrupted, dir_.string() + ": stopped while it was verified");
    }
    if (known.insert(blob(bundle)).second) {
      check_blob(bundle, blob(bundle), problems);
    }
  }
  for (const fs::path& folder : {dir_ / k_blobs, dir_ / k_incoming}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      if (!known.contains(entry.path())) {
        problems.push_back({VerifyProblem::Kind::unindexed, "", entry.path(), "no bundle of the index has this file"});
      }
    }
  }
  return problems;
}

}  // namespace cef::registry
