#include "cef/model/precision.hpp"

#include <string>

#include <gtest/gtest.h>

namespace cef::model {
namespace {

TEST(Variant, NamesGoThereAndBack) {
  for (const char* name : {"resnet50", "resnet50:int8", "resnet18-w8:bf16"}) {
    const auto variant = parse_variant(name);
    ASSERT_TRUE(variant) << name;
    EXPECT_EQ(variant->name(), name);
  }
  EXPECT_EQ(parse_variant("resnet50:int8")->precision, Precision::int8);
  EXPECT_EQ(parse_variant("resnet50:fp32")->name(), "resnet50");
}

TEST(Variant, AnUnknownPrecisionIsRefusedWithTheKnownOnes) {
  for (const char* name : {"resnet50:int4", "resnet50:", ":int8", "", "a:INT8"}) {
    const auto variant = parse_variant(name);
    ASSERT_FALSE(variant) << name;
    EXPECT_NE(variant.error().message.find("NAME:bf16 or NAME:int8"), std::string::npos);
  }
}

TEST(Calibration, TextGoesThereAndBack) {
  const Calibration calibration{256, {{-2.117904F, 2.64F}, {0, 17.25F}, {-1e-7F, 3.4e7F}}};
  const auto back = parse_calibration(to_text(calibration), "wire");
  ASSERT_TRUE(back) << back.error().line();
  EXPECT_EQ(*back, calibration);
}

TEST(Calibration, WrongTextsAreRefusedWithTheirOrigin) {
  const std::string head = R"({"schema":"cef.calibration/1","images":1,)";
  for (const std::string& text :
       {std::string("["), std::string("[]"), std::string("{}"), std::string(R"({"schema":"cef.calibration/2"})"),
        head + R"("values":5})", head + R"("values":[[1]]})", head + R"("values":[[2,1]]})",
        head + R"("values":[[0,1e60]]})", head + R"("values":[["a",1]]})",
        std::string(R"({"schema":"cef.calibration/1","images":-1,"values":[]})")}) {
    const auto calibration = parse_calibration(text, "wire");
    ASSERT_FALSE(calibration) << text;
    EXPECT_EQ(calibration.error().line().find("wire"), 0U) << calibration.error().line();
  }
}

}  // namespace
}  // namespace cef::model
