#include "cef/registry/bundle.hpp"

#include "bundle_fixture.hpp"
#include "cef/core/digest.hpp"

namespace cef::registry {
namespace {

namespace fs = std::filesystem;
using core::ErrorCode;
using test::extra_field;
using test::k_program;
using test::make_tar;
using test::make_zip;
using test::TarItem;
using test::ZipItem;

class PackBundle : public test::BundleTest {};

ZipItem item(const std::string& name, const std::string& data = "content") {
  ZipItem made;
  made.name = name;
  made.data = data;
  return made;
}

std::vector<ZipItem> small_model() {
  ZipItem folder = item("model/", "");
  folder.mode = 040755;
  ZipItem program = item("model/run.sh", "#!/bin/sh\necho hi\n");
  program.mode = k_program;
  ZipItem stored = item("model/weights.bin", std::string(70'000, 'w'));
  stored.method = 0;
  return {item("model/labels/en.txt", "cat\ndog\n"), program, folder, stored, item("model/empty", "")};
}

TEST_F(PackBundle, MakesAPlainSortedTarOfAZip) {
  const auto bundle = pack("resnet-18-1.2.zip", make_zip(small_model()));
  ASSERT_TRUE(bundle) << bundle.error().line();
  EXPECT_EQ(bundle->info.name, "resnet-18");
  EXPECT_EQ(bundle->info.version, "1.2");
  EXPECT_EQ(bundle->info.task, "");
  EXPECT_EQ(bundle->info.architecture, "any");
  EXPECT_EQ(bundle->files, 4U);
  EXPECT_EQ(bundle->unpacked.count, 70'000U + 18 + 8);
  EXPECT_EQ(bundle->size.count, fs::file_size(tar()));
  EXPECT_EQ(bundle->sha256, core::sha256(read(tar())));
  EXPECT_EQ(bundle->source_sha256, core::sha256(make_zip(small_model())));
  EXPECT_EQ(listing(),
            "drwxr-xr-x 0/0               0 1970-01-01 00:00 model/\n"
            "-rw-r--r-- 0/0               0 1970-01-01 00:00 model/empty\n"
            "drwxr-xr-x 0/0               0 1970-01-01 00:00 model/labels/\n"
            "-rw-r--r-- 0/0               8 1970-01-01 00:00 model/labels/en.txt\n"
            "-rwxr-xr-x 0/0              18 1970-01-01 00:00 model/run.sh\n"
            "-rw-r--r-- 0/0           70000 1970-01-01 00:00 model/weights.bin\n");
  const fs::path folder = unpacked();
  EXPECT_EQ(read(folder / "model/weights.bin"), std::string(70'000, 'w'));
  EXPECT_EQ(read(folder / "model/labels/en.txt"), "cat\ndog\n");
}

TEST_F(PackBundle, TheSameContentHasTheSameDigestFromEveryArchive) {
  const auto first = pack("m.zip", make_zip(small_model()));
  auto items = small_model();
  std::reverse(items.begin(), items.end());
  for (ZipItem& each : items) {
    each.method = each.method == 0 ? 8 : 0;
    each.extra = extra_field(0x5455, std::string(5, '\1'));  // a time
  }
  const auto second = pack("m2.zip", make_zip(items));
  const std::vector<TarItem> tar_items = {
      {"./", "", '5', "", 0700},          {"./model/run.sh", "#!/bin/sh\necho hi\n", '0', "", 04711},
      {"./model/", "", '5', "", 01777},   {"model/weights.bin", std::string(70'000, 'w'), '0', "", 0600},
      {"model/empty", "", '0', "", 0644}, {"model/labels/en.txt", "cat\ndog\n", '0', "", 0444}};
  const auto third = pack("m.tar", make_tar(tar_items));
  const auto fourth = pack("m.tar.gz", test::gzipped(make_tar(tar_items)));
  for (const auto* other : {&second, &third, &fourth}) {
    ASSERT_TRUE(first && *other) << (first ? (*other).error().line() : first.error().line());
    EXPECT_EQ((*other)->sha256, first->sha256);
    EXPECT_EQ((*other)->files, first->files);
    EXPECT_EQ((*other)->unpacked, first->unpacked);
  }
}

TEST_F(PackBundle, ReadsWhatInfoZipAndTarWrite) {
  const fs::path source = top_ / "source";
  fs::create_directories(source / "모델" / "deep");
  std::ofstream(source / "모델" / "deep" / "weights.bin") << std::string(300'000, 'a');
  std::ofstream(source / "모델" / "예.txt") << "hello";
  const std::string in = "cd '" + source.string() + "' && ";
  const std::string to = "'" + (top_ / "in").string() + "/";
  std::vector<std::string> digests;
  for (const auto& [name, command] : std::vector<std::pair<std::string, std::string>>{
           {"a.zip", "zip -q -r " + to + "a.zip' ."},
           {"b.zip", "tar -cf - * | tar -tf - | zip -q -@ - > " + to + "b.zip'"},  // to a pipe: sizes after the data
           {"c.tar", "LC_ALL=C tar --format=pax -cf " + to + "c.tar' ."},
           {"d.tar.gz", "LC_ALL=C tar --format=gnu -czf " + to + "d.tar.gz' *"},
           {"e.tar.zst", "tar -cf - . | zstd -q > " + to + "e.tar.zst'"}}) {
    const std::string said = output(in + command);
    const fs::path archive = top_ / "in" / name;
    if (said.find("not found") != std::string::npos) {
      continue;  // no zip or zstd on this machine
    }
    const auto bundle = pack_bundle(archive, tar(), {}, limits_, stop_);
    ASSERT_TRUE(bundle) << name << ": " << bundle.error().line() << said;
    digests.push_back(bundle->sha256);
    EXPECT_EQ(bundle->sha256, digests.front()) << name;
  }
  EXPECT_GE(digests.size(), 2U);
}

TEST_F(PackBundle, KeepsLongNames) {
  const std::string deep = std::string(90, 'a') + "/" + std::string(90, 'b') + "/" + std::string(90, 'c');
  const std::string wide = std::string(250, 'w') + ".bin";
  const std::string fits = std::string(150, 'p') + "/" + std::string(99, 'n');
  const auto bundle = pack("m.zip", make_zip({item(deep, "deep"), item(wide, "wide"), item(fits, "fits")}));
  ASSERT_TRUE(bundle) << bundle.error().line();
  const fs::path folder = unpacked();
  EXPECT_EQ(read(folder / deep), "deep");
  EXPECT_EQ(read(folder / wide), "wide");
  EXPECT_EQ(read(folder / fits), "fits");
}

TEST_F(PackBundle, TakesNameAndVersionFromWhoeverKnowsBest) {
  const auto zip = [](const std::string& manifest_path, const std::string& manifest) {
    return make_zip({item("m/weights"), item(manifest_path, manifest)});
  };
  const std::string text = "name: yolo\nversion: 1.10\ntask: detection\narchitecture: arm64\n";
  auto bundle = pack("other-7.zip", zip("m/cef-model.yaml", text));
  ASSERT_TRUE(bundle) << bundle.error().line();
  EXPECT_EQ(bundle->info.name, "yolo");
  EXPECT_EQ(bundle->info.version, "1.10");
  EXPECT_EQ(bundle->info.task, "detection");
  EXPECT_EQ(bundle->info.architecture, "arm64");
  bundle = pack("other-7.zip", zip("cef-model.yaml", "task: detection\n"), {"mine", "", "", "amd64"});
  ASSERT_TRUE(bundle) << bundle.error().line();
  EXPECT_EQ(bundle->info.name, "mine");
  EXPECT_EQ(bundle->info.version, "7");
  EXPECT_EQ(bundle->info.architecture, "amd64");
  bundle = pack("plain.zip", zip("deep/er/cef-model.yaml", text));  // not at the top: no manifest
  ASSERT_TRUE(bundle) << bundle.error().line();
  EXPECT_EQ(bundle->info.name, "plain");
  EXPECT_EQ(bundle->info.version, "1");
}

TEST_F(PackBundle, SaysWhatIsWrongWithNameAndManifest) {
  const auto expect_usage = [&](const core::Result<Bundle>& result, const std::string& part) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::usage);
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
    EXPECT_FALSE(fs::exists(tar()));
  };
  const std::string zip = make_zip({item("a")});
  expect_usage(pack("my model.zip", zip), "the name 'my model'");
  expect_usage(pack("m.zip", zip, {"../x", "", "", ""}), "the name '../x'");
  expect_usage(pack("m.zip", zip, {"m", "1/2", "", ""}), "the version '1/2'");
  expect_usage(pack("m.zip", zip, {"m", "1", "", "arm46"}), "did you mean 'arm64'?");
  expect_usage(pack("m.zip", make_zip({item("cef-model.yaml", "name: m\nversoin: 1\n")})),
               "cef-model.yaml:2: there is no key 'versoin'; did you mean 'version'?");
  expect_usage(pack("m.zip", make_zip({item("cef-model.yaml", "name: [m]\n")})), "cef-model.yaml:1: name is a text");
  expect_usage(pack("m.zip", make_zip({item("cef-model.yaml", "name: {\n")})), "cef-model.yaml:");
  expect_usage(pack_bundle(top_ / "in" / "absent.zip", tar(), {}, limits_, stop_), "absent.zip: cannot be read");
}

TEST_F(PackBundle, AStopLeavesNothing) {
  stop_.request();
  const auto result = pack("m.zip", make_zip(small_model()));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::interrupted);
  EXPECT_TRUE(fs::is_empty(top_ / "out"));
}

TEST_F(PackBundle, RefusesAnArchiveWithoutFiles) {
  expect_refused("none.zip", make_zip({}), "holds no files");
  ZipItem folder = item("only/", "");
  folder.mode = 040755;
  expect_refused("folder.zip", make_zip({folder}), "holds no files");
  expect_refused("none.tar", make_tar({}), "holds no files");
  expect_refused("empty.zip", "", "is empty");
}

}  // namespace
}  // namespace cef::registry
