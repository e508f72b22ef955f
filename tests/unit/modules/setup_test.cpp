#include "modules/setup.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "case_host.hpp"

namespace cef::modules {
namespace {

using core::Json;

Json facts_of(const CaseHost& host, const Json& args = Json::object()) {
  const Json result = host.run("setup", args);
  EXPECT_FALSE(result.contains("failed")) << result.dump();
  return result.value("ansible_facts", Json::object());
}

TEST(Setup, TellsOfThisMachine) {
  CaseHost host;
  const Json facts = facts_of(host);
  EXPECT_EQ(facts["ansible_system"], "Linux");
  EXPECT_EQ(facts["ansible_kernel"].get<std::string>() + "\n", host.shell("uname -r"));
  EXPECT_EQ(facts["ansible_nodename"].get<std::string>() + "\n", host.shell("uname -n"));
  EXPECT_EQ(facts["ansible_user_id"].get<std::string>() + "\n", host.shell("id -un"));
  EXPECT_GT(facts["ansible_memtotal_mb"].get<int>(), 0);
  EXPECT_GT(facts["ansible_processor_vcpus"].get<int>(), 0);
  EXPECT_EQ(facts["ansible_lo"]["ipv4"]["address"], "127.0.0.1");
  EXPECT_EQ(facts["ansible_lo"]["ipv4"]["netmask"], "255.0.0.0");
  EXPECT_EQ(facts["ansible_date_time"]["date"].get<std::string>().size(), 10U);
  EXPECT_FALSE(facts["ansible_mounts"].empty());
  EXPECT_TRUE(facts["ansible_env"].contains("PATH"));
  EXPECT_EQ(facts["gather_subset"], Json::array({"all"}));
}

TEST(Setup, GathersOnlyWhatIsAskedFor) {
  CaseHost host;
  const Json least = facts_of(host, {{"gather_subset", {"!all"}}});
  EXPECT_TRUE(least.contains("ansible_distribution"));
  EXPECT_FALSE(least.contains("ansible_processor"));
  EXPECT_FALSE(least.contains("ansible_interfaces"));
  const Json network = facts_of(host, {{"gather_subset", {"network"}}});
  EXPECT_TRUE(network.contains("ansible_interfaces"));
  EXPECT_TRUE(network.contains("ansible_hostname"));
  EXPECT_FALSE(network.contains("ansible_mounts"));
  const Json nothing = facts_of(host, {{"gather_subset", {"!all", "!min", "virtual"}}});
  EXPECT_FALSE(nothing.contains("ansible_hostname"));
  EXPECT_TRUE(nothing.contains("ansible_virtualization_type"));
  const Json some = facts_of(host, {{"filter", {"ansible_distribution*", "kernel"}}, {"gather_subset", "min"}});
  EXPECT_TRUE(some.contains("ansible_kernel"));
  EXPECT_TRUE(some.contains("ansible_distribution_version"));
  EXPECT_FALSE(some.contains("ansible_env"));
  EXPECT_TRUE(host.run("setup", {{"gather_subset", "hardwear"}}).value("failed", false));
}

TEST(Setup, ReadsFactsThatTheHostHasOfItsOwn) {
  CaseHost host;
  host.fresh(
      "echo '{\"a\": [1]}' >json.fact; printf '[s]\\nKey = v\\n' >ini.fact\n"
      "printf '#!/bin/sh\\necho 7' >run.fact; chmod +x run.fact; echo nonsense >bad.fact\n"
      "printf '#!/bin/sh\\nexit 3' >no.fact; chmod +x no.fact");
  const Json local = facts_of(host, {{"fact_path", host.folder()}, {"gather_subset", "min"}})["ansible_local"];
  EXPECT_EQ(local["json"], Json({{"a", {1}}}));
  EXPECT_EQ(local["ini"], Json({{"s", {{"key", "v"}}}}));
  EXPECT_EQ(local["run"], 7);
  EXPECT_EQ(local["no"], "Failure executing fact script, rc: 3");
  EXPECT_EQ(local["bad"], "error loading facts as JSON or ini - please check content: bad.fact");
}

std::string part(const std::string& name, const std::string& text) {
  return name + std::string(1, '\0') + text + std::string(1, '\0');
}

/// What the script prints on a Raspberry Pi 4.
std::string raspberry_pi() {
  std::string cpus;
  for (int i = 0; i < 4; ++i) {
    cpus += "processor\t: " + std::to_string(i) + "\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd\n\n";
  }
  return part("os-release",
              "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n"
              "VERSION_CODENAME=bookworm\nID=debian\n") +
         part("debian_version", "12.5\n") + part("ostype", "Linux\n") + part("osrelease", "6.6.20+rpt-rpi-v8\n") +
         part("machine", "aarch64\n") + part("nodename", "pi-1.lan\n") + part("fqdn", "pi-1.lan\n") +
         part("bits", "64\n") + part("comm1", "systemd\n") + part("pkg-apt-get", "") +
         part("cmdline", "console=tty1 root=PARTUUID=4e639091-02 console=serial0,115200 quiet\n") +
         part("resolv.conf", "search lan\nnameserver 192.168.1.1\noptions edns0 timeout:2\n") + part("cpuinfo", cpus) +
         part("status", "Uid:\t1000\t1000\t1000\t1000\nCpus_allowed:\tf\n") +
         part("meminfo",
              "MemTotal: 3884372 kB\nMemFree: 1024000 kB\nBuffers: 1024 kB\nCached: 2048 kB\n"
              "SwapTotal: 102396 kB\nSwapFree: 102396 kB\n") +
         part("mounts", "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\nproc /proc proc rw 0 0\n") +
         part("statfs",
              "/\1"
              "4096 4096 7425000 5000000 1900000 1800000\n") +
         part("lsblk", "/dev/mmcblk0p2 56f80fa2-e005-4cca-86e6-19da1069914d\n") +
         part("route4", "8.8.8.8 via 192.168.1.1 dev eth0 src 192.168.1.20 uid 1000 \n    cache \n") +
         part("interfaces",
              "eth0\1"
              "d8:3a:dd:00:00:01\1"
              "1500\1up\1"
              "1\1"
              "1000\1"
              "0x1003\1"
              "bcmgenet\1"
              "fd580000.ethernet\1"
              "\1\1\1\1\1\1\1\1\1") +
         part("ip-addr",
              "2: eth0: <BROADCAST,UP> mtu 1500 qdisc mq state UP\n    link/ether d8:3a:dd:00:00:01\n"
              "    inet 192.168.1.20/24 brd 192.168.1.255 scope global dynamic eth0\n"
              "    inet 192.168.1.21/24 scope global secondary eth0:1\n    inet6 fe80::1/64 scope link\n");
}

TEST(Setup, KnowsARaspberryPi) {
  const Json facts = facts_from(raspberry_pi(), {});
  EXPECT_EQ(facts["distribution_version"], "12.5");
  EXPECT_EQ(facts["distribution_major_version"], "12");
  EXPECT_EQ(facts["python_version"], "3.11.2");
  EXPECT_EQ(facts["python"]["version"]["major"], 3);
  EXPECT_EQ(facts["os_family"], "Debian");
  EXPECT_EQ(facts["pkg_mgr"], "apt");
  EXPECT_EQ(facts["service_mgr"], "systemd");
  EXPECT_EQ(facts["hostname"], "pi-1");
  EXPECT_EQ(facts["domain"], "lan");
  EXPECT_EQ(facts["cmdline"]["console"], "serial0,115200");
  EXPECT_EQ(facts["proc_cmdline"]["console"], Json::array({"tty1", "serial0,115200"}));
  EXPECT_EQ(facts["cmdline"]["quiet"], true);
  EXPECT_EQ(
      facts["dns"],
      Json({{"search", {"lan"}}, {"nameservers", {"192.168.1.1"}}, {"options", {{"edns0", true}, {"timeout", "2"}}}}));
  EXPECT_EQ(facts["processor"], Json::array({"0", "1", "2", "3"}));
  EXPECT_EQ(facts["processor_count"], 4);
  EXPECT_EQ(facts["processor_vcpus"], 4);
  EXPECT_EQ(facts["memtotal_mb"], 3793);
  EXPECT_EQ(facts["mounts"].size(), 1U);
  EXPECT_EQ(facts["mounts"][0]["size_available"], 20480000000);
  EXPECT_EQ(facts["mounts"][0]["uuid"], "56f80fa2-e005-4cca-86e6-19da1069914d");
  EXPECT_EQ(facts["default_ipv4"]["gateway"], "192.168.1.1");
  EXPECT_EQ(facts["default_ipv4"]["network"], "192.168.1.0");
  EXPECT_EQ(facts["default_ipv4"]["macaddress"], "d8:3a:dd:00:00:01");
  EXPECT_EQ(facts["eth0"]["module"], "bcmgenet");
  EXPECT_EQ(facts["eth0"]["ipv4_secondaries"][0]["address"], "192.168.1.21");
  EXPECT_EQ(facts["all_ipv4_addresses"], Json::array({"192.168.1.20", "192.168.1.21"}));
  EXPECT_EQ(facts["virtualization_type"], "NA");
  EXPECT_EQ(facts["system_vendor"], "NA");
}

TEST(Setup, TakesAnyLoadThatAHostSays) {
  EXPECT_EQ(facts_from(raspberry_pi() + part("loadavg", "0.25 1e999 x 1/99 7\n"), {})["loadavg"],
            Json({{"1m", 0.25}, {"5m", HUGE_VAL}, {"15m", 0.0}}));
}

TEST(Setup, ReadsFilesThatOneTailPrinted) {
  const Json facts = facts_from(part("machine", "x86_64\n") + part("files",
                                                                   "==> /etc/os-release <==\nID=debian\n"
                                                                   "\n==> /proc/sys/kernel/hostname <==\nnuc-1\n"
                                                                   "\n==> /etc/machine-id <==\n"
                                                                   "\n==> /proc/loadavg <==\n0.5 0.25 0.1 1/2 3\n"),
                                {.minimum = true, .hardware = false, .network = false, .virtualization = false});
  EXPECT_EQ(facts["distribution"], "Debian");
  EXPECT_EQ(facts["hostname"], "nuc-1");
  EXPECT_FALSE(facts.contains("machine_id"));
  EXPECT_EQ(facts["loadavg"]["5m"], 0.25);
}

TEST(Setup, KnowsDisksTheirPartitionsAndWhatHoldsThem) {
  const std::string raw =
      part("blocks",
           "sda/removable:0\nsda/size:62333952\nsda/queue/scheduler:none [mq-deadline]\n"
           "sda/queue/logical_block_size:512\nsda/device/model:Disk: of 30 GB\nzram0/size:0\nzram1/size:0\n"
           "zram2/size:8\nzram0/queue/rotational:0\nzram0/removable:0\n"
           "dm-0/removable:0\ndm-0/size:2048\ndm-0/dm/name:vg-root\n") +
      part("parts", "sda/sda1/start:2048\nsda/sda1/size:1024\n") + part("slaves", "dm-0 sda\n") +
      part("by",
           "/dev/disk/by-uuid:\ntotal 0\n"
           "lrwxrwxrwx 1 root root 10 Nov 21 10:00 36ef-0c5b -> ../../sda1\n\n/dev/disk/by-label:\ntotal 0\n"
           "lrwxrwxrwx 1 root root 10 Nov 21 10:00 boot\\x20fs -> ../../sda1\n") +
      part("mounts", "/dev/sda1 /srv/a\\040b ext4 rw 0 0\n/dev/sda1 /bound ext4 rw 0 0\n") +
      part("statfs", "/srv/a b\0014096 4096 10 5 7 6\n") +
      part("mountinfo", "21 1 8:1 / /srv/a\\040b rw - ext4 /dev/sda1 rw\n22 1 8:1 /x /bound rw - ext4 /dev/sda1 rw\n") +
      part("status", "Cpus_allowed:\t3,0000000f\n");
  const Json facts = facts_from(raw, {});
  const Json& sda = facts["devices"]["sda"];
  EXPECT_EQ(sda["model"], "Disk: of 30 GB");
  EXPECT_EQ(sda["scheduler_mode"], "mq-deadline");
  EXPECT_EQ(sda["size"], "29.72 GB");
  EXPECT_EQ(sda["holders"], Json::array({"vg-root"}));
  EXPECT_EQ(sda["links"]["masters"], Json::array({"dm-0"}));
  EXPECT_EQ(sda["partitions"]["sda1"]["start"], "2048");
  EXPECT_EQ(sda["partitions"]["sda1"]["uuid"], "36ef-0c5b");
  EXPECT_EQ(sda["partitions"]["sda1"]["links"]["labels"], Json::array({"boot\\x20fs"}));
  EXPECT_EQ(facts["devices"]["zram0"]["sectors"], "0");
  EXPECT_EQ(facts["devices"]["zram1"], facts["devices"]["zram0"]);  // never set up, either
  EXPECT_EQ(facts["devices"]["zram1"]["rotational"], "0");
  EXPECT_EQ(facts["devices"]["zram2"]["rotational"], nullptr);
  EXPECT_EQ(facts["mounts"][0]["mount"], "/srv/a b");
  EXPECT_EQ(facts["mounts"][0]["size_total"], 40960);
  EXPECT_EQ(facts["mounts"][0]["options"], "rw");
  EXPECT_EQ(facts["mounts"][1]["options"], "rw,bind");
  EXPECT_EQ(facts["processor_nproc"], 6);
}

}  // namespace
}  // namespace cef::modules
