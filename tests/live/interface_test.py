"""What `sipsim live` makes, it removes: at its end, at Ctrl-C, at SIGTERM and after an error; a namespace
it was given stays. What it cannot do it says, with the remedy."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import live

WORLD = live.PHONES + 'start = "at-once"\n'


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=True, timeout=10)
    return done.stdout


def refused(config, *wanted, code=1, **options):
    path = pathlib.Path("refused.toml")
    path.write_text(config)
    done = subprocess.run(
        [live.SIPSIM, "live", str(path)], capture_output=True, text=True, timeout=30, check=False,
        **options,
    )
    assert done.returncode == code, f"{done.returncode}: {done.stderr}"
    assert all(word in done.stderr for word in wanted), done.stderr
    assert not done.stdout, done.stdout


def given():
    """A namespace that was there stays, without the interface; meanwhile it is taken."""
    name = f"sipsim-{os.getpid()}-given"
    ip("netns", "add", name)
    try:
        config = WORLD + live.LIVE + f'namespace = "{name}"\n'
        pathlib.Path("given.toml").write_text(config)
        with subprocess.Popen(
            [live.SIPSIM, "live", "given.toml"], stdout=subprocess.PIPE, text=True
        ) as process:
            lines = [process.stdout.readline() for _ in range(2)]
            assert f"sip0 in network namespace {name}: address 10." in lines[0], lines
            assert "sip0" in ip("-n", name, "-o", "link")
            assert "default dev sip0" in ip("-n", name, "route")
            assert "sip0" not in ip("-o", "link"), "it shows in the machine's own namespace"
            refused(config, "cannot make the interface sip0", "is another sipsim live there?")
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            assert process.wait(timeout=20) == 130
        assert "events were more than 1 ms late" in rest, rest
        assert name in live.namespaces(), "it was not ours to remove"
        assert "sip0" not in ip("-n", name, "-o", "link")
    finally:
        ip("netns", "del", name)


def given_with_routes():
    """A namespace with a default route of its own is refused, and keeps it."""
    name = f"sipsim-{os.getpid()}-routes"
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "add", "veth0", "type", "veth", "peer", "name", "veth1")
        ip("-n", name, "address", "add", "192.0.2.2/24", "dev", "veth0")
        for link in ("veth0", "veth1"):
            ip("-n", name, "link", "set", link, "up")
        config = WORLD + live.LIVE + f'namespace = "{name}"\n'
        for route in (["via", "192.0.2.1"], ["dev", "veth0", "metric", "100"]):
            ip("-n", name, "route", "add", "default", *route)
            before = ip("-n", name, "route")
            refused(config, f"{name} has a default route", f"ip -n {name} route del default")
            assert ip("-n", name, "route") == before, "it has lost a route"
            assert "sip0" not in ip("-n", name, "-o", "link")
            ip("-n", name, "route", "del", "default")
        # Routes to somewhere else are no obstacle.
        before = ip("-n", name, "route")
        pathlib.Path("routes.toml").write_text(config.replace('"5min"', '"1s"'))
        subprocess.run([live.SIPSIM, "live", "routes.toml"], capture_output=True, timeout=30, check=True)
        assert ip("-n", name, "route") == before, "it has lost a route"
    finally:
        ip("netns", "del", name)


def interface_goes():
    """Without its interface a run ends, and says why."""
    name = f"sipsim-{os.getpid()}-lost"
    pathlib.Path("lost.toml").write_text(WORLD + live.LIVE + f'namespace = "{name}"\n')
    with subprocess.Popen(
        [live.SIPSIM, "live", "lost.toml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert name in process.stdout.readline()
        ip("-n", name, "link", "del", "sip0")
        said, why = process.stdout.read(), process.stderr.read()
        assert process.wait(timeout=20) == 1, process.returncode
    assert "the interface sip0 is gone" in why, why
    assert "events were more than 1 ms late" in said, said
    assert name not in live.namespaces()


def to_the_end():
    """The file's duration is real time, then all is removed."""
    name = f"sipsim-{os.getpid()}-end"
    config = WORLD.replace('"5min"', '"2s"') + live.LIVE + f'namespace = "{name}"\n'
    pathlib.Path("end.toml").write_text(config)
    began = time.monotonic()
    done = subprocess.run(
        [live.SIPSIM, "live", "end.toml", "--pcap", "end.pcap"],
        capture_output=True, text=True, timeout=30, check=True,
    )
    assert 2 <= time.monotonic() - began < 10
    assert "u0000002@sip.example" in done.stdout and "registered (granted)" in done.stdout, done.stdout
    assert "u0000001" not in done.stdout, "the first device is real"
    assert name not in live.namespaces()


def ends_otherwise():
    """The terminal goes, or the reader of the output does: nothing stays."""
    name = f"sipsim-{os.getpid()}-gone"
    pathlib.Path("gone.toml").write_text(WORLD + live.LIVE + f'namespace = "{name}"\n')
    for hang_up in (True, False):
        with subprocess.Popen(
            [live.SIPSIM, "live", "gone.toml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert name in process.stdout.readline()
            assert name in live.namespaces()
            if hang_up:
                process.send_signal(signal.SIGHUP)
                assert process.wait(timeout=20) == 130
            else:
                process.stdout.close()
                process.send_signal(signal.SIGINT)  # the summary finds no reader
                assert process.wait(timeout=20) in (1, 130)
        assert name not in live.namespaces()


def errors():
    before = live.namespaces()
    refused(WORLD, "there is no [live] section", code=2)
    refused(WORLD.replace("[experiment]", '[experiment]\ncarrier = "fleet"') + live.LIVE,
            "needs packets", code=2)
    name = f"sipsim-{os.getpid()}-bad"
    try:
        refused(WORLD + live.LIVE + f'namespace = "{name}"\n', "iproute2", env={"PATH": "/nowhere"})
    finally:
        assert live.namespaces() == before, "something stays after an error"


def main():
    live.need()
    given()
    given_with_routes()
    interface_goes()
    to_the_end()
    ends_otherwise()
    errors()


if __name__ == "__main__":
    sys.exit(main())
