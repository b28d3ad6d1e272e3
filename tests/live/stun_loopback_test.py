"""Programs that no one here wrote ask the STUN server core over 127.0.0.0/8: stun (RFC 3489),
turnutils_stunclient and turnutils_natdiscovery (RFC 5780). tshark reads every answer."""
import os
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import zlib

SERVER = pathlib.Path(os.environ["SIPSIM"]).parent / "stun_loopback"
FIRST, SECOND, CLIENT = "127.0.0.1", "127.0.0.2", "127.0.0.3"
COOKIE = bytes.fromhex("2112a442")
# What each comes with, to say what is missing.
PACKAGES = {
    "stun": "stun-client", "turnutils_stunclient": "coturn", "turnutils_natdiscovery": "coturn",
    "tshark": "tshark",
}


class Server:
    """The core on sockets, until the with statement ends."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [str(SERVER), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ports = [int(word) for word in self.process.stdout.readline().split()]
        assert self.ports, "the server does not come up"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()


def output(*words):
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout + done.stderr


def classic(port):
    said = output("stun", f"{FIRST}:{port}", "-v")
    assert re.search(r"Primary: Open\b", said), said
    changed = re.findall(r"ChangedAddress = (\S+)", said)
    assert changed and all(word.startswith("127.0.0.") for word in changed), said


def behaviour(ports):
    said = output("turnutils_stunclient", "-p", ports[0], FIRST)
    assert said.count("UDP reflexive addr: 127.0.0.1:") == 3, said
    assert f"Other addr: : {SECOND}:{ports[1]}" in said, said
    # With PADDING too: responses of more than an MTU.
    for words in (["-m", "-f"], ["-m", "-f", "-P"]):
        said = output("turnutils_natdiscovery", *words, "-p", ports[0], FIRST)
        assert "NAT with Endpoint Independent Mapping!" in said, said
        assert "NAT with Endpoint Independent Filtering!" in said, said
        assert "No ALG: Mapped == XOR-Mapped" in said, said


def stun(kind, identity, attributes=b"", fingerprint=False):
    head = struct.pack("!HH", kind, len(attributes) + 8 * fingerprint) + identity + attributes
    if fingerprint:
        head += struct.pack("!HHI", 0x8028, 4, zlib.crc32(head) ^ 0x5354554E)
    return head


REQUESTS = {
    "plain": stun(1, COOKIE + b"a" * 12),
    "fingerprint": stun(1, COOKIE + b"b" * 12, fingerprint=True),
    "change": stun(1, COOKIE + b"c" * 12, bytes.fromhex("0003000400000006")),
    "unknown": stun(1, COOKIE + b"d" * 12, bytes.fromhex("7fff0000"), fingerprint=True),
    "classic": stun(1, b"0123456789abcdef"),
    "classic change": stun(1, b"0123456789abcdeg", bytes.fromhex("0003000400000002")),
    "classic unknown": stun(1, b"0123456789abcdeh", bytes.fromhex("7fff00007ffe0000")),
    "shared secret": stun(2, b"0123456789abcdei"),
}


def ask(port, requests):
    """Requests and answers as (source, destination, octets), as seen by the client."""
    seen = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((CLIENT, 0))
        own.settimeout(10)
        for request in requests:
            own.sendto(request, (FIRST, port))
            seen.append((own.getsockname(), (FIRST, port), request))
            answer, source = own.recvfrom(65536)
            assert answer[4:20] == request[4:20], "the transaction id is repeated"
            seen.append((source, own.getsockname(), answer))
    return seen


def capture(path, datagrams):
    """A pcap file of IPv4 datagrams without link layer."""
    octets = struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    for number, (source, destination, payload) in enumerate(datagrams):
        udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
        ip += socket.inet_aton(source[0]) + socket.inet_aton(destination[0])
        octets += struct.pack("!IIII", number, 0, 20 + len(udp), 20 + len(udp)) + ip + udp
    path.write_bytes(octets)


def tshark(path, *words):
    said = output("tshark", "-r", path, *words)
    return "\n".join(line for line in said.splitlines() if "Running as user" not in line)


def wrong(path):
    """What tshark finds wrong with a capture, as text; empty if nothing."""
    strange = "_ws.malformed || _ws.expert.severity >= 0x600000 || !(stun || classicstun)"
    return tshark(path, "-Y", strange)


def decoded(ports):
    datagrams = ask(ports[0], REQUESTS.values())
    for name, (source, _, answer) in zip(REQUESTS, datagrams[1::2]):
        away = {"change": (SECOND, ports[1]), "classic change": (FIRST, ports[1])}
        assert source == away.get(name, (FIRST, ports[0])), f"{name}: from {source}"
        kind = struct.unpack("!H", answer[:2])[0]
        wanted = 0x112 if name == "shared secret" else 0x111 if "unknown" in name else 0x101
        assert kind == wanted, f"{name}: type {kind:#x}"
    # Answers only: some requests are strange on purpose. tshark 4.0 takes 0x1112 for the type of a
    # Shared Secret Error Response, where RFC 3489 §11.1 says 0x0112, and so sees no STUN in ours.
    answers = [d for d in datagrams[1::2] if d[2][:2] != b"\x01\x12"]
    path = pathlib.Path("answers.pcap")
    capture(path, answers)
    assert not wrong(path), wrong(path)
    said = tshark(path, "-T", "fields", "-e", "stun.att.ipv4-xord", "-e", "stun.att.crc32.status")
    assert len(said.splitlines()) == len(answers), said
    assert said.count("\t1") == 2, f"the fingerprints of two are right: {said}"
    # It bites: one octet of a FINGERPRINT, one of the message length.
    for answer, at in ((1, -1), (0, 3)):
        spoiled = [list(d) for d in answers]
        octets = bytearray(spoiled[answer][2])
        octets[at] ^= 0x40
        spoiled[answer][2] = bytes(octets)
        capture(pathlib.Path("spoiled.pcap"), spoiled)
        assert wrong("spoiled.pcap"), f"octet {at}: nothing noticed"


def main():
    missing = sorted({p for tool, p in PACKAGES.items() if shutil.which(tool) is None})
    if missing:
        print(f"skipped: apt-get install {' '.join(missing)}")
        sys.exit(77)
    with Server(FIRST, "0", SECOND, "0") as server:
        classic(server.ports[0])
        behaviour(server.ports)
        decoded(server.ports)
    with Server(FIRST, "0") as server:  # as a SIP port
        said = output("turnutils_stunclient", "-p", server.ports[0], FIRST)
        assert "UDP reflexive addr: 127.0.0.1:" in said and "Other addr" not in said, said


if __name__ == "__main__":
    main()
