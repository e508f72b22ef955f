"""An inventory of 10,000 hosts with groups and variables: list it, and take a pattern out of it."""
import statistics

import timing

TIMES = 100
TITLE = "Inventory of 10,000 hosts"


def write(lab, count):
    lines = []
    for group in range(100):
        lines.append(f"[site{group:02}]")
        lines += [f"edge-{i:05} ansible_host=10.{i // 62500}.{i // 250 % 250}.{i % 250 + 1} rack={i % 40} kind=pi"
                  for i in range(group, count, 100)]
    lines += ["[north:children]"] + [f"site{group:02}" for group in range(50)]
    lines += ["[north:vars]", "region=north", "ntp=10.0.0.1"]
    return lab.write("big.ini", "\n".join(lines) + "\n")


def measure(lab, options):
    inventory = write(lab, 10000)
    pattern = "north:&site1*:!edge-000*"
    entries = [timing.Entry("cef inventory list", [lab.cef, "inventory", "list", "-i", inventory]),
               timing.Entry("cef inventory list --json", [lab.cef, "--json", "inventory", "list", "-i", inventory]),
               timing.Entry("cef, a pattern", [lab.cef, "inventory", "list", "-i", inventory, pattern]),
               timing.Entry(f"cef, the pattern {TIMES} times over",
                            [lab.cef, "inventory", "list", "-i", inventory, ",".join([pattern] * TIMES)])]
    rounds = 3 if options.quick else options.rounds
    samples = timing.in_turn(lab, entries, 3 * rounds)
    peers = [timing.Entry("ansible-inventory --list", ["ansible-inventory", "-i", inventory, "--list"]),
             timing.Entry("ansible --list-hosts, the pattern", ["ansible", "-i", inventory, pattern, "--list-hosts"])]
    samples |= timing.in_turn(lab, peers, 1 if options.quick else rounds)
    peaks = {entry.name: timing.peak_mib(lab, entry) for entry in entries + peers}
    rows = [["", "wall", "runs", "peak memory"]]
    for name, all_ in samples.items():
        rows.append([name, timing.seconds(timing.median(all_)),
                     f"{timing.seconds(min(s['wall_s'] for s in all_))} – {timing.seconds(max(s['wall_s'] for s in all_))}",
                     f"{peaks[name]:.1f} MiB"])
    many = zip(samples[f"cef, the pattern {TIMES} times over"], samples["cef, a pattern"])
    once = statistics.median((a["wall_s"] - b["wall_s"]) / (TIMES - 1) for a, b in many)
    whole = timing.median(samples["cef inventory list --json"])
    goals = [timing.goal("list", timing.median(samples["cef inventory list"]) * 1000, 200, "ms"),
             timing.goal("list --json", whole * 1000, 200, "ms"),
             timing.goal("a pattern, beyond reading the inventory", once * 1000, 20, "ms"),
             timing.goal("list --json / ansible-inventory --list",
                         whole / timing.median(samples["ansible-inventory --list"]), 1 / 50)]
    return {"tables": [("", rows)], "goals": goals, "samples": samples,
            "notes": [f"The pattern: `{pattern}`. Every run reads the inventory anew; what the pattern adds is what "
                      f"{TIMES - 1} more of the same add, each of which is evaluated, divided by {TIMES - 1}."]}
