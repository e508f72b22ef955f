#include <map>

#include "bench_parts.hpp"
#include "cef/operation/runner.hpp"
#include "runner_protocol.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::Json;
using core::Result;

struct RunnerSession::State {
  PrepareRunner prepare;
  protocol::FrameReader reader;
  std::unique_ptr<EdgeRunner> runner;

  Result<Json> hello(const Json& request) {
    const auto version = protocol::count_field(request, "protocol");
    if (!version || *version != protocol::k_version) {
      return core::fail(ErrorCode::host_failed, "this is cef " CEF_VERSION " and its runner speaks protocol " +
                                                    std::to_string(protocol::k_version) +
                                                    "; install the same version of cef on both sides");
    }
    const auto setup = protocol::setup_of(request);
    if (!setup) {
      return core::fail(setup.error());
    }
    auto prepared = prepare(*setup);
    if (!prepared) {
      return core::fail(prepared.error());
    }
    runner = std::move(prepared->runner);
    return Json{{"environment", protocol::to_json(runner->environment())},
                {"inventory", protocol::to_json(prepared->inventory)}};
  }

  Result<Json> images(const Json& request, const std::string& operation) {
    const auto model = protocol::text_field(request, "model");
    const auto first = protocol::count_field(request, "first");
    const auto count = protocol::count_field(request, "count");
    if (!model || !first || !count || *count > protocol::k_max_images) {
      return core::fail(ErrorCode::host_failed, "a request without model, first and count");
    }
    if (operation == "infer") {
      const auto inference = runner->infer(*model, *first, *count);
      return inference ? Result<Json>(protocol::to_json(*inference)) : core::fail(inference.error());
    }
    const auto classes = runner->classify(*model, *first, *count);
    return classes ? Result<Json>(Json{{"predicted", *classes}}) : core::fail(classes.error());
  }

  Result<Json> answer(const Json& request) {
    const std::string operation = protocol::text_field(request, "op").value_or("");
    if (operation == "hello") {
      return hello(request);
    }
    if (!runner) {
      return core::fail(ErrorCode::host_failed, "a request came before 'hello'");
    }
    if (operation == "status") {
      const auto status = runner->status();
      return status ? Result<Json>(protocol::to_json(*status)) : core::fail(status.error());
    }
    if (operation == "profile") {
      ProfileRequest wanted;
      wanted.layers = request.value("layers", Json(true)) != Json(false);
      const auto threads = protocol::count_field(request, "threads");
      if (!threads || *threads > 1024) {
        return core::fail(ErrorCode::host_failed, "a request for a profile without a number of threads");
      }
      wanted.threads = static_cast<int>(*threads);
      const auto profile = runner->profile(wanted);
      return profile ? Result<Json>(protocol::to_json(*profile)) : core::fail(profile.error());
    }
    if (operation == "load" || operation == "unload") {
      const std::string model = protocol::text_field(request, "model").value_or("");
      const auto done = operation == "load" ? runner->load(model) : runner->unload(model);
      return done ? Result<Json>(Json::object()) : core::fail(done.error());
    }
    if (operation == "infer" || operation == "classify") {
      return images(request, operation);
    }
    return core::fail(ErrorCode::host_failed, "the runner does not know '" + operation + "'");
  }
};

RunnerSession::RunnerSession(PrepareRunner prepare) : state_(std::make_unique<State>()) {
  state_->prepare = std::move(prepare);
}
RunnerSession::~RunnerSession() = default;

std::string RunnerSession::greeting() {
  return std::string(protocol::k_greeting);
}

Result<std::string> RunnerSession::hear(std::string_view bytes) {
  state_->reader.add(bytes);
  std::string out;
  while (true) {
    const auto request = state_->reader.next();
    if (!request) {
      return core::fail(request.error());
    }
    if (!*request) {
      return out;
    }
    auto answer = state_->answer(**request);
    Json reply = {{"id", (*request)->value("id", Json(nullptr))}};
    if (answer) {
      reply["ok"] = std::move(*answer);
    } else {
      reply["error"] = protocol::to_json(answer.error());
    }
    out += protocol::frame(reply);
  }
}

core::Result<PreparedRunner> prepare_runner(const RunnerSetup& setup) {
  auto data = model::open_dataset(setup.dataset);
  if (!data) {
    return core::fail(data.error());
  }
  BenchOptions options;
  options.dataset = setup.dataset;
  options.weights = setup.weights;
  options.models = setup.models;
  const auto models = resolve_models(options, *data);
  if (!models) {
    return core::fail(models.error());
  }
  PreparedRunner prepared;
  prepared.inventory.dataset_digest = data->digest;
  std::vector<RunnerModel> wanted;
  for (const auto& model : *models) {
    prepared.inventory.weight_digests.push_back(model.model.digest);
    wanted.push_back(model.model);
  }
  auto runner =
      make_local_runner(std::make_shared<const model::Dataset>(std::move(*data)), std::move(wanted), setup.threads);
  if (!runner) {
    return core::fail(runner.error());
  }
  prepared.runner = std::move(*runner);
  return prepared;
}

}  // namespace cef::operation
