#include <fstream>

#include "cef/core/shell.hpp"
#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

namespace fs = std::filesystem;

class FileTest : public Fleet {
 protected:
  void SetUp() override {
    Fleet::SetUp();
    if (is_up()) {
      fs::create_directories(folder());
    }
  }
  static fs::path folder() { return state() / "files"; }
  static std::string write(const std::string& name, const std::string& content) {
    std::ofstream(folder() / name, std::ios::binary) << content;
    return folder() / name;
  }
};

TEST_F(FileTest, PutsWholeFilesOnceWithModeAndOwner) {
  std::string content;
  for (int i = 0; i < 300'000; ++i) {
    content += static_cast<char>(i * 7 + i / 251);
  }
  const std::string file = write("it's a file", content);
  EXPECT_EQ(
      daily({"file", "put", "all", file, "/etc/it's a file", "--check", "-b", "--json"}).json()["summary"]["changed"],
      4);
  EXPECT_EQ(on_node("pi-1", "ls /etc/it*").code, 2);
  Outcome outcome =
      daily({"file", "put", "all", file, "/etc/it's a file", "-b", "--mode", "0640", "--owner", "root:edge", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.json()["summary"]["changed"], 4);
  EXPECT_EQ(on_node("gpu-2", "stat -c '%a %U %G %s' /etc/it*").out, "640 root edge 300000\n");
  EXPECT_EQ(on_node("gpu-2", "ls -A /etc | grep cef-part").out, "");
  outcome = daily({"file", "put", "all", file, "/etc/it's a file", "-b", "--json"});
  EXPECT_EQ(outcome.json()["summary"]["changed"], 0) << outcome.out;
  outcome = daily({"file", "get", "all", "/etc/it's a file", folder() / "got", "-b", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(shell(core::shell_join({"cmp", file, folder() / "got/pi-2/it's a file"})).code, 0);
}

TEST_F(FileTest, SaysWhatIsWrong) {
  const std::string file = write("small", "x");
  const auto message = [](const Outcome& outcome) {
    return Fleet::host(outcome.json(), "pi-1")["error"]["message"].get<std::string>();
  };
  EXPECT_EQ(message(daily({"file", "put", "pi-1", file, "/nowhere/file", "--json"})),
            "/nowhere: there is no such folder");
  EXPECT_NE(message(daily({"file", "put", "pi-1", file, "/etc/forbidden", "--json"})).find("Permission denied"),
            std::string::npos);
  EXPECT_EQ(message(daily({"file", "get", "pi-1", "/etc/nothing", folder(), "--json"})),
            "/etc/nothing: there is no such file");
  EXPECT_EQ(daily({"file", "put", "pi-1", folder() / "none", "/tmp/x"}).code, 5);
  EXPECT_EQ(daily({"file", "put", "pi-1", file, "/tmp/x", "--mode", "rwx"}).code, 5);
}

TEST_F(FileTest, ATransferThatBreaksIsTakenUpAgain) {
  const std::string file = folder() / "large";
  shell("head -c 8000000 /dev/urandom > '" + file + "'");
  ASSERT_EQ(fleet("link pi-1 20 20").code, 0);
  // 8 MB take 3.2 s on this link: it is cut in the middle.
  const Outcome broken =
      shell(std::string("sh -c 'sleep 1.5; ") + CEF_SOURCE_DIR + "/tests/fleet/fleet fault pi-1 killsession' & " +
            CEF_SOURCE_DIR + "/tests/fleet/fleet exec " + CEF_BINARY_DIR + "/cef file put pi-1 '" + file +
            "' large --json -i " + (state() / "inventory.yaml").string() + "; rc=$?; wait; exit $rc");
  EXPECT_EQ(broken.code, 4) << broken.out << broken.err;
  EXPECT_EQ(on_node("pi-1", "test -e /home/edge/large").code, 1);
  const Outcome again = daily({"file", "put", "pi-1", file, "large", "--json"});
  fleet("link pi-1 0 0");
  ASSERT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_GT(host(again.json(), "pi-1")["resumed_from_bytes"], 0) << again.out;
  EXPECT_EQ(on_node("pi-1", "sha256sum </home/edge/large").out, shell("sha256sum <'" + file + "'").out);
}

}  // namespace
}  // namespace cef::e2e
