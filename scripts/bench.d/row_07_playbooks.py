"""Playbooks on 20 nodes against ansible-playbook, tuned and cold; each node has a file system of its own to change."""
import os

import lab as targets
import timing

TITLE = "Playbooks on 20 nodes"
PORT = 2227
PLAYBOOKS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__)))), "playbooks")
SERVICE = """\
- name: A service and its configuration
  hosts: all
  gather_facts: false
  vars: {{workers: 4, models: [resnet18, resnet50, resnet152]}}
  tasks:
    - {{name: Folders, file: {{path: "{folder}/{{{{ item }}}}", state: directory, mode: "0755"}}, loop: [etc, bin, models]}}
    - {{name: Configuration, template: {{src: detector.conf.j2, dest: "{folder}/etc/detector.conf", mode: "0640"}}, notify: Restart}}
    - name: Program
      copy: {{content: "#!/bin/sh\\nexec sleep 1\\n", dest: "{folder}/bin/detector", mode: "0755"}}
    - {{name: Model's name, lineinfile: {{path: "{folder}/etc/models", line: "{{{{ item }}}}", create: true}}, loop: "{{{{ models }}}}"}}
    - {{name: Limits, blockinfile: {{path: "{folder}/etc/limits", block: "soft 10\\nhard 20", create: true}}}}
    - {{name: Look, stat: {{path: "{folder}/etc/detector.conf"}}, register: found}}
    - {{name: Be sure, assert: {{that: [found.stat.exists, found.stat.mode == '0640']}}}}
    - {{name: First start, command: touch {folder}/started, args: {{creates: "{folder}/started"}}}}
  handlers:
    - {{name: Restart, command: touch {folder}/restarted}}
"""
TEMPLATE = """\
name = {{ inventory_hostname }}
workers = {{ workers }}
{% for model in models %}
model.{{ loop.index }} = {{ model | upper }}
{% endfor %}
"""


class Pair:
    """cef and Ansible with one playbook. `fresh`: the nodes are emptied before each run of either."""

    def __init__(self, lab, inventory, config, book, more=(), fresh=None):
        environment = {key: value.replace(lab.path("ssh_tuned"), config) for key, value in lab.ansible_environment(50).items()}

        def cold():
            lab.end_masters()
            if fresh:
                fresh()

        self.cef = timing.Entry("cef", [lab.cef, "playbook", "run", book, *more] + lab.cef_options(inventory, config), before=fresh)
        self.ansible = timing.Entry("ansible-playbook", ["ansible-playbook", "-i", inventory, book, *more], environment, cold)

    def samples(self, lab, rounds):
        """The first run of cef warms up; Ansible takes too long for one, and loads the same files in every run."""
        timing.once(lab, self.cef)
        samples = {"cef": [], "ansible-playbook": []}
        for _ in range(rounds):
            samples["cef"].append(timing.once(lab, self.cef))
            samples["ansible-playbook"].append(timing.once(lab, self.ansible))
        return samples


def measure(lab, options):
    count, folder = 5 if options.quick else 20, lab.path("node")
    hosts = [targets.address(i) for i in range(count)]
    nodes = lab.nodes(hosts, PORT, folder)
    lab.know(hosts, PORT)
    config = lab.config_for(PORT)
    inventory = lab.write("nodes.ini", "".join(f"{host} ansible_python_interpreter=/usr/bin/python3\n" for host in hosts))
    lab.write("detector.conf.j2", TEMPLATE)
    service = lab.write("service.yaml", SERVICE.format(folder=folder))

    def empty():
        for node in nodes:
            targets.call("nsenter", "-t", str(node.pid), "-m", "sh", "-c", f"rm -rf {folder}/*")

    no_limit = ["-e", '{"max_load_per_processor": 1000, "max_disk_percent": 101, "max_temperature_celsius": 200}']
    pairs = {"ping.yaml": ("ping", [], None), "os-info.yaml": ("os-info", [], None), "monitor.yaml": ("monitor", no_limit, None),
             "a service, first run": (service, [], empty), "a service, again: nothing to do": (service, [], None)}
    tables, goals, everything = [["", "cef", "ansible-playbook", "cef's wall / its", "CPU: cef", "ansible-playbook"]], [], {}
    for name, (book, more, fresh) in pairs.items():
        book = book if book == service else f"{PLAYBOOKS}/{book}.yaml"
        samples = everything[name] = Pair(lab, inventory, config, book, more, fresh).samples(lab, options.rounds)
        ours, theirs = samples["cef"], samples["ansible-playbook"]
        ratio = timing.ratio(ours, theirs)
        tables.append([name, timing.seconds(timing.median(ours)), timing.seconds(timing.median(theirs)),
                       f"1/{1 / ratio['median']:.0f} (1/{1 / ratio['least']:.0f} – 1/{1 / ratio['most']:.0f})",
                       timing.seconds(timing.median(ours, "cpu_s")), timing.seconds(timing.median(theirs, "cpu_s"))])
        goals.append(timing.goal(f"{name}: cef / ansible-playbook", ratio["median"], 1 / 15))
    lab.end_masters()
    for node in nodes:
        node.kill()
        node.wait()
    return {"tables": [(f"{count} nodes", tables)], "goals": goals, "samples": everything,
            "notes": ["Ansible: 50 forks, pipelining, ControlPersist, cold. The nodes are sshd on this machine and share its cores. "
                      "A service: folders, template, copy, lineinfile, blockinfile, stat, assert, command, a handler. Not run here, "
                      "because they need packages or systemd: apt-upgrade, bench-node-setup, docker-build, docker-install, "
                      "model-deploy, time-sync."]}
