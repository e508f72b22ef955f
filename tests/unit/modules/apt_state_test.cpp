#include "../../../src/modules/apt_state.hpp"

#include <gtest/gtest.h>

namespace cef::modules {
namespace {

constexpr const char* k_policy = R"(tar:
  Installed: 1.34+dfsg-1.2
  Candidate: 1.34+dfsg-1.2+deb12u1
  Version table:
     1.34+dfsg-1.2+deb12u1 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
 *** 1.34+dfsg-1.2 100
        100 /var/lib/dpkg/status
awk:
  Installed: (none)
  Candidate: (none)
  Version table:
gone:
  Installed: (none)
  Candidate: (none)
  Version table:
     2.0 -1
        100 /var/lib/dpkg/status
)";

AptPackage package(char state, const std::string& installed, const std::string& candidate,
                   std::vector<std::string> versions) {
  AptPackage one;
  one.state = state;
  one.installed = installed;
  one.candidate = candidate;
  one.versions = std::move(versions);
  return one;
}

TEST(AptState, ReadsPolicy) {
  std::map<std::string, AptPackage> packages;
  read_policy(k_policy, packages);
  EXPECT_EQ(packages["tar"].candidate, "1.34+dfsg-1.2+deb12u1");
  EXPECT_EQ(packages["tar"].versions, (std::vector<std::string>{"1.34+dfsg-1.2+deb12u1", "1.34+dfsg-1.2"}));
  EXPECT_TRUE(packages["awk"].asked);
  EXPECT_TRUE(packages["awk"].versions.empty());
  EXPECT_EQ(packages["gone"].candidate, "");
  EXPECT_EQ(packages["gone"].versions, std::vector<std::string>{"2.0"});
}

TEST(AptState, ReadsDpkgOfOneArchitecture) {
  std::map<std::string, AptPackage> packages = {{"libc6", {}}, {"libc6:i386", {}}, {"old", {}}, {"doc", {}}};
  read_dpkg("libc6\tamd64\tii \t2.36-9\nlibc6\ti386\tii \t2.36-8\nold\tamd64\trc \t1\ndoc\tall\tii \t7\n", "amd64",
            packages);
  EXPECT_EQ(packages["libc6"].installed, "2.36-9");
  EXPECT_EQ(packages["libc6:i386"].installed, "2.36-8");
  EXPECT_EQ(packages["old"].state, 'c');
  EXPECT_EQ(packages["old"].installed, "");
  EXPECT_EQ(packages["doc"].installed, "7");
}

TEST(AptState, ReadsProviders) {
  std::map<std::string, AptPackage> packages;
  read_providers(
      "Package: awk\nVersions: \n\nReverse Depends: \n  a2ps,awk\nDependencies: \nProvides: \nReverse Provides: \n"
      "original-awk 2012 (= )\nmawk 1.3.4 (= )\nmawk 1.3.3 (= )\nPackage: none\nReverse Provides: \n",
      packages);
  EXPECT_EQ(packages["awk"].providers, (std::vector<std::string>{"original-awk", "mawk"}));
  EXPECT_TRUE(packages["none"].providers.empty());
}

TEST(AptState, TakesSpecsApart) {
  EXPECT_EQ(parse_package_spec("foo").name, "foo");
  EXPECT_EQ(parse_package_spec("foo=1.0*").comparison, "=");
  EXPECT_EQ(parse_package_spec("foo=1.0*").version, "1.0*");
  EXPECT_EQ(parse_package_spec("foo>=1.0").name, "foo");
  EXPECT_EQ(parse_package_spec("foo>=1.0").comparison, ">=");
  EXPECT_TRUE(parse_package_spec("lib*").wildcard());
  EXPECT_FALSE(parse_package_spec("foo=1*").wildcard());
}

TEST(AptState, MakesRegularExpressionsOfPatterns) {
  EXPECT_EQ(glob_regex("lib*.5"), "lib.*\\.5");
  EXPECT_EQ(glob_regex("g++-?"), "g\\+\\+-.");
  EXPECT_EQ(glob_regex("x[!ab]"), "x[^ab]");
  EXPECT_EQ(glob_regex("x["), "x\\[");
}

TEST(AptState, SaysWhatCouldBeInstalled) {
  const AptPackage tar = package('i', "1.2", "1.3", {"1.3", "1.2"});
  PackageStatus status = package_status(parse_package_spec("tar"), tar);
  EXPECT_TRUE(status.installed && status.version_installed && status.installable);
  EXPECT_EQ(status.best, "1.3");
  status = package_status(parse_package_spec("tar=1.2"), tar);
  EXPECT_TRUE(status.version_installed);
  EXPECT_FALSE(status.installable);
  status = package_status(parse_package_spec("tar=9"), tar);
  EXPECT_FALSE(status.version_installed || status.installable);
  status = package_status(parse_package_spec("tar=1.3"), tar);
  EXPECT_FALSE(status.version_installed);
  EXPECT_EQ(status.best, "1.3");
  status = package_status(parse_package_spec("tar>=1.2~rc"), tar);
  EXPECT_TRUE(status.version_installed);
  const AptPackage none = package('n', "", "2.0", {"2.0", "1.0"});
  EXPECT_EQ(package_status(parse_package_spec("x=1.*"), none).best, "1.0");
  EXPECT_EQ(package_status(parse_package_spec("x"), none).best, "2.0");
  EXPECT_FALSE(package_status(parse_package_spec("x"), none).installed);
}

}  // namespace
}  // namespace cef::modules
