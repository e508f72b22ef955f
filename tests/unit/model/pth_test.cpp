#include <gtest/gtest.h>

#include "cef/model/weights.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

using core::ErrorCode;
using test::floats;
using test::PickledTensor;
using test::ZipEntry;
using test::ZipKind;

std::vector<ZipEntry> entries(const std::string& pickle, const std::string& prefix = "archive/") {
  return {{prefix + "data.pkl", pickle},
          {prefix + "byteorder", "little"},
          {prefix + "data/0", floats({0, 1, 2, 3, 4, 5})},
          {prefix + "version", "3\n"}};
}

const std::vector<PickledTensor> k_tensors = {{"module.whole", "0", 0, {2, 3}, {3, 1}},
                                              {"turned", "0", 0, {3, 2}, {1, 3}},
                                              {"part", "0", 4, {2}, {1}},
                                              {"scalar", "0", 5, {}, {}}};

core::Result<WeightFile> open(const test::Folder& folder, const std::string& content) {
  return WeightFile::open(folder.write("m.pth", content));
}

TEST(Pth, ReadsSharedStoragesStridesAndOffsets) {
  const test::Folder folder;
  for (const ZipKind kind : {ZipKind::plain, ZipKind::aligned, ZipKind::zip64}) {
    for (const char* prefix : {"archive/", "resnet20/", ""}) {
      const auto file = open(folder, test::zip(entries(test::pickle(k_tensors), prefix), kind));
      ASSERT_TRUE(file) << file.error().line();
      ASSERT_EQ(file->tensors().size(), 4U);
      EXPECT_EQ(test::values_of(file->tensors().at("whole")), (std::vector<float>{0, 1, 2, 3, 4, 5}));
      EXPECT_EQ(test::values_of(file->tensors().at("turned")), (std::vector<float>{0, 3, 1, 4, 2, 5}));
      EXPECT_EQ(file->tensors().at("turned").shape, (std::vector<std::int64_t>{3, 2}));
      EXPECT_EQ(test::values_of(file->tensors().at("part")), (std::vector<float>{4, 5}));
      EXPECT_EQ(test::values_of(file->tensors().at("scalar")), (std::vector<float>{5}));
    }
  }
}

TEST(Pth, FindsTheStateDictInATrainingCheckpoint) {
  const test::Folder folder;
  const std::string inner = test::pickle({{"w", "0", 0, {6}, {1}}});
  const std::string pickle = "\x80\x02}(" + test::pickled_text("epoch") + "K\x07" + test::pickled_text("state_dict") +
                             inner.substr(2, inner.size() - 3) + "u.";
  const auto file = open(folder, test::zip(entries(pickle)));
  ASSERT_TRUE(file) << file.error().line();
  EXPECT_EQ(test::values_of(file->tensors().at("w")).size(), 6U);
}

TEST(Pth, UnwrapsParameters) {
  const test::Folder folder;
  const std::string pickle = "\x80\x02}(" + test::pickled_text("w") + "ctorch._utils\n_rebuild_parameter\n(" +
                             test::pickled({"w", "0", 0, {6}, {1}}) +
                             "\x88"
                             "ccollections\nOrderedDict\n)RtRu.";
  const auto file = open(folder, test::zip(entries(pickle)));
  ASSERT_TRUE(file) << file.error().line();
  EXPECT_EQ(file->tensors().count("w"), 1U);
}

struct BadPickle {
  const char* what;
  std::string pickle;
  ErrorCode code;
  const char* message;
};

TEST(Pth, RunsNothingAndNamesWhatItRefuses) {
  const auto of = [](PickledTensor tensor) { return test::pickle({std::move(tensor)}); };
  const std::string wide = "\x80\x02(" + std::string(100, 'N') + "tq" + std::string(1, '\0');
  const BadPickle pickles[] = {
      {"system",
       "\x80\x02"
       "cos\nsystem\n" +
           test::pickled_text("id") + "\x85R.",
       ErrorCode::usage, "os.system"},
      {"eval",
       "\x80\x02"
       "c__builtin__\neval\n" +
           test::pickled_text("1") + "\x85R.",
       ErrorCode::usage, "__builtin__.eval"},
      {"stack global", "\x80\x04" + test::pickled_text("posix") + test::pickled_text("system") + "\x93)R.",
       ErrorCode::usage, "posix.system"},
      {"instance", "\x80\x02(ios\nsystem\n.", ErrorCode::usage, "opcode 105"},
      {"not a dict", "\x80\x02K\x01.", ErrorCode::usage, "state dict"},
      {"empty dict", "\x80\x02}.", ErrorCode::usage, "no tensors"},
      {"no end", "\x80\x02}", ErrorCode::integrity, "truncated"},
      {"nothing", "\x80\x02.", ErrorCode::integrity, "ends with nothing"},
      {"short stack", "\x80\x02R.", ErrorCode::integrity, "not there"},
      {"memo", "\x80\x02h\x07.", ErrorCode::integrity, "not there"},
      {"long integer",
       "\x80\x02\x8a\x09"
       "123456789.",
       ErrorCode::integrity, "64 bits"},
      {"wide storage", wide + "Q.", ErrorCode::integrity, "storage"},
      {"no data", of({"w", "9", 0, {1}, {1}}), ErrorCode::integrity, "tensor 'w': its data '9'"},
      {"too large", of({"w", "0", 0, {7}, {1}}), ErrorCode::integrity, "tensor 'w': needs more data"},
      {"beyond", of({"w", "0", 5, {2}, {1}}), ErrorCode::integrity, "tensor 'w': needs more data"},
      {"stride beyond", of({"w", "0", 0, {2}, {6}}), ErrorCode::integrity, "tensor 'w': needs more data"},
      {"stride overflow", of({"w", "0", 0, {3, 2}, {1LL << 62, 1LL << 62}}), ErrorCode::integrity, "tensor 'w'"},
      {"negative offset", of({"w", "0", -1, {1}, {1}}), ErrorCode::integrity, "tensor 'w': its shape"},
      {"negative stride", of({"w", "0", 5, {2}, {-1}}), ErrorCode::integrity, "tensor 'w': its shape"},
      {"overflow", of({"w", "0", 0, {1LL << 32, 1LL << 32}, {0, 0}}), ErrorCode::integrity, "tensor 'w': its shape"},
      {"expanded", of({"w", "0", 0, {1LL << 30}, {0}}), ErrorCode::integrity, "tensor 'w': needs more data"},
      {"storage", of({"w", "0", 0, {1}, {1}, "QInt8Storage"}), ErrorCode::usage, "torch.QInt8Storage"},
      {"NUL", of({std::string("w\0x", 3), "0", 0, {1}, {1}}), ErrorCode::integrity, "NUL"},
      {"twice", test::pickle({{"w", "0", 0, {1}, {1}}, {"w", "0", 0, {1}, {1}}}), ErrorCode::integrity, "'w' twice"},
  };
  const test::Folder folder;
  for (const BadPickle& bad : pickles) {
    const auto file = open(folder, test::zip(entries(bad.pickle)));
    ASSERT_FALSE(file) << bad.what;
    EXPECT_EQ(file.error().code, bad.code) << bad.what << ": " << file.error().message;
    EXPECT_NE(file.error().message.find(bad.message), std::string::npos) << bad.what << ": " << file.error().message;
    EXPECT_NE(file.error().message.find("m.pth: "), std::string::npos) << bad.what;
  }
}

TEST(Pth, AmplifiersAreRefused) {
  const test::Folder folder;
  // One wide tuple taken as a storage again and again: 3 bytes of file for 400 KB of memory each.
  std::string copies = "\x80\x02(" + std::string(100'000, 'N') + "tq" + std::string(1, '\0');
  for (int i = 0; i < 200'000; ++i) {
    copies += std::string("h\0Q", 3);
  }
  EXPECT_FALSE(open(folder, test::zip(entries(copies + "."))));

  // Two long names joined again and again.
  const std::string name(100'000, 'n');
  std::string names = "\x80\x02" + test::pickled_text(name) + "q" + std::string(1, '\0');
  for (int i = 0; i < 200'000; ++i) {
    names += std::string("h\0h\0\x93", 5);
  }
  EXPECT_FALSE(open(folder, test::zip(entries(names + "."))));

  // Many tensors that each need a copy of one large storage.
  std::vector<PickledTensor> tensors;
  for (int i = 0; i < 2000; ++i) {
    tensors.push_back({"w" + std::to_string(i), "1", 0, {1024, 1024}, {1, 1024}});
  }
  auto parts = entries(test::pickle(tensors));
  parts.push_back({"archive/data/1", std::string(4U << 20U, '\1')});
  const auto file = open(folder, test::zip(parts));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::integrity) << file.error().message;
}

TEST(Pth, ZipsThatAreNotInOrderAreRefused) {
  const test::Folder folder;
  const std::string good = test::zip(entries(test::pickle(k_tensors)));
  std::string crc = good;
  crc[crc.find(floats({1, 2, 3}))] = '\x55';
  const auto damaged = open(folder, crc);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::integrity);
  EXPECT_NE(damaged.error().message.find("'archive/data/0' is damaged: its CRC"), std::string::npos);

  auto twice = entries(test::pickle(k_tensors));
  twice.push_back(twice[2]);
  EXPECT_NE(open(folder, test::zip(twice)).error().message.find("twice"), std::string::npos);

  const auto other = open(folder, test::zip({{"word/document.xml", "<x/>"}}));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::usage);

  auto big_endian = entries(test::pickle(k_tensors));
  big_endian[1].data = "big";
  EXPECT_EQ(open(folder, test::zip(big_endian)).error().code, ErrorCode::usage);
}

TEST(Pth, NoDamageGoesFurtherThanAnError) {
  const std::string file = test::zip(entries(test::pickle({{"w", "0", 0, {2, 3}, {1, 2}}})));
  // What the directory repeats, times, versions and attributes are not looked at; contents have their CRC.
  const std::size_t pickle_begin = file.find("\x80\x02");
  const std::size_t pickle_end = file.find("PK\x03\x04", pickle_begin);
  test::damage_in_every_way(file, [&](std::size_t at) { return at < pickle_begin || at >= pickle_end; });
}

}  // namespace
}  // namespace cef::model
