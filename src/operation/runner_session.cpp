#include <chrono>
#include <optional>
#include <utility>

#include "cef/operation/runner.hpp"
#include "runner_protocol.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::Json;
using core::Result;

struct RunnerSession::State {
  /// A request that waits until its model came through the channel.
  struct Waiting {
    Json request;
    std::uint64_t bytes = 0;
    std::uint64_t received = 0;
    std::chrono::steady_clock::time_point start;
  };

  PrepareRunner prepare;
  protocol::FrameReader reader;
  std::unique_ptr<EdgeRunner> runner;
  std::optional<Waiting> waiting;

  Result<Json> hello(const Json& request) {
    const auto version = protocol::count_field(request, "protocol");
    const std::string theirs = protocol::text_field(request, "cef_version").value_or("of another version");
    if (!version || *version != protocol::k_version || theirs != CEF_VERSION) {
      return core::fail(ErrorCode::host_failed, "the edge has cef " CEF_VERSION " (runner protocol " +
                                                    std::to_string(protocol::k_version) + "), the control node cef " +
                                                    theirs + "; 'cef runner install' puts the same version there");
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
    if (operation == "stage") {
      return empty_or_error(runner->stage(*model, *first, *count));
    }
    if (operation == "infer") {
      const auto inference = runner->infer(*model, *first, *count);
      return inference ? Result<Json>(protocol::to_json(*inference)) : core::fail(inference.error());
    }
    if (operation == "run") {
      auto answer = runner->run(*model, *first, *count);
      if (!answer) {
        return core::fail(answer.error());
      }
      answer->fetch = fetched().value_or(answer->fetch);
      return protocol::to_json(*answer);
    }
    const auto classes = runner->classify(*model, *first, *count);
    return classes ? Result<Json>(Json{{"predicted", *classes}}) : core::fail(classes.error());
  }

  Result<Json> about_model(const Json& request, const std::string& operation) {
    const std::string model = protocol::text_field(request, "model").value_or("");
    if (operation == "fetch") {
      const auto report = runner->fetch(model);
      return report ? Result<Json>(protocol::to_json(fetched().value_or(*report))) : core::fail(report.error());
    }
    return empty_or_error(operation == "load"     ? runner->load(model)
                          : operation == "unload" ? runner->unload(model)
                                                  : runner->forget(model));
  }

  Result<Json> about_machine(const Json& request, const std::string& operation) {
    if (operation == "link") {
      if (request.contains("payload")) {
        return Json::object();
      }
      const auto link = runner->link();
      return link ? Result<Json>(protocol::to_json(*link)) : core::fail(link.error());
    }
    const auto models =
        protocol::threaded_models_of(operation == "probe" ? request.value("models", Json()) : Json::array({request}));
    if (!models) {
      return core::fail(models.error());
    }
    if (operation == "threads") {
      return empty_or_error(runner->use_threads(models->front()));
    }
    const auto times = runner->probe(*models);
    return times ? Result<Json>(protocol::to_json(*times)) : core::fail(times.error());
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
    if (operation == "condition") {
      const auto condition = runner->condition();
      return condition ? Result<Json>(protocol::to_json(*condition)) : core::fail(condition.error());
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
    if (operation == "probe" || operation == "link" || operation == "threads") {
      return about_machine(request, operation);
    }
    if (operation == "fetch" || operation == "forget" || operation == "load" || operation == "unload") {
      return about_model(request, operation);
    }
    if (operation == "stage" || operation == "infer" || operation == "run" || operation == "classify") {
      return images(request, operation);
    }
    return core::fail(ErrorCode::host_failed, "the runner does not know '" + operation + "'");
  }

  /// A frame that asks for the model's file first; none when the request can be answered at once.
  Result<std::optional<std::string>> ask_for_model(const Json& request) {
    const std::string operation = protocol::text_field(request, "op").value_or("");
    if (!runner || (operation != "fetch" && operation != "run")) {
      return std::optional<std::string>();
    }
    const auto start = std::chrono::steady_clock::now();
    const auto wanted = runner->wanted(protocol::text_field(request, "model").value_or(""));
    if (!wanted || !*wanted) {
      return wanted ? Result<std::optional<std::string>>(std::nullopt) : core::fail(wanted.error());
    }
    waiting = Waiting{request, (*wanted)->count, 0, start};
    return std::optional(protocol::frame({{"id", id_of(request)}, {"need_bytes", (*wanted)->count}}));
  }

  /// What is to be said to one frame.
  std::string reply_to(const protocol::Frame& frame) {
    if (frame.is_data()) {
      return take_piece(frame.data);
    }
    waiting.reset();
    const auto asked = ask_for_model(frame.json);
    if (!asked) {
      return reply(frame.json, core::fail(asked.error()));
    }
    return *asked ? **asked : reply(frame.json, answer(frame.json));
  }

 private:
  static Json id_of(const Json& request) { return request.value("id", Json(nullptr)); }

  static Result<Json> empty_or_error(const Result<void>& done) {
    return done ? Result<Json>(Json::object()) : core::fail(done.error());
  }

  static std::string reply(const Json& request, Result<Json> answer) {
    Json json = {{"id", id_of(request)}};
    if (answer) {
      json["ok"] = std::move(*answer);
    } else {
      json["error"] = protocol::to_json(answer.error());
    }
    return protocol::frame(json);
  }

  /// After an error the rest of the file may still come: nobody waits for it any more.
  std::string take_piece(std::string_view piece) {
    if (!waiting) {
      return {};
    }
    const Json request = waiting->request;
    if (auto taken = runner->receive(piece); !taken) {
      waiting.reset();
      return reply(request, core::fail(taken.error()));
    }
    waiting->received += piece.size();
    if (waiting->received < waiting->bytes) {
      return {};
    }
    arrived_ = {waiting->bytes, std::chrono::steady_clock::now() - waiting->start, false};
    waiting.reset();
    return reply(request, answer(request));
  }

  /// The fetch that was just made through the channel, once.
  std::optional<bench::FetchReport> fetched() { return std::exchange(arrived_, std::nullopt); }

  std::optional<bench::FetchReport> arrived_;
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
    const auto frame = state_->reader.next();
    if (!frame) {
      return core::fail(frame.error());
    }
    if (!*frame) {
      return out;
    }
    out += state_->reply_to(**frame);
  }
}

core::Result<PreparedRunner> prepare_runner(const RunnerSetup& setup, const core::StopToken& stop) {
  auto data = model::open_dataset(setup.dataset);
  if (!data) {
    return core::fail(data.error());
  }
  PreparedRunner prepared;
  prepared.inventory.dataset_digest = data->digest;
  auto runner = make_local_runner(std::make_shared<const model::Dataset>(std::move(*data)), setup.models, setup.threads,
                                  {setup.repository, setup.repository.empty()}, stop);
  if (!runner) {
    return core::fail(runner.error());
  }
  prepared.runner = std::move(*runner);
  if (auto entered = prepared.runner->enter(); !entered) {
    return core::fail(entered.error());
  }
  return prepared;
}

}  // namespace cef::operation
