#pragma once

#include <filesystem>
#include <string>

#include "cef/operation/fleet.hpp"
#include "cef/task/file.hpp"

namespace cef::operation {

struct FilePutOptions {
  FleetOptions fleet;
  std::filesystem::path local;
  std::string remote;
  std::string mode;  ///< see task::FilePutOptions
  std::string owner;
};

struct FileGetOptions {
  FleetOptions fleet;
  std::string remote;
  std::filesystem::path folder;  ///< the file of a host goes to FOLDER/HOST/NAME
};

using FileHost = TaskHost<task::FileReport>;

core::Result<FleetResult<FileHost>> file_put(const FilePutOptions& options, const FleetEvents<FileHost>& events,
                                             const core::StopToken& stop);
core::Result<FleetResult<FileHost>> file_get(const FileGetOptions& options, const FleetEvents<FileHost>& events,
                                             const core::StopToken& stop);

}  // namespace cef::operation
