// Ways to log in, and keys that are pinned or revoked.
#include <fstream>

#include "cef/core/shell.hpp"
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

class LoginTest : public Fleet {
 protected:
  /// Pings one host that is reached as `variables` say; gives its entry.
  static core::Json ping(const std::string& variables, const std::string& before = "") {
    const auto inventory = state() / "login.yaml";
    std::ofstream(inventory) << "all:\n  hosts:\n    node:\n      ansible_host: 10.99.0.13\n      ansible_user: edge\n"
                             << variables;
    const std::string cef_line = CEF_BINARY_DIR "/cef ping node --json --known-hosts " +
                                 (state() / "known_login").string() + " -i " + inventory.string();
    const Outcome outcome = fleet("exec env -u SSH_AUTH_SOCK HOME=" + (state() / "home").string() + " sh -c " +
                                  core::shell_quote(before + cef_line));
    return host(outcome.json(), "node");
  }
  static std::string key() { return "      ansible_ssh_private_key_file: " + (state() / "id_ed25519").string() + "\n"; }
  static std::string server_key() {
    const Outcome shown = fleet("exec sh -c 'ssh-keyscan -t ed25519 10.99.0.13 2>/dev/null'");
    return shown.out.substr(shown.out.find(' ') + 1);
  }
};

TEST_F(LoginTest, ByPassword) {
  CEF_NEEDS_NAMESPACES();
  EXPECT_EQ(ping("      ansible_password: edge-pass\n")["status"], "ok");
  const auto wrong = ping("      ansible_password: wrong\n");
  EXPECT_EQ(wrong["status"], "unreachable");
  EXPECT_NE(wrong["error"]["message"].get<std::string>().find("permission denied for user 'edge'; tried password"),
            std::string::npos)
      << wrong;
}

TEST_F(LoginTest, ByKeyboardInteractive) {
  CEF_NEEDS_NAMESPACES();
  const std::string change = "kill -HUP $(cat /run/sshd.pid); sleep 0.3";
  fleet("node gpu-1 sh -c " +
        core::shell_quote("printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication yes\\n' "
                          ">/etc/ssh/fault.conf; " +
                          change));
  EXPECT_EQ(ping("      ansible_password: edge-pass\n")["status"], "ok");
  fleet("node gpu-1 sh -c " + core::shell_quote(": >/etc/ssh/fault.conf; " + change));
}

TEST_F(LoginTest, ByAgent) {
  CEF_NEEDS_NAMESPACES();
  const std::string agent = "eval $(ssh-agent) >/dev/null; trap 'kill $SSH_AGENT_PID' EXIT; ssh-add -q " +
                            (state() / "id_ed25519").string() + "; ";
  EXPECT_EQ(ping("", agent)["status"], "ok");
  const auto without = ping("");
  EXPECT_NE(without["error"]["message"].get<std::string>().find("permission denied"), std::string::npos) << without;
}

TEST_F(LoginTest, ByTheUsersSshConfig) {
  CEF_NEEDS_NAMESPACES();
  const auto config = state() / "config";
  std::ofstream(config) << "Host other\n  User nobody\nHost 10.99.*\n  IdentityFile "
                        << (state() / "id_ed25519").string() << "\n";
  const std::string before =
      "mkdir -p $HOME/.ssh && cp " + config.string() + " $HOME/.ssh/config && trap 'rm $HOME/.ssh/config' EXIT && ";
  EXPECT_EQ(ping("", before)["status"], "ok");
}

TEST_F(LoginTest, ThroughAJumpHost) {
  CEF_NEEDS_NAMESPACES();
  EXPECT_EQ(ping(key() + "      ansible_ssh_common_args: -J edge@10.99.0.11,edge@10.99.0.12\n")["status"], "ok");
  const auto dead = ping(key() + "      ansible_ssh_common_args: -J edge@10.99.0.11:9\n");
  EXPECT_EQ(dead["status"], "unreachable");
  EXPECT_NE(dead["error"]["message"].get<std::string>().find("10.99.0.11 port 9 refused"), std::string::npos) << dead;
  EXPECT_EQ(dead["error"]["context"][0], "jump host 10.99.0.11");
}

TEST_F(LoginTest, APinnedKeyDecides) {
  CEF_NEEDS_NAMESPACES();
  const auto wrong = ping(key() + "      host_key: SHA256:" + std::string(43, 'x') + "\n");
  EXPECT_NE(wrong["error"]["message"].get<std::string>().find("host_key in the inventory is SHA256:xxx"),
            std::string::npos)
      << wrong;
  const Outcome print = shell("printf '%s' " + core::shell_quote("x " + server_key()) + " >" +
                              (state() / "scanned").string() + "; ssh-keygen -lf " + (state() / "scanned").string());
  const std::string fingerprint = print.out.substr(print.out.find("SHA256:"), 50);
  EXPECT_EQ(ping(key() + "      host_key: " + fingerprint + "\n")["status"], "ok");
}

TEST_F(LoginTest, ARevokedKeyIsRefused) {
  CEF_NEEDS_NAMESPACES();
  shell("rm -f " + (state() / "known_login").string());
  std::ofstream(state() / "known_login") << "@revoked * " << server_key();
  const auto refused = ping(key());
  EXPECT_NE(refused["error"]["message"].get<std::string>().find("is revoked in"), std::string::npos) << refused;
  shell("rm -f " + (state() / "known_login").string());
}

}  // namespace
}  // namespace cef::e2e
