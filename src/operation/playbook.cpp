#include "cef/operation/playbook.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <set>

#include <sys/wait.h>

#include "cef/core/digest.hpp"
#include "cef/core/file.hpp"
#include "cef/core/log.hpp"
#include "cef/core/paths.hpp"
#include "cef/core/shell.hpp"
#include "cef/core/text.hpp"
#include "cef/core/yaml.hpp"
#include "cef/jinja/template.hpp"
#include "cef/operation/inventory.hpp"
#include "cef/playbook/list.hpp"
#include "missing_modules.hpp"
#include "vars_prompt.hpp"

namespace cef::operation {

namespace fs = std::filesystem;
using core::ErrorCode;
using core::fail;
using core::Json;
using core::Result;

namespace {

using Vars = std::map<std::string, Json>;

/// "a=1 b='two words'": values are text, as Ansible has them.
Result<Vars> words_to_vars(const std::string& text) {
  const auto words = playbook::read_key_values(text);
  if (!words) {
    return fail(ErrorCode::usage, "-e: " + words.error().message + "; write NAME=VALUE, a JSON map or @FILE");
  }
  return Vars(words->begin(), words->end());
}

Result<Vars> parse_extra(const std::string& text, const playbook::ReadOptions& read) {
  if (!text.empty() && text[0] == '@') {
    const auto fields = playbook::read_vars(core::expand_home(text.substr(1)), read);
    if (!fields) {
      return fail(fields.error());
    }
    Vars vars;
    for (const auto& [name, field] : *fields) {
      vars[name] = field.value;
    }
    return vars;
  }
  const auto first = text.find_first_not_of(" \t\n");
  if (first != std::string::npos && (text[first] == '{' || text[first] == '[')) {
    const auto node = core::parse_yaml(text, "-e");
    if (!node) {
      return fail(node.error());
    }
    if (node->kind != core::YamlKind::map) {
      return fail(ErrorCode::usage, "-e: a map of variables is wanted, not a list");
    }
    return node->to_json().get<Vars>();
  }
  return words_to_vars(text);
}

std::string pattern_of(const Json& hosts) {
  std::string pattern;
  for (const Json& one : hosts.is_array() ? hosts : Json::array({hosts})) {
    pattern += (pattern.empty() ? "" : ",") + core::text_of(one);
  }
  return pattern;
}

struct Prepared {
  playbook::Playbook playbook;    ///< of all files
  std::vector<std::size_t> ends;  ///< of the plays of each file
  inventory::Inventory inventory;
  playbook::RunOptions run;
  std::optional<ShardView> shard;
};

/// Variables beside the playbooks count as those beside the inventory; vaults in both are opened.
inventory::LoadOptions load_options(const PlaybookOptions& options, const playbook::ReadOptions& read) {
  inventory::LoadOptions load;
  load.templates = true;
  load.open_vault = read.open_vault;
  for (const auto& file : options.files) {
    load.more_folders.push_back(file.parent_path());
  }
  return load;
}

playbook::RunOptions run_options(const PlaybookOptions& options) {
  playbook::RunOptions run;
  run.forks = options.fleet.forks;
  run.check = options.fleet.check;
  run.diff = options.diff;
  const auto& fleet = options.fleet;
  run.become = {fleet.become, fleet.become_user.value_or(run.become.user), fleet.become_password,
                fleet.become_method.value_or(run.become.method)};
  run.become_flags = options.become_flags;
  run.become_exe = options.become_exe;
  run.managed = options.managed.empty() ? run.managed : options.managed;
  run.password = options.fleet.password;
  run.limit = options.fleet.limit;
  run.tags = options.tags;
  run.skip_tags = options.skip_tags;
  run.start_at_task = options.start_at_task;
  run.timeout = options.fleet.timeout;
  run.force_handlers = options.force_handlers;
  run.verbosity = options.verbosity;
  run.step = options.step;
  if (options.ask) {
    run.ask = [ask = options.ask](const std::string& prompt, bool echo) { return ask(prompt, echo).value_or(""); };
  }
  run.read.open_vault = vault_opener(options.fleet.vault_passwords);
  run.read.roles_path = options.roles_path;
  for (const char* folder : {"~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles",
                             "~/.ansible/collections", "/usr/share/ansible/collections"}) {
    run.read.roles_path.emplace_back(core::expand_home(folder));
  }
  const auto user = options.fleet.user;
  const auto key = options.fleet.private_key;
  run.adjust_target = [user, key, local = options.local](ssh::Target& target) {
    target.transport = local ? ssh::Transport::local : target.transport;
    if (user && !target.user) {
      target.user = user;
    }
    if (key && target.identity_files.empty()) {
      target.identity_files = {*key};
    }
  };
  return run;
}

/// A host is in the same shard in every play, so the inventory is split, not what a play names; this machine, where it
/// is not in the inventory, is in the first shard.
Result<void> take_out_shards(const FleetOptions& options, Prepared& prepared) {
  if (!options.shard) {
    return {};
  }
  const auto& inventory = prepared.inventory;
  auto hosts = inventory.hosts.empty() ? Result<std::vector<std::string>>(std::vector<std::string>{})
                                       : inventory::select(inventory, "all", options.limit);
  if (!hosts) {
    return fail(hosts.error());
  }
  prepared.run.left_out.insert(hosts->begin(), hosts->end());
  prepared.shard = take_shard(*hosts, *options.shard);
  for (const auto& host : *hosts) {
    prepared.run.left_out.erase(host);
  }
  for (const char* here : {"localhost", "127.0.0.1"}) {
    if (options.shard->index > 1 && inventory.hosts.count(here) == 0) {
      prepared.run.left_out.insert(here);
    }
  }
  return {};
}

/// Whether tasks for a host run on this machine, where they may make files that later tasks read.
bool is_here(const std::string& name, const inventory::Variables& vars) {
  const auto text = [&](const char* variable) {
    const auto found = vars.find(variable);
    return found != vars.end() && found->second.is_string() ? found->second.get<std::string>() : std::string();
  };
  const std::string connection = text("ansible_connection");
  const std::string address = text("ansible_host").empty() ? name : text("ansible_host");
  return (!connection.empty() && connection != "ssh" && connection != "smart") || address == "localhost" ||
         address == "127.0.0.1" || address == "::1";
}

/// Names of variables, and of those that are nothing but shut vaults why they are.
struct Names {
  std::set<std::string> known;
  std::map<std::string, std::string> shut;
};

/// Of the hosts' variables and -e; refuses ways to become that cef does not know.
Result<Names> look_at_hosts(const PlaybookOptions& options, Prepared& prepared) {
  Names names;
  for (const auto& [name, value] : prepared.run.extra_vars) {
    names.known.insert(name);
  }
  std::set<std::string> here;
  for (const auto& [name, host] : prepared.inventory.hosts) {
    const auto vars = prepared.inventory.effective(name);
    if (is_here(name, vars)) {
      here.insert(name);
    }
    for (const auto& [variable, value] : vars) {
      if (const std::string* why = core::why_shut(value)) {
        names.shut.emplace(variable, *why);
      } else {
        names.known.insert(variable);
      }
      if (variable == "ansible_become_method" && value.is_string() && !jinja::is_template(value.get<std::string>()) &&
          !core::parse_become_method(value.get<std::string>())) {
        return fail(ErrorCode::usage, "host '" + name + "': ansible_become_method is '" + value.get<std::string>() +
                                          "'; cef knows sudo and su");
      }
    }
  }
  prepared.run.read.is_here = [&inventory = prepared.inventory, here, &limit = options.fleet.limit](const auto& hosts) {
    const auto chosen = inventory::select(inventory, hosts, limit);
    return !chosen ||
           std::any_of(chosen->begin(), chosen->end(), [&](const auto& host) { return here.contains(host); });
  };
  return names;
}

/// A name that only a shut vault of the inventory gives counts as defined there.
void add_shut(const Names& names, const inventory::Inventory& inventory, playbook::Playbook& book) {
  book.gives_others = book.gives_others || !inventory.shut.empty();
  for (const auto& [name, why] : names.shut) {
    if (!names.known.contains(name)) {
      book.gives.insert(name);
      book.definitions[name][why].shut = why;
    }
  }
}

/// A file of variables that is shut is an error where a play has a host that it is for.
Result<void> check_open(const PlaybookOptions& options, const Prepared& prepared) {
  for (const auto& play : prepared.playbook.plays) {
    std::vector<std::string> unknown;
    const auto rendered = playbook::render_in_play(play.hosts.value, play, prepared.inventory, prepared.run);
    const auto hosts = rendered
                           ? inventory::select(prepared.inventory, pattern_of(*rendered), options.fleet.limit, &unknown)
                           : fail(rendered.error());
    for (const std::string& host : hosts.value_or(std::vector<std::string>{})) {  // the run says what is wrong with it
      if (auto open = prepared.inventory.check_open(host); !open && prepared.run.left_out.count(host) == 0) {
        return open;
      }
    }
  }
  return {};
}

Result<Prepared> prepare(const PlaybookOptions& options) {
  Prepared prepared;
  prepared.run = run_options(options);
  for (const std::string& text : options.extra_vars) {
    const auto vars = parse_extra(text, prepared.run.read);
    if (!vars) {
      return fail(vars.error());
    }
    for (const auto& [name, value] : *vars) {
      prepared.run.extra_vars[name] = value;
    }
  }
  prepared.run.read.extra_vars = prepared.run.extra_vars;
  const auto sources = inventory_sources(options.fleet.inventory);
  if (sources.empty()) {
    core::log_warning(
        "no inventory was given, only localhost is there; write -i FILE, set CEF_INVENTORY, or make "
        "inventory/hosts.yaml");
  }
  auto inventory = inventory::load(sources, load_options(options, prepared.run.read));
  if (!inventory) {
    return fail(inventory.error());
  }
  prepared.inventory = std::move(*inventory);
  if (auto taken = take_out_shards(options.fleet, prepared); !taken) {
    return fail(taken.error());
  }
  prepared.run.inventory_sources.assign(sources.begin(), sources.end());
  auto known = look_at_hosts(options, prepared);
  if (!known) {
    return fail(known.error());
  }
  bool& works_here = prepared.run.read.works_here;
  works_here = works_here || options.local || prepared.run.extra_vars.count("ansible_connection") > 0;
  for (const auto& file : options.files) {
    auto one = playbook::read_playbook(file, prepared.run.read);
    if (!one) {
      return fail(one.error());
    }
    add_shut(*known, prepared.inventory, *one);
    if (auto names = playbook::check_names(*one, known->known, options.tags, options.skip_tags); !names) {
      return fail(names.error());
    }
    if (auto files = playbook::check_faults(*one, options.tags, options.skip_tags); !files) {
      return fail(files.error());
    }
    std::move(one->doubts.begin(), one->doubts.end(), std::back_inserter(prepared.playbook.doubts));
    prepared.playbook.gives.merge(one->gives);
    prepared.playbook.gives_others = prepared.playbook.gives_others || one->gives_others;
    works_here = works_here || one->works_here;
    for (auto& play : one->plays) {
      prepared.playbook.plays.push_back(std::move(play));
    }
    prepared.ends.push_back(prepared.playbook.plays.size());
  }
  prepared.run.read.is_here = nullptr;
  return prepared;
}

/// Templates in the hosts and names of plays, which Ansible renders also where it only lists.
Result<void> render_plays(Prepared& prepared) {
  for (auto& play : prepared.playbook.plays) {
    const auto hosts = playbook::render_in_play(play.hosts.value, play, prepared.inventory, prepared.run);
    if (!hosts) {
      return fail(ErrorCode::usage, play.hosts.place.text() + ": hosts: " + hosts.error().message);
    }
    Json patterns = Json::array();
    for (const Json& one : hosts->is_array() ? *hosts : Json::array({*hosts})) {
      patterns.push_back(one.is_string() ? one : Json(core::dump_line(one)));
    }
    play.hosts.value = patterns.size() == 1 ? patterns[0] : patterns;
    const Json& name = play.frame->keywords.name.value;
    auto rendered = playbook::render_in_play(name, play, prepared.inventory, prepared.run);
    if (rendered && rendered->is_string() && *rendered != name) {
      auto frame = std::make_shared<playbook::Frame>(*play.frame);
      frame->keywords.name.value = std::move(*rendered);
      play.frame = std::move(frame);
    }
  }
  return {};
}

/// Where the progress of a run is kept: by the files that it runs.
fs::path state_file(const PlaybookOptions& options) {
  std::string names;
  for (const auto& file : options.files) {
    names += fs::absolute(file).lexically_normal().string() + '\n';
  }
  if (const auto& shard = options.fleet.shard) {
    names += "shard " + std::to_string(shard->index) + "/" + std::to_string(shard->count) + '\n';
  }
  const fs::path folder = options.state_folder.empty() ? core::state_dir() / "playbooks" : options.state_folder;
  return folder / (core::sha256(names).substr(0, 32) + ".json");
}

Result<void> read_state(const fs::path& file, std::map<std::string, std::size_t>& reached) {
  const auto text = core::read_file(file, core::Bytes{16U * 1024 * 1024});
  if (!text) {
    return fail(ErrorCode::usage, "--resume: no run of this playbook was left unfinished");
  }
  const auto json = core::parse_json(*text, file.string());
  if (!json) {
    return fail(json.error());
  }
  if (!json->is_object()) {
    return fail(ErrorCode::usage, file.string() + ": is not what a run left; remove it and run without --resume");
  }
  const Json finished = json->value("reached", Json::object());
  for (const auto& [host, plays] : finished.items()) {
    reached[host] = plays.is_number_unsigned() ? plays.get<std::size_t>() : 0;
  }
  return {};
}

void keep_state(const fs::path& file, const PlaybookOptions& options, const Prepared& prepared,
                const playbook::RunResult& result) {
  if (options.fleet.check) {
    return;
  }
  auto reached = prepared.run.resume;
  for (const auto& [host, plays] : result.reached) {
    reached[host] = plays;
  }
  bool finished = !result.interrupted;
  for (const auto& [host, recap] : result.recaps) {
    finished = finished && recap.failed == 0 && recap.unreachable == 0;
  }
  std::error_code ignored;
  if (finished) {
    fs::remove(file, ignored);
    return;
  }
  fs::create_directories(file.parent_path(), ignored);
  const Json document = {{"schema", "cef.playbook-state/1"}, {"reached", Json(reached)}};
  static_cast<void>(core::write_file_atomically(file, core::dump_document(document), 0600));
}

}  // namespace

Result<core::Secret> password_of_program(const fs::path& program, const std::string& label) {
  std::string command = core::shell_quote(fs::absolute(program).string());
  if (program.stem().string().ends_with("-client")) {
    command += " --vault-id " + core::shell_quote(label);
  }
  constexpr std::size_t k_longest_password = 65'536;
  // Not by a connection: gpg, pass and the like ask on the terminal, which only the processes of cef's own group may.
  std::FILE* pipe = ::popen(command.c_str(), "re");
  std::string said(k_longest_password, '\0');
  said.resize(pipe == nullptr ? 0 : std::fread(said.data(), 1, said.size(), pipe));
  const int status = pipe == nullptr ? -1 : ::pclose(pipe);
  const std::string password = core::trim(said, "\r\n");
  if (status != -1 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) {
    return fail(ErrorCode::interrupted, "interrupted");
  }
  if (status != 0 || password.empty()) {
    return fail(ErrorCode::usage,
                program.string() + ": is a program that shall say the password of vaults, and " +
                    (status == -1          ? std::string("cannot be started")
                     : WIFSIGNALED(status) ? "was killed by signal " + std::to_string(WTERMSIG(status))
                     : status != 0         ? "ended with " + std::to_string(WEXITSTATUS(status))
                                           : "said nothing") +
                    "; chmod -x it where it is no program");
  }
  return core::Secret(password);
}

Result<std::string> list_playbooks(const PlaybookOptions& options, const PlaybookListing& listing) {
  auto prepared = prepare(options);
  if (!prepared) {
    return fail(prepared.error());
  }
  if (auto asked = ask_prompts(options, prepared->playbook, prepared->inventory, prepared->run, false); !asked) {
    return fail(asked.error());
  }
  if (auto rendered = render_plays(*prepared); !rendered) {
    return fail(rendered.error());
  }
  if (auto settled = settle_doubts(options, prepared->playbook, prepared->inventory, prepared->run); !settled) {
    return fail(settled.error());
  }
  const playbook::ListOptions wanted{listing.hosts, listing.tasks, listing.tags, options.tags, options.skip_tags};
  const auto hosts_of = [&](const playbook::Play& play) -> Result<std::vector<std::string>> {
    const auto hosts = inventory::select(prepared->inventory, pattern_of(play.hosts.value), options.fleet.limit);
    auto left = hosts ? *hosts : std::vector<std::string>{};
    std::erase_if(left, [&](const std::string& host) { return prepared->run.left_out.count(host) > 0; });
    return left;  // as ansible-playbook: a pattern without hosts is no error
  };
  std::string text;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    playbook::Playbook book;
    const auto& plays = prepared->playbook.plays;
    const bool any = listing.hosts || listing.tasks || listing.tags;
    const auto at = [&](std::size_t index) { return plays.begin() + static_cast<std::ptrdiff_t>(index); };
    book.plays.assign(at(begin), any ? at(prepared->ends[i]) : at(begin));
    begin = prepared->ends[i];
    const auto listed = playbook::list_plays(book, wanted, hosts_of);
    if (!listed) {
      return fail(listed.error());
    }
    text += playbook::list_text(options.files[i].string(), *listed, wanted);
  }
  return text;
}

Result<PlaybookResult> run_playbooks(const PlaybookOptions& options,
                                     const std::function<void(const playbook::Event&)>& event,
                                     const core::StopToken& stop) {
  auto prepared = prepare(options);
  if (!prepared) {
    return fail(prepared.error());
  }
  const fs::path state = state_file(options);
  if (options.resume) {
    if (const auto read = read_state(state, prepared->run.resume); !read) {
      return fail(read.error());
    }
  }
  if (auto asked = ask_prompts(options, prepared->playbook, prepared->inventory, prepared->run, true); !asked) {
    return fail(asked.error());
  }
  if (auto open = check_open(options, *prepared); !open) {
    return fail(open.error());
  }
  if (auto settled = settle_doubts(options, prepared->playbook, prepared->inventory, prepared->run); !settled) {
    return fail(settled.error());
  }
  PlaybookResult result;
  result.started = std::chrono::system_clock::now();
  result.check = options.fleet.check;
  result.shard = prepared->shard;
  warn_if_empty(result.shard);
  const std::shared_ptr<ssh::Connector> connector =
      options.fleet.connector ? options.fleet.connector
                              : std::shared_ptr<ssh::Connector>(ssh::make_connector(options.fleet.connect));
  auto run = playbook::run_playbook(prepared->playbook, prepared->inventory, *connector, prepared->run, event, stop);
  if (!run) {
    return fail(run.error());
  }
  result.run = std::move(*run);
  keep_state(state, options, *prepared, result.run);
  return result;
}

}  // namespace cef::operation
