#include <gtest/gtest.h>

#include "cases.hpp"
#include "probe/parts.hpp"

namespace cef::probe {
namespace {

TemperatureFacts facts_of(const std::string& answer) {
  return parse_temperature(split_sections(answer));
}

std::vector<std::string> names(const TemperatureFacts& facts) {
  std::vector<std::string> all;
  for (const auto& sensor : facts.sensors) {
    all.push_back(sensor.source + " " + sensor.name);
  }
  return all;
}

std::string chosen(const TemperatureFacts& facts) {
  return facts.chosen ? facts.sensors.at(*facts.chosen).name : "";
}

using Names = std::vector<std::string>;

TEST(Temperature, ARaspberryPiHasOneSensorWhateverToolsItHas) {
  const auto facts = facts_of(case_text("raspberry-pi-4"));
  ASSERT_EQ(names(facts), Names{"thermal_zone0 cpu-thermal"});
  EXPECT_DOUBLE_EQ(facts.sensors[0].celsius, 47.225);
  EXPECT_EQ(facts.sensors[0].critical_celsius, 110);
  EXPECT_EQ(chosen(facts), "cpu-thermal");
  EXPECT_EQ(facts.chosen_why, "the CPU sensor of the chip");
  EXPECT_EQ(facts.throttled_bits, 0x50000U);
  EXPECT_EQ(facts.throttled, (Names{"under-voltage since boot", "throttled since boot"}));
}

TEST(Temperature, EachThrottleBitHasItsWords) {
  EXPECT_EQ(facts_of("@cef:vcgencmd\nthrottled=0xf000f\n").throttled,
            (Names{"under-voltage now", "frequency capped now", "throttled now", "soft temperature limit now",
                   "under-voltage since boot", "frequency capped since boot", "throttled since boot",
                   "soft temperature limit since boot"}));
  EXPECT_EQ(facts_of("@cef:vcgencmd\nthrottled=0x80008\n").throttled,
            (Names{"soft temperature limit now", "soft temperature limit since boot"}));
  const auto well = facts_of("@cef:vcgencmd\nthrottled=0x0\n");
  EXPECT_EQ(well.throttled_bits, 0U);
  EXPECT_TRUE(well.throttled.empty());
}

TEST(Temperature, AVcgencmdThatMayNotOpenItsDeviceSaysNothing) {
  const auto facts = facts_of(
      "@cef:vcgencmd\nCan't open device file: /dev/vcio\nerror=1 error_msg=\"Command not registered\"\n"
      "throttled=\nthrottled=none\n");
  EXPECT_FALSE(facts.throttled_bits);
  EXPECT_TRUE(facts.sensors.empty());
}

TEST(Temperature, VcgencmdIsTheSensorWhereTheKernelShowsNone) {
  const auto facts = facts_of("@cef:vcgencmd\ntemp=55.8'C\nthrottled=0x0\n");
  ASSERT_EQ(names(facts), Names{"vcgencmd vcgencmd"});
  EXPECT_DOUBLE_EQ(facts.sensors[0].celsius, 55.8);
  EXPECT_EQ(facts.chosen, 0U);
}

TEST(Temperature, ARaspberryPi5AlsoHasItsPowerAndInputOutputChips) {
  const auto facts = facts_of(
      "@cef:zones\nthermal_zone0|51800|enabled|110000|cpu-thermal\n"
      "@cef:hwmon\nhwmon0/temp1|51800|||cpu_thermal|\nhwmon1/temp1|55123|||rp1_adc|\n"
      "@cef:vcgencmd\ntemp=51.5'C\nthrottled=0x0\n");
  EXPECT_EQ(names(facts), (Names{"thermal_zone0 cpu-thermal", "hwmon1/temp1 rp1_adc"}));
  EXPECT_EQ(chosen(facts), "cpu-thermal");
}

TEST(Temperature, ATwoSocketServerIsAsHotAsItsHottestPackage) {
  const auto facts = facts_of(case_text("gpu-server"));
  EXPECT_EQ(names(facts),
            (Names{"thermal_zone0 acpitz", "hwmon1/temp1 coretemp: Package id 0", "hwmon2/temp1 coretemp: Package id 1",
                   "hwmon1/temp2 coretemp: Core 0", "hwmon1/temp3 coretemp: Core 1", "hwmon2/temp2 coretemp: Core 0",
                   "hwmon3/temp1 nvme: Composite", "hwmon3/temp2 nvme: Sensor 1", "hwmon4/temp1 nvme: Composite",
                   "sensors jc42"}));
  EXPECT_EQ(chosen(facts), "coretemp: Package id 0");  // though a core of the other is hotter
  EXPECT_EQ(facts.chosen_why, "the hottest of 2: package sensor of the CPU");
  EXPECT_EQ(facts.sensors[1].critical_celsius, 101);
  EXPECT_FALSE(facts.sensors[7].critical_celsius);  // 65261.85 is a chip without a limit
  EXPECT_DOUBLE_EQ(facts.sensors[9].celsius, 33.5);
  EXPECT_FALSE(facts.throttled_bits);
}

TEST(Temperature, ANucKeepsTheLabelledTwinOfItsPackageZone) {
  const auto facts = facts_of(
      "@cef:zones\nthermal_zone0|20000|enabled||INT3400 Thermal\nthermal_zone1|27800|enabled|119000|acpitz\n"
      "thermal_zone2|52000|enabled||x86_pkg_temp\nthermal_zone3||enabled||iwlwifi_1\n"
      "@cef:hwmon\nhwmon0/temp1|27800||119000|acpitz|\nhwmon2/temp1|52000||100000|coretemp|Package id 0\n"
      "hwmon2/temp2|48000||100000|coretemp|Core 0\nhwmon3/temp1||||iwlwifi_1|\n");
  EXPECT_EQ(names(facts),
            (Names{"thermal_zone1 acpitz", "hwmon2/temp1 coretemp: Package id 0", "hwmon2/temp2 coretemp: Core 0"}));
  EXPECT_EQ(chosen(facts), "coretemp: Package id 0");
  EXPECT_EQ(facts.chosen_why, "the package sensor of the CPU");
}

TEST(Temperature, APackageZoneAloneOrWithSensorsIsOneSensor) {
  const std::string zone = "@cef:zones\nthermal_zone1|52000|enabled||x86_pkg_temp\n";
  EXPECT_EQ(names(facts_of(zone)), Names{"thermal_zone1 x86_pkg_temp"});
  EXPECT_EQ(names(facts_of(zone + "@cef:sensors\n{\"coretemp-isa-0000\":{\"Package id 0\":{\"temp1_input\":52.0}}}\n")),
            Names{"sensors coretemp: Package id 0"});
}

TEST(Temperature, AnAmdProcessorByItsDieWhereItHasOneElseByItsControlSensor) {
  const std::string zen =
      "@cef:hwmon\nhwmon0/temp1|38850|||nvme|Composite\nhwmon1/temp1|53125|||k10temp|Tctl\n"
      "hwmon1/temp3|60000|||k10temp|Tccd1\nhwmon2/temp1|53000||94000|amdgpu|edge\n";
  EXPECT_EQ(chosen(facts_of(zen)), "k10temp: Tctl");
  EXPECT_EQ(facts_of(zen).chosen_why, "the control sensor of the CPU");
  EXPECT_EQ(chosen(facts_of(zen + "hwmon1/temp2|43125|||k10temp|Tdie\n")), "k10temp: Tdie");
  EXPECT_EQ(chosen(facts_of("@cef:hwmon\nhwmon0/temp1|30000||70000|k10temp|\n")), "k10temp");
}

TEST(Temperature, ABoardOfManyZonesIsAsHotAsItsHottestCpuZone) {
  const auto facts = facts_of(
      "@cef:zones\nthermal_zone0|40000|enabled||soc-thermal\nthermal_zone1|44000|enabled||bigcpu-thermal\n"
      "thermal_zone2|43000|enabled||cpu0-thermal\nthermal_zone3|60000|enabled||gpu-thermal\n");
  EXPECT_EQ(chosen(facts), "bigcpu-thermal");
  EXPECT_EQ(facts.chosen_why, "the hottest of 2: CPU sensor of the chip");
  EXPECT_EQ(chosen(facts_of("@cef:zones\nthermal_zone0|41000|||soc_thermal\nthermal_zone1|70000|||ddr\n")),
            "soc_thermal");
}

TEST(Temperature, PhantomsAreLeftOut) {
  const auto facts = facts_of(
      "@cef:zones\nthermal_zone0|0|disabled||gpu-thermal\nthermal_zone1|-256000|enabled||CV0-therm\n"
      "thermal_zone2|100000|enabled||PMIC-Die\nthermal_zone3|-273150|enabled||board\n"
      "thermal_zone4|junk|enabled||x\nthermal_zone5|31000|enabled|96500|CPU-therm\n"
      "@cef:hwmon\nhwmon0/temp1|0|||gpu_thermal|\nhwmon1/temp1|127500|||nct6798|AUXTIN1\n"
      "hwmon1/temp2|-62000|||nct6798|AUXTIN0\nhwmon1/temp3|29000|||nct6798|SYSTIN\n"
      "hwmon1/temp4|25000|1||nct6798|AUXTIN3\nhwmon1/temp5|0|||nct6798|PCH\nhwmon2/temp1|655350|||x|\nhwmon3/"
      "temp1||||y|\n");
  EXPECT_EQ(names(facts), (Names{"thermal_zone5 CPU-therm", "hwmon1/temp3 nct6798: SYSTIN"}));
  EXPECT_EQ(facts.sensors[0].critical_celsius, 96.5);
}

TEST(Temperature, AFrostyZoneIsARealReading) {
  const auto facts = facts_of("@cef:zones\nthermal_zone0|0|enabled||cpu-thermal\nthermal_zone1|-12500|||board\n");
  ASSERT_EQ(facts.sensors.size(), 2U);
  EXPECT_EQ(facts.sensors[0].celsius, 0);
  EXPECT_EQ(facts.sensors[1].celsius, -12.5);
}

TEST(Temperature, WithoutASensorOfTheCpuNoneIsChosen) {
  const auto none = facts_of(case_text("container-busybox"));
  EXPECT_TRUE(none.sensors.empty());
  EXPECT_FALSE(none.chosen);
  EXPECT_EQ(none.chosen_why, "the node has no temperature sensor");
  const auto other = facts_of("@cef:zones\nthermal_zone0|27800|enabled|119000|acpitz\n");
  EXPECT_EQ(other.sensors.size(), 1U);
  EXPECT_FALSE(other.chosen);
  EXPECT_EQ(other.chosen_why, "none of the sensors is the CPU's");
}

TEST(Temperature, SensorsAloneIsEnough) {
  const auto facts = facts_of(
      "@cef:sensors\n{\n\"k10temp-pci-00c3\":{\"Adapter\": \"PCI adapter\",\n\"Tctl\":{ \"temp1_input\": 50.250 },\n"
      "\"Tccd1\":{ \"temp3_input\": 47.000, \"temp3_fault\": 0.000 }},\n"
      "\"nct6798-isa-0290\":{\"CPUTIN\":{\"temp2_input\": 35.0, \"temp2_fault\": 1.000},\n"
      "\"fan1\":{\"fan1_input\": 900.0}, \"in0\":{\"in0_input\": \"high\"}}\n}\n");
  EXPECT_EQ(names(facts), (Names{"sensors k10temp: Tctl", "sensors k10temp: Tccd1"}));
  EXPECT_EQ(chosen(facts), "k10temp: Tctl");
}

TEST(Temperature, WhatSensorsSaysThatIsNotJsonIsNothing) {
  for (const char* said : {"No sensors found!\n", "{\"a-isa-0\":{\"temp1\":{\n},\n", "[1]\n", "{\"a\":1}\n",
                           "sensors: invalid option -- 'j'\n", "{\"a-b-0\":{\"t\":{\"temp1_input\":1e400}}}\n"}) {
    EXPECT_TRUE(facts_of(std::string("@cef:sensors\n") + said).sensors.empty()) << said;
  }
}

TEST(Temperature, TheBoardsCpuSensorIsTheLastResort) {
  EXPECT_EQ(chosen(facts_of("@cef:hwmon\nhwmon1/temp1|29000|||nct6798|SYSTIN\nhwmon1/temp2|44000|||nct6798|CPUTIN\n")),
            "nct6798: CPUTIN");
  EXPECT_EQ(
      chosen(facts_of("@cef:hwmon\nhwmon1/temp2|44000|||coretemp|Core 0\nhwmon1/temp3|46000|||coretemp|Core 1\n")),
      "coretemp: Core 1");
}

TEST(Temperature, AChipWithSeveralUnnamedSensorsNumbersThem) {
  EXPECT_EQ(names(facts_of("@cef:hwmon\nhwmon0/temp1|30000|||w83795g|\nhwmon0/temp2|31000|||w83795g|\n")),
            (Names{"hwmon0/temp1 w83795g: temp1", "hwmon0/temp2 w83795g: temp2"}));
}

}  // namespace
}  // namespace cef::probe
