"""2,000 hosts against servers that do next to nothing: what the control side alone can do."""
import os
import subprocess

import lab as targets
import timing

TITLE = "2,000 hosts against light servers"
PORT = 2223
SERVERS = 2


class Servers:
    """Light servers on every address; `hold`: they answer when so many commands wait."""

    def __init__(self, lab, processes, hold):
        self.process = subprocess.Popen(
            [timing.tool(lab, "speed_light_sshd"), str(PORT), str(processes), str(hold), lab.path("host_key"),
             lab.path("user_key.pub")], stdout=subprocess.PIPE)
        if not self.process.stdout.readline():
            raise SystemExit("bench: the light servers did not start")

    def cpu_s(self):
        total, pids = 0, [self.process.pid]
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="utf-8") as file:
            pids += file.read().split()
        for pid in pids:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                fields = file.read().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def ping(lab, count, more=()):
    hosts = [targets.address(i) for i in range(count)]
    lab.write("known_hosts", "".join(f"[{host}]:{PORT} {lab.key}\n" for host in hosts))
    inventory = lab.write(f"light-{count}.ini", "".join(f"{host} ansible_port={PORT}\n" for host in hosts))
    return [lab.cef, "exec", "all"] + lab.cef_options(inventory) + list(more) + ["--", "true"]


def speed(lab, count, rounds):
    """Walls and CPU of both sides; the first run warms up."""
    samples = []
    entry = timing.Entry("cef", ping(lab, count))
    with Servers(lab, SERVERS, 0) as servers:
        for _ in range(rounds + 1):
            before = servers.cpu_s()
            sample = timing.once(lab, entry)
            samples.append(sample | {"servers_cpu_s": servers.cpu_s() - before, "hosts_per_s": count / sample["wall_s"]})
    return samples[1:]


def peak_kib(lab, count):
    """Of cef while all hosts have a command running and wait for its end."""
    entry = timing.Entry("cef", ping(lab, count, ["-f", str(count)]))
    with Servers(lab, 1, count):
        return timing.peak_mib(lab, entry) * 1024


def measure(lab, options):
    few, count = (100, 400) if options.quick else (500, 2000)
    samples = speed(lab, count, options.rounds)
    peaks = [(peak_kib(lab, few), peak_kib(lab, count)) for _ in range(options.rounds)]
    growth = sorted((many - least) * 1.024 / (count - few) for least, many in peaks)
    rate = timing.median(samples, "hosts_per_s")
    rows = [["", "median", "least – most"],
            ["hosts a second", f"{rate:.0f}", f"{timing.least(samples, 'hosts_per_s'):.0f} – "
             f"{max(s['hosts_per_s'] for s in samples):.0f}"]]
    for name, key in (("CPU of the control side a host", "cpu_s"), ("CPU of the servers a host", "servers_cpu_s")):
        each = [sample[key] / count * 1000 for sample in samples]
        rows.append([name, f"{timing.median(samples, key) / count * 1000:.2f} ms", f"{min(each):.2f} – {max(each):.2f} ms"])
    rows.append([f"memory a waiting host, {few} to {count}", f"{growth[len(growth) // 2]:.1f} kB",
                 f"{growth[0]:.1f} – {growth[-1]:.1f} kB"])
    at_all = sum(s["cpu_s"] + s["servers_cpu_s"] for s in samples) / sum(s["wall_s"] for s in samples)
    return {"tables": [(f"{count} hosts", rows)], "samples": {"cef": samples, "peaks_kib": peaks},
            "goals": [timing.goal("hosts a second", rate, 2000, least=True),
                      timing.goal("memory a waiting host", growth[len(growth) // 2], 20, "kB")],
            "notes": [f"{SERVERS} server processes accept the key and answer every command at once; both sides together kept "
                      f"{at_all:.1f} of {os.cpu_count()} cores busy. Memory: peak of cef with all hosts at once, whose servers answer "
                      "when all wait."]}
