#include "runner_fields.hpp"

namespace cef::operation::protocol {

using core::Json;
using core::Result;
using select::Seconds;

namespace {

constexpr std::size_t k_most_models = 100;
constexpr int k_most_threads = 1024;

}  // namespace

Json to_json(const std::vector<ProbeTimes>& times) {
  Json list = Json::array();
  for (const auto& time : times) {
    list.push_back({{"load_seconds", time.load.count()}, {"image_seconds", time.image.count()}});
  }
  return {{"times", std::move(list)}};
}

Json to_json(const std::optional<select::Link>& link) {
  return link ? select::to_json(*link) : Json::object();
}

Result<std::vector<ProbeTimes>> probe_of(const Json& json, std::size_t count) {
  if (!json.contains("times") || !json["times"].is_array() || json["times"].size() != count) {
    return bad_field("times");
  }
  std::vector<ProbeTimes> times;
  for (const Json& item : json["times"]) {
    Reader read(item);
    const auto time =
        read.done(ProbeTimes{Seconds(read.number("load_seconds")), Seconds(read.number("image_seconds"))});
    if (!time) {
      return core::fail(time.error());
    }
    if (time->load.count() < 0 || time->image.count() <= 0) {
      return bad_field("image_seconds");
    }
    times.push_back(*time);
  }
  return times;
}

Result<std::optional<select::Link>> link_of(const Json& json) {
  if (json.empty()) {
    return std::optional<select::Link>();
  }
  auto link = select::link_of(json);
  return link ? Result<std::optional<select::Link>>(std::move(*link)) : core::fail(link.error());
}

Result<std::vector<ThreadedModel>> threaded_models_of(const Json& json) {
  if (!json.is_array() || json.empty() || json.size() > k_most_models) {
    return bad_field("models");
  }
  std::vector<ThreadedModel> models;
  for (const Json& item : json) {
    Reader read(item);
    auto model = read.done(ThreadedModel{read.text("model"), read.small("threads")});
    if (!model) {
      return core::fail(model.error());
    }
    if (model->threads > k_most_threads) {
      return bad_field("threads");
    }
    models.push_back(std::move(*model));
  }
  return models;
}

}  // namespace cef::operation::protocol
