#pragma once

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cef/ssh/connection.hpp"

namespace cef::fleet {

class NoConnection : public ssh::Connection {
 public:
  core::Result<ssh::ExecResult> exec(const ssh::ExecRequest&, const core::StopToken&) override {
    return ssh::ExecResult{};
  }
  core::Result<std::unique_ptr<ssh::Stream>> start(const std::string&) override {
    return core::fail(core::ErrorCode::internal, "none");
  }
  core::Result<void> upload(const std::filesystem::path&, const std::string&, unsigned, core::Milliseconds,
                            const core::StopToken&) override {
    return {};
  }
  core::Result<void> download(const std::string&, const std::filesystem::path&, core::Milliseconds,
                              const core::StopToken&) override {
    return {};
  }
};

/// Hosts whose name begins with "gone" cannot be reached, with "odd" make the library throw.
class FakeConnector : public ssh::Connector {
 public:
  core::Result<std::unique_ptr<ssh::Connection>> connect(const ssh::Target& target, const core::StopToken&) override {
    ++connects;
    if (target.name.rfind("gone", 0) == 0) {
      return core::fail(core::ErrorCode::unreachable, "no route to " + target.name);
    }
    if (target.name.rfind("odd", 0) == 0) {
      throw std::runtime_error("thrown by " + target.name);
    }
    return std::make_unique<NoConnection>();
  }
  std::atomic<int> connects{0};
};

inline std::vector<ssh::Target> targets(const std::vector<std::string>& names) {
  std::vector<ssh::Target> all;
  for (const auto& name : names) {
    all.emplace_back().name = name;
  }
  return all;
}

inline std::vector<ssh::Target> many(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back("host-" + std::to_string(i));
  }
  return targets(names);
}

inline core::Result<void> nothing(std::size_t, ssh::Connection&) {
  return {};
}

}  // namespace cef::fleet
