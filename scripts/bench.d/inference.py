"""Programs that infer, each a process of its own that is told line by line what to do, so that they can take turns."""
import os
import shutil
import struct
import subprocess
import sys

import timing

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DATA = os.path.join(os.path.dirname(ROOT), "shared", "data")
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "cef-bench")
ONNX = os.path.join(CACHE, "onnxruntime", "node_modules")
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's torch


def install(package):
    print(f"bench: installing {package}", file=sys.stderr)
    return subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", package], check=False,
                          stdout=sys.stderr, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}).returncode == 0


def prepare():
    """With the network that rows do not have. torchvision must be there; ONNX Runtime may be missing."""
    if subprocess.run([PYTHON, "-c", "import torchvision"], check=False, capture_output=True).returncode:
        install("python3-torchvision")
    if os.path.isdir(os.path.join(ONNX, "onnxruntime-node")):
        return
    if not shutil.which("npm") and not install("npm"):
        return
    os.makedirs(os.path.dirname(ONNX), exist_ok=True)
    # Its install script brings libraries for graphics cards; that for the processor lies in the package.
    subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", os.path.dirname(ONNX),
                    "onnxruntime-node"], check=False, stdout=sys.stderr, timeout=600)


def has_onnx():
    return bool(shutil.which("node")) and os.path.isdir(os.path.join(ONNX, "onnxruntime-node"))


class Worker:
    """Answers one line for each line it is told. `threads` 0: as many as it takes by itself."""

    def __init__(self, lab, argv, threads=0, environment=None):
        more = {"OMP_NUM_THREADS": str(threads)} if threads else {}
        self.name = os.path.basename(argv[-1])
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=lab.environment | more | (environment or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def ask(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if not answer or answer.startswith("error"):
            raise SystemExit(f"bench: {self.name} says '{answer}' when told '{line}'")
        return answer


def cef(lab, threads=0):
    return Worker(lab, [timing.tool(lab, "speed_inference")], threads, {"CEF_DATA_DIR": ROOT})


def torchvision(lab, threads=0):
    return Worker(lab, [PYTHON, os.path.join(HERE, "torchvision_worker.py")], threads)


def onnx(lab):
    return Worker(lab, ["node", os.path.join(HERE, "onnx_worker.js")], 0, {"NODE_PATH": ONNX})


def floats(path):
    with open(path, "rb") as file:
        data = file.read()
    return struct.unpack(f"{len(data) // 4}f", data)
