"""What 500 hosts cost the control side: CPU a host, and memory with all sessions at once."""
import lab as targets
import row_01_ping
import timing

TITLE = "CPU and memory of the control side, 500 hosts"


def measure(lab, options):
    count = 100 if options.quick else 500
    hosts = [targets.address(i) for i in range(count)]
    fans = dict.fromkeys(("pssh", "pdsh", "clush", "xargs ssh"), 64)
    peers, inventory = row_01_ping.peers(lab, hosts, fans)
    ping = [lab.cef, "ping", "all"] + lab.cef_options(inventory)
    entries = [timing.Entry("cef", ping), timing.Entry(f"cef -f {count}", ping + ["-f", str(count)])]
    entries += [peer for peer in peers if peer.name in ("pssh", "clush")]
    samples = timing.in_turn(lab, entries, options.rounds)
    rows = [["", "CPU a host", "least – most", "peak memory of the largest process"]]
    for name, all_ in samples.items():
        each = [sample["cpu_s"] / count * 1000 for sample in all_]
        rows.append([name, f"{timing.median(all_, 'cpu_s') / count * 1000:.2f} ms", f"{min(each):.2f} – {max(each):.2f} ms",
                     f"{timing.median(all_, 'peak_kib') / 1024:.1f} MiB"])
    goals = [timing.goal("CPU a host", timing.median(samples["cef"], "cpu_s") / count * 1000, 1, "ms"),
             timing.goal(f"peak memory, {count} at once", timing.median(samples[f"cef -f {count}"], "peak_kib") * 1.024e-3, 40,
                         "MB")]
    return {"tables": [(f"{count} hosts", rows)], "goals": goals, "samples": samples,
            "notes": ["User and system time of the process and of all its children; peers with a fan-out of 64, tuned."]}
