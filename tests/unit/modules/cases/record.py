#!/usr/bin/env python3
"""Runs the cases of NAME.yaml through Ansible on this machine and writes what it answered to NAME.json, which keeps the answers
to cases that are as they were.

The cases of system.yaml run in a mount namespace with an /etc and a /home of their own (system-before.sh).

A case: name, setup (shell, in an empty folder @D@), module, args, check, diff. Where cef answers something else it has
cef and cef_after, and says why. Needs ansible-core 2.14 and root.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = "/tmp/cef-module-case"
DROP = {"invocation", "start", "end", "delta", "exception", "deprecations", "ansible_facts", "_ansible_no_log",
        "_ansible_verbose_always", "_ansible_verbose_override", "_ansible_delegated_vars", "failed_when_result",
        "action", "traceback"}


CALLBACK = """
import json
from ansible.parsing.ajson import AnsibleJSONEncoder
from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "record"

    def say(self, result, **more):
        print(json.dumps(dict(result._result, **more), cls=AnsibleJSONEncoder))

    def v2_runner_on_ok(self, result):
        self.say(result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.say(result, failed=True)

    def v2_runner_on_skipped(self, result):
        self.say(result, skipped=True)
"""


def clean(value, top=True):
    if isinstance(value, dict):
        return {k: clean(v, False) for k, v in value.items() if not (top and k in DROP)}
    if isinstance(value, list):
        return [clean(v, False) for v in value]
    return value.replace(FOLDER, "@D@") if isinstance(value, str) else value


def tasks_of(case, before, after):
    setup = f"rm -rf {FOLDER}; mkdir {FOLDER}; cd {FOLDER} || exit 1\n" + case.get("setup", "")
    args = json.loads(json.dumps(case.get("args", {})).replace("@D@", FOLDER))
    tested = {"name": "case", case["module"]: args, "ignore_errors": True, "check_mode": case.get("check", False),
              "diff": case.get("diff", False)}
    if case.get("environment"):
        tested["environment"] = json.loads(json.dumps(case["environment"]).replace("@D@", FOLDER))
    free = args.pop("_raw_params", None)
    if free is not None and case["module"] in ("command", "shell"):
        args["cmd"] = free
    elif free is not None:
        tested[case["module"]] = free
        if args:
            tested["args"] = args
    elif not args:
        tested[case["module"]] = None
    quoted = lambda text: "{% raw %}" + text + "{% endraw %}"
    if before:
        setup = before + "\n" + setup
    return [{"name": "setup", "shell": {"cmd": quoted(setup)}}, tested, {"name": "after", "shell": {"cmd": quoted(f"cd {FOLDER}\n" + after)}}]


def key(case):
    """What the answer depends on."""
    return json.dumps([case.get(k) for k in ("setup", "module", "args", "check", "diff", "environment")])


def enter_sandbox():
    """Goes on in a namespace whose /etc, /home, /var/spool/cron and host name are its own."""
    if os.environ.get("CEF_SANDBOX"):
        return
    script = ("set -e; mount --make-rprivate /; t=$(mktemp -d); mount -t tmpfs none $t; cp -a /etc $t/etc; mount --bind $t/etc /etc; "
              "mkdir -p /var/spool/cron; mount -t tmpfs none /home; mount -t tmpfs none /var/spool/cron; exec \"$@\"")
    os.execvpe("unshare", ["unshare", "-m", "-u", "sh", "-c", script, "sh", sys.executable, __file__, "system"],
               dict(os.environ, CEF_SANDBOX="1"))


def record(name):
    with open(f"{HERE}/{name}.yaml") as file:
        cases = yaml.safe_load(file)
    with open(f"{HERE}/after.sh") as file:
        after = file.read()
    before = ""
    if name == "system":
        enter_sandbox()
        with open(f"{HERE}/system-before.sh") as file:
            before = file.read()
        with open(f"{HERE}/system-after.sh") as file:
            after += file.read()
    known = {}
    if os.path.exists(f"{HERE}/{name}.json"):
        with open(f"{HERE}/{name}.json") as file:
            known = {key(case): case for case in json.load(file)}
    everything, cases = cases, [case for case in cases if key(case) not in known]
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "vars": {"who": "world"},
            "tasks": [task for case in cases for task in tasks_of(case, before, after)]}
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/play.yaml", "w") as file:
            yaml.safe_dump([play], file)
        with open(f"{folder}/record.py", "w") as file:
            file.write(CALLBACK)
        env = dict(os.environ, ANSIBLE_STDOUT_CALLBACK="record", ANSIBLE_CALLBACK_PLUGINS=folder, ANSIBLE_LOCALHOST_WARNING="false", LC_ALL="C.UTF-8",
                   ANSIBLE_INVENTORY_UNPARSED_WARNING="false", ANSIBLE_RETRY_FILES_ENABLED="false",
                   ANSIBLE_PYTHON_INTERPRETER=sys.executable)
        ran = subprocess.run(["ansible-playbook", "-i", "localhost,", f"{folder}/play.yaml"], env=env, cwd=folder,
                             stdout=subprocess.PIPE, umask=0o022)
    results = [json.loads(line) for line in ran.stdout.decode().splitlines() if line.startswith("{")]
    for number, case in enumerate(cases):
        setup, tested, state = results[3 * number:3 * number + 3]
        if setup.get("rc") != 0:
            sys.exit(f"{name}: {case['name']}: its setup failed: {setup.get('stderr')}")
        case["result"] = clean(tested)
        case["after"] = re.sub(r"\.\d+\.[\d-]+@[\d:]+~", ".BACKUP~", state["stdout"].replace(FOLDER, "@D@"))
    for case in everything:
        case.update({k: v for k, v in known.get(key(case), case).items() if k in ("result", "after")})
    with open(f"{HERE}/{name}.json", "w") as file:
        json.dump(everything, file, indent=1, ensure_ascii=False)
        file.write("\n")
    print(f"{name}: {len(everything)} cases, {len(cases)} of them asked anew")


for one in sys.argv[1:] or sorted((f[:-5] for f in os.listdir(HERE) if f.endswith(".yaml")), key=lambda n: n == "system"):
    record(one)
