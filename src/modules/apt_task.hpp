#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apt_state.hpp"
#include "cef/core/json.hpp"
#include "cef/core/result.hpp"
#include "cef/modules/module.hpp"

namespace cef::modules {

inline constexpr const char* k_apt_get = "/usr/bin/apt-get";
inline constexpr std::string_view k_apt_zero = "\n0 upgraded, 0 newly installed";

/// What a run of apt-get answered.
struct AptAnswer {
  std::string word;  ///< "none": the host has no apt-get; "" otherwise
  std::string update, said;
  long long before = 0, after = 0;
  int status = 0;
  std::string out, err;
  /// No apt-get, or lists that could not be read.
  [[nodiscard]] std::optional<core::Json> refusal() const;
  [[nodiscard]] bool updated() const { return update == "would" || (update == "ok" && before != after); }
};
/// The fields before those of a command or of a state.
[[nodiscard]] AptAnswer read_apt_head(Fields& fields);
/// What a diff shows: from "Reading state information..." to the line that counts.
[[nodiscard]] core::Json apt_diff(const std::string& out);
/// Shell: starts of services are held back by a policy-rc.d of this status as long as the script runs.
[[nodiscard]] std::string policy_script(const Call& call);

/// One task of the module apt.
class Apt {
 public:
  explicit Apt(const Call& call) : call_(call) {
    for (const std::string& option : split(call.text("dpkg_options"))) {
      dpkg_options_ += (dpkg_options_.empty() ? "" : " ") + ("-o \"Dpkg::Options::=--" + option + "\"");
    }
  }
  core::Result<core::Json> run();

 private:
  static std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> list(1);
    for (const char c : text) {
      if (c == ',') {
        list.emplace_back();
      } else {
        list.back() += c;
      }
    }
    return list;
  }
  [[nodiscard]] std::string flag(const char* name, const char* option) const {
    return call_.flag(name) ? std::string(option) : "";
  }
  [[nodiscard]] std::string simulate() const { return call_.check ? "--simulate" : ""; }
  [[nodiscard]] std::string head() const {
    return apt_head(call_.args.at("lock_timeout").get<long long>()) + apt_update_script(update_);
  }
  [[nodiscard]] std::string command_script(const std::string& shown, const std::string& after) const;
  core::Result<AptAnswer> execute(const std::string& shown, const std::string& after = "") const;
  core::Result<core::Json> clean() const;
  core::Result<core::Json> upgrade(const std::string& mode) const;
  core::Result<core::Json> cleanup(const std::string& operation) const;
  core::Result<core::Json> packages(std::vector<std::string> names);
  core::Result<core::Json> only_update() const;
  [[nodiscard]] std::string deb_script() const;
  [[nodiscard]] std::string deb_install_script(const std::string& apt) const;
  core::Result<core::Json> deb() const;
  core::Result<core::Json> install(const std::vector<PackageSpec>& specs, const AptState& state,
                                   const AptAnswer& seen) const;
  core::Result<core::Json> remove(const std::vector<PackageSpec>& specs, const AptState& state) const;
  [[nodiscard]] std::string install_command(const std::vector<std::string>& list) const;
  [[nodiscard]] static core::Json with_times(core::Json result, const AptAnswer& seen) {
    result["cache_updated"] = seen.updated();
    result["cache_update_time"] = seen.after;
    return result;
  }

  const Call& call_;
  std::string dpkg_options_;
  AptUpdate update_;
};

}  // namespace cef::modules
