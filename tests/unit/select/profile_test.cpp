#include "cef/select/profile.hpp"

#include <gmock/gmock.h>

namespace cef::select {
namespace {

using ::testing::HasSubstr;

DeviceProfile profile() {
  DeviceProfile p;
  p.threads = {{1, Seconds(1e-5), 1.0}, {2, Seconds(2e-5), 1.5}};
  p.layers = {{{LayerKind::depthwise, 5, 1e6, 2e4, 3e4, 4e4}, "int8", 2, Seconds(1e-4)}};
  p.copy_bytes_per_second = 5e9;
  p.load = {Seconds(0.001), Seconds(0.002), Seconds(0.003), 1e8};
  p.memory_available = core::Bytes{1'000'000'000};
  p.winograd = true;
  p.busy_cores = 0.25;
  p.usable_cores = 1.5;
  p.link = Link{2.5e6, Seconds(0.02), {{1e4, Seconds(0.04)}, {2e5, Seconds(0.1)}}};
  return p;
}

TEST(Profile, ComesBackFromItsJson) {
  const auto json = to_json(profile());
  const auto again = profile_of(json);
  ASSERT_TRUE(again);
  EXPECT_EQ(core::dump_line(to_json(*again)), core::dump_line(json));
  EXPECT_EQ(again->layers[0].layer, profile().layers[0].layer);
  EXPECT_TRUE(again->winograd);
  auto older = json;
  older.erase("winograd");
  EXPECT_FALSE(profile_of(older)->winograd);
  auto none = profile();
  none.link.reset();
  EXPECT_FALSE(profile_of(to_json(none))->link);
}

TEST(Profile, RefusesWhatIsNoProfile) {
  EXPECT_FALSE(profile_of(core::Json()));
  EXPECT_FALSE(profile_of(core::Json::array()));
  auto json = to_json(profile());
  json["layers"][0]["seconds"] = -1;
  EXPECT_THAT(profile_of(json).error().message, HasSubstr("'seconds'"));
  json = to_json(profile());
  json["layers"][0]["kind"] = "magic";
  EXPECT_THAT(profile_of(json).error().message, HasSubstr("'kind'"));
  json = to_json(profile());
  json["threads"] = core::Json::array();
  EXPECT_THAT(profile_of(json).error().message, HasSubstr("'threads'"));
  json = to_json(profile());
  json["link"]["bytes_per_second"] = "fast";
  EXPECT_THAT(profile_of(json).error().message, HasSubstr("'bytes_per_second'"));
  json = to_json(profile());
  json["link"]["arrivals"][1]["seconds"] = 0.01;
  EXPECT_THAT(profile_of(json).error().message, HasSubstr("'arrivals'"));
}

TEST(LinkJson, ComesBackAndIsChecked) {
  const auto json = to_json(*profile().link);
  const auto link = link_of(json);
  ASSERT_TRUE(link);
  EXPECT_EQ(to_json(*link), json);
  auto still = json;
  still["bytes_per_second"] = 0;
  EXPECT_THAT(link_of(still).error().message, HasSubstr("'bytes_per_second'"));
}

TEST(LayerKind, HasANameEach) {
  for (const auto kind : {LayerKind::convolution, LayerKind::pointwise, LayerKind::depthwise, LayerKind::linear,
                          LayerKind::elementwise, LayerKind::pool}) {
    EXPECT_EQ(parse_layer_kind(to_string(kind)), kind);
  }
  EXPECT_FALSE(parse_layer_kind("other"));
}

}  // namespace
}  // namespace cef::select
