#include <algorithm>
#include <cstdlib>

#include "apt_task.hpp"
#include "cef/core/shell.hpp"
#include "command.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// The names that apt-get is to get; error (general): the message of a failure; usage: the same,
/// of a name that no package has.
Result<std::vector<std::string>> choose(const Call& call, const std::vector<PackageSpec>& specs,
                                        const AptState& state) {
  std::vector<std::string> list;
  const bool latest = call.text("state") == "latest";
  for (const PackageSpec& spec : specs) {
    if (call.text("state") == "build-dep") {
      list.push_back(spec.text);
      continue;
    }
    const AptPackage& package = state.packages.at(spec.name);
    PackageStatus status = package_status(spec, package);
    const bool real = !package.versions.empty() || package.state != 'n';
    if (!real && package.providers.empty()) {
      return fail(core::ErrorCode::usage, "No package matching '" + spec.name + "' is available");
    }
    if (!real) {  // apt is to find out what gives it, unless the only one that does is there
      status = {package.only_provider_installed, package.only_provider_installed, !package.only_provider_installed, ""};
    }
    if (!status.installed && call.flag("only_upgrade")) {
      continue;
    }
    if (!status.version_installed && !status.installable) {
      return fail(core::ErrorCode::general, "no available installation candidate for " + spec.text);
    }
    if (status.installable && (!status.installed || latest || !status.version_installed)) {
      const std::string version = !status.best.empty() ? status.best : spec.version;
      list.push_back(spec.name + (version.empty() ? "" : "=" + version));
    } else if (status.version_installed && status.installable && spec.comparison == "=") {
      list.push_back(spec.name + "=" + spec.version);
    }
  }
  return list;
}

/// Patterns become the names that they match. Error (general): one that matches none.
Result<std::vector<PackageSpec>> expanded(const std::vector<PackageSpec>& specs, const AptState& state) {
  std::vector<PackageSpec> list;
  for (const PackageSpec& spec : specs) {
    if (!spec.wildcard()) {
      list.push_back(spec);
      continue;
    }
    const auto found = state.matches.find(spec.name);
    if (found == state.matches.end()) {
      return fail(core::ErrorCode::general, "No package(s) matching '" + spec.name + "' available");
    }
    for (const std::string& name : found->second) {
      list.push_back({name, name, "", ""});
    }
  }
  return list;
}

}  // namespace

std::string Apt::install_command(const std::vector<std::string>& list) const {
  std::string packages;
  for (const std::string& name : list) {
    packages += (packages.empty() ? "'" : " '") + name + "'";
  }
  const std::string state = call_.text("state");
  std::string shown = std::string(k_apt_get) + " -y " + dpkg_options_ + " " + flag("only_upgrade", "--only-upgrade") +
                      " " + (state == "fixed" ? "--fix-broken" : "") + " " + flag("force", "--force-yes") + " ";
  if (state == "build-dep") {
    shown += flag("fail_on_autoremove", "--no-remove") + " " + simulate() + " build-dep " + packages;
  } else {
    shown += flag("autoremove", "--auto-remove") + " " + flag("fail_on_autoremove", "--no-remove") + " " + simulate() +
             " install " + packages;
  }
  if (call_.given("default_release")) {
    shown += " -t '" + call_.text("default_release") + "'";
  }
  if (call_.given("install_recommends")) {
    shown += std::string(" -o APT::Install-Recommends=") + (call_.flag("install_recommends") ? "yes" : "no");
  }
  shown += call_.flag("allow_unauthenticated") ? " --allow-unauthenticated" : "";
  shown += call_.flag("allow_downgrade") ? " --allow-downgrades" : "";
  return shown + (call_.flag("allow_change_held_packages") ? " --allow-change-held-packages" : "");
}

Result<Json> Apt::install(const std::vector<PackageSpec>& specs, const AptState& state, const AptAnswer& seen) const {
  const auto list = choose(call_, specs, state);
  if (!list) {
    Json failed = failure(list.error().message);
    return list.error().code == core::ErrorCode::usage ? failed : with_times(std::move(failed), seen);
  }
  const bool build = call_.text("state") == "build-dep";
  std::vector<std::string> automatic;
  std::vector<std::string> names;
  for (const PackageSpec& spec : specs) {
    if (!build) {
      names.push_back(spec.name);
    }
    if (const auto found = state.packages.find(spec.name); found != state.packages.end() && found->second.automatic) {
      automatic.push_back(spec.name);
    }
  }
  const bool marks = !build && !call_.check && !names.empty();
  const std::string mark = "apt-mark manual " + core::shell_join(names) + " >/dev/null 2>&1\n";
  if (list->empty()) {
    if (marks && !automatic.empty()) {
      if (const auto marked = call_.run(mark); !marked) {
        return fail(marked.error());
      }
    }
    return with_times({{"changed", false}}, seen);
  }
  const std::string shown = install_command(*list);
  // What apt-get installs anew is marked already; names with an architecture are not found among those that it marked.
  const bool otherwise = !automatic.empty() || mark.find(':') != std::string::npos;
  Apt next(call_);  // the lists were read
  const auto answer = next.execute(shown, marks && otherwise ? mark : "");
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->status != 0) {
    Json failed = failure("'" + shown + "' failed: " + valid_text(answer->err));
    add_output(failed, answer->out, answer->err);
    failed["rc"] = answer->status;
    return with_times(std::move(failed), seen);
  }
  Json result = {{"changed", !build || answer->out.find(k_apt_zero) == std::string::npos}};
  add_output(result, answer->out, answer->err);
  result["diff"] = call_.diff ? apt_diff(answer->out) : Json::object();
  return with_times(std::move(result), seen);
}

Result<Json> Apt::remove(const std::vector<PackageSpec>& specs, const AptState& state) const {
  std::string list;
  for (const PackageSpec& spec : specs) {
    const auto found = state.packages.find(spec.name);
    if (found == state.packages.end()) {
      continue;
    }
    const AptPackage& package = found->second;
    if (package_status(spec, package).version_installed || (package.state != 'n' && call_.flag("purge"))) {
      list += (list.empty() ? "'" : " '") + spec.text + "'";
    }
  }
  if (list.empty()) {
    return Json{{"changed", false}};
  }
  Apt next(call_);
  const auto answer = next.execute(std::string(k_apt_get) + " -q -y " + dpkg_options_ + " " + flag("purge", "--purge") +
                                   " " + flag("force", "--force-yes") + " " + flag("autoremove", "--auto-remove") +
                                   " " + simulate() + " remove " + list);
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->status != 0) {
    Json failed = failure("'apt-get remove " + list + "' failed: " + valid_text(answer->err));
    add_output(failed, answer->out, answer->err);
    failed["rc"] = answer->status;
    return failed;
  }
  Json result = {{"changed", true}};
  add_output(result, answer->out, answer->err);
  result["diff"] = call_.diff ? apt_diff(answer->out) : Json::object();
  return result;
}

Result<Json> Apt::packages(std::vector<std::string> names) {
  AptQuestions questions;
  questions.release = call_.text("default_release");
  questions.always = call_.text("state") == "latest";
  for (const std::string& name : names) {
    questions.specs.push_back(parse_package_spec(name));
    questions.always = questions.always || !questions.specs.back().comparison.empty();
  }
  const bool absent = call_.text("state") == "absent";
  for (int attempt = 0;; ++attempt) {
    const auto ran = call_.run(head() + apt_state_script(questions));
    if (!ran) {
      return fail(ran.error());
    }
    Fields fields(ran->out);
    AptAnswer seen = read_apt_head(fields);
    if (auto refused = seen.refusal()) {
      return *refused;
    }
    const AptState state = read_apt_state(fields, questions);
    const auto specs = expanded(questions.specs, state);
    if (!specs) {
      return failure(specs.error().message);
    }
    const bool unasked = std::any_of(specs->begin(), specs->end(), [&](const PackageSpec& spec) {
      const auto found = state.packages.find(spec.name);
      return found != state.packages.end() && found->second.state != 'i' && !found->second.asked;
    });
    if (!absent && unasked && !questions.always && attempt == 0) {  // two architectures of one name were counted as two
      questions.always = true;
      update_.wanted = false;
      continue;
    }
    return absent ? remove(*specs, state) : install(*specs, state, seen);
  }
}

/// Fetches what is an address, compares the versions, and lets apt-get install the files with what they need.
std::string Apt::deb_script() const {
  std::string script = head() + "set --\nown=' '\n";
  for (const std::string& file : split(call_.text("deb"))) {
    const bool address = file.find("://") != std::string::npos;
    script += address
                  ? "f=$d/" + core::shell_quote(file.substr(file.rfind('/') + 1)) + "; u=" + core::shell_quote(file) +
                        "\nif command -v curl >/dev/null; then curl -fsSL -o \"$f\" \"$u\"; elif command -v wget "
                        ">/dev/null; then wget -q -O \"$f\" \"$u\"; else /usr/lib/apt/apt-helper -q download-file "
                        "\"$u\" \"$f\"; fi 2>\"$d/err\" || { printf 'die\\0Failure downloading %s, %s\\0' \"$u\" "
                        "\"$(tail -n 1 \"$d/err\")\"; exit 0; }\n"
                  : "f=" + path_word(file) + "\ncase $f in /*) ;; *) f=$PWD/$f ;; esac\n";
    script +=
        "[ -e \"$f\" ] || { printf 'die\\0Unable to install package: E:Could not open file %s - open (2: No such file "
        "or "
        "directory)\\0' \"$f\"; exit 0; }\n"
        "n=$(dpkg-deb -f \"$f\" Package 2>\"$d/err\") && v=$(dpkg-deb -f \"$f\" Version) && c=$(dpkg-deb -f \"$f\" "
        "Architecture) || { printf 'die\\0Unable to install package: %s\\0' \"$(cat \"$d/err\")\"; exit 0; }\n"
        "own=\"$own$n $n:$c \"; [ \"$c\" = all ] || n=$n:$c\n"
        "[ \"$(dpkg-query -W -f='${db:Status-Abbrev}${Version}' -- \"$n\" 2>/dev/null | cut -c2-)\" = \"i $v\" ] || "
        "set "
        "-- \"$@\" \"$f\"\n";
  }
  std::string apt = "apt-get -y ";
  const auto options = split_words(dpkg_options_);
  apt += options ? core::shell_join(*options) : "";
  apt += call_.flag("force") ? " --allow-downgrades --allow-unauthenticated" : "";
  for (const auto& [name, option] : {std::pair("allow_downgrade", "--allow-downgrades"),
                                     std::pair("allow_unauthenticated", "--allow-unauthenticated"),
                                     std::pair("allow_change_held_packages", "--allow-change-held-packages"),
                                     std::pair("fail_on_autoremove", "--no-remove")}) {
    apt += call_.flag(name) ? std::string(" ") + option : "";
  }
  if (call_.given("install_recommends")) {
    apt += std::string(" -o APT::Install-Recommends=") + (call_.flag("install_recommends") ? "yes" : "no");
  }
  return script + "[ $# != 0 ] || { printf 'same\\0'; exit 0; }\nprintf 'do\\0'\n" + policy_script(call_) +
         deb_install_script(apt);
}

/// apt-get gets what the files need and do not bring, then dpkg takes the very files: by apt-get, a package of the same
/// version from elsewhere would do. Where apt-get refuses them, its words are the answer.
std::string Apt::deb_install_script(const std::string& apt) const {
  std::string dpkg = "dpkg";
  for (const std::string& option : split(call_.text("dpkg_options"))) {
    dpkg += " " + core::shell_quote("--" + option);
  }
  dpkg += (call_.check ? " --simulate" : "") + std::string(call_.flag("force") ? " --force-all" : "") + " -i \"$@\"";
  return "tell() { printf '%s\\0' $r; cat \"$d/out\"; printf '\\0'; cat \"$d/err\"; printf '\\0'; exit 0; }\n"
         "apt " +
         apt + " --simulate install -- \"$@\"; r=$?\n" + (call_.flag("force") ? "" : "[ $r = 0 ] || tell\n") +
         "need=$(awk -v own=\"$own\" '$1 == \"Inst\" && !index(own, \" \" $2 \" \") { print $2 }' \"$d/out\")\n"
         ": >\"$d/out.1\"; : >\"$d/err.1\"\n"
         "if [ -n \"$need\" ]; then apt " +
         apt + " " + simulate() +
         " install -- $need; r=$?; [ $r = 0 ] || tell; mv \"$d/out\" \"$d/out.1\"; mv \"$d/err\" \"$d/err.1\"; fi\n"
         "apt " +
         dpkg +
         "; r=$?\ncat \"$d/out\" >>\"$d/out.1\"; cat \"$d/err\" >>\"$d/err.1\"\n"
         "mv \"$d/out.1\" \"$d/out\"; mv \"$d/err.1\" \"$d/err\"; tell\n";
}

Result<Json> Apt::deb() const {
  if (call_.text("state") != "present") {
    return failure("deb only supports state=present");
  }
  const auto ran = call_.run(deb_script());
  if (!ran) {
    return fail(ran.error());
  }
  Fields fields(ran->out);
  const AptAnswer head_answer = read_apt_head(fields);
  if (auto refused = head_answer.refusal()) {
    return *refused;
  }
  const std::string word = fields.next();
  if (word == "die") {
    return failure(valid_text(fields.next()));
  }
  Json result = {{"changed", word == "do"}};
  const std::string status = fields.next();
  const std::string out = fields.next();
  const std::string err = fields.next();
  if (word != "do" && word != "same") {
    return failure(task::script_error("installing " + call_.text("deb"), *ran).message);
  }
  add_output(result, out, err);
  if (word == "do" && status != "0") {
    result["changed"] = false;
    result["failed"] = true;
    result["msg"] = "installing " + call_.text("deb") + " failed: " + valid_text(err);
    return result;
  }
  result["diff"] = word == "same" ? Json("") : apt_diff(out);
  return result;
}

}  // namespace cef::modules
