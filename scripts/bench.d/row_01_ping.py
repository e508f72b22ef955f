"""100 / 500 / 1,000 real sshd targets: `cef ping` against every peer, tuned."""
import lab as targets
import timing

TITLE = "Ping 100, 500 and 1,000 hosts"
FANS = (32, 64, 128, 256)


def peers(lab, hosts, forks):
    """Every peer with the tuned client configuration; `forks` gives each its fan-out."""
    inventory, names = lab.inventory(hosts)
    config = lab.path("ssh_tuned")
    return [
        timing.Entry("pssh", ["parallel-ssh", "-h", names, "-p", str(forks["pssh"]), "-t", "0", "-x", f"-F {config}", "true"]),
        timing.Entry("pdsh", ["pdsh", "-R", "ssh", "-w", f"^{names}", "-f", str(forks["pdsh"]), "true"],
                     {"PDSH_SSH_ARGS_APPEND": f"-F {config}"}),
        timing.Entry("clush", ["clush", "--hostfile", names, "-f", str(forks["clush"]), "-o", f"-F {config}", "true"]),
        timing.Entry("xargs ssh", ["sh", "-c", f"xargs -P {forks['xargs ssh']} -I{{}} ssh -n -F {config} {{}} true <{names}"]),
    ], inventory


def best_fans(lab, hosts, quick):
    """One run of each peer with each fan-out: the fastest is what it takes part with."""
    best = {}
    for fan in FANS[1:2] if quick else FANS:
        for entry in peers(lab, hosts, dict.fromkeys(("pssh", "pdsh", "clush", "xargs ssh"), fan))[0]:
            wall = timing.once(lab, entry)["wall_s"]
            if entry.name not in best or wall < best[entry.name][0]:
                best[entry.name] = (wall, fan)
    return {name: fan for name, (_, fan) in best.items()}


def measure(lab, options):
    counts = (100,) if options.quick else (100, 500, 1000)
    tables, goals, everything = [], [], {}
    middle = [targets.address(i) for i in range(100 if options.quick else 500)]
    everything["fans"] = fans = best_fans(lab, middle, options.quick)
    for count in counts:
        hosts = [targets.address(i) for i in range(count)]
        entries, inventory = peers(lab, hosts, fans)
        if count == 1000:  # the two best of 500 hosts will do: each run takes long
            best = sorted(fans, key=lambda name: timing.median(everything["500"][name]))[:2]
            entries = [entry for entry in entries if entry.name in best]
        entries.insert(0, timing.Entry("cef", [lab.cef, "ping", "all"] + lab.cef_options(inventory)))
        samples = timing.in_turn(lab, entries, options.rounds)
        if count != 1000:
            few = max(1, options.rounds // 2) if count == 500 else options.rounds
            ansible = timing.Entry("Ansible ping", ["ansible", "all", "-i", inventory, "-m", "ping", "-o"],
                                   lab.ansible_environment(50), lab.end_masters)
            samples |= {k: v for k, v in timing.in_turn(lab, [entries[0], ansible], few).items() if k != "cef"}
            lab.end_masters()
            goals.append(timing.goal(f"{count} hosts: cef / Ansible tuned",
                                     timing.median(samples["cef"]) / timing.median(samples["Ansible ping"]), 0.07))
        tables.append((f"{count} hosts", timing.table(samples, "cef", count)))
        best = min((name for name in fans if name in samples), key=lambda name: timing.median(samples[name]))
        goals.append(timing.goal(f"{count} hosts: cef / {best}, the best peer",
                                 timing.ratio(samples["cef"], samples[best])["median"], 0.55))
        everything[str(count)] = samples
    notes = ["Peers tuned: curve25519 and aes128-gcm; the best of fan-outs " + ", ".join(map(str, FANS)) + ": " +
             ", ".join(f"{name} {fan}" for name, fan in fans.items()) +
             "; Ansible with 50 forks, pipelining and ControlPersist, cold. cef as it comes."]
    return {"tables": tables, "goals": goals, "notes": notes, "samples": everything}
