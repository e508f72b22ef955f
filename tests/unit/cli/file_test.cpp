#include "daily_fixture.hpp"

namespace cef::cli {
namespace {

using testing::HasSubstr;

using File = Daily;

TEST_F(File, PutIsDoneOnce) {
  const std::string local = write("motd", "hello");
  EXPECT_EQ(on({"file", "put", "a", local, path("there"), "--check", "--json"}), 0) << err_;
  EXPECT_EQ(json().at("summary").at("check"), true);
  EXPECT_EQ(host().at("changed"), true);
  EXPECT_FALSE(std::filesystem::exists(path("there")));
  for (const bool first : {true, false}) {
    EXPECT_EQ(on({"file", "put", "a", local, path("there"), "--mode", "0600", "--json"}), 0) << err_;
    EXPECT_EQ(json().at("schema"), "cef.file-put/1");
    EXPECT_EQ(host().at("changed"), first);
    EXPECT_EQ(host().at("remote"), path("there"));
    EXPECT_EQ(host().at("transferred_bytes"), first ? 5 : 0);
    EXPECT_EQ(json().at("summary").at("changed"), first ? 1 : 0);
  }
  EXPECT_EQ(read("there"), "hello");
}

TEST_F(File, GetGivesEveryHostAFolder) {
  const std::string remote = write("log file", "lines");
  EXPECT_EQ(on({"file", "get", "a,b,c", remote, path("fetched"), "--jsonl"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(R"({"schema":"cef.file-get/1","event":"host","host":"a")"));
  EXPECT_THAT(out_, HasSubstr(R"("event":"summary","hosts":3,"ok":3)"));
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(read(std::string("fetched/") + name + "/log file"), "lines");
  }
  EXPECT_EQ(on({"file", "get", "a", remote, path("fetched")}), 0);
  EXPECT_THAT(out_, HasSubstr("1 host: 1 ok in ")) << "nothing changed";
  EXPECT_EQ(on({"file", "get", "a", path("none"), path("fetched")}), 2);
  EXPECT_THAT(out_, HasSubstr("none: there is no such file"));
}

TEST_F(File, WrongUseIsFiveBeforeAnyHostIsAsked) {
  const std::string local = write("motd", "hello");
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {"put", "gone1", local, "/tmp/x", "--mode", "rwx"},
           {"put", "gone1", local, "/tmp/x", "--mode", "0888"},
           {"put", "gone1", local, "/tmp/x", "--mode", "00644"},
           {"put", "gone1", path("none"), "/tmp/x"},
           {"put", "gone1", folder_.string(), "/tmp/x"},
           {"put", "gone1", local},
           {"get", "gone1", "/", path("fetched")},
           {"get", "gone1", "/etc/..", path("fetched")},
       }) {
    std::vector<std::string> words = {"file"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(on(words), 5) << wrong.back() << out_;
    EXPECT_EQ(out_, "");
    EXPECT_NE(err_, "");
  }
}

}  // namespace
}  // namespace cef::cli
