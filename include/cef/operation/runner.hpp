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

/// What the control node asks of an edge in the handshake. The edge has the images itself; of the models it learns all
/// but the weights.
struct RunnerSetup {
  std::string dataset;  ///< as model::open_dataset reads it, on the edge
  std::vector<RunnerModel> models;
  int threads = 0;
  std::string repository;  ///< URL; empty: weights come through the channel
};

/// What the edge found; the control node compares it with what it has.
struct RunnerInventory {
  std::string dataset_digest;
};

/// A prepared edge, on the edge's side.
struct PreparedRunner {
  std::unique_ptr<EdgeRunner> runner;
  RunnerInventory inventory;
};
using PrepareRunner = std::function<core::Result<PreparedRunner>(const RunnerSetup&)>;

/// Opens the data set as `cef bench` does, and the repository. `stop` ends a download. Errors: usage, integrity, those
/// of the repository.
core::Result<PreparedRunner> prepare_runner(const RunnerSetup& setup, const core::StopToken& stop);

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

/// The control node's side; it sends the models' `weights` where the setup has no repository. Errors: host_failed (no
/// runner there, another version), integrity (another data set), unreachable, timeout, interrupted; whatever the edge
/// answers as an error.
core::Result<std::unique_ptr<EdgeRunner>> make_remote_runner(std::unique_ptr<ssh::Stream> stream,
                                                             const RunnerSetup& setup, const RunnerInventory& expected,
                                                             const core::StopToken& stop);

/// The command that starts the runner on an edge: `path`, else this program's own path if it is there too, else `cef`.
[[nodiscard]] std::string runner_command(const std::string& path);

}  // namespace cef::operation
