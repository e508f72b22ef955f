#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "cef/core/loop.hpp"
#include "cef/core/paths.hpp"
#include "key_ring.hpp"
#include "session.hpp"

namespace cef::ssh {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr std::size_t k_banner_shown = 200;

class Authentication {
 public:
  Authentication(ssh_session session, const Settings& settings, const SessionContext& context, const Deadline& deadline,
                 const core::StopToken& stop)
      : session_(session),
        settings_(settings),
        options_(context.options),
        keys_(context.keys),
        deadline_(deadline),
        stop_(stop) {}

  Result<void> run() {
    for (const auto& file : settings_.identity_files) {
      if (try_key(file, true)) {
        return outcome();
      }
    }
    if (!settings_.identities_only) {
      if (try_agent()) {
        return outcome();
      }
      for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"}) {
        if (try_key(core::home_dir() / ".ssh" / name, false)) {
          return outcome();
        }
      }
    }
    if (settings_.password && !settings_.password->empty() && (try_password() || try_keyboard_interactive())) {
      return outcome();
    }
    return refused();
  }

 private:
  /// Repeats a call that does not block until it has an answer. True when there is nothing more to try.
  template <class Call>
  bool ask(Call call) {
    while (true) {
      const int rc = call();
      if (rc == SSH_AUTH_SUCCESS) {
        return true;
      }
      if (rc == SSH_AUTH_ERROR) {
        failure_ = ssh_get_error(session_);
        return ssh_is_connected(session_) == 0;
      }
      if (rc != SSH_AUTH_AGAIN) {
        return false;
      }
      if (stop_.immediate() || deadline_.passed()) {
        timed_out_ = true;
        return true;
      }
      wait_for_socket(session_, deadline_);
    }
  }

  bool try_key(const std::filesystem::path& file, bool asked_for) {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      if (asked_for) {
        note("key " + file.string() + " (there is no such file)");
      }
      return false;
    }
    const KeyPointer key = keys_.load(file);
    if (!key) {
      note("key " + file.string() + " (unreadable, or protected by a passphrase: add it to ssh-agent)");
      return false;
    }
    note("key " + file.string());
    return ask([&] { return ssh_userauth_publickey(session_, nullptr, key.get()); });
  }

  bool try_agent() {
    const char* agent = std::getenv("SSH_AUTH_SOCK");
    if (!options_.use_agent || agent == nullptr || *agent == '\0') {
      return false;
    }
    note("agent");
    return ask([&] {
      int rc = SSH_AUTH_ERROR;
      core::apart([&] { rc = ssh_userauth_agent(session_, nullptr); });  // it may ask the user, or for a touch of a key
      return rc;
    });
  }

  bool try_password() {
    note("password");
    return ask([&] { return ssh_userauth_password(session_, nullptr, settings_.password->reveal().c_str()); });
  }

  bool try_keyboard_interactive() {
    note("keyboard-interactive");
    int rounds = 0;
    return ask([&] {
      const int rc = ssh_userauth_kbdint(session_, nullptr, nullptr);
      if (rc != SSH_AUTH_INFO) {
        return rc;
      }
      if (++rounds > 5) {
        return static_cast<int>(SSH_AUTH_DENIED);
      }
      const int prompts = ssh_userauth_kbdint_getnprompts(session_);
      for (int i = 0; i < prompts; ++i) {
        char echo = 0;
        ssh_userauth_kbdint_getprompt(session_, static_cast<unsigned>(i), &echo);
        // A prompt that would show what is typed does not ask for the password.
        ssh_userauth_kbdint_setanswer(session_, static_cast<unsigned>(i),
                                      echo != 0 ? "" : settings_.password->reveal().c_str());
      }
      return static_cast<int>(SSH_AUTH_AGAIN);
    });
  }

  void note(const std::string& what) { tried_ += (tried_.empty() ? "" : ", ") + what; }

  Result<void> outcome() const {
    if (stop_.immediate()) {
      return fail(ErrorCode::interrupted, "interrupted");
    }
    if (timed_out_) {
      return fail(ErrorCode::unreachable, "authentication did not end within the connect deadline");
    }
    if (ssh_is_connected(session_) == 0) {
      const std::string said = banner();
      return fail(ErrorCode::unreachable,
                  "the server closed the connection during authentication of user '" + settings_.user + "'" +
                      (said.empty() ? " (locked or expired account?): " + failure_ : " and said: " + said) +
                      "; tried " + tried_);
    }
    return {};
  }

  /// What the server said to the user, on one line: sshd tells there why PAM refuses an account.
  [[nodiscard]] std::string banner() const {
    char* raw = ssh_get_issue_banner(session_);
    std::string line;
    for (const char* c = raw; c != nullptr && *c != '\0' && line.size() < k_banner_shown; ++c) {
      const bool blank = static_cast<unsigned char>(*c) <= ' ';
      if (!blank || (!line.empty() && line.back() != ' ')) {
        line += blank ? ' ' : *c;
      }
    }
    ssh_string_free_char(raw);
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
  }

  Result<void> refused() const {
    const int methods = ssh_userauth_list(session_, nullptr);
    std::string allowed;
    for (const auto& [bit, name] : {std::pair{SSH_AUTH_METHOD_PUBLICKEY, "publickey"},
                                    {SSH_AUTH_METHOD_PASSWORD, "password"},
                                    {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
                                    {SSH_AUTH_METHOD_HOSTBASED, "hostbased"},
                                    {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi"}}) {
      if ((static_cast<unsigned>(methods) & bit) != 0) {
        allowed += (allowed.empty() ? "" : ", ") + std::string(name);
      }
    }
    return fail(ErrorCode::unreachable, "permission denied for user '" + settings_.user + "'; tried " +
                                            (tried_.empty() ? "nothing: no key, no agent, no password" : tried_) +
                                            (allowed.empty() ? "" : "; the server allows " + allowed));
  }

  ssh_session session_;
  const Settings& settings_;
  const ConnectOptions& options_;
  KeyRing& keys_;
  const Deadline& deadline_;
  const core::StopToken& stop_;
  std::string tried_;
  std::string failure_;
  bool timed_out_ = false;
};

}  // namespace

Result<void> authenticate(ssh_session session, const Settings& settings, const SessionContext& context,
                          const Deadline& deadline, const core::StopToken& stop) {
  return Authentication(session, settings, context, deadline, stop).run();
}

}  // namespace cef::ssh
