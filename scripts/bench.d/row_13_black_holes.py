"""500 hosts, every second of which is off: packets to it are dropped."""
import lab as targets
import row_01_ping
import timing

TITLE = "Half of 500 hosts black-holed"
DEADLINE = 5  # seconds, for cef and for every peer


def measure(lab, options):
    count = 100 if options.quick else 500
    lab.black_hole()
    healthy = [targets.address(i) for i in range(count // 2)]
    mixed = [host for i in range(count // 2) for host in (targets.address(i), targets.dead_address(i))]
    _, names = lab.inventory(healthy)
    inventory = names + ".ini"
    few = timing.Entry("cef, the healthy half", [lab.cef, "ping", "all"] + lab.cef_options(inventory))
    fans = dict.fromkeys(("pssh", "pdsh", "clush", "xargs ssh"), 64)
    peers, inventory = row_01_ping.peers(lab, mixed, fans)
    lab.know(mixed)
    config = lab.path("ssh_tuned")
    with open(config, encoding="utf-8") as file:
        text = file.read()
    lab.write("ssh_tuned", text.replace("ConnectTimeout 60", f"ConnectTimeout {DEADLINE}"))
    whole = timing.Entry("cef", [lab.cef, "ping", "all", "--connect-timeout", f"{DEADLINE}s"] + lab.cef_options(inventory),
                         statuses=(4,))
    pssh = next(peer for peer in peers if peer.name == "pssh")
    pssh.statuses = range(256)
    samples = timing.in_turn(lab, [few, whole, pssh], options.rounds)
    lab.write("ssh_tuned", text)
    allowed = DEADLINE + timing.median(samples["cef, the healthy half"])
    goals = [timing.goal(f"wall ≤ the deadline of {DEADLINE} s + the healthy half's time", timing.median(samples["cef"]),
                         allowed, "s")]
    return {"tables": [(f"{count} hosts, --connect-timeout {DEADLINE}s", timing.table(samples, "cef", count))],
            "goals": goals, "samples": samples,
            "notes": ["The dead hosts stand between the others, every second one. pssh: tuned, -p 64, the same deadline."]}
