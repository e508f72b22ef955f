#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/operation/edge_runner.hpp"
#include "cef/operation/runner.hpp"

namespace cef::operation::protocol {

inline constexpr int k_version = 3;
/// The runner says this first; whatever a login shell prints before it is skipped.
inline constexpr std::string_view k_greeting = "\ncef-runner-speaks-frames\n";
inline constexpr std::size_t k_max_noise = std::size_t{64} * 1024;
inline constexpr std::size_t k_max_frame = std::size_t{4} * 1024 * 1024;
inline constexpr std::size_t k_max_images = 10'000;  ///< in one request
inline constexpr std::size_t k_piece = std::size_t{256} * 1024;

/// Four bytes of length, most significant first, then that much JSON.
[[nodiscard]] std::string frame(const core::Json& json);
/// The same with the length's highest bit set, then that much of a file.
[[nodiscard]] std::string data_frame(std::string_view piece);

struct Frame {
  core::Json json;  ///< an object, or null for a piece of a file
  std::string data;
  [[nodiscard]] bool is_data() const { return json.is_null(); }
};

/// Puts frames together from bytes as they come.
class FrameReader {
 public:
  void add(std::string_view bytes) { buffer_ += bytes; }
  /// The next whole frame; none when more bytes are needed. Error: host_failed for a frame that is too large or not a
  /// JSON object.
  core::Result<std::optional<Frame>> next();
  /// Drops everything up to the end of the greeting; false when it has not come yet. Error: too much noise.
  core::Result<bool> skip_greeting();

 private:
  std::string buffer_;
};

[[nodiscard]] core::Json to_json(const RunnerSetup& setup);
[[nodiscard]] core::Json to_json(const RunnerInventory& inventory);
[[nodiscard]] core::Json to_json(const EdgeEnvironment& environment);
[[nodiscard]] core::Json to_json(const select::DeviceProfile& profile);
[[nodiscard]] core::Json to_json(const bench::EdgeStatus& status);
[[nodiscard]] core::Json to_json(const bench::EdgeCondition& condition);
[[nodiscard]] core::Json to_json(const bench::FetchReport& report);
[[nodiscard]] core::Json to_json(const bench::TimedInference& inference);
[[nodiscard]] core::Json to_json(const bench::Answer& answer);
[[nodiscard]] core::Json to_json(const core::Error& error);

[[nodiscard]] core::Json to_json(const std::vector<ProbeTimes>& times);
[[nodiscard]] core::Json to_json(const std::optional<select::Link>& link);

core::Result<std::vector<ProbeTimes>> probe_of(const core::Json& json, std::size_t count);
core::Result<std::optional<select::Link>> link_of(const core::Json& json);
/// At least one.
core::Result<std::vector<ThreadedModel>> threaded_models_of(const core::Json& json);

/// Errors: host_failed, naming the field that is missing or of another type.
core::Result<RunnerSetup> setup_of(const core::Json& json);
core::Result<RunnerInventory> inventory_of(const core::Json& json);
core::Result<EdgeEnvironment> environment_of(const core::Json& json);
core::Result<select::DeviceProfile> profile_of(const core::Json& json);
core::Result<bench::EdgeStatus> status_of(const core::Json& json);
core::Result<bench::EdgeCondition> condition_of(const core::Json& json);
core::Result<bench::FetchReport> fetch_of(const core::Json& json);
core::Result<bench::TimedInference> inference_of(const core::Json& json, std::size_t count);
core::Result<bench::Answer> answer_of(const core::Json& json, std::size_t count);
core::Result<std::vector<int>> classes_of(const core::Json& json, std::size_t count);
[[nodiscard]] core::Error error_of(const core::Json& json);

/// A field of an object, checked. Error: host_failed.
core::Result<std::string> text_field(const core::Json& json, const char* name);
core::Result<double> number_field(const core::Json& json, const char* name);
/// A whole number from 0 to 2^53.
core::Result<std::uint64_t> count_field(const core::Json& json, const char* name);

}  // namespace cef::operation::protocol
