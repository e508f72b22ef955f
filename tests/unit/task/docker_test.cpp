// Scripts really run, on this machine, with a program `docker` of the test's own first in PATH.
#include "cef/task/docker.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "scripted.hpp"

namespace cef::task {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// Writes what it was called with into "calls", a line a call, and what came on stdin of `run` and `build` into
/// "stdin".
constexpr const char* k_docker = R"sh(#!/bin/sh
folder=$(dirname "$0")
printf '%s' "$1" >>"$folder/calls"; for word in "$@"; do printf ' <%s>' "$word" >>"$folder/calls"; done; echo >>"$folder/calls"
case "$1 $2" in
  'version '*) if [ -e "$folder/down" ]; then cat "$folder/down" >&2; exit 1; fi; echo 20.10.24 ;;
  'container inspect') cat "$folder/container" 2>/dev/null || { echo 'Error: No such container: web' >&2; exit 1; } ;;
  'image inspect') cat "$folder/image" 2>/dev/null || { echo 'Error: No such image' >&2; exit 1; } ;;
  'pull '*) echo 'Error response from daemon: Get "https://registry.example/v2/": no route to host' >&2; exit 1 ;;
  'run '* | 'build '*) cat >"$folder/stdin"; [ ! -e "$folder/program" ] || exec sh "$folder/program" ;;
  'exec '*) [ ! -e "$folder/program" ] || exec sh "$folder/program" ;;
  'logs '*) echo said; echo complained >&2 ;;
  'stop '*) echo 'exited' >"$folder/container" ;;
esac
)sh";

class DockerTask : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cef-docker-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("docker", k_docker);
    ASSERT_EQ(::chmod((folder_ / "docker").c_str(), 0755), 0);
    path_ = std::getenv("PATH");
    ::setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
    ::setenv("DOCKER_HOST", "tcp://127.0.0.1:9", 1);  // no socket of this machine decides who runs it
    ssh::Target target;
    target.name = target.address = "localhost";
    target.transport = ssh::Transport::local;
    auto connection = connector_->connect(target, {});
    ASSERT_TRUE(connection);
    connection_ = std::move(*connection);
  }
  void TearDown() override {
    ::setenv("PATH", path_.c_str(), 1);
    ::unsetenv("DOCKER_HOST");
    fs::remove_all(folder_);
  }
  Host host() { return {*connection_, {}, std::chrono::seconds(30), {}}; }
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  std::unique_ptr<ssh::Connector> connector_ = ssh::make_connector({});
  std::unique_ptr<ssh::Connection> connection_;
  fs::path folder_;
  std::string path_;
};

TEST(DockerNames, OnlyWhatDockerCannotTakeForSomethingElse) {
  for (const char* good : {"web", "registry.local:5000/team/app:1.2", "app@sha256:0123", "a_b-c.d"}) {
    EXPECT_TRUE(is_docker_name(good)) << good;
  }
  for (const char* bad : {"", "-v", "a b", "a;b", "a$b", "a\nb", "ä"}) {
    EXPECT_FALSE(is_docker_name(bad)) << bad;
  }
}

TEST(DockerOptions, WrongUseIsSaidBeforeAnythingIsAsked) {
  DockerRunOptions run;
  run.image = "app:1";
  EXPECT_TRUE(check(run));
  run.replace = true;
  EXPECT_EQ(check(run).error().message, "--replace needs the --name of what is to be replaced");
  run.name = "--privileged";
  EXPECT_EQ(check(run).error().code, core::ErrorCode::usage);
  run.image = "";
  EXPECT_FALSE(check(run));
  DockerBuildOptions build;
  build.tag = "app:1";
  build.model = "net";
  EXPECT_TRUE(check(build));
  build.model = "../net";
  EXPECT_FALSE(check(build));
  build.model = "net";
  build.dest = "models\nx";
  EXPECT_FALSE(check(build));
}

TEST_F(DockerTask, ExecGivesTheProgramItsWordsAsTheyAre) {
  write("container", "running\n");
  write("program", "echo out; echo err >&2; exit 7");
  DockerProgramReport report;
  const auto done = docker_exec(host(), "web", {"sh", "-c", "echo \"$HOME\" 'it''s' *; exit 1", ""}, report);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the program exited with status 7");
  EXPECT_EQ(report.program.result.exit_status, 7);
  EXPECT_EQ(report.program.result.out, "out\n");
  EXPECT_EQ(report.program.result.err, "err\n");
  EXPECT_THAT(read("calls"), HasSubstr("exec <exec> <--> <web> <sh> <-c> <echo \"$HOME\" 'it''s' *; exit 1> <>\n"));
}

TEST_F(DockerTask, ExecInWhatDoesNotRun) {
  DockerProgramReport report;
  EXPECT_EQ(docker_exec(host(), "web", {"true"}, report).error().message, "there is no container web");
  EXPECT_FALSE(report.program.ran);
  write("container", "exited\n");
  EXPECT_EQ(docker_exec(host(), "web", {"true"}, report).error().message,
            "the container web does not run: it is exited");
  EXPECT_THAT(read("calls"), Not(HasSubstr("<exec>")));
}

TEST_F(DockerTask, AProgramThatCannotBeStartedIsNotOneThatFailed) {
  write("container", "running\n");
  write("program",
        "printf 'OCI runtime exec failed: exec failed: exec: \"nosuch\": not found: unknown\\r\\n'; exit 127");
  DockerProgramReport report;
  EXPECT_EQ(docker_exec(host(), "web", {"nosuch"}, report).error().message,
            "the program cannot be started: \"nosuch\": not found");
  write("program", "echo 'sh: nosuch: not found' >&2; exit 127");
  EXPECT_EQ(docker_exec(host(), "web", {"sh", "-c", "nosuch"}, report).error().message,
            "the program exited with status 127");
}

TEST_F(DockerTask, ValuesOfTheEnvironmentGoOverStdinOnly) {
  write("image", "sha256:1\n");
  DockerRunOptions options;
  options.image = "app:1";
  options.remove = true;
  options.publish = {"8080:80"};
  options.volumes = {"/data:/data:ro"};
  options.environment = core::Secret("TOKEN=it's $HOME hush\nB=2\n");
  options.command = {"serve", "--all files"};
  DockerRunReport report;
  ASSERT_TRUE(docker_run(host(), options, report));
  EXPECT_EQ(report.action, "run");
  EXPECT_EQ(report.image_id, "sha256:1");
  EXPECT_TRUE(report.program.ran);
  EXPECT_EQ(read("stdin"), "TOKEN=it's $HOME hush\nB=2\n");
  EXPECT_THAT(read("calls"),
              AllOf(Not(HasSubstr("hush")), HasSubstr("<--env-file> </dev/stdin> <app:1> <serve> <--all files>"),
                    HasSubstr("<--rm> <--label> <cef.options="), HasSubstr("<--publish> <8080:80>"),
                    HasSubstr("<--volume> </data:/data:ro>")));
}

TEST_F(DockerTask, AnImageThatCannotBeHadIsOneLine) {
  DockerRunOptions options;
  options.image = "app:1";
  DockerRunReport report;
  EXPECT_EQ(docker_run(host(), options, report).error().message,
            "the image app:1 is not on this host and cannot be pulled: Get \"https://registry.example/v2/\": no "
            "route to host");
  EXPECT_FALSE(report.changed);
  EXPECT_THAT(read("calls"), Not(HasSubstr("<run>")));
}

TEST_F(DockerTask, ADaemonThatIsDownIsSaidByAll) {
  write("down", "WARNING: no config\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it up?\n");
  const std::string why = "the docker daemon does not run; 'cef service start PATTERN docker' starts it";
  DockerRunOptions run;
  run.image = "app:1";
  DockerRunReport ran;
  EXPECT_EQ(docker_run(host(), run, ran).error().message, why);
  DockerBuildOptions build;
  build.tag = "app:1";
  build.directory = folder_.string();
  DockerBuildReport built;
  EXPECT_EQ(docker_build(host(), build, built).error().message, why);
  DockerStatusReport status;
  EXPECT_THAT(docker_status(host(), status).error().message, HasSubstr(why));
  EXPECT_EQ(status.facts.state, probe::DockerState::down);
}

TEST_F(DockerTask, ABuildWithoutADockerfileAndOneThatFails) {
  DockerBuildOptions build;
  build.tag = "app:1";
  build.directory = folder_.string();
  DockerBuildReport report;
  EXPECT_EQ(docker_build(host(), build, report).error().message,
            fs::canonical(folder_).string() + " has no Dockerfile");
  write("Dockerfile", "FROM base\n");
  write("image", "sha256:1\n");
  write("program",
        "echo 'Step 1/1 : FROM base'; printf '\\033[91mpull access denied\\033[0m for base\\r\\n' >&2; exit 1");
  EXPECT_EQ(docker_build(host(), build, report).error().message, "docker build failed: pull access denied for base");
  EXPECT_FALSE(report.changed);
  EXPECT_EQ(report.image_after, "sha256:1");
  EXPECT_THAT(report.output, HasSubstr("Step 1/1"));
}

TEST_F(DockerTask, AContextIsSentWhole) {
  fs::create_directories(folder_ / "context");
  write("context/Dockerfile", "FROM base\n");
  write("context/data", std::string(300'000, 'x'));
  DockerBuildOptions build;
  build.tag = "app:1";
  auto context = DockerContext::scan(folder_ / "context");
  ASSERT_TRUE(context);
  build.context = *context;
  DockerBuildReport report;
  ASSERT_TRUE(docker_build(host(), build, report));
  EXPECT_EQ(report.sent_bytes, context->size().count);
  EXPECT_EQ(read("stdin").size(), context->size().count) << "docker's input ends with the archive";
}

TEST_F(DockerTask, AWrongPasswordIsRefusedBeforeAContextIsSent) {
  ::unsetenv("DOCKER_HOST");
  ::setenv("PATH", (folder_.string() + "/none:" + path_).c_str(), 1);
  fs::create_directories(folder_ / "none");
  write("none/docker", "");
  write("none/id", "#!/bin/sh\necho 1000\n");
  write("none/sudo",
        "#!/bin/sh\nwhile read -r word; do [ \"$word\" != hush ] || exit 0; echo 'Sorry, try again.' >&2; done; exit "
        "1\n");
  for (const char* program : {"docker", "id", "sudo"}) {
    ASSERT_EQ(::chmod((folder_ / "none" / program).c_str(), 0755), 0);
  }
  fs::create_directories(folder_ / "context");
  write("context/Dockerfile", "FROM base\n");
  DockerBuildOptions build;
  build.tag = "app:1";
  build.context = *DockerContext::scan(folder_ / "context");
  DockerBuildReport report;
  const Host host(*connection_, {true, "edge", core::Secret("wrong")}, std::chrono::seconds(5), {});
  const auto refused = docker_build(host, build, report);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "sudo refused the password") << "sudo waits for another";
}

TEST_F(DockerTask, AScriptThatSudoDoesNotLetRunChangesNothing) {
  const std::string missing = "client=\ndaemon=\nuser=edge\nuid=1000\nend=\n";
  DockerInstallReport report;
  DockerInstallOptions options;
  options.script = "exit 3";
  Scripted refuses({answer(0, missing), answer(1, "", "sudo: a password is required\n")});
  EXPECT_FALSE(docker_install(Host(refuses, {}, std::chrono::seconds(5), {}), options, report));
  EXPECT_FALSE(report.changed || report.installed);
  Scripted runs({answer(0, missing)});
  runs.add(as_root(answer(3, "half\n")));
  EXPECT_FALSE(docker_install(Host(runs, {}, std::chrono::seconds(5), {}), options, report));
  EXPECT_TRUE(report.changed);
  EXPECT_FALSE(report.installed);
}

TEST_F(DockerTask, LogsKeepTheTwoStreamsApart) {
  write("container", "exited\n");
  DockerLogsOptions options;
  options.container = "web";
  options.tail = 20;
  options.since = std::chrono::milliseconds(1500);
  DockerProgramReport report;
  ASSERT_TRUE(docker_logs(host(), options, report));
  EXPECT_EQ(report.program.result.out, "said\n");
  EXPECT_EQ(report.program.result.err, "complained\n");
  EXPECT_THAT(read("calls"), HasSubstr("<logs> <--tail> <20> <--since> <2s> <--> <web>\n"));
}

TEST_F(DockerTask, StopStopsWhatRunsAndKnowsAllFirst) {
  DockerStopReport none;
  EXPECT_EQ(docker_stop(host(), {"web"}, false, none).error().message, "there is no container web");
  EXPECT_THAT(read("calls"), Not(HasSubstr("<stop>")));
  write("container", "running\n");
  DockerStopReport checked;
  ASSERT_TRUE(docker_stop(host(), {"web"}, true, checked));
  EXPECT_TRUE(checked.changed);
  EXPECT_THAT(read("calls"), Not(HasSubstr("<stop>")));
  DockerStopReport stopped;
  ASSERT_TRUE(docker_stop(host(), {"web"}, false, stopped));
  EXPECT_TRUE(stopped.changed);
  ASSERT_EQ(stopped.containers.size(), 1U);
  EXPECT_EQ(stopped.containers[0].before, "running");
  EXPECT_EQ(stopped.containers[0].after, "exited");
  DockerStopReport again;
  ASSERT_TRUE(docker_stop(host(), {"web"}, false, again));
  EXPECT_FALSE(again.changed);
}

}  // namespace
}  // namespace cef::task
