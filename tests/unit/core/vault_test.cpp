#include "cef/core/vault.hpp"

#include <gtest/gtest.h>

namespace cef::core {
namespace {

// Made by ansible-vault of ansible-core 2.14 with the password "sesame".
constexpr std::string_view k_value =
    "$ANSIBLE_VAULT;1.1;AES256\n"
    "38626464623332663534383231373466623530663261353438663966356434353136353061653636\n"
    "3139346561616361633038616136663035356237653436320a346139623335633463656661316438\n"
    "35626539353737653534306163653962613338376633323962663037303339363961366665633931\n"
    "3662303931303732660a336466663932303261316365633261633933643464393133626161663664\n"
    "6561\n";
constexpr std::string_view k_labelled =
    "$ANSIBLE_VAULT;1.2;AES256;prod\n"
    "64363939366561326539666264303164316666343063656665616436616233643266393130323333\n"
    "6534643464613135393864663932623338376361343335630a353065396232666665363935636532\n"
    "38666330646565316266383162366161303039666164636662666661613363396131383831633433\n"
    "6633303830333135640a373737633139303132323035313965383863306461386236383331383538\n"
    "63636664306461346430643030326535323239636165383831386332616235663061\n";

std::vector<VaultPassword> only(const char* password) {
  return {{"", Secret(password)}};
}

std::string text_of(const Result<std::string>& result) {
  return result ? *result : std::string(to_string(result.error().code)) + ": " + result.error().message;
}

TEST(Vault, OpensWhatAnsibleWrote) {
  EXPECT_TRUE(is_vault(k_value));
  EXPECT_FALSE(is_vault("a: 1\n"));
  EXPECT_EQ(text_of(decrypt_vault(k_value, only("sesame"))), "s3cret");
  EXPECT_EQ(text_of(decrypt_vault(k_labelled, only("sesame"))), "in a file\nof two lines\n");
}

TEST(Vault, RefusesAWrongPasswordAndDamage) {
  EXPECT_EQ(text_of(decrypt_vault(k_value, only("sesam"))), "usage: is a vault that this password does not open");
  std::string damaged(k_value);
  damaged[damaged.size() - 2] = damaged[damaged.size() - 2] == '1' ? '2' : '1';
  EXPECT_EQ(decrypt_vault(damaged, only("sesame")).error().code, ErrorCode::usage) << "the HMAC cannot tell which";
  EXPECT_EQ(text_of(decrypt_vault(k_value.substr(0, 200), only("sesame"))), "integrity: is a damaged vault");
  EXPECT_EQ(text_of(decrypt_vault("$ANSIBLE_VAULT;1.1;AES256\nzz\n", only("sesame"))), "integrity: is a damaged vault");
}

TEST(Vault, TriesEveryPassword) {
  const VaultPassword right{"other", Secret("sesame")};
  const VaultPassword wrong{"prod", Secret("sesam")};
  EXPECT_EQ(text_of(decrypt_vault(k_labelled, {wrong, right})), "in a file\nof two lines\n");
  EXPECT_EQ(text_of(decrypt_vault(k_value, {right, wrong})), "s3cret");
  EXPECT_EQ(text_of(decrypt_vault(k_labelled, {wrong, wrong})), "usage: is a vault that none of the passwords opens");
}

TEST(Vault, RefusesOtherKinds) {
  EXPECT_EQ(decrypt_vault("$ANSIBLE_VAULT;1.0;AES\n00\n", only("x")).error().code, ErrorCode::usage);
  EXPECT_EQ(decrypt_vault("$ANSIBLE_VAULT;1.1;AES256", only("x")).error().code, ErrorCode::integrity);
}

}  // namespace
}  // namespace cef::core
