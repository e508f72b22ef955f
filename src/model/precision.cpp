#include "cef/model/precision.hpp"

#include <array>
#include <cmath>
#include <utility>

#include "cef/core/json.hpp"

namespace cef::model {

using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

constexpr std::array<std::pair<Precision, std::string_view>, 3> k_names = {
    {{Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}, {Precision::int8, "int8"}}};
constexpr const char* k_schema = "cef.calibration/1";
constexpr std::size_t k_most_values = 100'000;

}  // namespace

std::string_view to_string(Precision precision) noexcept {
  for (const auto& [value, name] : k_names) {
    if (value == precision) {
      return name;
    }
  }
  return "";
}

std::optional<Precision> parse_precision(std::string_view text) noexcept {
  for (const auto& [value, name] : k_names) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

std::string Variant::name() const {
  return precision == Precision::fp32 ? model : model + ":" + std::string(to_string(precision));
}

Result<Variant> parse_variant(std::string_view name) {
  const auto colon = name.rfind(':');
  const std::string_view model = name.substr(0, colon);
  const auto precision =
      colon == std::string_view::npos ? std::optional(Precision::fp32) : parse_precision(name.substr(colon + 1));
  if (model.empty() || !precision) {
    return fail(ErrorCode::usage, "'" + std::string(name) +
                                      "' does not name a model; write NAME, NAME:bf16 or NAME:int8, for example "
                                      "resnet50:int8");
  }
  return Variant{std::string(model), *precision};
}

std::string to_text(const Calibration& calibration) {
  Json values = Json::array();
  for (const auto& range : calibration.values) {
    values.push_back({range.low, range.high});
  }
  return core::dump_line({{"schema", k_schema}, {"images", calibration.images}, {"values", std::move(values)}});
}

Result<Calibration> parse_calibration(std::string_view text, std::string_view origin) {
  const auto json = core::parse_json(text, origin);
  if (!json) {
    return fail(json.error());
  }
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::usage, std::string(origin) + ": " + what + "; make the calibration again");
  };
  const auto schema = json->is_object() ? json->find("schema") : json->end();
  if (!json->is_object() || schema == json->end() || *schema != k_schema) {
    return refuse("is not a calibration of schema " + std::string(k_schema));
  }
  const auto images = json->find("images");
  const auto values = json->find("values");
  if (images == json->end() || !images->is_number_unsigned() || values == json->end() || !values->is_array() ||
      values->size() > k_most_values) {
    return refuse("lacks its images or its values");
  }
  Calibration calibration{images->get<std::size_t>(), {}};
  for (const auto& pair : *values) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_number()) {
      return refuse("a range is two numbers");
    }
    const ValueRange range{pair[0].get<float>(), pair[1].get<float>()};
    if (!std::isfinite(range.low) || !std::isfinite(range.high) || range.low > range.high) {
      return refuse("a range goes from its smaller number to its larger one");
    }
    calibration.values.push_back(range);
  }
  return calibration;
}

}  // namespace cef::model
