"""What each part costs a host, and what that makes of 10,000 and 100,000: docs/scale.md."""
import json
import os

import lab as targets
import row_09_inventory
import timing

TITLE = "Cost of 10,000 and 100,000 hosts"
SHARDS = 16


def shard_files(lab, count):
    """What `cef ping --shard I/16 --json` gives for so many hosts, a folder of 16 files."""
    folder = lab.path(f"shards-{count}")
    os.makedirs(folder, exist_ok=True)
    for shard in range(SHARDS):
        places = list(range(shard, count, SHARDS))
        hosts = [{"host": f"edge-{i:06}", "status": "ok", "connect_seconds": 0.081234567, "elapsed_seconds": 0.123456789,
                  "round_trip_seconds": 0.001234567, "error": None} for i in places]
        document = {"schema": "cef.ping/1", "started_at": "2026-01-01T00:00:00Z", "elapsed_seconds": 12.5,
                    "shard": {"index": shard + 1, "count": SHARDS, "selected": count, "places": places}, "hosts": hosts,
                    "summary": {"hosts": len(hosts), "ok": len(hosts), "failed": 0, "unreachable": 0, "skipped": 0,
                                "interrupted": False}}
        with open(os.path.join(folder, f"{shard + 1}.json"), "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
    return folder


def measure_parts(lab, options, sizes):
    """Reading an inventory, taking a shard of it, and merging: measured at each size."""
    rows = [["", "hosts", "wall", "CPU", "peak memory"]]
    samples = {}
    for count in sizes:
        inventory = row_09_inventory.write(lab, count)
        listing = [lab.cef, "inventory", "list", "-i", inventory]
        folder = shard_files(lab, count)
        entries = [timing.Entry(f"read the inventory, select, {count}", listing + ["north"]),
                   timing.Entry(f"read it, take shard 1/{SHARDS}, {count}", listing + ["--shard", f"1/{SHARDS}"]),
                   timing.Entry(f"merge {SHARDS} shards of ping, {count}",
                                [lab.cef, "merge", folder, "-o", lab.path("whole.json")])]
        measured = timing.in_turn(lab, entries, options.rounds)
        samples |= measured
        for entry in entries:
            all_ = measured[entry.name]
            rows.append([entry.name.rsplit(",", 1)[0], f"{count:,}", timing.seconds(timing.median(all_)),
                         timing.seconds(timing.median(all_, "cpu_s")), f"{timing.peak_mib(lab, entry):.0f} MiB"])
    return rows, samples


def measure_ping(lab, options, few, many):
    """CPU and memory of the control side by the number of hosts that are talked to at once."""
    entries = []
    for count in (few, many):
        hosts = [targets.address(i) for i in range(count)]
        inventory, _ = lab.inventory(hosts)
        entries.append(timing.Entry(f"ping, {count} at once", [lab.cef, "ping", "all", "-f", str(count)] +
                                    lab.cef_options(inventory)))
    lab.know([targets.address(i) for i in range(many)])
    samples = timing.in_turn(lab, entries, options.rounds)
    cpu = [timing.median(samples[entry.name], "cpu_s") for entry in entries]
    wall = [timing.median(samples[entry.name]) for entry in entries]
    peak = [timing.peak_mib(lab, entry) for entry in entries]
    return samples, [(after - before) / (many - few) for before, after in (cpu, wall, peak)]


def duration(seconds):
    return f"{seconds / 60:.1f} min" if seconds >= 120 else f"{seconds:.1f} s"


def measure(lab, options):
    sizes = (1000, 10000) if options.quick else (1000, 10000, 100000)
    rows, samples = measure_parts(lab, options, sizes)
    few, many = (20, 100) if options.quick else (100, 500)
    pings, (cpu, wall, peak) = measure_ping(lab, options, few, many)
    slopes = [["", "a host, measured", "10,000, *extrapolated*", "100,000, *extrapolated*"],
              ["CPU of ping, control side", f"{cpu * 1000:.2f} ms", duration(cpu * 10000), duration(cpu * 100000)],
              ["wall of ping, one control node, servers on the same machine", f"{wall * 1000:.2f} ms", duration(wall * 10000),
               duration(wall * 100000)],
              ["memory a host at once (-f; 64 unless set)", f"{peak * 1024:.0f} KiB", "by -f, not by hosts", "by -f, not by hosts"]]
    return {"tables": [("Measured at each size", rows), (f"Slopes between {few} and {many} sshd targets", slopes)], "goals": [],
            "samples": samples | pings,
            "notes": ["Extrapolated figures are the slope times the number of hosts; nobody has run them."]}
