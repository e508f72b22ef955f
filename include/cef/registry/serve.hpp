#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "cef/core/result.hpp"

namespace cef::registry {

/// One answered request, for a log line.
struct ServedRequest {
  std::string client;  ///< its address
  std::string method;
  std::string path;
  int status = 0;
  std::uint64_t bytes = 0;  ///< of the body that was announced
};

struct ServeOptions {
  std::filesystem::path dir;
  std::string address = "127.0.0.1";
  int port = 0;  ///< 0: any that is free
  /// Called from the server's threads, for one request at a time.
  std::function<void(const ServedRequest&)> on_request;
};

/// Serves a model repository over HTTP: GET and HEAD of cef-repository.json, index.json and blobs/, with ranges,
/// nothing else of the folder and nothing outside it.
class RepositoryServer {
 public:
  explicit RepositoryServer(ServeOptions options);
  ~RepositoryServer();  ///< stops
  RepositoryServer(RepositoryServer&&) noexcept;
  RepositoryServer& operator=(RepositoryServer&&) noexcept;

  /// Listens and answers in threads of its own; gives the port. Errors: usage (no repository, address, port in use).
  core::Result<int> start();
  /// Ends the connections and waits for the threads.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cef::registry
