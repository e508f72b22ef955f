#include "sessions.hpp"

namespace cef::playbook {

using core::Result;

namespace {

tl::unexpected<core::Error> not_open() {
  return core::fail(core::ErrorCode::unreachable, "the connection is closed");
}

}  // namespace

Result<void> Session::open(ssh::Connector& connector, const ssh::Target& target, const core::StopToken& stop) {
  close();
  auto connection = connector.connect(target, stop);
  if (!connection) {
    return core::fail(connection.error());
  }
  connection_ = std::move(*connection);
  shells().allow(target.transport == ssh::Transport::ssh);
  return {};
}

template <class Call>
auto Session::with_free_session(const Call& call) -> decltype(call()) {
  if (!connection_) {
    return not_open();
  }
  auto result = call();
  if (!result && result.error().code == core::ErrorCode::unreachable && !shells().empty() &&
      result.error().message.find("opens no session") != std::string::npos) {
    shells().give_up();
    result = call();
  }
  return result;
}

Result<ssh::ExecResult> Session::exec(const ssh::ExecRequest& request, const core::StopToken& stop) {
  return with_free_session([&] { return connection_->exec(request, stop); });
}

Result<std::unique_ptr<ssh::Stream>> Session::start(const std::string& command) {
  return with_free_session([&] { return connection_->start(command); });
}

Result<void> Session::upload(const std::filesystem::path& from, const std::string& to, unsigned mode,
                             core::Milliseconds deadline, const core::StopToken& stop) {
  return with_free_session([&] { return connection_->upload(from, to, mode, deadline, stop); });
}

Result<void> Session::download(const std::string& from, const std::filesystem::path& to, core::Milliseconds deadline,
                               const core::StopToken& stop) {
  return with_free_session([&] { return connection_->download(from, to, deadline, stop); });
}

Result<Session*> Sessions::get(const std::string& host, const ssh::Target& target) {
  const std::string key = host + '\n' + target.name + '\n' + target.address + '\n' +
                          std::to_string(target.port.value_or(0)) + '\n' + target.user.value_or("") + '\n' +
                          (target.transport == ssh::Transport::local ? "local" : "ssh");
  Session* session = nullptr;
  {
    const std::lock_guard lock(mutex_);
    session = &sessions_[key];
  }
  if (!session->is_open()) {
    if (auto opened = session->open(connector_, target, stop_); !opened) {
      return core::fail(opened.error());
    }
  }
  return session;
}

void Sessions::close_all(const std::string& host) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, session] : sessions_) {
    if (key.rfind(host + '\n', 0) == 0) {
      session.close();
    }
  }
}

}  // namespace cef::playbook
