#include <gtest/gtest.h>

#include "cef/core/file.hpp"
#include "cef/model/weights.hpp"
#include "samples.hpp"

namespace cef::model {
namespace {

using core::ErrorCode;
using test::floats;
using test::safetensors;

const std::string k_header =
    R"({"__metadata__":{"format":"pt"},"a.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
    R"("module.b":{"dtype":"I64","shape":[],"data_offsets":[16,24]}})";
const std::string k_data = floats({1, 2, 3, 4}) + test::bytes_of(std::int64_t{7});

TEST(Safetensors, ReadsTensorsAndRemovesThePrefixOfDataParallel) {
  const test::Folder folder;
  const auto file = WeightFile::open(folder.write("m.safetensors", safetensors(k_header, k_data)));
  ASSERT_TRUE(file) << file.error().line();
  ASSERT_EQ(file->tensors().size(), 2U);
  const TensorView& a = file->tensors().at("a.weight");
  EXPECT_EQ(a.type, ElementType::f32);
  EXPECT_EQ(a.shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(test::values_of(a), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(file->tensors().at("b").data.size(), 8U);
}

TEST(Safetensors, WritesWhatItReads) {
  const test::Folder folder;
  const auto first = WeightFile::open(folder.write("m.safetensors", safetensors(k_header, k_data)));
  ASSERT_TRUE(first);
  const auto copy = folder.path() / "copy.safetensors";
  ASSERT_TRUE(write_safetensors(copy, first->tensors(), {{"made", "by a test"}}));
  const auto second = WeightFile::open(copy);
  ASSERT_TRUE(second) << second.error().line();
  ASSERT_EQ(second->tensors().size(), 2U);
  EXPECT_EQ(test::values_of(second->tensors().at("a.weight")), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(second->tensors().at("b").type, ElementType::i64);
}

TEST(Safetensors, IsReadByTheFileAfterItsNameIsGone) {
  const test::Folder folder;
  const auto path = folder.write("m.safetensors", safetensors(k_header, k_data));
  const auto file = WeightFile::open(path);
  std::filesystem::remove(path);
  EXPECT_EQ(test::values_of(file->tensors().at("a.weight")).back(), 4.0F);
}

struct BadFile {
  const char* what;
  std::string header;
  std::string data;
  ErrorCode code;
  const char* message;
};

TEST(Safetensors, DamagedAndHostileFilesGetOneLineThatNamesTheTensor) {
  const auto one = [](const std::string& shape, const std::string& offsets, const std::string& type = "F32") {
    return R"({"t":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  const std::string two = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],)";
  const BadFile files[] = {
      {"outside", one("[2]", "[0,8]"), floats({1}), ErrorCode::integrity, "tensor 't': lies outside the file"},
      {"backwards", one("[1]", "[4,0]"), floats({1}), ErrorCode::integrity, "tensor 't': lies outside"},
      {"wrong size", one("[3]", "[0,4]"), floats({1}), ErrorCode::integrity, "tensor 't': has 4 bytes"},
      {"overflow", one("[4294967296,4294967296]", "[0,0]"), "", ErrorCode::integrity, "tensor 't'"},
      {"overflow to 4", one("[4611686018427387905]", "[0,4]"), floats({1}), ErrorCode::integrity, "tensor 't'"},
      {"negative", one("[-1]", "[0,4]"), floats({1}), ErrorCode::integrity, "tensor 't'"},
      {"fraction", one("[1.5]", "[0,4]"), floats({1}), ErrorCode::integrity, "tensor 't'"},
      {"nine dimensions", one("[1,1,1,1,1,1,1,1,1]", "[0,4]"), floats({1}), ErrorCode::integrity, "tensor 't'"},
      {"three offsets", one("[1]", "[0,4,8]"), floats({1}), ErrorCode::integrity, "tensor 't'"},
      {"type", one("[1]", "[0,1]", "F8_E4M3"), "x", ErrorCode::usage, "has the type 'F8_E4M3'"},
      {"overlap", two + R"("data_offsets":[2,6]}})", "123456", ErrorCode::integrity, "overlap or leave gaps"},
      {"gap", two + R"("data_offsets":[8,12]}})", "123456789012", ErrorCode::integrity, "overlap or leave gaps"},
      {"rest", one("[1]", "[0,4]"), "12345", ErrorCode::integrity, "overlap or leave gaps"},
      {"twice",
       R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"t":{"dtype":"U8","shape":[1],)"
       R"("data_offsets":[1,2]}})",
       "12", ErrorCode::integrity, "header"},
      {"twice by prefix",
       R"({"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"module.t":{"dtype":"U8",)"
       R"("shape":[1],"data_offsets":[1,2]}})",
       "12", ErrorCode::integrity, "'t' twice"},
      {"NUL", R"({"a\u0000b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "1", ErrorCode::integrity, "NUL"},
      {"not an object", R"({"t":[]})", "", ErrorCode::integrity, "tensor 't'"},
      {"deep", "{\"t\":" + std::string(5000, '[') + std::string(5000, ']') + "}", "", ErrorCode::integrity, "header"},
      {"not JSON", "{\"t\":", "", ErrorCode::integrity, "header"},
  };
  const test::Folder folder;
  for (const BadFile& bad : files) {
    const auto path = folder.write("bad.safetensors", safetensors(bad.header, bad.data));
    const auto file = WeightFile::open(path);
    ASSERT_FALSE(file) << bad.what;
    EXPECT_EQ(file.error().code, bad.code) << bad.what << ": " << file.error().message;
    EXPECT_EQ(file.error().message.rfind(path.string() + ": ", 0), 0U) << bad.what;
    EXPECT_NE(file.error().message.find(bad.message), std::string::npos) << bad.what << ": " << file.error().message;
    EXPECT_EQ(file.error().message.find('\n'), std::string::npos) << bad.what;
  }
}

TEST(Safetensors, ALengthThatLiesIsRefused) {
  const test::Folder folder;
  for (const std::uint64_t length : {std::uint64_t{100'000'001}, ~std::uint64_t{0}, std::uint64_t{1} << 63U}) {
    const auto file = WeightFile::open(folder.write("m", test::bytes_of(length) + "{}"));
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::integrity);
  }
}

TEST(Safetensors, NoDamageGoesFurtherThanAnError) {
  const std::string file = safetensors(k_header, k_data);
  // The format has no checksum: changed names, numbers and data can still be a good file.
  test::damage_in_every_way(file, [](std::size_t at) { return at >= 8; });
}

}  // namespace
}  // namespace cef::model
