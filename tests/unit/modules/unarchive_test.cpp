#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

TEST(Unarchive, NamesThatLeadOutOfTheFolderAreNotDressed) {
  CaseHost host;
  host.fresh(
      "mkdir -p dest away in/away in/sub; echo safe >away/file; chmod 600 away/file; echo evil >in/away/file\n"
      "tar -cf evil.tar -C in/sub -P ../away/file; tar -cf tame.tar -C in away/file");
  const auto unpack = [&](const char* archive) {
    return host.run("unarchive", {{"src", host.folder() + "/" + archive},
                                  {"dest", host.folder() + "/dest"},
                                  {"remote_src", true},
                                  {"mode", "0666"}});
  };
  const Json tame = unpack("tame.tar");
  ASSERT_EQ(tame["changed"], true) << tame.dump();
  unpack("evil.tar");  // tar finds nothing to unpack: dest/away/file is what it means by ../away/file
  EXPECT_EQ(host.shell("cd " + host.folder() + "; cat away/file; stat -c %a away/file dest/away/file"),
            "safe\n600\n666\n");
}

}  // namespace
}  // namespace cef::modules
