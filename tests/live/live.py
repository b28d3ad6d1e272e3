"""A `sipsim live` for the tests of this folder: starts it, waits until it runs, ends it by its pid, and
looks that nothing of it stays."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading

SIPSIM = os.environ["SIPSIM"]
SOURCE = pathlib.Path(os.environ["SIPSIM_SOURCE"])
# What each program comes with, to say what is missing.
PACKAGES = {
    "stun": "stun-client", "turnutils_natdiscovery": "coturn", "sipp": "sip-tester",
    "kamailio": "kamailio", "kamcmd": "kamailio", "ip": "iproute2",
    "dig": "bind9-dnsutils", "named": "bind9",
}
HEAD = f"""
[experiment]
name = "live"
duration = "5min"

[network]
topology = "{SOURCE / "topologies" / "abilene.graphml"}"
access.bandwidth = "100Mbps"
access.delay = "1ms"
"""
# Where it matters that there is something to run, not what.
PHONES = HEAD + """
[[registrar]]
name = "reg1"
at = "Chicago"

[[fleet]]
name = "phones"
profile = "rfc3261"
count = 2
server = "reg1"
"""
LIVE = '\n[live]\nfleet = "phones"\n'


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(77)


def need(*tools):
    """Ends the test as skipped where it cannot run."""
    if os.geteuid() != 0:
        skip("a network namespace needs root")
    if not os.path.exists("/dev/net/tun"):
        skip("there is no /dev/net/tun")
    missing = sorted({PACKAGES[tool] for tool in ("ip", *tools) if shutil.which(tool) is None})
    if missing:
        skip(f"apt-get install {' '.join(missing)}")
    probe = f"sipsim-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        skip(f"no network namespace can be made: {made.stderr.strip()}")
    # In a chroot it can be made but not entered: "/" is no mount point there.
    entered = subprocess.run(
        ["ip", "netns", "exec", probe, "true"], capture_output=True, text=True, check=False
    )
    subprocess.run(["ip", "netns", "del", probe], check=True)
    if entered.returncode != 0:
        skip(f"no network namespace can be entered: {entered.stderr.strip()}")


def namespaces():
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    return [line.split()[0] for line in listed.stdout.splitlines() if line]


class Live:
    """`sipsim live` of a configuration, from the moment it runs until the with statement ends."""

    def __init__(self, name, config, *words):
        self.namespace = f"sipsim-{os.getpid()}-{name}"
        path = pathlib.Path(f"{name}.toml")
        path.write_text(config + f'namespace = "{self.namespace}"\n')
        self.events = []
        self.condition = threading.Condition()
        self.process = subprocess.Popen(
            [SIPSIM, "live", str(path), "--json", *words], stdout=subprocess.PIPE, text=True
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.end = None
        try:
            self.ready = self.wait(lambda e: e["what"] == "ready", 30)
        except AssertionError:
            self.process.kill()
            self.process.wait(timeout=10)
            raise

    def _read(self):
        for line in self.process.stdout:
            with self.condition:
                self.events.append(json.loads(line))
                self.condition.notify_all()

    def wait(self, wanted, seconds):
        """The first event that is wanted."""
        with self.condition:
            def found():
                return next((e for e in self.events if wanted(e)), None)
            assert self.condition.wait_for(found, seconds), f"it does not come: {self.events[-5:]}"
            return found()

    def count(self, wanted):
        with self.condition:
            return sum(1 for e in self.events if wanted(e))

    def run(self, *words, timeout=60):
        """What a program says in the namespace."""
        done = subprocess.run(
            ["ip", "netns", "exec", self.namespace, *map(str, words)],
            capture_output=True, text=True, timeout=timeout, check=False,
        )
        self.returncode = done.returncode
        return done.stdout + done.stderr

    def popen(self, *words, **options):
        return subprocess.Popen(["ip", "netns", "exec", self.namespace, *map(str, words)], **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=10)
            raise
        self.reader.join(timeout=10)
        self.process.stdout.close()
        assert self.process.returncode == 130, f"exit code {self.process.returncode}"
        assert self.namespace not in namespaces(), "the namespace is still there"
        self.end = self.events[-1]
        assert self.end["what"] == "end", self.end
