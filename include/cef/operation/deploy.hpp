#pragma once

#include <filesystem>
#include <string>

#include "cef/operation/fleet.hpp"
#include "cef/registry/bundle.hpp"
#include "cef/task/deploy.hpp"

namespace cef::operation {

/// A bundle of a repository, pulled by the hosts from a URL, or pushed over SSH.
struct DeployModelOptions {
  FleetOptions fleet;
  task::DeployOptions deploy;  ///< parcel and url are found out; `check` is taken from `fleet`
  std::string repository;      ///< URL, or a folder (then `push`)
  std::string wanted;          ///< NAME or NAME@VERSION
  std::string task;            ///< the bundle must be for it; empty: any
  bool push = false;
};

/// An archive, checked and packed here, pushed over SSH.
struct DeployFileOptions {
  FleetOptions fleet;
  task::DeployOptions deploy;
  std::filesystem::path archive;
  registry::BundleInfo given;
};

using DeployHost = TaskHost<task::DeployReport>;
using DeployStatusHost = TaskHost<task::DeployStatusReport>;
using RollbackHost = TaskHost<task::RollbackReport>;
using PruneHost = TaskHost<task::PruneReport>;

/// Errors before any host is asked: usage, unreachable (the repository), integrity (index, archive).
core::Result<FleetResult<DeployHost>> deploy_model(const DeployModelOptions& options,
                                                   const FleetEvents<DeployHost>& events, const core::StopToken& stop);
core::Result<FleetResult<DeployHost>> deploy_file(const DeployFileOptions& options,
                                                  const FleetEvents<DeployHost>& events, const core::StopToken& stop);

struct DeployedOptions {
  FleetOptions fleet;
  std::string dest = "models";
  std::string name;  ///< empty: every model
};

core::Result<FleetResult<DeployStatusHost>> deploy_status(const DeployedOptions& options, bool verify,
                                                          const FleetEvents<DeployStatusHost>& events,
                                                          const core::StopToken& stop);
/// `to`: a version or the name of a release; empty: the one before.
core::Result<FleetResult<RollbackHost>> deploy_rollback(const DeployedOptions& options, const std::string& to,
                                                        const FleetEvents<RollbackHost>& events,
                                                        const core::StopToken& stop);
core::Result<FleetResult<PruneHost>> deploy_prune(const DeployedOptions& options, unsigned keep,
                                                  const FleetEvents<PruneHost>& events, const core::StopToken& stop);

}  // namespace cef::operation
