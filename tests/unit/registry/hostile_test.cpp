// Archives made to do harm, byte by byte: each is refused for its reason, and nothing appears anywhere.
#include <functional>

#include "bundle_fixture.hpp"

namespace cef::registry {
namespace {

using test::extra_field;
using test::k_program;
using test::little;
using test::make_tar;
using test::make_zip;
using test::TarItem;
using test::zip64_field;
using test::zip64_record;
using test::ZipItem;
using test::ZipTail;

class HostileZip : public test::BundleTest {
 protected:
  static ZipItem item(const std::string& name, const std::string& data = "content") {
    ZipItem made;
    made.name = name;
    made.data = data;
    return made;
  }
  static std::string zip_of(const std::string& name) { return make_zip({item("good"), item(name)}); }
  /// A zip of one changed entry.
  static std::string changed(const std::function<void(ZipItem&)>& change) {
    ZipItem made = item("weights.bin", std::string(5000, 'w') + "end");
    change(made);
    return make_zip({item("good"), made});
  }
  static std::string changed(const ZipTail& tail) { return make_zip({item("weights.bin")}, tail); }
};

class HostileTar : public test::BundleTest {
 protected:
  static std::string tar_of(const TarItem& item) { return make_tar({{"good", "content"}, item}); }
};

TEST_F(HostileZip, NamesThatLeadOutside) {
  for (const char* name : {"../evil", "a/../../evil", "a/..", "..", "a/b/../c", "../"}) {
    expect_refused("a.zip", zip_of(name), "leads outside the bundle");
  }
  for (const char* name : {"/etc/passwd", "//etc/passwd", "/"}) {
    expect_refused("a.zip", zip_of(name), "is an absolute path");
  }
  for (const char* name : {"..\\evil", "a\\b", "\\\\server\\share"}) {
    expect_refused("a.zip", zip_of(name), "with a backslash");
  }
  for (const char* name : {"C:/windows/evil", "c:evil"}) {
    expect_refused("a.zip", zip_of(name), "with a drive");
  }
  for (const char* name : {"a//b", "a/./b", "a/.", ".//etc/passwd", "a//"}) {
    expect_refused("a.zip", zip_of(name), "has an empty part or '.' in its path");
  }
}

TEST_F(HostileZip, NamesOfWrongBytes) {
  expect_refused("a.zip", zip_of(std::string("weights\0.sh", 11)), "entry 'weights\\x00.sh' has a NUL in its name");
  expect_refused("a.zip", zip_of("a\nb"), "entry 'a\\x0ab' has a control character");
  expect_refused("a.zip", zip_of("a\x1b[2Jb"), "has a control character");
  expect_refused("a.zip", zip_of("a\x7f"), "has a control character");
  expect_refused("a.zip", zip_of("a\xc2\x85"), "has a control character");
  expect_refused("a.zip", zip_of("\xb8\xf0\xb5\xa8"), "entry '\\xb8\\xf0\\xb5\\xa8' has a name that is not UTF-8");
  expect_refused("a.zip", zip_of("\xc0\xae\xc0\xae/evil"), "has a name that is not UTF-8");  // an overlong '..'
  expect_refused("a.zip", zip_of("\xed\xa0\x80"), "has a name that is not UTF-8");           // half a surrogate pair
  expect_refused("a.zip", zip_of(""), "has no name");
  expect_refused("a.zip", zip_of(std::string(256, 'x')), "a part of more than 255 bytes");
  std::string deep = "f";
  for (int i = 0; i < 65; ++i) {
    deep.insert(0, "d/");
  }
  expect_refused("a.zip", zip_of(deep), "deeper than 64 folders");
}

TEST_F(HostileZip, KindsThatAreNoFiles) {
  const std::vector<std::pair<std::uint32_t, std::string>> kinds = {
      {0120777, "is a symbolic link"}, {0020666, "is a device"}, {0060666, "is a device"},
      {0010644, "is a FIFO"},          {0140755, "is a socket"}, {0150000, "is of an unknown kind"}};
  for (const auto& [mode, reason] : kinds) {
    expect_refused("a.zip", changed([mode = mode](ZipItem& i) { i.mode = mode; }), reason);
  }
  expect_refused("a.zip", changed([](ZipItem& i) { i.mode = 040755; }), "is a folder with the name of a file");
  expect_refused("a.zip", changed([](ZipItem& i) { i.name = "weights/"; }), "is a file with the name of a folder");
  expect_refused("a.zip", changed([](ZipItem& i) {
                   i.name = "weights/";
                   i.mode = 040755;
                 }),
                 "is a folder with content");
}

TEST_F(HostileZip, NamesThatCollide) {
  const auto pair = [&](const char* a, const char* b) { return make_zip({item(a, "1"), item(b, "2")}); };
  expect_refused("a.zip", pair("same", "same"), "is there twice");
  expect_refused("a.zip", pair("same", "./same"), "is there twice");
  expect_refused("a.zip", pair("Weights.bin", "weights.BIN"), "differs only by case from 'Weights.bin'");
  expect_refused("a.zip", pair("모델/Ärger", "모델/ärger"), "differs only by case");
  expect_refused("a.zip", pair("Data/a", "data/b"), "differs only by case from 'Data'");
  expect_refused("a.zip", pair("data", "Data/b"), "differs only by case");
  expect_refused("a.zip", pair("data", "data/b"), "is a file where 'data/b' needs a folder");
  expect_refused("a.zip", pair("data/b", "data"), "is a file where another entry needs a folder");
}

TEST_F(HostileZip, Bombs) {
  const std::string zeros(4U << 20U, '\0');
  limits_.ratio = 100;
  expect_refused("a.zip", make_zip({item("bomb", zeros)}), "is a bomb");
  // 1:2000 and more in one entry, hidden among stored bytes: the entry itself is judged.
  limits_.ratio = 1000;
  std::string stream = test::deflated(zeros);
  ASSERT_GT(stream.size() * 2000, zeros.size());  // deflate itself reaches 1:1032
  ZipItem padding = item("padding", std::string(100'000, 'p'));
  padding.method = 0;
  ZipItem bomb = item("bomb", zeros);
  bomb.unpacked = 400U << 20U;
  expect_refused("a.zip", make_zip({padding, bomb}), "entry 'bomb' unpacks to");
  // One that says it is small stops at what it says.
  bomb.unpacked = 1000;
  expect_refused("a.zip", make_zip({padding, bomb}), "holds more than it says");
  limits_.unpacked = core::Bytes{3U << 20U};
  limits_.ratio = 1e9;
  expect_refused("a.zip", make_zip({item("big", zeros)}), "more than the limit of 3.0 MiB");
  const std::string half(2U << 20U, 'h');
  expect_refused("a.zip", make_zip({item("one", half), item("two", half)}), "entry 'two' makes the archive unpack");
}

TEST_F(HostileZip, ManySmallEntriesThatShareTheirBytes) {
  // Fifield's bomb: every entry of the directory names the same data.
  ZipItem kernel = item("a", std::string(1U << 16U, 'k'));
  ZipItem again = kernel;
  again.header_at = 0;
  expect_refused("a.zip", make_zip({kernel, again}), "shares bytes with the entry 'a'");
  ZipItem first = item("a", "data");
  ZipItem inside = item("b", "x");
  first.method = 0;
  first.stream = make_zip({inside}).substr(0, 60);  // holds the header of b
  first.data = *first.stream;
  inside.header_at = 31;
  expect_refused("a.zip", make_zip({first, inside}), "shares bytes with the entry 'a'");
}

TEST_F(HostileZip, TooManyEntries) {
  std::vector<ZipItem> items;
  for (int i = 0; i < 20'000; ++i) {
    items.push_back(item("f" + std::to_string(i), ""));
  }
  expect_refused("a.zip", make_zip(items), "holds 20000 entries, more than the limit of 10000");
  ZipTail tail;
  tail.count = 3;  // fewer than there are
  items.resize(5);
  expect_refused("a.zip", make_zip(items, tail), "has a directory of another length than it says");
  tail.count = 9;
  expect_refused("a.zip", make_zip(items, tail), "has a damaged directory");
  limits_.entries = 4;
  expect_refused("a.zip", make_zip({item("a/b/c/d/e")}), "holds more entries than the limit of 4");
}

TEST_F(HostileZip, Encrypted) {
  expect_refused("a.zip", changed([](ZipItem& i) { i.flags = 1; }), "is encrypted");
  expect_refused("a.zip", changed([](ZipItem& i) { i.flags = 0x41; }), "is encrypted");
  expect_refused("a.zip", changed([](ZipItem& i) { i.flags = 0x2000; }), "is encrypted");
  expect_refused("a.zip", changed([](ZipItem& i) { i.method = 99; }), "is encrypted");
  expect_refused("a.zip", changed([](ZipItem& i) { i.extra = extra_field(0x9901, "\2\0AE\3\10\0"); }), "is encrypted");
  expect_refused("a.zip", changed([](ZipItem& i) { i.method = 12; }), "is compressed by method 12");
}

TEST_F(HostileZip, DamagedData) {
  expect_refused("a.zip", changed([](ZipItem& i) { i.crc = 0x12345678; }), "its CRC is wrong");
  expect_refused("a.zip", changed([](ZipItem& i) {
                   i.method = 0;
                   i.crc = 1;
                 }),
                 "its CRC is wrong");
  expect_refused("a.zip", changed([](ZipItem& i) { i.stream = "\xff\xff\xff\xff no deflate"; }), "no deflate stream");
  expect_refused("a.zip", changed([](ZipItem& i) { i.stream = test::deflated(i.data) + "more"; }), "no deflate stream");
  expect_refused("a.zip", changed([](ZipItem& i) { i.stream = test::deflated(i.data).substr(0, 9); }),
                 "no deflate stream");
  expect_refused("a.zip", changed([](ZipItem& i) { i.stream = ""; }), "no deflate stream");
}

TEST_F(HostileZip, SizesAndNamesThatContradict) {
  expect_refused("a.zip", changed([](ZipItem& i) { i.unpacked = 4000; }), "holds more than it says");
  expect_refused("a.zip", changed([](ZipItem& i) { i.unpacked = 6000; }), "holds less than it says");
  expect_refused("a.zip", changed([](ZipItem& i) { i.packed = 1U << 20U; }), "is larger than the archive");
  expect_refused("a.zip", changed([](ZipItem& i) { i.local_unpacked = 4; }), "another size or CRC in its header");
  expect_refused("a.zip", changed([](ZipItem& i) { i.local_packed = 4; }), "another size or CRC in its header");
  expect_refused("a.zip", changed([](ZipItem& i) { i.header_at = 5; }), "has a damaged header");
  expect_refused("a.zip", changed([](ZipItem& i) { i.header_at = 0x7FFFFFFF; }), "lies outside the archive");
  expect_refused("a.zip", changed([](ZipItem& i) { i.local_name = "../evil"; }),
                 "another name in its header than in the directory: '../evil'");
  expect_refused("a.zip",
                 changed([](ZipItem& i) { i.extra = extra_field(0x7075, std::string("\1\0\0\0\0", 5) + "../evil"); }),
                 "has a second name that differs from its name");
  expect_refused("a.zip", changed([](ZipItem& i) {
                   i.method = 0;
                   i.packed = 10;
                   i.local_packed = 10;
                 }),
                 "two different sizes");
}

TEST_F(HostileZip, Zip64SizesThatLie) {
  const auto with = [&](const std::string& extra, std::uint32_t size = 0xFFFFFFFF) {
    return changed([&](ZipItem& i) {
      i.method = 0;
      i.unpacked = size;
      i.packed = size;
      i.local_unpacked = 5003;
      i.local_packed = 5003;
      i.extra = extra;
    });
  };
  expect_refused("a.zip", with(""), "says that it is zip64 and has no zip64 sizes");
  expect_refused("a.zip", with(zip64_field({5003})), "zip64 sizes that are missing");
  expect_refused("a.zip", with(zip64_field({1ULL << 40U, 1ULL << 40U})), "is larger than the archive");
  expect_refused("a.zip", with(zip64_field({~0ULL, ~0ULL})), "is larger than the archive");
  expect_refused("a.zip", with(zip64_field({4000, 4000})), "another size or CRC in its header");
  expect_refused("a.zip", with(zip64_field({9000, 9000}), 5003), "contradict its other sizes");
  expect_refused("a.zip", with(zip64_field({5003, 5003}) + zip64_field({1, 1})), "has two zip64 fields");
  expect_refused("a.zip", with(extra_field(1, "1234567890")), "zip64 sizes that are missing");
  expect_refused("a.zip", with(little(1, 2) + little(500, 2) + "short"), "has a damaged extra field");
  const auto good = pack("good-1.zip", with(zip64_field({5003, 5003})));
  EXPECT_TRUE(good) << good.error().line();
}

TEST_F(HostileZip, Zip64DirectoriesThatLie) {
  const std::string plain = changed(ZipTail{});
  const std::uint64_t end = plain.size() - 22;
  const std::uint64_t size = 46 + 11;
  const auto with = [&](const std::string& record, std::uint16_t count = 0xFFFF) {
    ZipTail tail;
    tail.count = count;
    tail.size = 0xFFFFFFFF;
    tail.offset = 0xFFFFFFFF;
    tail.before_end = record;
    return changed(tail);
  };
  const auto good = pack("good-1.zip", with(zip64_record(1, size, end - size, end)));
  ASSERT_TRUE(good) << good.error().line();
  std::filesystem::remove(tar());
  expect_refused("a.zip", with(""), "has no zip64 directory record");
  expect_refused("a.zip", with(zip64_record(1, size, end - size, end + 4)), "elsewhere than it says");
  expect_refused("a.zip", with(zip64_record(1, size, end - size, ~0ULL)), "elsewhere than it says");
  expect_refused("a.zip", with(zip64_record(1, size, end - size, 3)), "damaged zip64 directory record");
  expect_refused("a.zip", with(zip64_record(1, size, ~0ULL, end)), "has its directory elsewhere than it says");
  expect_refused("a.zip", with(zip64_record(1, ~0ULL, end - size, end)), "has its directory elsewhere than it says");
  expect_refused("a.zip", with(zip64_record(~0ULL, size, end - size, end)), "entries, more than the limit");
  expect_refused("a.zip", with(zip64_record(1, size, end - size, end), 7), "contradicts its directory's end");
}

TEST_F(HostileZip, TruncatedAnywhere) {
  const std::string whole = make_zip({item("a.txt", "first"), item("b/weights", std::string(3000, 'w'))});
  for (std::size_t length = 1; length < whole.size(); length += 7) {
    expect_refused("a.zip", whole.substr(0, length), length < 4 ? "is truncated" : "has no directory at its end");
  }
  expect_refused("a.zip", whole + "tail", "has no directory at its end");
  expect_refused("a.zip", "PK\3\4" + whole, "has its directory elsewhere than it says");
  ZipTail tail;
  tail.comment = std::string("PK\5\6", 4) + std::string(18, '\0');  // an end within the end's comment
  expect_refused("a.zip", changed(tail), "has two ends of its directory");
  expect_refused("a.zip", "no zip at all, only text", "has no directory at its end");
}

TEST_F(HostileZip, EveryFlippedByteIsRefusedOrGivesTheSameFiles) {
  ZipItem program = item("b/run", "#!/bin/sh\n");
  program.mode = k_program;
  const std::string whole = make_zip({item("a.txt", "first first first"), program});
  ASSERT_TRUE(pack("m-1.zip", whole));
  const std::uint64_t unpacked_size = 17 + 10;
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const unsigned flip : {0x01U, 0x80U, 0xFFU}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      const auto bundle = pack("m-1.zip", damaged);
      if (bundle) {  // a time, a mode, a letter of a name that has only one place
        EXPECT_EQ(bundle->unpacked.count, unpacked_size) << at;
      } else {
        EXPECT_EQ(bundle.error().code, core::ErrorCode::integrity) << bundle.error().line();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()));
}

TEST_F(HostileTar, NamesAndKinds) {
  expect_refused("a.tar", tar_of({"../evil", "x"}), "entry '../evil' leads outside the bundle");
  expect_refused("a.tar", tar_of({"/etc/passwd", "x"}), "is an absolute path");
  expect_refused("a.tar", tar_of({"a\\b", "x"}), "with a backslash");
  expect_refused("a.tar", tar_of({"\xb8\xf0", "x"}), "is not UTF-8");
  expect_refused("a.tar", tar_of({"evil", "", '2', "/etc"}), "is a symbolic link");
  expect_refused("a.tar", tar_of({"evil", "", '1', "good"}), "is a hard link");
  expect_refused("a.tar", tar_of({"evil", "", '3'}), "is a device");
  expect_refused("a.tar", tar_of({"evil", "", '4'}), "is a device");
  expect_refused("a.tar", tar_of({"evil", "", '6'}), "is a FIFO");
  expect_refused("a.tar", tar_of({"good", "again"}), "is there twice");
  expect_refused("a.tar", tar_of({"GOOD", "again"}), "differs only by case");
  expect_refused("a.tar", tar_of({"good/below", "x"}), "is a file where 'good/below' needs a folder");
  expect_refused("a.tar.gz", test::gzipped(tar_of({"../evil", "x"})), "leads outside the bundle");
}

TEST_F(HostileTar, BombsAndCrowds) {
  expect_refused("a.tar.gz", test::gzipped(make_tar({{"bomb", std::string(64U << 20U, '\0')}})), "is a bomb");
  limits_.unpacked = core::Bytes{1000};
  expect_refused("a.tar", tar_of({"big", std::string(2000, 'b')}), "more than the limit of 1000 B");
  std::vector<TarItem> items;
  for (int i = 0; i < 20'000; ++i) {
    items.push_back({"f" + std::to_string(i), ""});
  }
  expect_refused("a.tar.gz", test::gzipped(make_tar(items)), "holds more entries than the limit of 10000");
}

TEST_F(HostileTar, TruncatedAnywhere) {
  const std::string whole = make_tar({{"first", "1"}, {"second", std::string(1500, '2')}, {"third", "3"}});
  for (std::size_t length = 1; length <= whole.size() - 1024; length += 128) {
    expect_refused("a.tar", whole.substr(0, length), "");
  }
  expect_refused("a.tar", whole.substr(0, whole.size() - 1024), "the end of the tar is missing");
  const std::string packed = test::gzipped(whole);
  for (std::size_t length = 1; length < packed.size(); length += 9) {
    expect_refused("a.tar.gz", packed.substr(0, length), "");
  }
  std::string damaged = packed;
  damaged[packed.size() / 2] = static_cast<char>(damaged[packed.size() / 2] ^ 0x10);
  expect_refused("a.tar.gz", damaged, "");
  std::string sum = whole;
  sum[150] = static_cast<char>(sum[150] ^ 1);
  expect_refused("a.tar", sum, "is no .zip, .tar, .tar.gz or .tar.zst that can be read");
  expect_refused("a.rar", "Rar!\x1a\x07\x01 and so on, and on, and on", "is no .zip, .tar, .tar.gz or .tar.zst");
}

TEST_F(HostileTar, EveryFlippedByteOfAHeaderIsRefused) {
  const std::string whole = make_tar({{"first", "1"}, {"second", "2"}});
  for (std::size_t at = 0; at < 512; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    const auto bundle = pack("m-1.tar", damaged);
    EXPECT_TRUE(!bundle || at >= 148) << at;  // the digits of the sum itself can be written in several ways
  }
}

}  // namespace
}  // namespace cef::registry
