"""From process start to process end of commands that do nothing big."""
import timing

TITLE = "Start of a command"


def measure(lab, options):
    inventory = lab.write("local.ini", "here ansible_connection=local\n")
    entries = [timing.Entry("cef --version", [lab.cef, "--version"]),
               timing.Entry("cef ping --help", [lab.cef, "ping", "--help"]),
               timing.Entry("cef inventory list", [lab.cef, "inventory", "list", "-i", inventory]),
               timing.Entry("cef ping, a local host", [lab.cef, "ping", "all", "-i", inventory]),
               timing.Entry("ansible --version", ["ansible", "--version"]),
               timing.Entry("ssh -V", ["ssh", "-V"])]
    samples = timing.in_turn(lab, entries, 5 if options.quick else 4 * options.rounds)
    peaks = {entry.name: timing.peak_mib(lab, entry) for entry in entries}
    rows = [["", "wall", "runs", "peak memory"]]
    for name, all_ in samples.items():
        rows.append([name, timing.seconds(timing.median(all_)),
                     f"{timing.seconds(min(s['wall_s'] for s in all_))} – {timing.seconds(max(s['wall_s'] for s in all_))}",
                     f"{peaks[name]:.1f} MiB"])
    goals = []
    for name in [entry.name for entry in entries if entry.name.startswith("cef")]:
        goals.append(timing.goal(f"{name}: wall", timing.median(samples[name]) * 1000, 15, "ms"))
        goals.append(timing.goal(f"{name}: memory", peaks[name] * 1.048576, 20, "MB"))
    return {"tables": [("", rows)], "goals": goals, "samples": samples, "notes": []}
