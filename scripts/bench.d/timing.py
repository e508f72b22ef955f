"""Runs programs in turn (A B A B …) and compares them round by round."""
import os
import statistics
import subprocess
import sys
import time


class Entry:
    """A program that takes part. `before` runs, not timed, before each of its runs."""

    def __init__(self, name, argv, environment=None, before=None, statuses=(0,)):
        self.name, self.argv, self.before, self.statuses = name, argv, before, statuses
        self.environment = environment or {}


def once(lab, entry, output=None):
    """Wall, CPU of the process and of all that it waited for, peak memory of the largest of them."""
    if entry.before:
        entry.before()
    log = lab.path("last-output")
    with open(log, "wb") as out:
        start = time.monotonic()
        process = subprocess.Popen(entry.argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   env=lab.environment | entry.environment, cwd=lab.folder)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if output is not None or process.returncode not in entry.statuses:
        with open(log, encoding="utf-8", errors="replace") as file:
            text = file.read()
        if output is not None:
            output.append(text)
        text = "\n".join(line for line in text.splitlines() if not line.endswith("| ok"))  # thousands of hosts
    if process.returncode not in entry.statuses:
        raise SystemExit(f"bench: {entry.name} ended with {process.returncode}: {' '.join(entry.argv)}\n{text[-2000:]}")
    return {"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "peak_kib": usage.ru_maxrss}


def peak_mib(lab, entry):
    """Of one run. Not from `once`: a child of Python begins with Python's own peak."""
    out = lab.path("peak")
    subprocess.run(["time", "-f", "%M", "-o", out] + entry.argv, env=lab.environment | entry.environment, check=False,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=lab.folder)
    with open(out, encoding="utf-8") as file:
        return int(file.read().split()[-1]) / 1024


def tool(lab, name):
    """A program of tests/speed, built beside cef."""
    path = os.path.join(os.path.dirname(lab.cef), name)
    if not os.access(path, os.X_OK):
        raise SystemExit(f"bench: {path} is not built: cmake --build the tests of that build too (-DBUILD_TESTING=ON)")
    return path


def in_turn(lab, entries, rounds):
    """Samples by name; the first round warms caches and is thrown away."""
    samples = {entry.name: [] for entry in entries}
    for number in range(rounds + 1):
        for entry in entries:
            sample = once(lab, entry)
            if number or rounds == 1:
                samples[entry.name].append(sample)
        print(f"  round {number} of {rounds}: " + ", ".join(
            f"{name} {all_[-1]['wall_s']:.3f} s" for name, all_ in samples.items() if all_), file=sys.stderr)
    return samples


def median(samples, key="wall_s"):
    return statistics.median(sample[key] for sample in samples)


def least(samples, key="wall_s"):
    return min(sample[key] for sample in samples)


def ratio(samples, other, key="wall_s"):
    """Of samples to other, round by round: median, least, most."""
    all_ = [a[key] / b[key] for a, b in zip(samples, other)]
    return {"median": statistics.median(all_), "least": min(all_), "most": max(all_)}


def shown(value):
    return f"{value['median']:.2f} ({value['least']:.2f}–{value['most']:.2f})"


def seconds(value):
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"


def goal(text, value, limit, unit="", least=False):
    """`least`: the limit is the least that will do."""
    met = value >= limit if least else value <= limit
    return {"goal": text, "value": value, "limit": limit, "unit": unit, "met": met, "least": least}


def table(samples, base, hosts=None):
    """Wall, spread, CPU and the ratio of `base` to each."""
    head = ["", "wall", "runs", "CPU", "cef's wall / its"]
    rows = []
    for name, all_ in samples.items():
        cpu = median(all_, "cpu_s")
        rows.append([name, seconds(median(all_)),
                     f"{seconds(min(s['wall_s'] for s in all_))} – {seconds(max(s['wall_s'] for s in all_))}",
                     seconds(cpu) + (f" ({cpu / hosts * 1000:.2f} ms a host)" if hosts else ""),
                     "" if name == base else shown(ratio(samples[base], all_))])
    return [head] + rows
