#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/select/correction.hpp"

namespace cef::store {

/// `$XDG_STATE_HOME/cef/measurements.db`, else `~/.local/state/cef/measurements.db`.
[[nodiscard]] std::filesystem::path default_measurements_file();

/// A text that was kept, and when (seconds since 1970).
struct Kept {
  std::string text;
  std::int64_t time = 0;
};

/// What runs measured, for the predictions of later ones. Several programs may write at the same time.
class Measurements {
 public:
  /// Of a candidate on a device; older ones are deleted.
  static constexpr std::size_t k_kept_observations = 50;
  /// Of all devices together.
  static constexpr std::size_t k_kept_profiles = 1000;

  /// Makes the file. A damaged one, and one of another program, is moved to FILE.damaged-N and begun anew: see `note`.
  /// Errors: general (cannot be written: work without), usage (made by a newer cef).
  static core::Result<Measurements> open(const std::filesystem::path& file);
  Measurements(Measurements&&) noexcept;
  ~Measurements();

  /// All or none.
  [[nodiscard]] core::Result<void> add(std::span<const select::Observation> observations);
  /// Of one device, oldest first.
  [[nodiscard]] core::Result<std::vector<select::Observation>> of(std::string_view device);

  /// `kind` and `key` tell apart what is kept of a device: "layers" of a certain version, "link" to a certain server.
  [[nodiscard]] core::Result<void> keep(std::string_view device, std::string_view kind, std::string_view key,
                                        const Kept& kept);
  [[nodiscard]] core::Result<std::optional<Kept>> kept(std::string_view device, std::string_view kind,
                                                       std::string_view key);

  /// What happened on opening that a person should know; empty when nothing did.
  [[nodiscard]] const std::string& note() const noexcept { return note_; }

 private:
  struct Parts;
  Measurements(std::unique_ptr<Parts> parts, std::string note);
  static core::Result<Measurements> open_whole(const std::filesystem::path& file, std::string note);
  std::unique_ptr<Parts> parts_;
  std::string note_;
};

}  // namespace cef::store
