#include "cef/task/deploy.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>
#include <utility>

#include "deploy_script.hpp"

namespace cef::task {

using core::ErrorCode;
using core::fail;
using core::Result;

namespace {

constexpr int k_wrong_digest = 65;
constexpr int k_verify_failed = 66;
constexpr std::uint64_t k_slow_disk_bytes_per_s = 2'000'000;  ///< an SD card that reads, hashes and writes the tar
constexpr std::uint64_t k_room = 1U << 20U;                   ///< for folders and cef's own files

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs read_pairs(const std::string& text) {
  Pairs pairs;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (const std::size_t at = line.find('='); at != std::string::npos) {
      pairs.emplace_back(line.substr(0, at), line.substr(at + 1));
    }
  }
  return pairs;
}

std::string value(const Pairs& pairs, const std::string& key) {
  for (const auto& [name, text] : pairs) {
    if (name == key) {
      return text;
    }
  }
  return {};
}

std::uint64_t number(const std::string& text) {
  std::uint64_t result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

/// Runs a script of this room; one that fails is an error with `what` it was to do.
Result<Pairs> ask(const Host& host, const std::string& script, const std::string& what) {
  const auto answer = host.run(script);
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status != 0) {
    return fail(script_error(what, *answer));
  }
  return read_pairs(answer->out);
}

Host with_deadline(const Host& host, core::Milliseconds deadline) {
  return {host.connection(), host.become(), deadline, host.stop()};
}

Result<void> pull(const Host& host, const Release& release, const DeployState& state, const DeployOptions& options,
                  DeployReport& report) {
  const auto answer =
      with_deadline(host, options.transfer_deadline).run(pull_script(state, release, options.url, host.deadline()));
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status == k_wrong_digest) {
    return fail(ErrorCode::integrity, options.url +
                                          ": what the host fetched has another SHA-256 than the index says; "
                                          "nothing was changed. Check the repository: cef repo verify");
  }
  if (answer->exit_status != 0) {
    return fail(script_error("pulling " + options.url, *answer));
  }
  const Pairs pairs = read_pairs(answer->out);
  report.via = "pull";
  report.transferred_bytes = number(value(pairs, "bytes"));
  report.resumed_from = number(value(pairs, "resumed"));
  return {};
}

Result<void> push(const Host& host, const Release& release, const DeployState& state, const DeployOptions& options,
                  DeployReport& report) {
  SendReport sent;
  const auto done = send(host, *options.parcel, part_word(state, release), sent);
  report.via = "push";
  report.transferred_bytes = sent.sent_bytes;
  report.resumed_from = sent.resumed_from;
  return done;
}

Result<void> bring(const Host& host, const Release& release, const DeployState& state, const DeployOptions& options,
                   DeployReport& report) {
  const auto part = state.parts.find(release.sha256 + ".part");
  const std::uint64_t there = part == state.parts.end() ? 0 : std::min(part->second, release.size.count);
  const std::uint64_t needed = release.size.count - there + release.unpacked.count + k_room;
  if (state.free.count < needed) {
    return fail(ErrorCode::host_failed, state.path + ": the disk has " + core::to_human(state.free) +
                                            " free, the model " + "needs " + core::to_human(core::Bytes{needed}) +
                                            " while it is put in place; cef deploy prune removes old releases");
  }
  if (auto made = ask(host, prepare_script(options.dest, release.name), "making " + state.path); !made) {
    return fail(made.error());
  }
  return options.parcel ? push(host, release, state, options, report) : pull(host, release, state, options, report);
}

}  // namespace

std::string DeployState::architecture() const {
  return machine == "x86_64" ? "amd64" : machine == "aarch64" || machine == "arm64" ? "arm64" : machine;
}

bool is_model_name(const std::string& name) {
  return !name.empty() && name.size() <= 128 && std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-~") ==
             std::string::npos;
}

Result<DeployState> deploy_state(const Host& host, const std::string& dest, const std::string& name) {
  const auto pairs = ask(host, state_script(dest, name), "looking at " + dest);
  if (!pairs) {
    return fail(pairs.error());
  }
  DeployState state;
  state.machine = value(*pairs, "machine");
  state.path = value(*pairs, "path");
  state.current = value(*pairs, "current");
  state.free = core::Bytes{number(value(*pairs, "free")) * 1024};
  for (const auto& [key, text] : *pairs) {
    if (key == "release") {
      state.releases.push_back(text);
    } else if (key == "part") {
      state.parts[text.substr(text.find(' ') + 1)] = number(text);
    }
  }
  return state;
}

Result<void> deploy(const Host& host, const Release& release, const DeployState& state, const DeployOptions& options,
                    DeployReport& report) {
  const std::string folder = release.folder();
  report.model = release.name;
  report.version = release.version;
  report.sha256 = release.sha256;
  report.path = state.path + "/releases/" + folder;
  report.previous = state.current;
  if (release.architecture != "any" && release.architecture != state.architecture()) {
    return fail(ErrorCode::host_failed, release.name + "@" + release.version + " is for " + release.architecture +
                                            ", this host is " + state.architecture());
  }
  const bool there = std::find(state.releases.begin(), state.releases.end(), folder) != state.releases.end();
  if (there && state.current == folder) {
    return {};
  }
  if (options.check) {
    report.changed = true;
    return {};
  }
  if (!there) {
    if (auto brought = bring(host, release, state, options, report); !brought) {
      return brought;
    }
  }
  const auto slow = std::chrono::seconds((release.size.count + release.unpacked.count) / k_slow_disk_bytes_per_s);
  const auto answer = with_deadline(host, host.deadline() + slow)
                          .run(activate_script(state, release, options.verify_command, options.keep));
  if (!answer) {
    return fail(answer.error());
  }
  if (answer->exit_status == k_wrong_digest) {
    return fail(ErrorCode::integrity, "the file on the host has another SHA-256 than the bundle; run again");
  }
  if (answer->exit_status == k_verify_failed) {
    const std::string why = last_line(answer->err);
    return fail(ErrorCode::host_failed, "--verify-cmd exited with status " + value(read_pairs(answer->out), "verify") +
                                            (why.empty() ? "" : " (" + why + ")") + "; current stays " +
                                            (state.current.empty() ? "unset" : state.current));
  }
  if (answer->exit_status != 0) {
    return fail(script_error("putting " + release.name + " in its place", *answer));
  }
  for (const auto& [key, text] : read_pairs(answer->out)) {
    if (key == "pruned") {
      report.pruned.push_back(text);
    }
  }
  report.changed = true;
  return {};
}

Result<void> deploy_status(const Host& host, const std::string& dest, const std::string& name, bool verify,
                           DeployStatusReport& report) {
  const auto pairs = ask(host, status_script(dest, name, verify), "looking at " + dest);
  if (!pairs) {
    return fail(pairs.error());
  }
  std::string trouble;
  for (const auto& [key, text] : *pairs) {
    if (key == "path") {
      report.path = text;
    } else if (key == "model") {
      report.models.emplace_back().name = text;
    } else if (report.models.empty()) {
      continue;
    } else if (key == "current") {
      report.models.back().current = text;
    } else if (key == "release") {
      report.models.back().releases.push_back(text);
    } else if (key == "damaged") {
      report.models.back().damaged.push_back(text);
      trouble = report.models.back().name + ": " + text + " is not as it was deployed";
    }
  }
  if (!name.empty() && report.models.empty()) {
    trouble = report.path + "/" + name + ": there is no such model";
  }
  return trouble.empty() ? Result<void>() : fail(ErrorCode::host_failed, trouble);
}

Result<void> deploy_rollback(const Host& host, const std::string& dest, const std::string& name, const std::string& to,
                             bool check, RollbackReport& report) {
  report.model = name;
  const auto pairs = ask(host, rollback_script(dest, name, to, check), "going back");
  if (!pairs) {
    return fail(pairs.error());
  }
  report.from = value(*pairs, "from");
  report.to = value(*pairs, "to");
  report.changed = report.from != report.to;
  return {};
}

Result<void> deploy_prune(const Host& host, const std::string& dest, const std::string& name, unsigned keep, bool check,
                          PruneReport& report) {
  const auto pairs = ask(host, prune_script(dest, name, keep, check), "pruning");
  if (!pairs) {
    return fail(pairs.error());
  }
  for (const auto& [key, text] : *pairs) {
    if (key == "pruned") {
      report.removed.push_back(text);
    }
  }
  report.changed = !report.removed.empty();
  return {};
}

}  // namespace cef::task
