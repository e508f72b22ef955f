"""os-info and monitor on 100 hosts: how many commands each host is asked, and the time against Ansible's setup."""
import lab as targets
import timing

TITLE = "Facts of 100 hosts"


def sessions(lab, entry):
    """Commands that the servers started for one run, by their own log, and logins."""
    with open(lab.sshd_log, encoding="utf-8") as log:
        log.seek(0, 2)
        timing.once(lab, entry)
        text = log.read()
    return text.count("Starting session: command"), text.count("Accepted publickey")


def measure(lab, options):
    count = 20 if options.quick else 100
    hosts = [targets.address(i) for i in range(count)]
    inventory, _ = lab.inventory(hosts)
    entries = [timing.Entry("cef os-info", [lab.cef, "os-info", "all"] + lab.cef_options(inventory)),
               timing.Entry("cef monitor", [lab.cef, "monitor", "all", "all"] + lab.cef_options(inventory))]
    asked = [["", "hosts", "logins", "commands", "commands a host"]]
    goals = []
    for entry in entries:
        commands, logins = sessions(lab, entry)
        asked.append([entry.name, str(count), str(logins), str(commands), f"{commands / count:.2f}"])
        goals.append(timing.goal(f"{entry.name}: commands a host", commands / count, 1))
    samples = timing.in_turn(lab, entries, options.rounds)
    # As many rounds as make sense: one run of Ansible takes minutes here.
    setup = timing.Entry("Ansible setup", ["ansible", "all", "-i", inventory, "-m", "setup"],
                         lab.ansible_environment(50), lab.end_masters)
    samples["Ansible setup"] = [timing.once(lab, setup) for _ in range(1 if options.quick else 3)]
    lab.end_masters()
    setup_wall = timing.median(samples["Ansible setup"])
    rows = timing.table({name: samples[name] for name in samples}, "cef os-info", count)
    for entry in entries:
        goals.append(timing.goal(f"{entry.name} / Ansible setup", timing.median(samples[entry.name]) / setup_wall, 1 / 20))
    return {"tables": [("Commands", asked), ("Wall", [row[:4] for row in rows])], "goals": goals, "samples": samples,
            "notes": ["The targets share the machine's cores with each other and with the control side, so the wall is "
                      "mostly what their sshd and shells cost. monitor's wall holds the window that rates are taken over."]}
