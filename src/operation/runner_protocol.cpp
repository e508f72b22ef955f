#include "runner_protocol.hpp"

#include <array>
#include <cmath>

namespace cef::operation::protocol {

using core::ErrorCode;
using core::Json;
using core::Result;

namespace {

tl::unexpected<core::Error> bad_field(const char* name) {
  return core::fail(ErrorCode::host_failed, std::string("the runner's message has no proper '") + name +
                                                "'; install the same version of cef on both sides");
}

Result<std::vector<std::string>> texts_field(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_array()) {
    return bad_field(name);
  }
  std::vector<std::string> texts;
  for (const auto& item : json[name]) {
    if (!item.is_string()) {
      return bad_field(name);
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

constexpr std::array k_codes = {ErrorCode::general,     ErrorCode::usage,   ErrorCode::unreachable,
                                ErrorCode::host_failed, ErrorCode::timeout, ErrorCode::integrity,
                                ErrorCode::interrupted, ErrorCode::internal};

/// Collects fields; remembers the first that was wrong.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}
  std::string text(const char* name) { return take(text_field(json_, name)); }
  double number(const char* name) { return take(number_field(json_, name)); }
  std::uint64_t count(const char* name) { return take(count_field(json_, name)); }
  int small(const char* name) {
    const auto value = count(name);
    if (value > 1'000'000 && !error_) {
      error_ = bad_field(name).value();
    }
    return static_cast<int>(value);
  }
  template <class T>
  Result<T> done(T value) {
    return error_ ? Result<T>(core::fail(*error_)) : Result<T>(std::move(value));
  }

 private:
  template <class T>
  T take(Result<T> result) {
    if (!result && !error_) {
      error_ = result.error();
    }
    return result ? std::move(*result) : T{};
  }
  const Json& json_;
  std::optional<core::Error> error_;
};

}  // namespace

std::string frame(const Json& json) {
  const std::string text = core::dump_line(json);
  std::string out(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = static_cast<char>((text.size() >> (24U - 8U * i)) & 0xFFU);
  }
  return out + text;
}

Result<std::optional<Json>> FrameReader::next() {
  if (buffer_.size() < 4) {
    return std::optional<Json>();
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    size = (size << 8U) | static_cast<std::uint8_t>(buffer_[i]);
  }
  if (size > k_max_frame) {
    return core::fail(ErrorCode::host_failed, "a message of " + std::to_string(size) +
                                                  " bytes came, more than the runner's limit; install the same "
                                                  "version of cef on both sides");
  }
  if (buffer_.size() < 4 + size) {
    return std::optional<Json>();
  }
  auto json = core::parse_json(std::string_view(buffer_).substr(4, size), "runner message");
  buffer_.erase(0, 4 + size);
  if (!json) {
    return core::fail(ErrorCode::host_failed, json.error().message);
  }
  if (!json->is_object()) {
    return core::fail(ErrorCode::host_failed, "a runner message that is not a JSON object");
  }
  return std::optional<Json>(std::move(*json));
}

Result<bool> FrameReader::skip_greeting() {
  const std::size_t at = buffer_.find(k_greeting);
  if (at != std::string::npos) {
    buffer_.erase(0, at + k_greeting.size());
    return true;
  }
  if (buffer_.size() > k_max_noise) {
    return core::fail(ErrorCode::host_failed,
                      "something else than 'cef runner' answers; say where cef is on the edge "
                      "with --runner-path");
  }
  return false;
}

Result<std::string> text_field(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_string()) {
    return bad_field(name);
  }
  return json[name].get<std::string>();
}

Result<double> number_field(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_number() ||
      !std::isfinite(json[name].get<double>())) {
    return bad_field(name);
  }
  return json[name].get<double>();
}

Result<std::uint64_t> count_field(const Json& json, const char* name) {
  const auto number = number_field(json, name);
  if (!number || *number < 0 || *number > 9007199254740992.0 || std::floor(*number) != *number) {
    return bad_field(name);
  }
  return static_cast<std::uint64_t>(*number);
}

Json to_json(const RunnerSetup& setup) {
  return {{"protocol", k_version},    {"cef_version", CEF_VERSION}, {"dataset", setup.dataset},
          {"weights", setup.weights}, {"models", setup.models},     {"threads", setup.threads}};
}

Json to_json(const RunnerInventory& inventory) {
  return {{"dataset_digest", inventory.dataset_digest}, {"weight_digests", inventory.weight_digests}};
}

Json to_json(const EdgeEnvironment& e) {
  return {{"cpu_model", e.cpu_model},
          {"cpus", e.cpus},
          {"cores", e.cores},
          {"threads", e.threads},
          {"memory_bytes", e.memory.count},
          {"kernel", e.kernel},
          {"architecture", e.architecture},
          {"runtime", e.runtime},
          {"cef_version", e.cef_version},
          {"load_1min", e.load_1min}};
}

Json to_json(const select::DeviceProfile& profile) {
  return select::to_json(profile);
}

Json to_json(const bench::EdgeStatus& status) {
  return {{"memory_available_bytes", status.memory_available.count}, {"load_1min", status.load_1min}};
}

Json to_json(const bench::TimedInference& inference) {
  Json times = Json::array();
  for (const auto& time : inference.latency) {
    times.push_back(time.count());
  }
  return {{"predicted", inference.predicted}, {"latency_seconds", times}};
}

Json to_json(const core::Error& error) {
  return core::to_json(error);
}

Result<RunnerSetup> setup_of(const Json& json) {
  Reader read(json);
  RunnerSetup setup{read.text("dataset"), read.text("weights"), {}, read.small("threads")};
  auto models = texts_field(json, "models");
  if (!models) {
    return core::fail(models.error());
  }
  setup.models = std::move(*models);
  return read.done(std::move(setup));
}

Result<RunnerInventory> inventory_of(const Json& json) {
  Reader read(json);
  RunnerInventory inventory{read.text("dataset_digest"), {}};
  auto digests = texts_field(json, "weight_digests");
  if (!digests) {
    return core::fail(digests.error());
  }
  inventory.weight_digests = std::move(*digests);
  return read.done(std::move(inventory));
}

Result<EdgeEnvironment> environment_of(const Json& json) {
  Reader read(json);
  EdgeEnvironment e;
  e.cpu_model = read.text("cpu_model");
  e.cpus = read.small("cpus");
  e.cores = read.small("cores");
  e.threads = read.small("threads");
  e.memory = core::Bytes{read.count("memory_bytes")};
  e.kernel = read.text("kernel");
  e.architecture = read.text("architecture");
  e.runtime = read.text("runtime");
  e.cef_version = read.text("cef_version");
  e.load_1min = read.number("load_1min");
  return read.done(std::move(e));
}

Result<select::DeviceProfile> profile_of(const Json& json) {
  return select::profile_of(json);
}

Result<bench::EdgeStatus> status_of(const Json& json) {
  Reader read(json);
  return read.done(bench::EdgeStatus{core::Bytes{read.count("memory_available_bytes")}, read.number("load_1min")});
}

Result<std::vector<int>> classes_of(const Json& json, std::size_t count) {
  if (!json.contains("predicted") || !json["predicted"].is_array() || json["predicted"].size() != count) {
    return bad_field("predicted");
  }
  std::vector<int> predicted;
  for (const auto& item : json["predicted"]) {
    if (!item.is_number_integer() || item.get<std::int64_t>() < bench::k_failed_image ||
        item.get<std::int64_t>() > 1'000'000) {
      return bad_field("predicted");
    }
    predicted.push_back(item.get<int>());
  }
  return predicted;
}

Result<bench::TimedInference> inference_of(const Json& json, std::size_t count) {
  auto predicted = classes_of(json, count);
  if (!predicted) {
    return core::fail(predicted.error());
  }
  if (!json.contains("latency_seconds") || !json["latency_seconds"].is_array() ||
      json["latency_seconds"].size() != count) {
    return bad_field("latency_seconds");
  }
  bench::TimedInference inference{std::move(*predicted), {}};
  for (const auto& item : json["latency_seconds"]) {
    if (!item.is_number() || !(item.get<double>() >= 0)) {
      return bad_field("latency_seconds");
    }
    inference.latency.emplace_back(item.get<double>());
  }
  return inference;
}

core::Error error_of(const Json& json) {
  core::Error error{ErrorCode::host_failed, text_field(json, "message").value_or("the runner failed"), {}};
  const std::string code = text_field(json, "code").value_or("");
  for (const ErrorCode candidate : k_codes) {
    error.code = code == core::to_string(candidate) ? candidate : error.code;
  }
  return error;
}

}  // namespace cef::operation::protocol
