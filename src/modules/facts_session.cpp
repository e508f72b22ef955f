#include <array>
#include <cstdlib>
#include <ctime>

#include "cef/core/json.hpp"
#include "facts.hpp"
#include "text.hpp"

namespace cef::modules {

using core::Json;

namespace {

void add_user(const RawFacts& raw, Json& facts) {
  auto users = raw.status("Uid");  // real, effective, saved, of files
  auto groups = raw.status("Gid");
  users.resize(4);
  groups.resize(4);
  auto entry = parts_of(raw.line("passwd"), ':');
  entry.resize(7);
  facts["user_id"] = entry[0].empty() ? users[1] : entry[0];
  facts["user_uid"] = number_of(entry[2].empty() ? users[1] : entry[2]);
  facts["user_gid"] = number_of(entry[3].empty() ? groups[1] : entry[3]);
  facts["user_gecos"] = entry[4];
  facts["user_dir"] = entry[5];
  facts["user_shell"] = entry[6];
  facts["real_user_id"] = number_of(users[0]);
  facts["effective_user_id"] = number_of(users[1]);
  facts["real_group_id"] = number_of(groups[0]);
  facts["effective_group_id"] = number_of(groups[1]);
}

/// What the clock of the host was called or is called in summer; `moments` are now, January and July.
std::string summer_name(const std::vector<std::vector<std::string>>& moments) {
  if (moments.size() < 3) {
    return moments.empty() ? "" : moments[0][11];
  }
  const auto& winter = moments[1];
  const auto& summer = moments[2];
  const bool southern =
      winter[12].starts_with('+') && number_of(winter[12].substr(1)) > number_of(summer[12].substr(1));
  return southern ? winter[11] : summer[11];
}

std::string utc_of(const std::string& epoch) {
  const std::time_t seconds = static_cast<std::time_t>(number_of(epoch));
  std::tm parts{};
  std::array<char, 40> text{};
  if (::gmtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
    return "";
  }
  return text.data();
}

Json date_time(const RawFacts& raw) {
  std::vector<std::vector<std::string>> moments;
  for (const std::string& line : raw.lines("date")) {
    moments.push_back(parts_of(line, '|'));
    moments.back().resize(13);
  }
  const auto now = moments.empty() ? std::vector<std::string>(13) : moments.front();
  std::string micros = now[10].find_first_not_of("0123456789") == std::string::npos ? now[10] + "000000" : "000000";
  micros.resize(6);
  const std::string day = now[0] + now[1] + now[5];
  const std::string hour = now[6] + now[7] + now[8];
  const std::string utc = utc_of(now[9]);
  return {{"year", now[0]},
          {"month", now[1]},
          {"weekday", now[2]},
          {"weekday_number", now[3]},
          {"weeknumber", now[4]},
          {"day", now[5]},
          {"hour", now[6]},
          {"minute", now[7]},
          {"second", now[8]},
          {"epoch", now[9]},
          {"epoch_int", now[9]},
          {"date", now[0] + "-" + now[1] + "-" + now[5]},
          {"time", now[6] + ":" + now[7] + ":" + now[8]},
          {"iso8601_micro", utc + "." + micros + "Z"},
          {"iso8601", utc + "Z"},
          {"iso8601_basic", day + "T" + hour + micros},
          {"iso8601_basic_short", day + "T" + hour},
          {"tz", now[11]},
          {"tz_dst", summer_name(moments)},
          {"tz_offset", now[12]}};
}

void add_cmdline(const RawFacts& raw, Json& facts) {
  Json once = Json::object();
  Json all = Json::object();
  const auto words = split_words(raw.line("cmdline"));
  for (const std::string& word : words ? *words : words_of(raw.line("cmdline"))) {
    const std::size_t equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const Json value = equals == std::string::npos ? Json(true) : Json(word.substr(equals + 1));
    once[key] = value;
    if (!all.contains(key)) {
      all[key] = value;
    } else if (all[key].is_array()) {
      all[key].push_back(value);
    } else {
      all[key] = Json::array({all[key], value});
    }
  }
  facts["cmdline"] = std::move(once);
  facts["proc_cmdline"] = std::move(all);
}

Json dns(const RawFacts& raw) {
  Json facts = Json::object();
  for (const std::string& line : raw.lines("resolv.conf")) {
    const auto words = words_of(line);
    if (words.size() < 2 || line.starts_with('#') || line.starts_with(';')) {
      continue;
    }
    if (words[0] == "nameserver") {
      facts["nameservers"].push_back(words[1]);
    } else if (words[0] == "domain") {
      facts["domain"] = words[1];
    } else if (words[0] == "search" || words[0] == "sortlist") {
      facts[words[0]] = std::vector<std::string>(words.begin() + 1, words.end());
    } else if (words[0] == "options") {
      for (std::size_t i = 1; i < words.size(); ++i) {
        const std::size_t colon = words[i].find(':');
        facts["options"][words[i].substr(0, colon)] =
            colon == std::string::npos ? Json(true) : Json(words[i].substr(colon + 1));
      }
    }
  }
  return facts;
}

/// Sections of an INI file; names of options in small letters.
Json ini(const std::string& text) {
  Json sections = Json::object();
  std::string section;
  for (const std::string& line : split_lines(text)) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line[begin] == '#' || line[begin] == ';') {
      continue;
    }
    if (line[begin] == '[') {
      section = line.substr(begin + 1, line.find(']') - begin - 1);
      sections[section] = Json::object();
      continue;
    }
    const std::size_t equals = line.find_first_of("=:");
    if (equals == std::string::npos || section.empty()) {
      return nullptr;
    }
    std::string key = strip_end(line.substr(begin, equals - begin), " \t");
    for (char& c : key) {
      c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    const std::size_t value = line.find_first_not_of(" \t", equals + 1);
    sections[section][key] = value == std::string::npos ? "" : strip_end(line.substr(value), " \t\r");
  }
  return sections;
}

Json local(const RawFacts& raw) {
  Json facts = Json::object();
  const auto parts = parts_of(raw.get("local"), '\1');
  for (std::size_t i = 0; i + 2 < parts.size() + 1 && i + 1 < parts.size(); i += 3) {
    const std::string& how = parts[i + 1];
    const std::string content = valid_text(i + 2 < parts.size() ? parts[i + 2] : "");
    if (how != "file" && how != "0") {
      facts[parts[i]] = "Failure executing fact script, rc: " + how;
      continue;
    }
    if (const auto json = core::parse_json(content, parts[i])) {
      facts[parts[i]] = *json;
      continue;
    }
    const Json sections = ini(content);
    facts[parts[i]] = sections.is_null()
                          ? Json("error loading facts as JSON or ini - please check content: " + parts[i] + ".fact")
                          : sections;
  }
  return facts;
}

void add_security(const RawFacts& raw, Json& facts) {
  facts["selinux_python_present"] = true;
  facts["selinux"] = {{"status", raw.has("selinux") ? "enabled" : "disabled"}};
  if (raw.has("selinux")) {
    const auto config = assignments_of(raw.get("selinux-config"));
    facts["selinux"]["mode"] = raw.line("selinux-enforce") == "1" ? "enforcing" : "permissive";
    facts["selinux"]["config_mode"] = config.contains("SELINUX") ? config.at("SELINUX") : "unknown";
    facts["selinux"]["type"] = config.contains("SELINUXTYPE") ? config.at("SELINUXTYPE") : "unknown";
  }
  facts["apparmor"] = {{"status", raw.has("apparmor") ? "enabled" : "disabled"}};
  facts["fips"] = raw.line("fips") == "1";
  facts["is_chroot"] = raw.has("chroot");
  for (const char* kind : {"dsa", "rsa", "ecdsa", "ed25519"}) {
    const auto words = words_of(raw.line(std::string("ssh-") + kind));
    if (words.size() >= 2) {
      facts[std::string("ssh_host_key_") + kind + "_public"] = words[1];
      facts[std::string("ssh_host_key_") + kind + "_public_keytype"] = words[0];
    }
  }
}

}  // namespace

void add_session_facts(const RawFacts& raw, Json& facts) {
  add_user(raw, facts);
  Json env = Json::object();
  for (const std::string& one : parts_of(raw.get("env"), '\1')) {
    if (const std::size_t equals = one.find('='); equals != std::string::npos) {
      env[one.substr(0, equals)] = valid_text(one.substr(equals + 1));
    }
  }
  facts["env"] = std::move(env);
  facts["date_time"] = date_time(raw);
  add_cmdline(raw, facts);
  facts["dns"] = dns(raw);
  facts["local"] = local(raw);
  add_security(raw, facts);
  const auto load = words_of(raw.line("loadavg"));
  if (load.size() >= 3) {
    facts["loadavg"] = {
        {"1m", std::atof(load[0].c_str())}, {"5m", std::atof(load[1].c_str())}, {"15m", std::atof(load[2].c_str())}};
  }
}

}  // namespace cef::modules
