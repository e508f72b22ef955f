#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "cef/model/dataset.hpp"
#include "image_samples.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using Bytes = std::vector<std::uint8_t>;

TEST(ImageFolder, IsListedInTheOrderOfNames) {
  const test::Folder folder;
  const Bytes red = {255, 0, 0, 255, 0, 0};
  const Bytes blue = {0, 0, 255, 0, 9, 255};
  folder.write("b/2.PNG", test::png(2, 1, {8, 2, false}, blue));
  folder.write("b/1.png", test::png(2, 1, {8, 2, false}, red));
  folder.write("a/x.jpeg", test::jpeg(2, 1, 1, {100, 100}));
  folder.write("a/notes.txt", "not an image");
  folder.write("a/.hidden.png", "not an image");
  folder.write("a/deeper/0.jpg", test::jpeg(2, 1, 1, {100, 100}));
  folder.write("readme.md", "not a class");
  const auto data = open_dataset("folder:" + folder.path().string());
  ASSERT_TRUE(data) << data.error().line();
  EXPECT_EQ(data->classes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(data->labels, (std::vector<int>{0, 0, 1, 1}));
  ASSERT_TRUE(data->files);
  EXPECT_EQ(data->files->names, (std::vector<std::string>{"a/x.jpeg", "a/deeper/0.jpg", "b/1.png", "b/2.PNG"}));
  EXPECT_EQ(data->width, 2);
  EXPECT_EQ(data->height, 1);
  EXPECT_EQ(data->digest.size(), 64U);
  EXPECT_EQ(open_dataset("folder:" + folder.path().string() + "/")->digest, data->digest);
}

TEST(ImageFolder, TheDigestIsOfNamesContentsAndLabels) {
  const test::Folder folder;
  const std::string one = test::png(2, 1, {8, 0, false}, {1, 2});
  folder.write("a/1.png", one);
  const auto digest = [&] { return open_dataset("folder:" + folder.path().string())->digest; };
  const std::string first = digest();
  folder.write("a/1.png", test::png(2, 1, {8, 0, false}, {1, 3}));
  EXPECT_NE(digest(), first);
  folder.write("a/1.png", one);
  EXPECT_EQ(digest(), first);
  folder.write("classes.txt", "z\na\n");
  EXPECT_NE(digest(), first);
  fs::remove(folder.path() / "classes.txt");
  fs::rename(folder.path() / "a", folder.path() / "b");
  EXPECT_NE(digest(), first);
}

TEST(ImageFolder, TheSizeIsTheModelsOrTheImagesOwn) {
  const test::Folder folder;
  folder.write("a/1.png", test::png(2, 1, {8, 0, false}, {1, 2}));
  folder.write("a/2.png", test::png(1, 2, {8, 0, false}, {1, 2}));
  const std::string spec = "folder:" + folder.path().string();
  const auto mixed = open_dataset(spec);
  ASSERT_TRUE(mixed) << mixed.error().line();
  const auto none = input_size(*mixed, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::usage);
  EXPECT_NE(none.error().message.find("@224"), std::string::npos);
  const Preprocessing of_model{288, 240, Interpolation::bicubic};
  EXPECT_EQ(input_size(*mixed, of_model), (InputSize{240, 240}));
  const auto resized = open_dataset(spec + "@14");
  ASSERT_TRUE(resized) << resized.error().line();
  EXPECT_EQ(resized->width, 14);
  EXPECT_EQ(resized->height, 14);
  EXPECT_EQ(resized->size(), 2U);
  EXPECT_EQ(input_size(*resized, of_model), (InputSize{14, 14}));
  EXPECT_EQ(effective_preprocessing(*resized, of_model), (Preprocessing{16, 14, Interpolation::bilinear}));
  EXPECT_EQ(open_dataset(spec + "@0").error().code, ErrorCode::usage);
  EXPECT_EQ(open_dataset(spec + "@99999").error().code, ErrorCode::usage);
  fs::remove(folder.path() / "a" / "2.png");
  EXPECT_EQ(input_size(*open_dataset(spec), {}), (InputSize{1, 2}));
  EXPECT_EQ(input_size(*open_dataset("embedded"), of_model), (InputSize{48, 48})) << "never resized";
}

TEST(ImageFolder, FilesThatAreNoImagesAreFoundWhenTheyAreUsed) {
  const test::Folder folder;
  folder.write("a/1.png", test::png(2, 1, {8, 0, false}, {1, 2}).substr(0, 40));
  folder.write("a/2.jpg", "");
  folder.write("a/3.jpg", "text");
  const auto data = open_dataset("folder:" + folder.path().string());
  ASSERT_TRUE(data) << data.error().line();
  EXPECT_EQ(data->size(), 3U);
  folder.write("a/4.webp", "RIFF");
  const auto other = open_dataset("folder:" + folder.path().string());
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("4.webp: cef reads JPEG and PNG"), std::string::npos) << other.error().message;
  fs::remove(folder.path() / "a" / "4.webp");
  fs::create_symlink("/nowhere/at/all", folder.path() / "a" / "5.png");
  EXPECT_EQ(open_dataset("folder:" + folder.path().string()).error().code, ErrorCode::usage);
}

TEST(ImageFolder, TheClassListGivesTheLabels) {
  const test::Folder folder;
  const std::string image = test::png(2, 1, {8, 0, false}, {1, 2});
  folder.write("images/n01443537/1.png", image);
  folder.write("images/n01440764/1.png", image);
  const std::string spec = "folder:" + (folder.path() / "images").string();
  EXPECT_EQ(open_dataset(spec)->classes.size(), 2U);
  const std::string mapping = "n01484850 great white shark\nn01440764 tench, Tinca tinca\r\nn01443537 goldfish\n\n";
  const std::string json = R"({"0": ["n01484850", "shark"], "2": ["n01443537", "goldfish"], "1": ["n01440764", "t"]})";
  for (const std::string& list : {mapping, json, std::string("n01484850\nn01440764\nn01443537")}) {
    const auto data = open_dataset(spec + "?classes=" + folder.write("list", list).string());
    ASSERT_TRUE(data) << data.error().line();
    EXPECT_EQ(data->classes, (std::vector<std::string>{"n01484850", "n01440764", "n01443537"}));
    EXPECT_EQ(data->labels, (std::vector<int>{1, 2}));
  }
  for (const char* name : {"LOC_synset_mapping.txt", "imagenet_class_index.json", "classes.txt"}) {
    folder.write(std::string("images/") + name, std::string(name).ends_with("json") ? json : mapping);
    EXPECT_EQ(open_dataset(spec)->classes.size(), 3U) << name;
    fs::remove(folder.path() / "images" / name);
  }
}

TEST(ImageFolder, AWrongClassListIsOneClearError) {
  const test::Folder folder;
  folder.write("images/ice cream/1.png", test::png(2, 1, {8, 0, false}, {1, 2}));
  const std::string spec = "folder:" + (folder.path() / "images").string() + "@8?classes=";
  const auto message = [&](const std::string& list) {
    const auto data = open_dataset(spec + folder.write("list", list).string());
    EXPECT_TRUE(data || data.error().code == ErrorCode::usage);
    return data ? "" : data.error().message;
  };
  EXPECT_EQ(message("tea\nice cream\n"), "");
  EXPECT_NE(message("tea\nice creme\n").find("the folder 'ice cream' is none of the 2 classes"), std::string::npos);
  EXPECT_NE(message("tea\nice creme\n").find("did you mean 'ice creme'"), std::string::npos);
  EXPECT_NE(message("a\nice cream\na\n").find("list:3: names the class 'a' again (line 1"), std::string::npos);
  EXPECT_NE(message("a\n\nb\n").find("list:2: is empty"), std::string::npos);
  EXPECT_NE(message("\n").find("names no class"), std::string::npos);
  EXPECT_NE(message(R"({"0": ["a"], "2": ["b"]})").find("'2' is not a label from 0 to 1"), std::string::npos);
  EXPECT_NE(message(R"({"0": ["a"], "00": ["b"]})").find("'00' is not a label"), std::string::npos);
  EXPECT_NE(message(R"({"0": ["a"], "1": ["a"]})").find("'a' is label 0 and label 1"), std::string::npos);
  EXPECT_NE(message(R"({"0": "a"})").find("label 0 has no name"), std::string::npos);
  EXPECT_NE(message("{").find("list"), std::string::npos);
  EXPECT_EQ(open_dataset(spec + "/nowhere/list").error().code, ErrorCode::usage);
}

TEST(ImageFolder, TheDigestOfALargeOneIsKeptUntilAFileChanges) {
  const test::Folder folder;
  ::setenv("XDG_CACHE_HOME", (folder.path() / "cache").c_str(), 1);
  const std::string image = test::png(2, 1, {8, 0, false}, {1, 2});
  const fs::path large = folder.write("images/a/1.png", image + std::string(17U << 20U, 'x'));
  const std::string spec = "folder:" + (folder.path() / "images").string();
  const std::string fresh = open_dataset(spec)->digest;
  const fs::path kept = folder.path() / "cache" / "cef" / "folders";
  EXPECT_FALSE(fs::exists(kept)) << "it changed just now: it could again without a trace";
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_EQ(open_dataset(spec)->digest, fresh);
  ASSERT_TRUE(fs::exists(kept));
  const fs::path file = fs::directory_iterator(kept)->path();
  EXPECT_EQ(open_dataset(spec)->digest, fresh);
  EXPECT_EQ(open_dataset(spec)->width, 2);
  folder.write("cache/cef/folders/" + file.filename().string(), "damaged");
  EXPECT_EQ(open_dataset(spec)->digest, fresh);
  folder.write("images/a/1.png", image + std::string(17U << 20U, 'y'));
  EXPECT_NE(open_dataset(spec)->digest, fresh);
  ::unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace cef::model
