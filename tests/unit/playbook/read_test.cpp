// tests/playbooks/read/CASE/site.yaml and what reading it gives: `expected` is the document as JSON, or the error.
// With CEF_UPDATE_CASES=1 in the environment the files are written anew.
#include "cef/playbook/read.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cef/core/vault.hpp"
#include "cef/playbook/list.hpp"
#include "describe.hpp"

namespace cef::playbook {
namespace {

namespace fs = std::filesystem;

const fs::path k_cases = fs::path(CEF_SOURCE_DIR) / "tests/playbooks/read";

std::string content(const fs::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string without_folder(std::string text, const fs::path& folder) {
  const std::string prefix = folder.string() + "/";
  for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
    text.erase(at, prefix.size());
  }
  return text;
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(k_cases)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

ReadOptions options_of(const fs::path& folder) {
  ReadOptions options;
  options.extra_vars = {{"from_extra", "extra"}};
  if (fs::exists(folder / "password")) {
    std::string password = content(folder / "password");
    password.pop_back();
    options.open_vault = [password](const std::string& vault) {
      return core::decrypt_vault(vault, {{"", core::Secret(password)}});
    };
  }
  return options;
}

class Read : public testing::TestWithParam<std::string> {};

TEST_P(Read, GivesWhatIsExpected) {
  const fs::path folder = k_cases / GetParam();
  auto book = read_playbook(folder / "site.yaml", options_of(folder));
  if (const bool vault = GetParam().starts_with("bad_vault");
      vault && book) {  // refused where it is needed for certain
    const auto named = check_names(*book, {});
    book = named ? std::move(book) : core::fail(named.error());
  }
  const std::string got =
      without_folder(book ? core::dump_document(describe(*book)) + "\n"
                          : std::string(core::to_string(book.error().code)) + "\n" + book.error().message + "\n",
                     folder);
  if (std::getenv("CEF_UPDATE_CASES") != nullptr) {
    std::ofstream(folder / "expected") << got;
  }
  EXPECT_EQ(got, content(folder / "expected"));
  if (!book) {
    EXPECT_EQ(std::count(book.error().message.begin(), book.error().message.end(), '\n'), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Read, testing::ValuesIn(cases()), [](const auto& one) { return one.param; });

}  // namespace
}  // namespace cef::playbook
