#include <gtest/gtest.h>

#include "cases.hpp"
#include "probe/parts.hpp"

namespace cef::probe {
namespace {

Interface find(const std::vector<Interface>& all, const std::string& name) {
  for (const auto& interface : all) {
    if (interface.name == name) {
      return interface;
    }
  }
  ADD_FAILURE() << "no interface " << name;
  return {};
}

TEST(Network, ARaspberryPisInterfaces) {
  const auto all = parse_interfaces(split_sections(case_text("raspberry-pi-4")), 1.0);
  ASSERT_EQ(all.size(), 2U);  // without lo
  const auto eth0 = find(all, "eth0");
  EXPECT_TRUE(eth0.up);
  EXPECT_EQ(eth0.rx_bytes, 6'250'000U);
  EXPECT_EQ(eth0.tx_bytes, 3'125'000U);
  EXPECT_EQ(eth0.rx_errors, 1U);
  EXPECT_EQ(eth0.rx_dropped, 12U);
  EXPECT_EQ(eth0.tx_errors, 0U);
  EXPECT_EQ(eth0.tx_dropped, 2U);
  EXPECT_DOUBLE_EQ(eth0.rx_bytes_per_s, 1'250'000);
  EXPECT_DOUBLE_EQ(eth0.tx_bytes_per_s, 125'000);
  EXPECT_EQ(eth0.speed_mbit_per_s, 1000U);
  EXPECT_EQ(eth0.address, "192.0.2.31");
  const auto wlan0 = find(all, "wlan0");
  EXPECT_FALSE(wlan0.up);
  EXPECT_FALSE(wlan0.speed_mbit_per_s);
  EXPECT_EQ(wlan0.address, "");
}

TEST(Network, TheRateIsOverTheTimeThatReallyPassed) {
  const auto all = parse_interfaces(split_sections(case_text("container-busybox")), 1.5);
  EXPECT_DOUBLE_EQ(find(all, "eth0").rx_bytes_per_s, 2000);
  EXPECT_TRUE(find(all, "eth0").up);  // busybox says no state, only flags
  EXPECT_EQ(find(all, "eth0").address, "172.17.0.2");
  EXPECT_EQ(find(parse_interfaces(split_sections(case_text("container-busybox")), 0), "eth0").rx_bytes_per_s, 0);
}

TEST(Network, AServerWithoutIpByWhatTheKernelShows) {
  const auto all = parse_interfaces(split_sections(case_text("gpu-server")), 1.0);
  ASSERT_EQ(all.size(), 3U);
  const auto fast = find(all, "enp65s0f0np0");
  EXPECT_EQ(fast.rx_bytes, 184'592'440'737U);  // no blank behind the colon
  EXPECT_DOUBLE_EQ(fast.rx_bytes_per_s, 125e6);
  EXPECT_DOUBLE_EQ(fast.tx_bytes_per_s, 0);  // went back: the counter was reset
  EXPECT_EQ(fast.speed_mbit_per_s, 25000U);
  EXPECT_TRUE(fast.up);
  EXPECT_FALSE(find(all, "docker0").up);
  EXPECT_TRUE(find(all, "wg0").up);  // a tunnel says "unknown"
  EXPECT_EQ(fast.address, "");
}

TEST(Network, AnInterfaceThatCameMeanwhileHasNoRate) {
  const auto all = parse_interfaces(split_sections("@cef:net1\n@cef:net2\nusb0: 5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n"), 1);
  EXPECT_EQ(find(all, "usb0").rx_bytes, 5U);
  EXPECT_EQ(find(all, "usb0").rx_bytes_per_s, 0);
}

TEST(Network, AnUnknownSpeedIsNone) {
  for (const char* speed : {"-1", "4294967295", "0", ""}) {
    const auto all = parse_interfaces(
        split_sections("@cef:net2\neth0: 5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n@cef:link\neth0|up|1|0x1003|" +
                       std::string(speed) + "\n"),
        1);
    EXPECT_FALSE(find(all, "eth0").speed_mbit_per_s) << speed;
    EXPECT_TRUE(find(all, "eth0").up);
  }
}

TEST(Network, AnUnpluggedCableIsDown) {
  const std::string net = "@cef:net2\neth0: 5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n";
  EXPECT_FALSE(find(parse_interfaces(split_sections(net + "@cef:link\neth0|down|0|0x1003|\n"), 1), "eth0").up);
  EXPECT_FALSE(
      find(parse_interfaces(
               split_sections(
                   net + "@cef:link\neth0|up|1|0x1003|\n@cef:iplink\n"
                         "2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc mq state DOWN mode DEFAULT\n"),
               1),
           "eth0")
          .up);
}

TEST(Network, TheAddressToReachTheNodeBy) {
  const std::string net = "@cef:net2\neth0: 5 1 0 0 0 0 0 0 7 1 0 0 0 0 0 0\n@cef:ipaddress\n";
  const auto address = [&net](const std::string& lines) {
    return find(parse_interfaces(split_sections(net + lines), 1), "eth0").address;
  };
  EXPECT_EQ(address("2: eth0    inet6 fe80::1/64 scope link\n2: eth0    inet6 2001:db8::5/64 scope global\n"),
            "2001:db8::5");
  EXPECT_EQ(address("2: eth0    inet 169.254.3.4/16 scope link\n2: eth0    inet6 2001:db8::5/64 scope global\n"
                    "2: eth0    inet 192.0.2.7/24 scope global\n3: eth1    inet 192.0.2.8/24 scope global\n"),
            "192.0.2.7");
  EXPECT_EQ(address("2: eth01    inet 192.0.2.8/24 scope global\n"), "");
}

}  // namespace
}  // namespace cef::probe
