#include "cef/report/file.hpp"

#include "fleet_results.hpp"

namespace cef::report {
namespace {

using operation::FileHost;

FileHost put(const std::string& name) {
  auto host = made<FileHost>(name);
  host.report = {true, "/etc/motd", {}, 2048, k_sha256, 1024, 1024};
  return host;
}

TEST(FileReport, JsonOfPutIsTheGoldenFile) {
  auto same = put("pi-2");
  same.report.changed = false;
  same.report.sent_bytes = same.report.resumed_from = 0;
  const auto result = fleet_of<FileHost>({put("pi-1"), same, gone<FileHost>("pi-3")});
  expect_golden(fleet_json(result, "cef.file-put/1", &host_json), "file-put.json");
}

TEST(FileReport, JsonOfGetIsTheGoldenFile) {
  auto host = put("pi-1");
  host.report.local = "logs/pi-1/motd";
  host.report.resumed_from = 0;
  auto changed = made<FileHost>("pi-2", core::Error{core::ErrorCode::integrity, "arrived with another SHA-256", {}});
  changed.report.remote = "/etc/motd";
  changed.report.local = "logs/pi-2/motd";
  auto result = fleet_of<FileHost>({host, changed});
  result.interrupted = true;
  expect_golden(fleet_json(result, "cef.file-get/1", &host_json), "file-get.json");
}

TEST(FileReport, TextTellsWhatWasMoved) {
  auto got = put("pi-2");
  got.report.local = "logs/pi-2/motd";
  got.report.resumed_from = 0;
  got.report.changed = false;
  EXPECT_EQ(file_text(fleet_of<FileHost>({put("pi-1"), got, gone<FileHost>("pi-3")}), k_plain),
            R"(HOST  STATUS          SIZE    MOVED  FILE            NOTE
pi-1  changed      2.0 KiB  1.0 KiB  /etc/motd       went on at 1.0 KiB
pi-2  ok           2.0 KiB  1.0 KiB  logs/pi-2/motd
pi-3  unreachable        -        -  -               pi-3: connection refused
3 hosts: 2 ok, 1 changed, 1 unreachable in 2.5 s
)");
}

}  // namespace
}  // namespace cef::report
