#include <array>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "daily_fixture.hpp"

namespace cef::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Words = std::vector<std::string>;

// Made by ansible-vault of ansible-core 2.14 with the password "sesame".
/// "s3cret".
const char* const k_value =
    "!vault |\n"
    "        $ANSIBLE_VAULT;1.1;AES256\n"
    "        38626464623332663534383231373466623530663261353438663966356434353136353061653636\n"
    "        3139346561616361633038616136663035356237653436320a346139623335633463656661316438\n"
    "        35626539353737653534306163653962613338376633323962663037303339363961366665633931\n"
    "        3662303931303732660a336466663932303261316365633261633933643464393133626161663664\n"
    "        6561\n";
/// "word: s3cret\nansible_user: nobody\n", with the label "prod".
const char* const k_variables =
    "$ANSIBLE_VAULT;1.2;AES256;prod\n"
    "65383063356566333163653433623233353132333762643539386637646337366537656536376562\n"
    "3134633564383534303135666662636432653936396137380a346233633931313862656232353537\n"
    "62636165366661656332393133613163663061633464356365333535663831333935323263336631\n"
    "3731383964623363640a343339356539336266313237316534346137363464656163363132333863\n"
    "31313735313962656633636639316434633238616530353435346436623833353061313833613165\n"
    "6431653138396661306666613962326365363039623064643564\n";
/// "all:\n  hosts:\n    x: {ansible_connection: local}\n".
const char* const k_inventory =
    "$ANSIBLE_VAULT;1.1;AES256\n"
    "39313064353936626230393330633030613333303635653730383033623936643036653830623964\n"
    "6637623962323961623561653363366264306335393263330a383932316630363265393966383535\n"
    "35323762333935656237313161303935633531383032616264613237613833613763353538303536\n"
    "3065303863613363390a363766303034626434306138393765326539383936356135353534643138\n"
    "63373936343437663839633037653333353831316235373963623466663764626164643936313132\n"
    "66363734356363353736323230653062653936383463333333633266303066353766316533656665\n"
    "633162303931653133366233336134653037\n";

class Vault : public Daily {
 protected:
  Vault() : path_(std::getenv("PATH")) {
    write("right", "sesame\n");
    write("wrong", "open\n");
    for (const char* name : {"right", "wrong"}) {
      std::filesystem::permissions(path(name), std::filesystem::perms::owner_read);
    }
  }
  ~Vault() override { ::setenv("PATH", path_.c_str(), 1); }

  /// `here` is this machine, `there` a host where nothing listens; both have the variable.
  void give(const std::string& variable) {
    const std::string line = "      " + variable + ": " + k_value;
    const std::string address = variable == "ansible_host" ? "" : "      ansible_host: 127.0.0.1\n";
    const std::string port = variable == "ansible_port" ? "" : "      ansible_port: 1\n";
    write("hosts.yaml", "all:\n  hosts:\n    here:\n      ansible_connection: local\n" + line + "    there:\n" + line +
                            address + port);
  }
  [[nodiscard]] Words right() const { return {"--vault-password-file", path("right")}; }
  [[nodiscard]] Words wrong() const { return {"--vault-pass-file", path("wrong")}; }

 private:
  std::string path_;
};

TEST_F(Vault, ThatIsNotNeededStaysShut) {
  for (const char* variable : {"word", "ansible_password", "ansible_port", "ansible_become_password"}) {
    give(variable);
    EXPECT_EQ(on({"os-info", "here"}), 0) << variable << err_;
    EXPECT_EQ(on({"ping", "here"}, wrong()), 0) << variable << err_;
  }
  give("word");
  for (const Words& options : {Words{}, right(), wrong()}) {
    ASSERT_EQ(on({"inventory", "host", "here", "--json"}, options), 0) << err_;
    EXPECT_THAT(json().at("variables").at("word").at("__ansible_vault").get<std::string>(),
                StartsWith("$ANSIBLE_VAULT;1.1;AES256\n3862"))
        << "as ansible-inventory";
    ASSERT_EQ(on({"inventory", "host", "here"}, options), 0);
    EXPECT_THAT(out_, AllOf(HasSubstr("(vault)"), Not(HasSubstr("3862")), Not(HasSubstr("s3cret"))));
  }
}

TEST_F(Vault, ThatALoginNeedsIsOpenedOrRefused) {
  for (const char* variable : {"ansible_host", "ansible_user", "ansible_password"}) {
    give(variable);
    for (const Words& command : {Words{"ping", "there"},
                                 {"os-info", "there"},
                                 {"service", "status", "there", "ssh"},
                                 {"monitor", "there"},
                                 {"docker", "ps", "there"},
                                 {"bench", "there"},
                                 {"select", "there"}}) {
      EXPECT_EQ(on(command), 5) << variable;
      EXPECT_EQ(err_, std::string("cef: host 'there': ") + variable +
                          " is a vault; give its password with --vault-password-file or --ask-vault-pass\n");
      EXPECT_EQ(on(command, wrong()), 5);
      EXPECT_EQ(err_, std::string("cef: host 'there': ") + variable + " is a vault that this password does not open\n");
    }
  }
  for (const Words& options : {right(), Words{"--vault-id", path("wrong"), "--vault-id", "x@" + path("right")}}) {
    EXPECT_EQ(on({"ping", "there"}, options), 4) << err_;
    EXPECT_THAT(out_ + err_, Not(HasSubstr("s3cret")));
  }
  EXPECT_EQ(on({"ping", "there"}, {"--vault-id", path("none")}), 5);
  EXPECT_THAT(err_, HasSubstr("host 'there': ansible_password is a vault: " + path("none") + ": "));
  give("ansible_user");
  EXPECT_EQ(on({"ping", "there"}, {"-u", "ann"}), 4) << "the command line's user is enough: " << err_;
}

TEST_F(Vault, OfSudosPasswordIsOpenedOrNamedWhereSudoAsks) {
  give("ansible_become_password");
  write("bin/sudo",
        "#!/bin/sh\n[ \"$1\" != -n ] || { echo 'sudo: a password is required' >&2; exit 1; }\n"
        "IFS= read -r word; [ \"$word\" = s3cret ] || { echo 'Sorry, try again.' >&2; exit 1; }\n"
        "while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n");
  std::filesystem::permissions(path("bin/sudo"), std::filesystem::perms::owner_all);
  ::setenv("PATH", (path("bin") + ":" + std::getenv("PATH")).c_str(), 1);
  const auto run = [&](const Words& options) {
    Words words = {"exec", "here", "-i", path("hosts.yaml"), "-b", "--become-user", "ann", "--json"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", "echo done"});
    return cef(words);
  };
  EXPECT_EQ(run(right()), 0) << out_;
  EXPECT_EQ(host().at("stdout"), "done\n");
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(host().at("error").at("message"),
            "sudo asks for a password; ansible_become_password is a vault; give its password with "
            "--vault-password-file or --ask-vault-pass");
  EXPECT_EQ(run(wrong()), 2);
  EXPECT_EQ(host().at("error").at("message"),
            "sudo asks for a password; ansible_become_password is a vault that this password does not open");
}

TEST_F(Vault, ThatIsAFileIsRefusedForItsHostsAlone) {
  write("hosts.yaml",
        "dev: {hosts: {d: {ansible_connection: local}}}\nprod: {hosts: {p: {ansible_connection: local}}}\n");
  const std::string file = write("group_vars/prod.yml", k_variables);
  for (const Words& options : {Words{}, wrong()}) {
    EXPECT_EQ(on({"ping", "d"}, options), 0) << err_;
    EXPECT_EQ(on({"inventory", "host", "d"}, options), 0) << err_;
    EXPECT_EQ(on({"inventory", "graph"}, options), 0) << err_;
    for (const Words& command : {Words{"ping", "all"}, {"inventory", "list"}, {"inventory", "host", "p"}}) {
      EXPECT_EQ(on(command, options), 5);
      EXPECT_EQ(err_, "cef: " + file + ":1:1: is a vault" +
                          (options.empty() ? "; give its password with --vault-password-file or --ask-vault-pass\n"
                                           : " that this password does not open\n"));
    }
  }
  write("host_vars/p.yml", std::string("ansible_password: ") + k_value);
  write("program", "#!/bin/sh\necho asked >>'" + path("count") + "'\necho sesame\n");
  std::filesystem::permissions(path("program"), std::filesystem::perms::owner_all);
  EXPECT_EQ(on({"ping", "all"}, {"--vault-password-file", path("program")}), 0) << err_;
  EXPECT_EQ(read("count"), "asked\n") << "once for both vaults";
  EXPECT_EQ(on({"inventory", "host", "p", "--json"}, {"--vault-id", "prod@" + path("right")}), 0) << err_;
  EXPECT_EQ(json().at("variables").at("word"), "s3cret") << "as ansible-inventory, to who has the password";
}

TEST_F(Vault, APasswordMayComeFromAPipeOrAProgramThatAsks) {
  const std::string file = write("vault.yaml", k_inventory);
  const auto ping_by = [&](const std::string& password) {
    return cef({"ping", "x", "-i", file, "--vault-password-file", password});
  };
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  std::thread writer([&] {  // not there yet when it is asked for
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_EQ(::write(ends[1], "sesame\n", 7), 7);
    ::close(ends[1]);
  });
  EXPECT_EQ(ping_by("/dev/fd/" + std::to_string(ends[0])), 0) << err_;  // as bash makes it of <(…)
  writer.join();
  ::close(ends[0]);
  // Another group than cef's own may not read from the terminal.
  write("program", "#!/bin/sh\nread -r _ _ _ _ group _ </proc/$$/stat; [ $group = " + std::to_string(::getpgrp()) +
                       " ] && echo sesame\n");
  std::filesystem::permissions(path("program"), std::filesystem::perms::owner_all);
  EXPECT_EQ(ping_by(path("program")), 0) << err_;
  write("program", "#!/bin/sh\nexit 3\n");
  EXPECT_EQ(ping_by(path("program")), 5);
  EXPECT_THAT(err_, HasSubstr("and ended with 3; chmod -x"));
}

TEST_F(Vault, OfAPlaybookIsOpenedWhereATaskNeedsIt) {
  write("hosts.yaml",
        "dev: {hosts: {d: {ansible_connection: local}}}\nprod:\n  hosts: {p: {ansible_connection: local}}\n"
        "  vars:\n    ours: " +
            std::string(k_value) + "    ansible_become_password: " + k_value);
  const std::string site =
      write("site.yaml", "- hosts: all\n  gather_facts: false\n  vars:\n    mine: " + std::string(k_value) +
                             "    more: '{{ mine }}'\n  tasks:\n"
                             "    - {debug: {msg: 'it is {{ ours }}'}, when: use is defined, ignore_errors: true}\n"
                             "    - {debug: {msg: '{{ mine }}'}, loop: [1], when: use is defined}\n");
  const auto run = [&](const std::string& file, const Words& options) {
    return on({"playbook", "run", file}, options);
  };
  for (const Words& options : {Words{}, wrong()}) {
    EXPECT_EQ(run(site, options), 0) << err_;
    Words use = options;
    use.insert(use.end(), {"-e", "use=1", "--limit", "p"});
    EXPECT_EQ(run(site, use), 2);
    const std::string why =
        options.empty() ? "is a vault; give its password" : "is a vault that this password does not";
    EXPECT_THAT(out_, AllOf(HasSubstr("hosts.yaml:5:11: " + why), HasSubstr("site.yaml:4:11: " + why)));
  }
  EXPECT_EQ(run(site, {"--vault-password-file", path("right"), "-e", "use=1", "--limit", "p"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("it is s3cret"));
  for (const std::string name : {"mine", "more", "ours"}) {
    const std::string sure =
        write(name + ".yaml", "- hosts: p\n  gather_facts: false\n  vars:\n    mine: " + std::string(k_value) +
                                  "    more: '{{ mine }}'\n  tasks:\n    - command: touch " + path("made") +
                                  "\n    - debug: {msg: '{{ " + name + " }}'}\n");
    EXPECT_EQ(run(sure, wrong()), 5) << name << out_;
    EXPECT_THAT(err_, HasSubstr(" is a vault that this password does not open"));
  }
  EXPECT_FALSE(std::filesystem::exists(path("made")));
}

TEST_F(Vault, ThatIsAFileOfVariablesIsOpenedForThePlaysOfItsHosts) {
  write("hosts.yaml",
        "dev: {hosts: {d: {ansible_connection: local}}}\nprod: {hosts: {p: {ansible_connection: local}}}\n");
  const std::string file = write("group_vars/prod.yml", k_variables);
  const std::string site =
      write("site.yaml", "- hosts: dev\n  gather_facts: false\n  tasks: [{command: touch '" + path("made") +
                             "'}]\n- hosts: prod\n  gather_facts: false\n"
                             "  tasks: [{debug: {msg: 'it is {{ word }}'}}]\n");
  EXPECT_EQ(on({"playbook", "run", site}, wrong()), 5);
  EXPECT_EQ(err_, "cef: " + file + ":1:1: is a vault that this password does not open\n");
  EXPECT_FALSE(std::filesystem::exists(path("made")));
  EXPECT_EQ(on({"playbook", "run", site, "--limit", "d"}, wrong()), 0) << err_;
  EXPECT_EQ(on({"playbook", "run", site, "-u", "me"}, right()), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("it is s3cret"));
  write("other.yaml", "- hosts: dev\n  gather_facts: false\n  tasks: [{debug: {msg: \"{{ hostvars['p'].word }}\"}}]\n");
  EXPECT_EQ(on({"playbook", "run", path("other.yaml")}, wrong()), 2);
  EXPECT_THAT(out_, HasSubstr(file + ":1:1: is a vault that this password does not open"));
}

TEST_F(Vault, MayBeTheInventoryItself) {
  const std::string file = write("vault.yaml", k_inventory);
  EXPECT_EQ(cef({"ping", "x", "-i", file}), 5);
  EXPECT_EQ(err_,
            "cef: " + file + ":1:1: is a vault; give its password with --vault-password-file or --ask-vault-pass\n");
  EXPECT_EQ(cef({"ping", "x", "-i", file, "--vault-password-file", path("right")}), 0) << err_;
}

}  // namespace
}  // namespace cef::cli
