#include "cef/operation/file.hpp"

#include "over_hosts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<FleetResult<FileHost>> file_put(const FilePutOptions& options, const FleetEvents<FileHost>& events,
                                       const core::StopToken& stop) {
  if (!options.mode.empty() &&
      (options.mode.size() > 4 || options.mode.find_first_not_of("01234567") != std::string::npos)) {
    return fail(ErrorCode::usage, "--mode: '" + options.mode + "' is not an octal mode; write for example 0644");
  }
  auto parcel = task::start_parcel(options.local);
  if (!parcel) {
    return fail(parcel.error());
  }
  const task::FilePutOptions wanted{std::move(*parcel), options.remote, options.mode, options.owner,
                                    options.fleet.check};
  return over_task_hosts<task::FileReport>(
      options.fleet, events, stop,
      [&](const task::Host& host, task::FileReport& report) { return task::file_put(host, wanted, report); });
}

Result<FleetResult<FileHost>> file_get(const FileGetOptions& options, const FleetEvents<FileHost>& events,
                                       const core::StopToken& stop) {
  const std::string name = std::filesystem::path(options.remote).filename();
  if (name.empty() || name == "." || name == "..") {
    return fail(ErrorCode::usage, "'" + options.remote + "' does not name a file");
  }
  return over_hosts<FileHost>(options.fleet, events, stop,
                              [&](const fleet::HostPlan& plan, ssh::Connection& connection, FileHost& host) {
                                return task::file_get(host_of(plan, connection, options.fleet, stop), options.remote,
                                                      options.folder / plan.target.name / name, host.report);
                              });
}

}  // namespace cef::operation
