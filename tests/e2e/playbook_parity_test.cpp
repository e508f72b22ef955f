// What ansible-playbook made of the cases of tests/parity/nodes on such nodes is recorded there; cef must make the
// same.
#include <cstdlib>

#include "fleet_fixture.hpp"

namespace cef::e2e {
namespace {

constexpr int k_most_seconds = 1500;

class PlaybookParityTest : public Fleet {
 protected:
  static void SetUpTestSuite() {
    ::setenv("CEF_FLEET_NODES", "pi-1 pi-2 pi-3 pi-4", 1);  // two pairs: two cases at once
    bring_up(CEF_FLEET_KIND);
  }
};

TEST_F(PlaybookParityTest, NodesEndAsAnsibleLeavesThem) {
  const Outcome outcome =
      shell("CEF=" CEF_BINARY_DIR "/cef " CEF_SOURCE_DIR "/tests/parity/nodes/measure", k_most_seconds);
  EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
}

}  // namespace
}  // namespace cef::e2e
