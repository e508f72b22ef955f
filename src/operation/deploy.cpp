#include "cef/operation/deploy.hpp"

#include <unistd.h>

#include "cef/core/file.hpp"
#include "cef/core/paths.hpp"
#include "cef/registry/fetch_index.hpp"
#include "cef/registry/repository.hpp"
#include "over_hosts.hpp"

namespace cef::operation {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

namespace fs = std::filesystem;

task::Release release_of(const registry::Bundle& bundle) {
  return {bundle.info.name, bundle.info.version, bundle.info.architecture, bundle.sha256, bundle.size, bundle.unpacked};
}

bool is_url(const std::string& text) {
  return text.rfind("http://", 0) == 0 || text.rfind("https://", 0) == 0;
}

/// A folder for packed archives that goes with this object; what killed runs left is removed.
class Scratch {
 public:
  Scratch() : path_(core::cache_dir() / ("deploy-" + std::to_string(::getpid()))) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(core::cache_dir(), error)) {
      const std::string name = entry.path().filename();
      if (name.rfind("deploy-", 0) == 0 && !fs::exists("/proc/" + name.substr(7), error)) {
        fs::remove_all(entry.path(), error);
      }
    }
    fs::create_directories(path_, error);
  }
  ~Scratch() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

Result<std::vector<registry::Bundle>> read_bundles(const DeployModelOptions& options) {
  if (is_url(options.repository)) {
    if (options.push) {
      return fail(ErrorCode::usage, "--push sends from a folder; give --repo the folder of the repository");
    }
    auto bundles = registry::fetch_index(options.repository, options.fleet.connect.connect_deadline);
    if (!bundles && bundles.error().code == ErrorCode::unreachable) {
      bundles.error().code = ErrorCode::general;  // no host was asked yet: its exit code would name one
    }
    return bundles;
  }
  if (!options.push) {
    return fail(ErrorCode::usage,
                "hosts cannot pull from '" + options.repository +
                    "'; give --repo its URL (cef repo serve makes one), or send over SSH with --push");
  }
  return registry::ModelRepository::open(options.repository).and_then([](const auto& repository) {
    return repository.list();
  });
}

/// Said once, not by every host.
Result<void> check_name(const std::string& name) {
  return name.empty() || task::is_model_name(name)
             ? Result<void>()
             : fail(ErrorCode::usage, "'" + name + "' is not the name of a model: letters, digits and ._+- are");
}

Result<void> check_task(const registry::Bundle& bundle, const std::string& task) {
  if (task.empty() || bundle.info.task == task) {
    return {};
  }
  return fail(ErrorCode::usage, bundle.info.name + "@" + bundle.info.version + " is for the task '" + bundle.info.task +
                                    "', not for '" + task + "'");
}

}  // namespace

Result<FleetResult<DeployHost>> deploy_model(const DeployModelOptions& options, const FleetEvents<DeployHost>& events,
                                             const core::StopToken& stop) {
  const auto bundles = read_bundles(options);
  if (!bundles) {
    return fail(bundles.error());
  }
  // What no host could get is said before any is asked.
  const auto any = registry::find_bundle(*bundles, options.wanted, "");
  if (!any) {
    return fail(any.error());
  }
  if (auto right = check_task(*any, options.task); !right) {
    return fail(right.error());
  }
  return over_task_hosts<task::DeployReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::DeployReport& report) -> Result<void> {
        const auto state = task::deploy_state(host, options.deploy.dest, any->info.name);
        if (!state) {
          return fail(state.error());
        }
        auto bundle = registry::find_bundle(*bundles, options.wanted, state->architecture());
        if (!bundle) {
          return fail(ErrorCode::host_failed, bundle.error().message);
        }
        if (auto right = check_task(*bundle, options.task); !right) {
          return right;
        }
        task::DeployOptions deploy = options.deploy;
        deploy.check = options.fleet.check;
        if (options.push) {
          const fs::path blob = fs::path(options.repository) / registry::blob_path(*bundle);
          deploy.parcel = task::Parcel{blob, bundle->size.count, bundle->sha256};
        } else {
          deploy.url =
              options.repository + (options.repository.back() == '/' ? "" : "/") + registry::blob_path(*bundle);
        }
        return task::deploy(host, release_of(*bundle), *state, deploy, report);
      });
}

Result<FleetResult<DeployHost>> deploy_file(const DeployFileOptions& options, const FleetEvents<DeployHost>& events,
                                            const core::StopToken& stop) {
  if (const auto hosts = plan_hosts(options.fleet); !hosts) {  // said before a large archive is read
    return fail(hosts.error());
  }
  const Scratch scratch;
  const fs::path tar = scratch.path() / "bundle.tar";
  const auto bundle = registry::pack_bundle(options.archive, tar, options.given, {}, stop);
  if (!bundle) {
    return fail(bundle.error());
  }
  task::DeployOptions deploy = options.deploy;
  deploy.check = options.fleet.check;
  deploy.parcel = task::Parcel{tar, bundle->size.count, bundle->sha256};
  return over_task_hosts<task::DeployReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::DeployReport& report) -> Result<void> {
        const auto state = task::deploy_state(host, deploy.dest, bundle->info.name);
        return state ? task::deploy(host, release_of(*bundle), *state, deploy, report)
                     : Result<void>(fail(state.error()));
      });
}

Result<FleetResult<DeployStatusHost>> deploy_status(const DeployedOptions& options, bool verify,
                                                    const FleetEvents<DeployStatusHost>& events,
                                                    const core::StopToken& stop) {
  if (auto good = check_name(options.name); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::DeployStatusReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::DeployStatusReport& report) {
        return task::deploy_status(host, options.dest, options.name, verify, report);
      });
}

Result<FleetResult<RollbackHost>> deploy_rollback(const DeployedOptions& options, const std::string& to,
                                                  const FleetEvents<RollbackHost>& events,
                                                  const core::StopToken& stop) {
  if (auto good = check_name(options.name); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::RollbackReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::RollbackReport& report) {
        return task::deploy_rollback(host, options.dest, options.name, to, options.fleet.check, report);
      });
}

Result<FleetResult<PruneHost>> deploy_prune(const DeployedOptions& options, unsigned keep,
                                            const FleetEvents<PruneHost>& events, const core::StopToken& stop) {
  if (auto good = check_name(options.name); !good) {
    return fail(good.error());
  }
  return over_task_hosts<task::PruneReport>(
      options.fleet, events, stop, [&](const task::Host& host, task::PruneReport& report) {
        return task::deploy_prune(host, options.dest, options.name, keep, options.fleet.check, report);
      });
}

}  // namespace cef::operation
