"""Targets for the rows: real sshd in a network namespace of its own, where every address of 127.0.0.0/8 is one host."""
import os
import shutil
import socket
import subprocess
import sys
import time

import slow_link

PORT = 2222
ALGORITHMS = """\
  KexAlgorithms curve25519-sha256
  Ciphers aes128-gcm@openssh.com
  HostKeyAlgorithms ssh-ed25519
"""


def call(*argv, **more):
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, **more)


def address(index):
    return f"127.1.{index // 250}.{index % 250 + 1}"


def dead_address(index):
    return f"198.18.{index // 250}.{index % 250 + 1}"


def slow_address(index):
    return f"198.19.{index // 250}.{index % 250 + 1}"


class Lab:
    """One folder with keys, configuration and inventories; everything in it ends with the process namespace."""

    def __init__(self, folder, cef):
        self.folder, self.cef = folder, cef
        self.environment = {
            "HOME": folder, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "USER": "root",
            "LOGNAME": "root", "ANSIBLE_HOST_KEY_CHECKING": "True", "ANSIBLE_LOCAL_TEMP": f"{folder}/ansible"}
        self.link = self.hole = None
        self.sshd_log = f"{folder}/sshd.log"

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def start(self):
        call("ip", "link", "set", "lo", "up")
        os.makedirs("/run/sshd", exist_ok=True)
        for name in ("host_key", "user_key"):
            call("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(name))
        shutil.copy(self.path("user_key.pub"), self.path("authorized_keys"))
        with open(self.path("host_key.pub"), encoding="utf-8") as file:
            self.key = " ".join(file.read().split()[:2])
        self.know([address(0)])
        common = (f"Host *\n  Port {PORT}\n  User root\n  IdentityFile {self.path('user_key')}\n  IdentitiesOnly yes\n"
                  f"  UserKnownHostsFile {self.path('known_hosts')}\n  StrictHostKeyChecking yes\n"
                  "  ConnectTimeout 60\n  BatchMode yes\n")
        self.write("ssh_default", common)
        self.write("ssh_tuned", common + ALGORITHMS)
        self.write("sshd_config", f"ListenAddress 0.0.0.0:{PORT}\nHostKey {self.path('host_key')}\nUsePAM no\n"
                   f"AuthorizedKeysFile {self.path('authorized_keys')}\nStrictModes no\nMaxStartups 5000\n"
                   "PermitRootLogin prohibit-password\nUseDNS no\nPidFile none\nLogLevel VERBOSE\nPrintMotd no\n"
                   f"SetEnv HOME={self.folder}\nPerSourceMaxStartups none\nLoginGraceTime 120\nSubsystem sftp internal-sftp\n")
        self.sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", self.path("sshd_config"), "-E", self.sshd_log])
        for _ in range(100):
            time.sleep(0.05)
            if subprocess.run(["ssh", "-F", self.path("ssh_default"), address(0), "true"], env=self.environment,
                              check=False, capture_output=True).returncode == 0:
                return
        raise SystemExit(f"bench: the sshd of the bench does not answer; see {self.sshd_log}")

    def know(self, hosts, port=PORT):
        self.write("known_hosts", "".join(f"[{host}]:{port} {self.key}\n" for host in hosts))

    def config_for(self, port):
        """The tuned client configuration for another port."""
        with open(self.path("ssh_tuned"), encoding="utf-8") as file:
            return self.write(f"ssh_{port}", file.read().replace(f"Port {PORT}", f"Port {port}"))

    def tunnel(self, device, network):
        call("ip", "addr", "add", f"{network}.255.254/16", "dev", device)
        call("ip", "link", "set", device, "up")

    def black_hole(self):
        """A TUN device that nobody reads: packets to the dead addresses are lost."""
        call("ip", "tuntap", "add", "black", "mode", "tun")
        self.hole = slow_link.device("black")
        self.tunnel("black", "198.18")

    def round_trip(self, milliseconds):
        """Puts slow_address(i) so far away; kept until the next call."""
        if self.link:
            self.link.kill()
            self.link.wait()
            self.link = None
        if milliseconds:
            self.link = subprocess.Popen([sys.executable, slow_link.__file__, "slow", str(milliseconds)],
                                         stdout=subprocess.PIPE)
            self.link.stdout.readline()
            self.tunnel("slow", "198.19")

    def nodes(self, addresses, port, folder):
        """An sshd for each address, to which `folder` is a file system of its own, in memory; gives the processes."""
        with open(self.path("sshd_config"), encoding="utf-8") as file:
            config = file.read().partition("\n")[2]
        os.makedirs(folder, exist_ok=True)
        started = []
        for listen in addresses:
            path = self.write(f"sshd_{listen}_{port}", f"ListenAddress {listen}:{port}\n{config}")
            script = f"mount -t tmpfs -o size=80% node {folder} && exec /usr/sbin/sshd -D -f {path} -E {path}.log"
            started.append(subprocess.Popen(["unshare", "--mount", "sh", "-c", script]))
        for listen in addresses:
            host = address(0) if listen == "0.0.0.0" else listen
            for _ in range(200):
                with socket.socket() as trial:
                    if trial.connect_ex((host, port)) == 0:
                        break
                time.sleep(0.05)
        return started

    def inventory(self, hosts, config="ssh_tuned"):
        """INI that cef and Ansible both read, and the same as a plain list; gives both paths. Known are these hosts."""
        self.know(hosts)
        name = f"hosts-{len(hosts)}-{hosts[-1]}-{config}"
        self.write(name, "\n".join(hosts) + "\n")
        self.write(name + ".ini", "[all]\n" + "".join(
            f"{host} ansible_python_interpreter=/usr/bin/python3\n" for host in hosts))
        return self.path(name + ".ini"), self.path(name)

    def cef_options(self, inventory, config="ssh_tuned"):
        return ["-i", inventory, "--ssh-config", self.path(config), "--known-hosts", self.path("known_hosts"),
                "--host-key-checking", "strict"]

    def ansible_environment(self, forks, tuned=True):
        arguments = f"-F {self.path('ssh_tuned' if tuned else 'ssh_default')}"
        more = {"ANSIBLE_FORKS": str(forks), "ANSIBLE_SSH_ARGS": arguments + " -o ControlMaster=no"}
        if tuned:
            more |= {"ANSIBLE_PIPELINING": "True",
                     "ANSIBLE_SSH_ARGS": arguments + " -o ControlMaster=auto -o ControlPersist=60s",
                     "ANSIBLE_SSH_CONTROL_PATH_DIR": self.path("cp")}
        return more

    def end_masters(self):
        """So that Ansible's next run is as cold as everybody's."""
        folder = self.path("cp")
        for name in os.listdir(folder) if os.path.isdir(folder) else []:
            subprocess.run(["ssh", "-F", self.path("ssh_tuned"), "-o", f"ControlPath={folder}/{name}", "-O", "exit", "x"],
                           env=self.environment, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
