"""What the bench harness costs by itself: a runner that does nothing, in a process of its own."""
import json

import timing

TITLE = "The bench harness with a runner that does nothing"
QUERIES = 20000


def measure(lab, options):
    program = timing.tool(lab, "speed_overhead")
    entry = timing.Entry("speed_overhead", [program, str(QUERIES // (10 if options.quick else 1))])
    samples = []
    for number in range(options.rounds + 1):
        output = []
        timing.once(lab, entry, output)
        samples += [json.loads(output[0])] if number else []
    names = {"query_us": ("a query: one image asked for and answered", 1),
             "trial_of_1_us": ("a trial of one image: stage, status, choice among 10, run", 1),
             "trial_of_100_us": ("an image of a trial of 100", 100)}
    rows = [["", "overhead", "runs"]]
    for key, (name, images) in names.items():
        values = [sample[key] / images for sample in samples]
        rows.append([name, f"{timing.median(samples, key) / images:.1f} µs", f"{min(values):.1f} – {max(values):.1f} µs"])
    return {"tables": [("", rows)], "samples": {"overhead": samples},
            "goals": [timing.goal("a query", timing.median(samples, "query_us"), 50, "µs")],
            "notes": ["Control node → runner → control node through a socket, as `cef bench` and `cef runner` do it, in two "
                      f"processes; {QUERIES} queries a run."]}
