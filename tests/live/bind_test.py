"""The resolver core asks a real BIND 9 over 127.0.0.1: the zone's records, their TTLs, negative answers, and
when it asks again. The resolver's time is the test's: nothing waits."""
import os
import pathlib
import shutil
import socket
import subprocess
import time

import live

RESOLVER = pathlib.Path(os.environ["SIPSIM"]).parent / "dns_loopback"
ZONE = """$TTL 300
@ IN SOA ns.sip.example. hostmaster.sip.example. 1 7200 900 1209600 77
@ IN NS ns
ns IN A 192.0.2.53
_sip._udp 120 IN SRV 10 60 5060 a
_sip._udp 120 IN SRV 20 0 5062 b
a 60 IN A 192.0.2.1
b IN A 192.0.2.2
b IN A 192.0.2.3
www IN CNAME a
*.wild IN A 192.0.2.9
"""


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(folder):
    port = free_port()
    (folder / "zone").write_text(ZONE)
    (folder / "conf").write_text(f"""
options {{
    directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    recursion no;
    dnssec-validation no;
}};
controls {{ }};
zone "sip.example" {{ type primary; file "{folder}/zone"; }};
""")
    process = subprocess.Popen(
        ["named", "-g", "-n", "1", "-c", str(folder / "conf")],
        stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"),
    )
    for _ in range(100):
        if "running" in (folder / "log").read_text():
            return process, port
        time.sleep(0.1)
    process.kill()
    raise AssertionError((folder / "log").read_text())


def main():
    if shutil.which("named") is None:
        live.skip("apt-get install bind9")
    folder = pathlib.Path("bind").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    process, port = start(folder)
    try:
        # (instant, name, type) and what must come: queries sent, finding, seconds left, records.
        cases = [
            ("0 _sip._udp.sip.example SRV", "1 records 120 10,60,5060,a.sip.example 20,0,5062,b.sip.example"),
            # The addresses came with it (RFC 2782); a's TTL is its own.
            ("1 a.sip.example A", "0 records 59 192.0.2.1"),
            ("60 a.sip.example A", "1 records 60 192.0.2.1"),
            ("119 _sip._udp.sip.example SRV", "0 records 1 10,60,5060,a.sip.example 20,0,5062,b.sip.example"),
            ("120 _sip._udp.sip.example SRV", "1 records 120 10,60,5060,a.sip.example 20,0,5062,b.sip.example"),
            # RFC 2308 section 5: the SOA's minimum says how long.
            ("200 no.sip.example A", "1 nxdomain 77"),
            ("276 no.sip.example A", "0 nxdomain 1"),
            ("277 no.sip.example A", "1 nxdomain 77"),
            ("300 a.sip.example SRV", "1 nodata 77"),
            # The chain lives as long as its shortest link.
            ("400 www.sip.example A", "1 records 60 192.0.2.1"),
            ("500 b.sip.example A", "1 records 300 192.0.2.2 192.0.2.3"),
            ("600 any.wild.sip.example A", "1 records 300 192.0.2.9"),
        ]
        said = subprocess.run(
            [str(RESOLVER), "127.0.0.1", str(port)], input="".join(f"{ask}\n" for ask, _ in cases),
            capture_output=True, text=True, timeout=60, check=True,
        ).stdout.splitlines()
        assert len(said) == len(cases), said
        for (ask, wanted), got in zip(cases, said):
            assert got == wanted, f"{ask}: {got}, not {wanted}"
    finally:
        process.terminate()
        process.wait(timeout=20)
    print("BIND agrees")


if __name__ == "__main__":
    main()
