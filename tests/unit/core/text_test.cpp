#include <array>
#include <cstdio>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/core/bytes.hpp"
#include "cef/core/digest.hpp"
#include "cef/core/duration.hpp"
#include "cef/core/result.hpp"
#include "cef/core/secret.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"

namespace cef::core {
namespace {

using namespace std::chrono_literals;

TEST(Error, LineReadsFromTheOutside) {
  Error error{ErrorCode::usage, "no such key", {}};
  error = std::move(error).in("hosts.yaml:3").in("inventory");
  EXPECT_EQ(error.line(), "inventory: hosts.yaml:3: no such key");
}

TEST(Text, LowerKnowsAsciiOnly) {
  EXPECT_EQ(lower("GPU-Therm \xc3\x84"), "gpu-therm \xc3\x84");
}

TEST(Secret, PrintsAsStars) {
  const Secret secret("hunter2");
  std::ostringstream out;
  out << secret;
  EXPECT_EQ(out.str(), "***");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, IsEmptyAfterAMove) {
  Secret first("a secret too long for the small buffer of a string");
  const Secret second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the point of the test
  EXPECT_EQ(second.reveal().size(), 50U);
}

TEST(Bytes, ReadsSizes) {
  EXPECT_EQ(parse_bytes("64")->count, 64U);
  EXPECT_EQ(parse_bytes("8K")->count, 8192U);
  EXPECT_EQ(parse_bytes("2MiB")->count, 2U << 20U);
  EXPECT_EQ(parse_bytes("1.5GB")->count, 3U << 29U);
  for (const char* bad : {"", "K", "-1", "8X", "8KK", "1e3", "99999999T", "8 K", "0x10"}) {
    EXPECT_FALSE(parse_bytes(bad)) << bad;
  }
}

TEST(Bytes, SpeaksToPeople) {
  EXPECT_EQ(to_human(Bytes{512}), "512 B");
  EXPECT_EQ(to_human(Bytes{8'482'560'410}), "7.9 GiB");
}

TEST(Duration, ReadsDurations) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("10"), 10s);
  EXPECT_EQ(*parse_duration("1.5m"), 90s);
  EXPECT_EQ(*parse_duration("1d"), 24h);
  for (const char* bad : {"", "s", "-1s", "10x", "1 s", "nan", "99999999d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
}

TEST(Duration, SpeaksToPeople) {
  EXPECT_EQ(to_human(850us), "850 µs");
  EXPECT_EQ(to_human(2300us), "2.3 ms");
  EXPECT_EQ(to_human(85ms), "85 ms");
  EXPECT_EQ(to_human(2300ms), "2.3 s");
  EXPECT_EQ(to_human(245s), "4m 05s");
  EXPECT_EQ(to_human(76h), "3d 4h");
}

TEST(Duration, WritesRfc3339) {
  EXPECT_EQ(to_rfc3339(std::chrono::system_clock::time_point(1'769'860'800'123ms)), "2026-01-31T12:00:00.123Z");
}

TEST(Shell, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_quote("plain-word_1.2/x"), "plain-word_1.2/x");
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("it's $(x) `y` ; \n"), "'it'\\''s $(x) `y` ; \n'");
  const std::vector<std::string> words = {"a", "", "it's", "b \"\\c", "\\d", "$(e)"};
  EXPECT_EQ(shell_split(" a  '' it\\'s \"b \\\"\\\\c\"\t'\\d' $(e) "), words);
  EXPECT_EQ(shell_split(shell_join(words)), words);
  EXPECT_EQ(shell_split("-p 'it").error().message, "a quote does not end in '-p 'it'");
  EXPECT_EQ(shell_join({"echo", "a b", "~"}), "echo 'a b' '~'");
}

TEST(Shell, AQuotedWordComesBackWhole) {
  std::string every;
  for (int c = 1; c < 256; ++c) {
    every += static_cast<char>(c);
  }
  std::FILE* pipe = ::popen(("printf %s " + shell_quote(every)).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::array<char, 512> buffer{};
  const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe);
  ::pclose(pipe);
  EXPECT_EQ(std::string(buffer.data(), count), every);
}

TEST(Shell, RefusesHostNamesThatAreOptionsOrSyntax) {
  EXPECT_TRUE(is_safe_host_name("pi-01.local"));
  EXPECT_TRUE(is_safe_host_name("fe80::1"));
  for (const char* bad : {"", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a\nb", "a'b"}) {
    EXPECT_FALSE(is_safe_host_name(bad)) << bad;
  }
  EXPECT_FALSE(is_safe_host_name(std::string(256, 'a')));
}

TEST(Digest, KnowsTheUsualOnesByName) {
  EXPECT_EQ(hex_digest("md5", ""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hex_digest("sha1", "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex_digest("sha256", "abc"), sha256("abc"));
  EXPECT_EQ(hex_digest("sha512", "")->size(), 128U);
  EXPECT_EQ(hex_digest("crc7", "abc"), std::nullopt);
}

TEST(Digest, MatchesThePublishedVectors) {  // FIPS 180-2, appendix B
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, EncodesBase64) {  // RFC 4648, section 10
  EXPECT_EQ(base64_encode(std::as_bytes(std::span("foobar", 6))), "Zm9vYmFy");
  EXPECT_EQ(base64_encode(std::as_bytes(std::span("foob", 4))), "Zm9vYg==");
}

TEST(Digest, DecodesBase64) {
  EXPECT_EQ(base64_decode("Zm9vYg=="), "foob");
  EXPECT_EQ(base64_decode("Zm9vYmFy"), "foobar");
  EXPECT_EQ(base64_decode("Zm9"), "");
  EXPECT_EQ(base64_decode("????"), "");
}

TEST(Digest, MatchesThePublishedHmac) {  // RFC 2202, case 2
  const std::string mac = hmac_sha1("Jefe", "what do ya want for nothing?");
  EXPECT_EQ(base64_encode(std::as_bytes(std::span(mac))), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}

}  // namespace
}  // namespace cef::core
