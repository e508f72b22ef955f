#include "runner_protocol.hpp"

#include <array>
#include <cmath>

#include "runner_fields.hpp"

namespace cef::operation::protocol {

using core::ErrorCode;
using core::Json;
using core::Result;

tl::unexpected<core::Error> bad_field(const char* name) {
  return core::fail(ErrorCode::host_failed, std::string("the runner's message has no proper '") + name +
                                                "'; install the same version of cef on both sides");
}

namespace {

constexpr std::array k_codes = {ErrorCode::general,     ErrorCode::usage,   ErrorCode::unreachable,
                                ErrorCode::host_failed, ErrorCode::timeout, ErrorCode::integrity,
                                ErrorCode::interrupted, ErrorCode::internal};

constexpr std::size_t k_data_bit = 0x80000000U;

std::string length_of(std::size_t size) {
  std::string out(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = static_cast<char>((size >> (24U - 8U * i)) & 0xFFU);
  }
  return out;
}

}  // namespace

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

std::string frame(const Json& json) {
  const std::string text = core::dump_line(json);
  return length_of(text.size()) + text;
}

std::string data_frame(std::string_view piece) {
  std::string out = length_of(piece.size() | k_data_bit);
  return out.append(piece);
}

Result<std::optional<Frame>> FrameReader::next() {
  if (buffer_.size() < 4) {
    return std::optional<Frame>();
  }
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    size = (size << 8U) | static_cast<std::uint8_t>(buffer_[i]);
  }
  const bool data = (size & k_data_bit) != 0;
  size &= ~k_data_bit;
  if (size > k_max_frame) {
    return core::fail(ErrorCode::host_failed, "a message of " + std::to_string(size) +
                                                  " bytes came, more than the runner's limit; install the same "
                                                  "version of cef on both sides");
  }
  if (buffer_.size() < 4 + size) {
    return std::optional<Frame>();
  }
  if (data) {
    Frame frame{nullptr, buffer_.substr(4, size)};
    buffer_.erase(0, 4 + size);
    return std::optional<Frame>(std::move(frame));
  }
  auto json = core::parse_json(std::string_view(buffer_).substr(4, size), "runner message");
  buffer_.erase(0, 4 + size);
  if (!json) {
    return core::fail(ErrorCode::host_failed, json.error().message);
  }
  if (!json->is_object()) {
    return core::fail(ErrorCode::host_failed, "a runner message that is not a JSON object");
  }
  return std::optional<Frame>(Frame{std::move(*json), {}});
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
          {"load_1min", e.load_1min},
          {"precisions", e.precisions}};
}

Json to_json(const select::DeviceProfile& profile) {
  return select::to_json(profile);
}

Json to_json(const core::Error& error) {
  return core::to_json(error);
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
  e.precisions = read.texts("precisions");
  return read.done(std::move(e));
}

Result<select::DeviceProfile> profile_of(const Json& json) {
  return select::profile_of(json);
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
