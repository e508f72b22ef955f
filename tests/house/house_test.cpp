// Holds the source tree to docs/architecture.md: who may include whom, where third-party libraries live, sizes.
#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "source_scan.hpp"

namespace cef::house {
namespace {

namespace fs = std::filesystem;
using Rooms = std::set<std::string>;

const fs::path k_root = CEF_SOURCE_DIR;
constexpr int k_max_file_lines = 500;
constexpr int k_max_function_lines = 60;

/// Room -> rooms it may include besides itself.
const std::map<std::string, Rooms>& arrows() {
  static const std::map<std::string, Rooms> table = [] {
    std::map<std::string, Rooms> t = {
        {"core", {}},
        {"inventory", {"core"}},
        {"ssh", {"core"}},
        {"fleet", {"core", "inventory", "ssh"}},
        {"probe", {"core"}},
        {"task", {"core", "probe", "ssh"}},
        {"jinja", {"core"}},
        {"modules", {"core", "probe", "ssh", "task"}},
        {"playbook", {"core", "inventory", "ssh", "fleet", "jinja", "modules", "task"}},
        {"model", {"core"}},
        {"select", {"core"}},
        {"bench", {"core", "select"}},
        {"store", {"core", "select"}},
        {"registry", {"core"}},
    };
    Rooms below;
    for (const auto& [room, unused] : t) {
      below.insert(room);
    }
    t["operation"] = below;
    below.insert("operation");
    t["report"] = below;  // result headers
    t["cli"] = {"operation", "report", "core"};
    t["serve"] = {"operation", "report", "core"};
    return t;
  }();
  return table;
}

/// Beginning of an include path -> the rooms it may appear in.
const std::map<std::string, Rooms>& third_party() {
  static const std::map<std::string, Rooms> table = {
      {"yaml-cpp/", {"core"}}, {"nlohmann/", {"core"}},   {"openssl/", {"core"}},   {"spdlog/", {"core"}},
      {"sqlite3.h", {"core"}}, {"libssh/", {"ssh"}},      {"torch/", {"model"}},    {"ATen/", {"model"}},
      {"c10/", {"model"}},     {"jpeglib.h", {"model"}},  {"png.h", {"model"}},     {"curl/", {"registry"}},
      {"CLI/", {"cli"}},       {"archive", {"registry"}}, {"zlib.h", {"registry"}}, {"pcre2.h", {"core"}},
      {"dnnl.h", {"model"}},
  };
  return table;
}

std::vector<fs::path> house_files() {
  auto files = sources_below(k_root / "src");
  const auto headers = sources_below(k_root / "include");
  files.insert(files.end(), headers.begin(), headers.end());
  return files;
}

std::string room_of(const fs::path& file) {
  const fs::path relative = fs::relative(file, k_root);
  auto part = relative.begin();
  std::advance(part, *part == "include" ? 2 : 1);
  return part == relative.end() || *part == relative.filename() ? "" : part->string();
}

std::string where(const fs::path& file, int line) {
  return fs::relative(file, k_root).string() + ":" + std::to_string(line) + ": ";
}

TEST(House, EveryRoomIncludesOnlyWhatItsRowNames) {
  ASSERT_GT(house_files().size(), 20U);
  for (const auto& file : house_files()) {
    const std::string room = room_of(file);
    if (room.empty()) {  // src/main.cpp
      continue;
    }
    ASSERT_TRUE(arrows().contains(room)) << where(file, 1) << "is in no room of the plan";
    for (const auto& include : includes_of(read(file))) {
      if (include.path.rfind("cef/", 0) != 0) {
        continue;
      }
      const std::string other = include.path.substr(4, include.path.find('/', 4) - 4);
      EXPECT_TRUE(other == room || arrows().at(room).contains(other))
          << where(file, include.line) << "room '" << room << "' may not include room '" << other << "'";
    }
  }
}

TEST(House, EveryThirdPartyLibraryLivesInItsRoom) {
  for (const auto& file : house_files()) {
    for (const auto& include : includes_of(read(file))) {
      for (const auto& [prefix, rooms] : third_party()) {
        if (include.path.rfind(prefix, 0) == 0) {
          EXPECT_TRUE(rooms.contains(room_of(file))) << where(file, include.line) << include.path;
        }
      }
    }
  }
}

TEST(House, TorchLivesInThePlugInOnly) {
  for (const auto& file : house_files()) {
    for (const auto& include : includes_of(read(file))) {
      if (include.path.rfind("torch/", 0) == 0 || include.path.rfind("ATen/", 0) == 0) {
        EXPECT_EQ(file.parent_path(), k_root / "src/model/torch") << where(file, include.line);
      }
    }
  }
}

TEST(House, NoFileAndNoFunctionIsTooLong) {
  auto files = house_files();
  for (const char* folder : {"tests", "models"}) {
    const auto more = sources_below(k_root / folder);
    files.insert(files.end(), more.begin(), more.end());
  }
  for (const auto& file : files) {
    const std::string source = read(file);
    EXPECT_LE(std::count(source.begin(), source.end(), '\n'), k_max_file_lines) << where(file, 1);
    for (const auto& function : functions_of(source)) {
      EXPECT_LE(function.last_line - function.first_line + 1, k_max_function_lines)
          << where(file, function.first_line) << function.head;
    }
  }
}

TEST(House, HeadersHavePragmaOnceAndOpenNoNamespace) {
  for (const auto& file : house_files()) {
    if (file.extension() == ".hpp") {
      const std::string source = read(file);
      EXPECT_EQ(source.rfind("#pragma once\n", 0), 0U) << where(file, 1);
      EXPECT_EQ(blank_comments_and_literals(source).find("using namespace"), std::string::npos) << where(file, 1);
    }
  }
}

TEST(SourceScan, FindsFunctionsAndIgnoresTextInCommentsAndStrings) {
  const auto functions = functions_of(
      "namespace a {\nstruct S {\n  int f() { return 1; }\n};\nint g(int x)\n{\n  if (x) {\n  }\n  // }\n"
      "  auto s = \"}\"; auto r = R\"(})\"; auto l = [] {\n };\n}\n}\n");
  ASSERT_EQ(functions.size(), 2U);
  EXPECT_EQ(functions[0].first_line, 3);
  EXPECT_EQ(functions[1].first_line, 6);
  EXPECT_EQ(functions[1].last_line, 12);
}

}  // namespace
}  // namespace cef::house
