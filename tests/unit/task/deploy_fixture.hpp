#pragma once

#include <map>

#include "cef/core/digest.hpp"
#include "cef/task/deploy.hpp"
#include "local_host.hpp"

namespace cef::task {

struct Packed {
  Release release;
  Parcel parcel;
};

/// Releases of a model on this machine.
class Deploy : public ShellHost {
 protected:
  void SetUp() override {
    ShellHost::SetUp();
    if (!IsSkipped()) {
      program("sync", "");  // a busy disk would make the tests slow
    }
  }
  [[nodiscard]] Packed pack(const std::string& version, const std::string& content) const {
    const fs::path from = folder_ / "pack" / version;
    write_text(from / "model" / "weights.bin", content);
    write_text(from / "model" / "it's a name", version);
    const fs::path tar = folder_ / (version + "-" + core::sha256(content).substr(0, 8) + ".tar");
    EXPECT_EQ(std::system(
                  ("tar -cf " + core::shell_quote(tar.string()) + " -C " + core::shell_quote(from.string()) + " model")
                      .c_str()),
              0);
    Packed packed;
    packed.parcel = *make_parcel(tar);
    packed.release = {"detector",
                      version,
                      "any",
                      packed.parcel.sha256,
                      core::Bytes{packed.parcel.size},
                      core::Bytes{content.size() + version.size()}};
    return packed;
  }
  [[nodiscard]] core::Result<DeployState> state() const { return deploy_state(host(), dest_, "detector"); }
  core::Result<void> deploy_it(const Packed& packed) {
    const auto before = state();
    if (!before) {
      return core::fail(before.error());
    }
    options_.dest = dest_;
    options_.parcel = packed.parcel;
    report_ = {};
    return deploy(host(), packed.release, *before, options_, report_);
  }
  void deployed(const Packed& packed) {
    const auto done = deploy_it(packed);
    ASSERT_TRUE(done) << done.error().line();
    ASSERT_EQ(state()->current, packed.release.folder());
  }
  [[nodiscard]] fs::path model() const { return (fs::path(dest_).is_absolute() ? "" : home()) / dest_ / "detector"; }
  [[nodiscard]] fs::path part(const Packed& packed) const {
    return model() / ".cef" / "incoming" / (packed.release.sha256 + ".part");
  }
  [[nodiscard]] std::string link() const {
    std::error_code error;
    return fs::read_symlink(model() / "current", error);
  }
  /// Every file and link below DEST with what is in it, for "nothing was changed".
  [[nodiscard]] std::map<std::string, std::string> tree() const {
    std::map<std::string, std::string> all;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(model().parent_path(), error)) {
      const auto status = entry.symlink_status();
      all[entry.path()] = fs::is_symlink(status)        ? fs::read_symlink(entry.path()).string()
                          : fs::is_regular_file(status) ? read_text(entry.path())
                                                        : "";
    }
    return all;
  }

  std::string dest_ = "models";
  DeployOptions options_;
  DeployReport report_;
};

}  // namespace cef::task
