"""One host, nothing warm, over links of 0, 50 and 200 ms."""
import lab as targets
import timing

TITLE = "One host, cold, at a round trip of 0, 50 and 200 ms"


def measure(lab, options):
    tables, goals, everything = [], [], {}
    for delay in (0, 50) if options.quick else (0, 50, 200):
        lab.round_trip(delay)
        host = targets.slow_address(0) if delay else targets.address(0)
        inventory, _ = lab.inventory([host])
        entries = [timing.Entry("cef", [lab.cef, "exec", "all"] + lab.cef_options(inventory) + ["--", "true"])]
        entries += [timing.Entry(f"ssh, {name}", ["ssh", "-n", "-F", lab.path(f"ssh_{name}"), host, "true"])
                    for name in ("default", "tuned")]
        samples = timing.in_turn(lab, entries, options.rounds if delay else 2 * options.rounds)
        tables.append((f"Round trip {delay} ms", timing.table(samples, "cef")))
        for name in ("default", "tuned"):
            goals.append(timing.goal(f"{delay} ms: cef / ssh {name}",
                                     timing.ratio(samples["cef"], samples[f"ssh, {name}"])["median"], 0.62))
        everything[str(delay)] = samples
    lab.round_trip(0)
    return {"tables": tables, "goals": goals, "samples": everything,
            "notes": ["cef exec … -- true, from process start to process end; the delay is a TUN device's."]}
