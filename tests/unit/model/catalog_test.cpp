#include "cef/model/catalog.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "cef/core/digest.hpp"
#include "cef/model/weights.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;

const fs::path k_path = fs::path(CEF_SOURCE_DIR) / "models" / "catalog.yaml";
const fs::path k_real = fs::path(CEF_SOURCE_DIR) / ".." / "shared" / "data" / "resnet-cifar10";

std::uint64_t bytes_of_state(const Network& network) {
  std::uint64_t bytes = 0;
  for (const auto& [name, shape] : network.parameters()) {
    std::uint64_t count = 4;
    for (const std::int64_t size : shape) {
      count *= static_cast<std::uint64_t>(size);
    }
    bytes += count;
  }
  return bytes;
}

TEST(Catalog, ItsNumbersAreThoseOfTheNetworks) {
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog) << catalog.error().line();
  EXPECT_EQ(catalog->entries.size(), 20U);
  for (const auto& entry : catalog->entries) {
    const auto network = build_network(entry.architecture);
    ASSERT_TRUE(network) << entry.name;
    EXPECT_EQ(entry.parameters, network->parameter_count()) << entry.name;
    EXPECT_EQ(entry.macs, network->macs(entry.height, entry.width)) << entry.name;
    EXPECT_EQ(entry.weight_bytes, bytes_of_state(*network)) << entry.name;
    if (!entry.embedded) {
      EXPECT_TRUE(entry.url.starts_with("https://")) << entry.name;
      EXPECT_TRUE(entry.url.ends_with("/" + entry.file)) << entry.name;
      ASSERT_TRUE(entry.quoted_accuracy) << entry.name;
      EXPECT_FALSE(entry.quoted_accuracy->source.empty()) << entry.name;
      const std::string& digest = entry.sha256.empty() ? entry.sha256_prefix : entry.sha256;
      EXPECT_NE(entry.file.find("-" + digest.substr(0, 8) + "."), std::string::npos) << entry.name;
    }
  }
}

TEST(Catalog, TheEmbeddedFilesAreThereAndAsItSays) {
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog);
  EXPECT_EQ(catalog->embedded(),
            (std::vector<std::string>{"resnet18-w8", "resnet34-w8", "resnet50-w8", "resnet101-w8", "resnet152-w8"}));
  std::uint64_t together = 0;
  for (const auto& name : catalog->embedded()) {
    const CatalogEntry& entry = *catalog->find(name);
    const fs::path file = file_of(*catalog, entry);
    const auto digest = core::sha256_file(file);
    ASSERT_TRUE(digest) << digest.error().line();
    EXPECT_EQ(*digest, entry.sha256) << name;
    EXPECT_EQ(fs::file_size(file), entry.file_bytes) << name;
    together += entry.file_bytes;
    const auto weights = WeightFile::open(file);
    ASSERT_TRUE(weights) << weights.error().line();
    const auto fits = check_weights(*build_network(entry.architecture), *weights);
    EXPECT_TRUE(fits) << fits.error().line();
  }
  EXPECT_LE(together, 12'000'000U);
}

TEST(Catalog, KnowsTheRealFiles) {
  if (!fs::exists(k_real)) {
    GTEST_SKIP() << "the real weights are not at " << k_real;
  }
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog);
  int known = 0;
  for (const auto& file : fs::directory_iterator(k_real)) {
    const std::string name = file.path().filename().string();
    const CatalogEntry* entry = catalog->find(name.substr(0, name.find_first_of("-.")));
    ASSERT_NE(entry, nullptr) << name;
    EXPECT_TRUE(digest_matches(*entry, *core::sha256_file(file.path()))) << name;
    EXPECT_FALSE(digest_matches(*entry, std::string(64, '0'))) << name;
    ++known;
  }
  EXPECT_EQ(known, 12);
}

TEST(Catalog, PhotographsArePreparedAsTorchvisionDoesIt) {
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog);
  EXPECT_EQ(catalog->find("resnet50")->preprocessing, (Preprocessing{256, 224, Interpolation::bilinear}));
  EXPECT_EQ(catalog->find("efficientnet_b3")->preprocessing, (Preprocessing{320, 300, Interpolation::bicubic}));
  EXPECT_EQ(catalog->find("resnet20")->preprocessing, (Preprocessing{32, 32, Interpolation::bilinear}));
}

const std::string k_good =
    "schema: cef.catalog/1\nmodels:\n  - name: m\n"
    "    architecture: {family: cifar_resnet, depth: 20, width: 16, classes: 10}\n"
    "    task: image-classification\n    dataset: cifar10\n    input: {height: 32, width: 32}\n"
    "    normalisation: {mean: [0.5, 0.5, 0.5], deviation: [0.2, 0.2, 0.2]}\n    file: m.pth\n"
    "    sha256_prefix: \"12fca82f\"\n    url: https://example.org/m.pth\n    parameters: 1\n    macs: 1\n"
    "    weight_bytes: 4\n";

TEST(Catalog, WrongFilesGetFileAndLine) {
  ASSERT_TRUE(parse_catalog(k_good, "c.yaml")) << parse_catalog(k_good, "c.yaml").error().line();
  struct Case {
    const char* from;
    const char* to;
    const char* message;
  };
  const Case cases[] = {
      {"cef.catalog/1", "cef.catalog/2", "schema is cef.catalog/1"},
      {"task:", "taks:", "c.yaml:5: there is no key 'taks'; did you mean 'task'?"},
      {"cifar_resnet", "vgg", "c.yaml:4: the family is"},
      {"depth: 20", "depth: many", "c.yaml:4: depth is a whole number"},
      {"height: 32", "interpolation: cubic, height: 32", "c.yaml:7: the interpolation is bilinear or bicubic"},
      {"height: 32", "height: 0", "c.yaml:7: height is a whole number from 1"},
      {"[0.5, 0.5, 0.5]", "[0.5, 0.5]", "c.yaml:8: mean is a list of three numbers"},
      {"[0.2, 0.2, 0.2]", "[0.2, 0, 0.2]", "a standard deviation is larger than 0"},
      {"file: m.pth", "file: ../m.pth", "c.yaml:9: file is a plain file name"},
      {"\"12fca82f\"", "\"12FC\"", "c.yaml:10: sha256_prefix is not a SHA-256"},
      {"    sha256_prefix: \"12fca82f\"\n", "", "the key 'sha256' is missing"},
      {"    url: https://example.org/m.pth\n", "", "the key 'url' is missing"},
      {"parameters: 1", "parameters: -1", "c.yaml:12: parameters is a whole number"},
      {"models:", "models: 5\nother:", "c.yaml:"},
  };
  for (const Case& c : cases) {
    std::string text = k_good;
    text.replace(text.find(c.from), std::string(c.from).size(), c.to);
    const auto catalog = parse_catalog(text, "c.yaml");
    ASSERT_FALSE(catalog) << c.to;
    EXPECT_EQ(catalog.error().code, ErrorCode::usage);
    EXPECT_NE(catalog.error().message.find(c.message), std::string::npos) << catalog.error().message;
    EXPECT_EQ(catalog.error().message.rfind("c.yaml:", 0), 0U) << catalog.error().message;
  }
  const std::string twice = k_good + k_good.substr(k_good.find("  - name"));
  EXPECT_NE(parse_catalog(twice, "c.yaml").error().message.find("'m' is there twice"), std::string::npos);
}

TEST(Catalog, TheUsersOwnIsAddedToTheInstalledOne) {
  const test::Folder folder;
  folder.write("mine.yaml", k_good);
  folder.write("cef/catalog.yaml", k_good);
  ::setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  const auto by_place = open_catalog();
  ASSERT_TRUE(by_place) << by_place.error().line();
  EXPECT_EQ(by_place->entries.size(), load_catalog(k_path)->entries.size() + 1);
  ASSERT_NE(by_place->find("m"), nullptr);
  EXPECT_EQ(by_place->find("m")->catalog, folder.path() / "cef" / "catalog.yaml");
  ::setenv("CEF_CATALOG", (folder.path() / "mine.yaml").c_str(), 1);
  EXPECT_EQ(open_catalog()->find("m")->catalog, folder.path() / "mine.yaml");
  std::string same = k_good;
  folder.write("mine.yaml", same.replace(same.find("name: m"), 7, "name: resnet20"));
  EXPECT_NE(open_catalog().error().message.find("the model 'resnet20' is in"), std::string::npos);
  ::setenv("CEF_CATALOG", (folder.path() / "none.yaml").c_str(), 1);
  EXPECT_FALSE(open_catalog());
  ::unsetenv("CEF_CATALOG");
  ::unsetenv("XDG_CONFIG_HOME");
}

TEST(Catalog, ATorchScriptEntryNeedsNeitherDepthNorWidth) {
  std::string text = k_good;
  const std::string from = "{family: cifar_resnet, depth: 20, width: 16, classes: 10}";
  text.replace(text.find(from), from.size(), "{family: torchscript, classes: 10}");
  const auto catalog = parse_catalog(text, "c.yaml");
  ASSERT_TRUE(catalog) << catalog.error().line();
  EXPECT_EQ(catalog->entries[0].architecture.stated_macs, 1);
  EXPECT_EQ(build_network(catalog->entries[0].architecture)->macs(32, 32), 1);
}

TEST(Resolve, FindsFilesInTheFolderByName) {
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog);
  const test::Folder folder;
  const auto missing = resolve_model(*catalog, "resnet20", folder.path(), 10);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("/resnet20.safetensors, "), std::string::npos) << missing.error().message;
  folder.write("resnet20-12fca82f.th", "");
  EXPECT_EQ(resolve_model(*catalog, "resnet20", folder.path(), 10)->weights.filename(), "resnet20-12fca82f.th");
  folder.write("resnet20.pth", "");
  EXPECT_EQ(resolve_model(*catalog, "resnet20", folder.path(), 10)->weights.filename(), "resnet20.pth");
  folder.write("resnet20.safetensors", "");
  const auto found = resolve_model(*catalog, "resnet20", folder.path(), 100);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->weights.filename(), "resnet20.safetensors");
  EXPECT_EQ(found->network.architecture.family, Family::cifar_resnet);
  EXPECT_EQ(found->network.architecture.classes, 100);
  ASSERT_TRUE(found->entry);
}

TEST(Resolve, DepthAndWidthInANameThatTheCatalogueLacks) {
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog);
  const test::Folder folder;
  folder.write("resnet26-w32.pt", "");
  folder.write("resnet34-w24.pth", "");
  const auto cifar = resolve_model(*catalog, "resnet26-w32", folder.path(), 7);
  ASSERT_TRUE(cifar) << cifar.error().line();
  EXPECT_EQ(cifar->network.architecture.family, Family::cifar_resnet);
  EXPECT_EQ(cifar->network.architecture.width, 32);
  EXPECT_FALSE(cifar->entry);
  const auto torchvision = resolve_model(*catalog, "resnet34-w24", folder.path(), 7);
  ASSERT_TRUE(torchvision);
  EXPECT_EQ(torchvision->network.architecture.family, Family::torchvision_resnet);
  for (const char* name : {"resnet", "resnetx", "resnet20-w", "resnet20-w0", "resnet20x", "vgg16", ""}) {
    EXPECT_EQ(resolve_model(*catalog, name, folder.path(), 10).error().code, ErrorCode::usage) << name;
  }
}

TEST(Resolve, WithoutAFolderTheEmbeddedFileOrAHint) {
  const auto catalog = load_catalog(k_path);
  ASSERT_TRUE(catalog);
  const auto embedded = resolve_model(*catalog, "resnet18-w8", {}, 10);
  ASSERT_TRUE(embedded) << embedded.error().line();
  EXPECT_EQ(embedded->weights, k_path.parent_path() / "resnet18-w8.safetensors");
  EXPECT_NE(resolve_model(*catalog, "resnet18-w8", {}, 100).error().message.find("10 classes apart"),
            std::string::npos);
  EXPECT_NE(resolve_model(*catalog, "resnet18w8", {}, 10).error().message.find("did you mean 'resnet18-w8'"),
            std::string::npos);
  const test::Folder folder;
  ::setenv("XDG_CACHE_HOME", folder.path().c_str(), 1);
  EXPECT_NE(resolve_model(*catalog, "resnet18", {}, 1000).error().message.find("cef model fetch resnet18"),
            std::string::npos);
  folder.write("cef/models/resnet18-f37072fd.pth", "");
  EXPECT_TRUE(resolve_model(*catalog, "resnet18", {}, 1000));
  folder.write("cef/models/resnet20-converted.pth", "");
  EXPECT_EQ(resolve_model(*catalog, "resnet20", {}, 10)->weights.filename(), "resnet20-converted.pth");
  ::unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace cef::model
