#include "asking_family.hpp"
#include "cef/core/shell.hpp"
#include "file_family.hpp"
#include "node_file.hpp"

namespace cef::modules {

using core::fail;
using core::Json;
using core::Result;

namespace {

/// What Ansible calls the letters of lsattr.
const char* attribute_name(char letter) {
  static constexpr std::pair<char, const char*> k_names[] = {
      {'A', "noatime"}, {'a', "append"},     {'c', "compressed"}, {'C', "nocow"},         {'d', "nodump"},
      {'D', "dirsync"}, {'e', "extents"},    {'E', "encrypted"},  {'h', "blocksize"},     {'i', "immutable"},
      {'I', "indexed"}, {'j', "journalled"}, {'N', "inline"},     {'s', "zero"},          {'S', "synchronous"},
      {'t', "notail"},  {'T', "blockroot"},  {'u', "undelete"},   {'X', "compressedraw"}, {'Z', "compresseddirty"},
  };
  for (const auto& [key, name] : k_names) {
    if (key == letter) {
      return name;
    }
  }
  return nullptr;
}

std::string stat_script(const Call& call) {
  std::string script = k_functions;
  const std::string algorithm = call.text("checksum_algorithm");
  script += "p=" + path_word(call.text("path")) + "\nt=$p\nprintf '%s\\0' \"$p\"\n";
  if (call.flag("follow")) {
    script += "if [ -L \"$p\" ]; then t=$(real \"$p\") && [ -e \"$t\" ] || t=$p/; fi\n";
  }
  script +=
      "look \"$t\"\n"
      "if [ ! -e \"$t\" ] && [ ! -L \"$t\" ]; then m=$(stat -- \"$t\" 2>&1); printf '%s\\0' \"${m##*: }\"; exit 0; fi\n"
      "printf '\\0'\n"
      "r=; w=; x=; [ ! -r \"$p\" ] || r=1; [ ! -w \"$p\" ] || w=1; [ ! -x \"$p\" ] || x=1\n"
      "s=; [ ! -L \"$t\" ] || s=$(real \"$t\")\n"
      "printf '%s\\0%s\\0%s\\0%s\\0' \"$r\" \"$w\" \"$x\" \"$s\"\n";
  if (call.flag("get_checksum")) {
    script +=
        "s=; [ ! -f \"$p\" ] || [ ! -r \"$p\" ] || s=$(" + algorithm + "sum <\"$p\"); printf '%s\\0' \"${s%% *}\"\n";
  } else {
    script += "printf '\\0'\n";
  }
  script += call.flag("get_md5")
                ? "s=; [ ! -f \"$p\" ] || [ ! -r \"$p\" ] || s=$(md5sum <\"$p\"); printf '%s\\0' \"${s%% *}\"\n"
                : "printf '\\0'\n";
  script += call.flag("get_mime") ? "printf '%s\\0' \"$(file --mime-type --mime-encoding -- \"$p\" 2>/dev/null)\"\n"
                                  : "printf '\\0'\n";
  script += call.flag("get_attributes") ? "printf '%s\\0' \"$(lsattr -vd -- \"$p\" 2>/dev/null)\"\n" : "printf '\\0'\n";
  return script;
}

void add_permissions(Json& stat, unsigned mode) {
  static constexpr std::pair<const char*, unsigned> k_bits[] = {
      {"wusr", 0200U}, {"rusr", 0400U}, {"xusr", 0100U}, {"wgrp", 020U},    {"rgrp", 040U},    {"xgrp", 010U},
      {"woth", 02U},   {"roth", 04U},   {"xoth", 01U},   {"isuid", 04000U}, {"isgid", 02000U},
  };
  for (const auto& [name, bit] : k_bits) {
    stat[name] = (mode & bit) != 0;
  }
}

}  // namespace

Json stat_of(const FileState& state, const std::string& path) {
  const std::string mode = mode_text(state.permissions());  // "%04o" here, "0%03o" elsewhere
  Json stat = {{"exists", true},
               {"path", path},
               {"mode", mode.substr(mode.size() - 4)},
               {"isdir", state.is_directory()},
               {"ischr", state.is(0020000U)},
               {"isblk", state.is(0060000U)},
               {"isreg", state.is_file()},
               {"isfifo", state.is(0010000U)},
               {"islnk", state.is_link()},
               {"issock", state.is(0140000U)},
               {"uid", state.uid},
               {"gid", state.gid},
               {"size", state.size},
               {"inode", state.inode},
               {"dev", state.device},
               {"nlink", state.links},
               {"atime", state.atime},
               {"mtime", state.mtime},
               {"ctime", state.ctime}};
  add_permissions(stat, state.mode);
  stat["blocks"] = state.blocks;
  stat["block_size"] = state.block_size;
  stat["device_type"] = state.special;
  return stat;
}

namespace {

void add_mime(Json& stat, const std::string& said) {
  stat["mimetype"] = stat["charset"] = "unknown";
  const std::size_t colon = said.rfind(':');
  const std::size_t semicolon = said.find(';', colon == std::string::npos ? 0 : colon);
  const std::size_t equals = said.find('=', semicolon == std::string::npos ? 0 : semicolon);
  if (colon != std::string::npos && semicolon != std::string::npos && equals != std::string::npos) {
    const std::size_t begin = said.find_first_not_of(' ', colon + 1);
    stat["mimetype"] = said.substr(begin, semicolon - begin);
    stat["charset"] = strip_end(said.substr(equals + 1), "\n ");
  }
}

void add_attributes(Json& stat, const std::string& said) {
  stat["version"] = nullptr;
  stat["attributes"] = Json::array();
  stat["attr_flags"] = "";
  const std::size_t begin = said.find_first_not_of(' ');
  if (begin == std::string::npos) {
    return;
  }
  const std::size_t space = said.find(' ', begin);
  stat["version"] = said.substr(begin, space - begin);
  std::string flags;
  for (std::size_t i = said.find_first_not_of(' ', space); i < said.size() && said[i] != ' '; ++i) {
    if (said[i] == '-') {
      continue;
    }
    flags += said[i];
    if (const char* name = attribute_name(said[i])) {
      stat["attributes"].push_back(name);
    }
  }
  stat["attr_flags"] = flags;
}

}  // namespace

Result<Json> run_stat(const Call& call) {
  const auto answer = call.run(stat_script(call));
  if (!answer) {
    return fail(answer.error());
  }
  Fields fields(answer->out);
  const std::string given = fields.next();
  const FileState state = read_state(fields);
  if (state.path.empty()) {
    return failure(task::script_error("stat", *answer).message);
  }
  const std::string why = fields.next();
  if (!state.exists) {
    return why.find("ermission") == std::string::npos ? Json{{"changed", false}, {"stat", {{"exists", false}}}}
                                                      : failure("Permission denied");
  }
  Json stat = stat_of(state, given);
  for (const char* name : {"readable", "writeable", "executable"}) {
    stat[name] = !fields.next().empty();
  }
  const std::string source = fields.next();
  if (state.is_link()) {
    stat["lnk_source"] = source;
    stat["lnk_target"] = state.target;
  }
  if (!state.user.empty()) {
    stat["pw_name"] = state.user;
  }
  if (!state.group.empty()) {
    stat["gr_name"] = state.group;
  }
  const std::string checksum = fields.next();
  const std::string md5 = fields.next();
  if (state.is_file() && !md5.empty()) {
    stat["md5"] = md5;
  }
  if (state.is_file() && !checksum.empty()) {
    stat["checksum"] = checksum;
  }
  const std::string mime = fields.next();
  if (call.flag("get_mime")) {
    add_mime(stat, mime);
  }
  if (call.flag("get_attributes")) {
    add_attributes(stat, fields.next());
  }
  return Json{{"changed", false}, {"stat", std::move(stat)}};
}

}  // namespace cef::modules
