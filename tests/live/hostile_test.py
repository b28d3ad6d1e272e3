"""Whatever the real network sends, `sipsim live` runs on: datagrams cut anywhere are refused and counted, and
one without UDP checksum is answered (RFC 1122 section 4.1.3.4)."""
import json
import subprocess
import sys

import live

WORLD = live.HEAD + """
[[registrar]]
name = "reg1"
at = "Chicago"
challenge = "always"

[[fleet]]
name = "home"
profile = "rfc3261"
count = 1
at = "Seattle"
server = "reg1"

[live]
fleet = "home"
"""

# Written to the interface as they are, past the kernel's own checks. Each kind in every length up to what its
# headers need (RFC 791, 768, 792), and some that lie.
HOSTILE = """
import socket, struct, sys, time
own, registrar = map(socket.inet_aton, sys.argv[1:3])
def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff
def ip(protocol, payload, length=None, first=0x45, fragment=0):
    length = 20 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH", first, 0, length, 1, fragment, 64, protocol, 0) + own + registrar
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload
def udp(length, octets):
    return struct.pack("!HHHH", 5060, 5060, length, 0) + b"x" * max(0, octets - 8)
whole = ip(17, udp(38, 38))
bad = [whole[:n] for n in range(1, len(whole))] + [ip(17, udp(8 + n, 8)[:n]) for n in range(8)]
bad += [ip(17, udp(length, 30)) for length in (0, 4, 7, 29, 31, 65535)]
bad += [ip(1, bytes([kind]) + bytes(n - 1) if n else b"") for kind in (0, 8, 13) for n in range(8)]
for kind in (3, 4, 5, 11, 12):
    for inner in (whole, b"\\x4f" + whole[1:], b"\\x41" + whole[1:], b"\\x60" + whole[1:]):
        error = bytes([kind, 3, 0, 0, 0, 0, 0, 0]) + inner
        bad += [ip(1, error[:n]) for n in range(8, 36)]
        bad += [ip(1, error)] if inner != whole else []
bad += [ip(protocol, bytes(n)) for protocol in (0, 2, 6, 41, 50, 132, 255) for n in (0, 1, 8, 20, 40)]
bad += [ip(17, udp(38, 38), first=first) for first in (0x00, 0x44, 0x46, 0x4f, 0x65)]
bad += [ip(17, udp(38, 38), fragment=part) for part in (0x2000, 0x0001, 0x1fff)]
bad += [ip(17, udp(38, 38), length=length) for length in (0, 19, 28, 57, 59, 65535)]
carried = [ip(17, udp(8, 8)), ip(1, bytes([8] + [0] * 7)), ip(1, bytes([3, 3] + [0] * 6) + whole[:28])]
interface = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
interface.bind(("sip0", 0x0800))
for number, octets in enumerate(bad + carried):
    interface.send(octets)
    if number % 5 == 0:
        time.sleep(0.002)
print(len(bad))
"""

# A REGISTER whose datagram has no UDP checksum: Linux's SO_NO_CHECK is 11.
UNSUMMED = """
import socket, sys
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.setsockopt(socket.SOL_SOCKET, 11, 1)
own.settimeout(5)
own.bind((sys.argv[1], 5070))
own.sendto((
    f"REGISTER sip:sip.example SIP/2.0\\r\\nVia: SIP/2.0/UDP {sys.argv[1]}:5070;branch=z9hG4bK1\\r\\n"
    "From: <sip:u0000001@sip.example>;tag=1\\r\\nTo: <sip:u0000001@sip.example>\\r\\nCall-ID: 1\\r\\n"
    f"CSeq: 1 REGISTER\\r\\nContact: <sip:u0000001@{sys.argv[1]}:5070>\\r\\nMax-Forwards: 70\\r\\n"
    "Content-Length: 0\\r\\n\\r\\n").encode(), (sys.argv[2], 5060))
print(own.recv(4000).decode().splitlines()[0])
"""


def main():
    live.need()
    with live.Live("hostile", WORLD) as run:
        ends = run.ready["address"], run.ready["registrars"]["reg1"].split(":")[0]
        sent = run.run("python3", "-c", HOSTILE, *ends)
        assert run.returncode == 0, sent
        said = run.run("python3", "-c", UNSUMMED, *ends)
        assert said == "SIP/2.0 401 Unauthorized\n", said
        listed = subprocess.run(
            ["ip", "-n", run.namespace, "-s", "-j", "link", "show", "sip0"],
            capture_output=True, text=True, check=True,
        )
        # Those that found no place before live read them.
        dropped = json.loads(listed.stdout)[0]["stats64"]["tx"]["dropped"]
    assert run.end["refused"] <= int(sent) <= run.end["refused"] + dropped, (sent, dropped, run.end)


if __name__ == "__main__":
    sys.exit(main())
