#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"

namespace cef::operation {

/// The weight files that a node keeps for benches: one folder, each file named by its SHA-256.
class ModelStore {
 public:
  explicit ModelStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  ~ModelStore();
  ModelStore(const ModelStore&) = delete;
  ModelStore& operator=(const ModelStore&) = delete;
  /// `models` in cef's cache folder.
  [[nodiscard]] static std::filesystem::path default_folder();

  /// Makes the folder and keeps other benches out of it until this one ends. Removes what an earlier one left half
  /// done. Errors: host_failed when another bench has it, general.
  core::Result<void> lock();
  void unlock();
  [[nodiscard]] std::filesystem::path path(const std::string& digest) const { return folder_ / digest; }
  /// Whether the file is there and right. It is read as a whole the first time; later its inode, size and times are
  /// compared with those of that moment. A damaged one is removed.
  bool has(const std::string& digest);
  /// The same without ever reading the file: false when it was not checked yet.
  [[nodiscard]] bool checked(const std::string& digest) const;
  /// What was just written was digested on its way.
  void trust(const std::string& digest);
  core::Result<void> remove(const std::string& digest);
  /// The file is not there any more, and need not come again: take_back or unlock put it back.
  core::Result<void> set_aside(const std::string& digest);
  /// Nothing to do when the file is there, was not set aside, or was changed since.
  void take_back(const std::string& digest);
  /// Error: general, when the folder's file system has not so much room.
  core::Result<void> need_room(std::uint64_t bytes) const;
  /// Errors: integrity when the content is another, interrupted, general.
  core::Result<void> copy_in(const std::filesystem::path& from, const std::string& digest, const core::StopToken& stop);

 private:
  using Stamp = std::tuple<std::uint64_t, std::uint64_t, std::int64_t, std::int64_t, std::int64_t>;
  [[nodiscard]] std::filesystem::path aside(const std::string& digest) const { return folder_ / (digest + ".aside"); }
  static Stamp stamp_of(const std::filesystem::path& file);

  std::filesystem::path folder_;
  std::map<std::string, Stamp> checked_;
  std::map<std::string, Stamp> aside_;
  int lock_ = -1;
};

/// A file that comes in pieces. It is in the store once its last byte came and the digest is right.
class IncomingModel {
 public:
  static core::Result<IncomingModel> create(ModelStore& store, const std::string& digest, std::uint64_t size);
  /// Error: integrity (another digest, more than `size`), general (no room).
  core::Result<void> add(std::string_view piece);
  [[nodiscard]] bool complete() const { return left_ == 0; }

 private:
  IncomingModel(ModelStore& store, std::string digest, std::uint64_t size, core::AtomicFile file)
      : store_(&store), digest_(std::move(digest)), left_(size), file_(std::move(file)) {}
  ModelStore* store_;
  std::string digest_;
  std::uint64_t left_;
  core::AtomicFile file_;
  core::Sha256 sum_;
};

}  // namespace cef::operation
