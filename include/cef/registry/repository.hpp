#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/registry/bundle.hpp"

namespace cef::registry {

inline constexpr std::string_view k_repository_schema = "cef.repository/1";
inline constexpr std::string_view k_index_schema = "cef.repository.index/1";
inline constexpr std::string_view k_repository_file = "cef-repository.json";
inline constexpr std::string_view k_index_file = "index.json";

/// {"name":…,"version":…,"task":…,"architecture":…,"sha256":…,"size_bytes":…,"unpacked_bytes":…,"files":…,
/// "source_sha256":…,"added":…}: the index's entry, also for `--json`.
[[nodiscard]] core::Json to_json(const Bundle& bundle);

/// Where a bundle's tar lies, from the repository's folder or its URL on: "blobs/sha256/DIGEST.tar".
[[nodiscard]] std::string blob_path(const Bundle& bundle);

/// The text of an index.json; `origin` (file or URL) begins every message. Strict: an unknown schema, a wrong type, a
/// name or digest that is none, a name, version and architecture twice are errors (integrity).
core::Result<std::vector<Bundle>> read_index(std::string_view json, const std::string& origin);

/// Below 0: `a` is older. Numbers by value (1.9 before 1.10), "~x" and "-rc" before the version itself.
[[nodiscard]] int compare_versions(std::string_view a, std::string_view b);

/// The bundle that `wanted` ("NAME" or "NAME@VERSION") means; without version the newest. `architecture`: "amd64",
/// "arm64" (a bundle for it before one for "any" of the same version) or empty for whatever there is. Error: usage,
/// with the nearest name or the versions there are.
core::Result<Bundle> find_bundle(const std::vector<Bundle>& bundles, const std::string& wanted,
                                 const std::string& architecture);

struct AddOptions {
  BundleInfo given;      ///< empty fields as for pack_bundle
  bool replace = false;  ///< the same name, version and architecture with another content
  ArchiveLimits limits;
};

struct AddResult {
  Bundle bundle;
  bool changed = false;   ///< false: it was there already
  bool replaced = false;  ///< another content had its name and version
};

struct VerifyProblem {
  enum class Kind {
    missing,    ///< the index has it, its blob is not there
    damaged,    ///< the blob's size or digest is another than its name says
    unindexed,  ///< a blob, or what an interrupted add left, that the index does not name
  };
  Kind kind = Kind::missing;
  std::string bundle;          ///< NAME@VERSION; empty for unindexed
  std::filesystem::path path;  ///< of the blob, inside the repository
  std::string message;
};
[[nodiscard]] const char* to_string(VerifyProblem::Kind kind) noexcept;

/// A folder that any static web server can serve: cef-repository.json, index.json and blobs/sha256/DIGEST.tar. The
/// index is replaced in one step, after its blobs are on disk: kill -9 or a power cut leaves the old or the new index,
/// and every blob that it names whole. Concurrent adds wait for each other (flock).
class ModelRepository {
 public:
  /// Makes an empty repository, or opens the one there. Error: usage when the folder holds something else.
  static core::Result<ModelRepository> init(const std::filesystem::path& dir);
  static core::Result<ModelRepository> open(const std::filesystem::path& dir);

  [[nodiscard]] const std::filesystem::path& dir() const noexcept { return dir_; }
  core::Result<AddResult> add(const std::filesystem::path& archive, const AddOptions& options,
                              const core::StopToken& stop);
  /// Sorted by name, then from the oldest version to the newest.
  [[nodiscard]] core::Result<std::vector<Bundle>> list() const;
  [[nodiscard]] core::Result<Bundle> find(const std::string& wanted, const std::string& architecture) const;
  [[nodiscard]] std::filesystem::path blob(const Bundle& bundle) const;
  /// Reads every blob anew. Empty: all is well.
  [[nodiscard]] core::Result<std::vector<VerifyProblem>> verify(const core::StopToken& stop = {}) const;

 private:
  explicit ModelRepository(std::filesystem::path dir) : dir_(std::move(dir)) {}
  /// Takes a packed bundle into the index; the lock is held.
  [[nodiscard]] core::Result<AddResult> keep(Bundle bundle, const std::filesystem::path& tar,
                                             std::vector<Bundle> bundles, bool replace) const;
  std::filesystem::path dir_;
};

}  // namespace cef::registry
