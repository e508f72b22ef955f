#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "cef/core/duration.hpp"
#include "cef/core/shell.hpp"
#include "cef/operation/runner.hpp"
#include "runner_profile.hpp"
#include "runner_protocol.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::Json;
using core::Milliseconds;
using core::Result;

namespace {

/// A small board reads LibTorch from an SD card. A host that is gone is noticed by TCP, sooner than by any of these.
constexpr Milliseconds k_start_deadline{180'000};
constexpr Milliseconds k_answer_deadline{300'000};
constexpr Milliseconds k_image_deadline{30'000};  ///< more, an image: a deep network on a tenth of a slow core
constexpr Milliseconds k_write_deadline{30'000};
constexpr Milliseconds k_slice{250};  ///< between two looks at the stop token
constexpr Milliseconds k_end_deadline{5'000};
constexpr int k_round_trips = 5;

constexpr std::size_t k_least_payload = std::size_t{32} << 10U;
constexpr std::size_t k_most_payload = std::size_t{2} << 20U;
constexpr double k_telling_payload = 0.15;  // seconds

class RemoteRunner final : public EdgeRunner {
 public:
  RemoteRunner(std::unique_ptr<ssh::Stream> stream, core::StopToken stop, std::vector<RunnerModel> models)
      : stream_(std::move(stream)), stop_(std::move(stop)) {
    for (auto& model : models) {
      models_.emplace(model.name, std::move(model));
    }
  }

  ~RemoteRunner() override {
    if (stream_ && !broken_) {
      static_cast<void>(stream_->finish(k_end_deadline));
    }
  }
  RemoteRunner(const RemoteRunner&) = delete;
  RemoteRunner& operator=(const RemoteRunner&) = delete;

  Result<void> start(const RunnerSetup& setup, const RunnerInventory& expected) {
    const auto deadline = core::Clock::now() + k_start_deadline;
    while (true) {
      const auto greeted = reader_.skip_greeting();
      if (!greeted) {
        return core::fail(greeted.error());
      }
      if (*greeted) {
        break;
      }
      if (auto more = read_some(deadline); !more) {
        return more;
      }
    }
    repository_ = !setup.repository.empty();
    const auto answer = ask("hello", protocol::to_json(setup), k_start_deadline);
    if (!answer) {
      return core::fail(answer.error());
    }
    auto environment = protocol::environment_of(answer->value("environment", Json()));
    const auto found = protocol::inventory_of(answer->value("inventory", Json()));
    if (!environment || !found) {
      return core::fail(!environment ? environment.error() : found.error());
    }
    environment_ = std::move(*environment);
    if (environment_.cef_version != CEF_VERSION) {
      return core::fail(ErrorCode::host_failed, "the edge has cef " + environment_.cef_version +
                                                    ", the control node cef " CEF_VERSION
                                                    "; 'cef runner install' puts the same version there");
    }
    return compare(setup, expected, *found);
  }

  Result<bench::EdgeStatus> status() override {
    const auto answer = ask("status", Json::object(), k_answer_deadline);
    return answer ? protocol::status_of(*answer) : core::fail(answer.error());
  }
  Result<bench::EdgeCondition> condition() override {
    const auto answer = ask("condition", Json::object(), k_answer_deadline);
    auto condition = answer ? protocol::condition_of(*answer) : core::fail(answer.error());
    if (!condition) {
      return condition;
    }
    std::vector<bench::Seconds> times;
    for (int i = 0; i < k_round_trips; ++i) {
      const auto start = core::Clock::now();
      if (const auto asked = status(); !asked) {
        return core::fail(asked.error());
      }
      times.emplace_back(core::Clock::now() - start);
    }
    std::sort(times.begin(), times.end());
    condition->round_trip = times[times.size() / 2];
    return condition;
  }
  Result<bench::FetchReport> fetch(const std::string& model) override {
    const auto answer = ask("fetch", {{"model", model}}, k_answer_deadline + time_for(model));
    return answer ? protocol::fetch_of(*answer) : core::fail(answer.error());
  }
  Result<void> forget(const std::string& model) override { return about(model, "forget"); }
  Result<void> load(const std::string& model) override { return about(model, "load"); }
  Result<void> unload(const std::string& model) override { return about(model, "unload"); }
  Result<void> stage(const std::string& model, std::size_t first, std::size_t count) override {
    const auto answer = ask("stage", images(model, first, count), time_for(count));
    return answer ? Result<void>() : core::fail(answer.error());
  }
  Result<bench::Answer> run(const std::string& model, std::size_t first, std::size_t count) override {
    const auto answer = ask("run", images(model, first, count), time_for(model) + time_for(count));
    return answer ? protocol::answer_of(*answer, count) : core::fail(answer.error());
  }
  Result<bench::TimedInference> infer(const std::string& model, std::size_t first, std::size_t count) override {
    const auto answer = ask("infer", images(model, first, count), time_for(count));
    return answer ? protocol::inference_of(*answer, count) : core::fail(answer.error());
  }
  Result<std::vector<int>> classify(const std::string& model, std::size_t first, std::size_t count) override {
    const auto answer = ask("classify", images(model, first, count), time_for(count));
    return answer ? protocol::classes_of(*answer, count) : core::fail(answer.error());
  }
  [[nodiscard]] const EdgeEnvironment& environment() const override { return environment_; }
  Result<select::DeviceProfile> profile(const ProfileRequest& request) override {
    const auto answer = ask("profile", {{"layers", request.layers}, {"threads", request.threads}}, k_answer_deadline);
    return answer ? protocol::profile_of(*answer) : core::fail(answer.error());
  }

  Result<std::vector<ProbeTimes>> probe(const std::vector<ThreadedModel>& models) override {
    Json list = Json::array();
    for (const auto& model : models) {
      list.push_back({{"model", model.model}, {"threads", model.threads}});
    }
    const auto answer = ask("probe", {{"models", std::move(list)}}, k_answer_deadline);
    return answer ? protocol::probe_of(*answer, models.size()) : core::fail(answer.error());
  }
  Result<std::optional<select::Link>> link() override {
    if (repository_) {
      const auto answer = ask("link", Json::object(), k_answer_deadline);
      return answer ? protocol::link_of(*answer) : core::fail(answer.error());
    }
    return channel_link();
  }
  Result<void> use_threads(const ThreadedModel& model) override {
    const auto answer = ask("threads", {{"model", model.model}, {"threads", model.threads}}, k_answer_deadline);
    return answer ? Result<void>() : core::fail(answer.error());
  }

  Result<std::optional<core::Bytes>> wanted(const std::string& /*model*/) override {
    return std::optional<core::Bytes>();
  }
  Result<void> receive(std::string_view /*piece*/) override { return {}; }
  Result<void> enter() override { return {}; }  // the edge did by itself
  void leave() override {}                      // the runner ends with the channel

 private:
  /// Time of a request with so many bytes and its empty answer.
  Result<double> time_payload(std::size_t bytes) {
    const auto start = core::Clock::now();
    const auto answer = ask("link", {{"payload", std::string(bytes, 'x')}}, k_answer_deadline);
    return answer ? Result<double>(bench::Seconds(core::Clock::now() - start).count()) : core::fail(answer.error());
  }

  /// By requests of growing size through the channel, until one takes long enough to tell: a second at 2 Mbit/s. What
  /// counts is how much longer the larger one took: buffers on the way swallow the beginning of each.
  Result<std::optional<select::Link>> channel_link() {
    double round_trip = 1e9;
    for (int i = 0; i < k_round_trips; ++i) {
      const auto time = time_payload(0);
      if (!time) {
        return core::fail(time.error());
      }
      round_trip = std::min(round_trip, *time);
    }
    std::vector<TimedPayload> payloads;
    for (std::size_t bytes = k_least_payload; bytes <= k_most_payload; bytes *= 4) {
      const auto time = time_payload(bytes);
      if (!time) {
        return core::fail(time.error());
      }
      payloads.push_back({bytes, std::max(*time - round_trip, 1e-6)});
      if (payloads.size() > 1 && payloads.back().seconds > k_telling_payload) {
        break;
      }
    }
    return std::optional(select::Link{rate_of(payloads), bench::Seconds(round_trip), {}});
  }

  /// On a link that is slower than this the deadline passes.
  [[nodiscard]] Milliseconds time_for(const std::string& model) const {
    constexpr std::uint64_t k_least_bytes_per_ms = 16;
    const auto found = models_.find(model);
    return Milliseconds(found == models_.end() ? 0 : found->second.file_size.count / k_least_bytes_per_ms);
  }

  static Milliseconds time_for(std::size_t images) {
    return k_answer_deadline + static_cast<std::int64_t>(images) * k_image_deadline;
  }

  static Json images(const std::string& model, std::size_t first, std::size_t count) {
    return {{"model", model}, {"first", first}, {"count", count}};
  }

  static Result<void> compare(const RunnerSetup& setup, const RunnerInventory& expected, const RunnerInventory& found) {
    if (found.dataset_digest != expected.dataset_digest) {
      return core::fail(ErrorCode::integrity, "the data set '" + setup.dataset +
                                                  "' is another one on the edge (digest " +
                                                  found.dataset_digest.substr(0, 12) + ", here " +
                                                  expected.dataset_digest.substr(0, 12) + "); copy it there again");
    }
    return {};
  }

  Result<void> about(const std::string& model, const char* operation) {
    const auto answer = ask(operation, {{"model", model}}, k_answer_deadline);
    return answer ? Result<void>() : core::fail(answer.error());
  }

  /// One request, one answer. After any failure of the channel no other request is sent.
  Result<Json> ask(const char* operation, Json request, Milliseconds allowed) {
    if (broken_) {
      return core::fail(ErrorCode::unreachable, "the connection to the runner is lost");
    }
    const std::string model = request.value("model", std::string());
    request["id"] = ++last_id_;
    request["op"] = operation;
    const auto deadline = core::Clock::now() + allowed;
    if (auto written = stream_->write(protocol::frame(request), k_write_deadline); !written) {
      return lost(written.error());
    }
    bool sent_file = false;
    while (true) {
      auto reply = reader_.next();
      if (!reply) {
        broken_ = true;
        return core::fail(reply.error());
      }
      if (*reply && (*reply)->json.contains("need_bytes") && !std::exchange(sent_file, true)) {
        if (auto sent = send_file(model, (*reply)->json); !sent) {
          return core::fail(sent.error());
        }
        continue;
      }
      if (*reply) {
        return unpack((*reply)->json);
      }
      if (auto more = read_some(deadline); !more) {
        return core::fail(more.error());
      }
    }
  }

  /// In pieces, until all is sent or the edge has something to say: then it does not want the rest.
  Result<void> send_file(const std::string& model, const Json& reply) {
    const auto found = models_.find(model);
    const auto wanted = protocol::count_field(reply, "need_bytes");
    if (found == models_.end() || !wanted || *wanted != found->second.file_size.count) {
      broken_ = true;
      return core::fail(ErrorCode::host_failed, "the runner wants a file that it was not told of");
    }
    const auto& path = found->second.weights;
    std::ifstream in(path, std::ios::binary);
    std::string piece(protocol::k_piece, '\0');
    for (std::uint64_t sent = 0; sent < *wanted;) {
      in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
      const auto size = std::min(static_cast<std::uint64_t>(in.gcount()), *wanted - sent);
      if (size == 0) {
        broken_ = true;
        return core::fail(ErrorCode::integrity, path.string() + ": became shorter while it was sent");
      }
      if (stop_.immediate()) {
        broken_ = true;
        return core::fail(ErrorCode::interrupted, "interrupted");
      }
      const std::string frame = protocol::data_frame(std::string_view(piece).substr(0, size));
      if (auto written = stream_->write(frame, k_write_deadline); !written) {
        return lost(written.error());
      }
      sent += size;
      if (auto early = stream_->read(Milliseconds(0)); early && !early->empty()) {
        reader_.add(*early);
        return {};
      }
    }
    return {};
  }

  Result<Json> unpack(const Json& reply) {
    if (!reply.is_object() || reply.value("id", Json()) != Json(last_id_)) {
      broken_ = true;
      return core::fail(ErrorCode::host_failed, "the runner answered another request than the one that was sent");
    }
    if (reply.contains("error")) {
      return core::fail(protocol::error_of(reply["error"]));
    }
    if (!reply.contains("ok") || !reply["ok"].is_object()) {
      broken_ = true;
      return core::fail(ErrorCode::host_failed, "the runner gave no proper answer");
    }
    return reply["ok"];
  }

  Result<void> read_some(core::Clock::time_point deadline) {
    while (true) {
      auto bytes = stream_->read(k_slice);
      if (bytes && !bytes->empty()) {
        reader_.add(*bytes);
        return {};
      }
      if (bytes) {
        return ended();
      }
      if (bytes.error().code != ErrorCode::timeout) {
        return lost(bytes.error());
      }
      if (stop_.immediate()) {
        broken_ = true;
        return core::fail(ErrorCode::interrupted, "interrupted");
      }
      if (core::Clock::now() >= deadline) {
        broken_ = true;
        return core::fail(ErrorCode::timeout, "the runner did not answer in time");
      }
    }
  }

  tl::unexpected<core::Error> lost(const core::Error& error) {
    broken_ = true;
    return core::fail(error);
  }

  /// End of file: say how the runner ended.
  tl::unexpected<core::Error> ended() {
    broken_ = true;
    const auto end = stream_->finish(k_end_deadline);
    if (!end) {
      return core::fail(ErrorCode::unreachable, "the connection to the runner broke: " + end.error().message);
    }
    std::string said = end->err.substr(0, end->err.find_last_not_of("\n ") + 1);
    said = said.substr(said.rfind('\n') == std::string::npos ? 0 : said.rfind('\n') + 1);
    if (end->exit_status == 127 || end->exit_status == 126) {
      return core::fail(ErrorCode::host_failed, "there is no cef on the edge (" + said +
                                                    "); put it there with 'cef runner install' or say where it is "
                                                    "with --runner-path");
    }
    return core::fail(ErrorCode::host_failed,
                      "the runner on the edge ended " +
                          (end->signal.empty() ? "with exit status " + std::to_string(end->exit_status)
                                               : "by signal " + end->signal) +
                          (said.empty() ? "" : ": " + said));
  }

  std::unique_ptr<ssh::Stream> stream_;
  core::StopToken stop_;
  std::map<std::string, RunnerModel> models_;
  protocol::FrameReader reader_;
  EdgeEnvironment environment_;
  std::uint64_t last_id_ = 0;
  bool broken_ = false;
  bool repository_ = false;  ///< the edge fetches by itself
};

}  // namespace

core::Result<std::unique_ptr<EdgeRunner>> make_remote_runner(std::unique_ptr<ssh::Stream> stream,
                                                             const RunnerSetup& setup, const RunnerInventory& expected,
                                                             const core::StopToken& stop) {
  auto runner = std::make_unique<RemoteRunner>(std::move(stream), stop, setup.models);
  if (auto started = runner->start(setup, expected); !started) {
    return core::fail(started.error());
  }
  return runner;
}

std::string runner_command(const std::string& path) {
  std::string script;
  if (path.empty()) {
    std::error_code error;
    const std::string own = core::shell_quote(std::filesystem::read_symlink("/proc/self/exe", error).string());
    script = "if [ -x " + own + " ]; then exec " + own + " runner; else exec cef runner; fi";
  } else {
    script = "exec " + core::shell_quote(path) + " runner";
  }
  return "sh -c " + core::shell_quote(script);
}

}  // namespace cef::operation
