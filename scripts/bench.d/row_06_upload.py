"""Uploads: 50 MB over a link of 50 ms, 1 GB on loopback, 50 MB to 20 nodes at once, against scp, sftp, rsync and ssh cat."""
import subprocess

import lab as targets
import timing

TITLE = "Upload"
PEERS = ("scp", "sftp", "rsync -W", "ssh cat")


class Upload:
    """One file to hosts by each program. The nodes keep it in memory; it is removed before each run."""

    def __init__(self, lab, listen, hosts, port, megabytes):
        self.lab, self.hosts, self.to = lab, hosts, lab.path(f"arrived-{port}")
        self.nodes = lab.nodes(listen, port, self.to)
        self.config = lab.config_for(port)
        lab.know(hosts, port)
        self.known = lab.path("known_hosts")
        self.inventory = lab.write(f"upload-{port}.ini", "".join(f"{host}\n" for host in hosts))
        self.file = lab.path(f"{megabytes}MB")
        with open("/dev/urandom", "rb") as source, open(self.file, "wb") as file:
            for _ in range(megabytes):
                file.write(source.read(1_000_000))

    def end(self):
        for node in self.nodes:
            node.kill()
            node.wait()

    def fresh(self):
        for node in self.nodes:
            targets.call("nsenter", "-t", str(node.pid), "-m", "sh", "-c", f"rm -rf {self.to}/*")

    def command(self, name, host):
        to, ssh = f"{self.to}/file", f"ssh -F {self.config}"
        return {"scp": f"scp -q -F {self.config} {self.file} {host}:{to}",
                "sftp": f"echo 'put {self.file} {to}' | sftp -q -b - -F {self.config} {host}",
                "rsync -W": f"rsync -W -e '{ssh}' {self.file} {host}:{to}",
                "ssh cat": f"{ssh} {host} 'cat > {to}' < {self.file}"}[name]

    def entries(self):
        cef = [self.lab.cef, "file", "put", "all", self.file, f"{self.to}/file"]
        all_ = [timing.Entry("cef", cef + self.lab.cef_options(self.inventory, self.config), before=self.fresh)]
        for name in PEERS:
            script = " & ".join(self.command(name, host) for host in self.hosts)
            all_.append(timing.Entry(name, ["sh", "-c", script + (" & wait" if len(self.hosts) > 1 else "")], before=self.fresh))
        return all_

    def check(self):
        """Everybody's last run left the whole file everywhere."""
        for node in self.nodes:
            subprocess.run(["nsenter", "-t", str(node.pid), "-m", "cmp", self.file, f"{self.to}/file"], check=True)


def measure(lab, options):
    many, large, rounds = (3, 100, options.rounds) if options.quick else (20, 1000, options.rounds)
    lab.round_trip(50)
    hosts = [targets.address(i) for i in range(many)]
    legs = [("50 MB at a round trip of 50 ms", ["0.0.0.0"], [targets.slow_address(0)], 2224, 50),
            (f"{large} MB on loopback", ["0.0.0.0"], [targets.address(0)], 2225, large),
            (f"50 MB to {many} nodes at once", hosts, hosts, 2226, 50)]
    tables, everything = [], {}
    for caption, listen, to, port, megabytes in legs:
        upload = Upload(lab, listen, to, port, megabytes)
        entries = upload.entries()
        for entry in entries:
            timing.once(lab, entry)
            upload.check()
        everything[caption] = timing.in_turn(lab, entries, rounds)
        upload.end()
        tables.append((caption, timing.table(everything[caption], "cef")))
    lab.round_trip(0)
    slow, loop, wide = everything.values()
    goals = []
    for caption, samples in ((legs[0][0], slow), (legs[2][0], wide)):
        best = min(PEERS, key=lambda name: timing.median(samples[name]))
        goals.append(timing.goal(f"{caption}: cef / {best}, the best",
                                 timing.ratio(samples["cef"], samples[best])["median"], 0.9))
    goals += [timing.goal(f"{legs[1][0]}: cef / scp, wall", timing.ratio(loop["cef"], loop["scp"])["median"], 1.05),
              timing.goal(f"{legs[1][0]}: cef / scp, CPU", timing.ratio(loop["cef"], loop["scp"], "cpu_s")["median"], 0.6)]
    return {"tables": tables, "goals": goals, "samples": everything,
            "notes": ["`cef file put`, which compares the file's SHA-256 on both sides; the peers do not. All tuned: curve25519 "
                      "and aes128-gcm. CPU is that of the control side. The nodes keep the file in memory."]}
