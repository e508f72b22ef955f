#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cef/core/result.hpp"
#include "cef/core/stop.hpp"
#include "cef/operation/edge_runner.hpp"
#include "cef/ssh/connection.hpp"

namespace cef::operation {

/// What the control node asks of an edge in the handshake: names only, the edge has models and images itself.
struct RunnerSetup {
  std::string dataset;  ///< as model::open_dataset reads it, on the edge
  std::string weights;  ///< folder on the edge; empty: where the edge's catalogue has them
  std::vector<std::string> models;
  int threads = 0;
};

/// What the edge found; the control node compares it with what it has.
struct RunnerInventory {
  std::string dataset_digest;
  std::vector<std::string> weight_digests;  ///< in the order of RunnerSetup::models
};

/// A prepared edge, on the edge's side.
struct PreparedRunner {
  std::unique_ptr<EdgeRunner> runner;
  RunnerInventory inventory;
};
using PrepareRunner = std::function<core::Result<PreparedRunner>(const RunnerSetup&)>;

/// Opens data set and models as `cef bench` does. Errors: usage, integrity.
core::Result<PreparedRunner> prepare_runner(const RunnerSetup& setup);

/// The edge's side of the conversation, without any input or output of its own: bytes in, bytes out.
class RunnerSession {
 public:
  explicit RunnerSession(PrepareRunner prepare);
  ~RunnerSession();
  /// What is to be said before anything was heard.
  [[nodiscard]] static std::string greeting();
  /// Takes bytes as they come and gives the answers to the requests that they complete. Error: the control node does
  /// not speak this protocol; end the conversation.
  core::Result<std::string> hear(std::string_view bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The control node's side. Errors: host_failed (no runner there, another version, other files), unreachable, timeout,
/// interrupted; whatever the edge answers as an error.
core::Result<std::unique_ptr<EdgeRunner>> make_remote_runner(std::unique_ptr<ssh::Stream> stream,
                                                             const RunnerSetup& setup, const RunnerInventory& expected,
                                                             const core::StopToken& stop);

/// The command that starts the runner on an edge: `path`, else this program's own path if it is there too, else `cef`.
[[nodiscard]] std::string runner_command(const std::string& path);

}  // namespace cef::operation
