"""What devices, proxies and STUN servers send about NATs, as tshark reads it: STUN in discovery, on the SIP
port and as keepalives, OPTIONS both ways, Path and two Vias behind a proxy, blank datagrams."""
import json
import pathlib
import shutil
import sys

from tshark_test import SOURCE, WRONG, sipsim, table, tshark

HEAD = """
[experiment]
name = "{name}"
duration = "10min"
[network]
topology = "{source}/topologies/abilene.graphml"
[[registrar]]
name = "reg1"
at = "Chicago"
{registrar}
[[stun]]
name = "stun1"
at = "Denver"
[[proxy]]
name = "edge"
at = "Denver"
registrar = "reg1"
{proxy}
[[nat]]
name = "home"
type = "port-restricted-cone"
[[fleet]]
name = "phones"
profile = "rfc3261"
count = 4
server = "reg1"
nat_box = "home"
start = "at-once"
registration.expires = "120s"
{fleet}
"""
STUN = 'stun_server = "stun1"\nnat.traversal = "stun"\n'
CASES = {
    "tree": ("", "", STUN + 'nat.probe = "options"\nnat.probe_interval = "20s"'),
    "binding": ("", "", STUN + 'nat.stun.discovery = "binding"\nnat.stun.form = "rfc5389"\n'
                'nat.stun.refresh = "binding"'),
    "sip-port": ("", "", 'nat.probe = "stun"'),
    "pinged": ('contact_address = "seen"\nping.kind = "options"\nping.interval = "20s"', "", ""),
    "blank-ping": ('contact_address = "seen"\nping.kind = "blank"\nping.interval = "20s"', "", ""),
    "proxied": ("", 'ping.kind = "options"\nping.interval = "20s"', 'proxy = "edge"'),
    "offload": ("", "offload = true", 'proxy = "edge"\nnat.probe = "stun"'),
}


def captures(name):
    """The link of the registrar, and that of one device behind its NAT."""
    registrar, proxy, fleet = CASES[name]
    config = pathlib.Path(f"{name}.toml")
    config.write_text(HEAD.format(source=SOURCE, name=name, registrar=registrar, proxy=proxy, fleet=fleet))
    store = pathlib.Path(name)
    shutil.rmtree(store, ignore_errors=True)
    sipsim("run", config, "-o", store, "--set", "experiment.pcap=true")
    (of_server,) = (store / "pcap").glob("*.pcap")
    of_device = pathlib.Path(f"{name}.pcap")
    lines = sipsim("trace", config, "--ua", 1, "--json", "--pcap", of_device).splitlines()
    return of_server, of_device, [json.loads(line) for line in lines]


def check(capture):
    """Nothing but SIP, STUN and datagrams too short for either; tshark complains of none."""
    known = "sip || stun || classicstun || icmp || udp.length < 28"
    found, failed = tshark(capture, "-Y", f"({WRONG}) || !({known})")
    assert not found and not failed, f"{capture}:\n{found[:3000]}{failed}"


def stun(capture):
    """(type, transaction) of each STUN message; RFC 3489 and RFC 5389 are two dissectors of one format."""
    new = table(capture, "stun", ["stun.type", "stun.id"])
    old = table(capture, "classicstun", ["classicstun.type", "classicstun.id"])
    return [(int(kind, 16), ident) for kind, ident in new + old]


def check_stun(messages):
    """Binding only, every response to a request that was sent (RFC 5389 §6: type bits)."""
    request, success = 0x0001, 0x0101
    assert messages and {kind for kind, _ in messages} <= {request, success}, messages[:5]
    asked = {ident for kind, ident in messages if kind == request}
    answered = {ident for kind, ident in messages if kind == success}
    assert answered and answered <= asked


def main():
    if shutil.which("tshark") is None:
        print("skipped: tshark is missing: apt-get install tshark")
        sys.exit(77)
    seen = {}
    for name in CASES:
        of_server, of_device, told = captures(name)
        check(of_server)
        check(of_device)
        seen[name] = (of_server, of_device, told)
    for name in ("tree", "binding"):
        check_stun(stun(seen[name][1]))
        assert not stun(seen[name][0]), "the STUN server is another host"
    for name in ("sip-port", "offload"):
        check_stun(stun(seen[name][1]))
    # RFC 3489 §9.3: behind a port-restricted cone test II and test III are sent nine times each.
    tree = stun(seen["tree"][1])
    copies = [sum(1 for _, other in tree if other == ident) for ident in {i for _, i in tree}]
    assert copies.count(9) == 2, copies
    for name, at in (("tree", 0), ("pinged", 0), ("proxied", 1)):
        options = table(seen[name][at], 'sip.CSeq.method == "OPTIONS"', ["sip.Method", "sip.Status-Code"])
        assert {(m, s) for m, s in options} == {("OPTIONS", ""), ("", "200")}, (name, options[:4])
    assert [m for m in seen["tree"][2] if m["what"] == "OPTIONS" and m["dir"] == "send"]
    assert [m for m in seen["proxied"][2] if m["what"] == "OPTIONS" and m["dir"] == "recv"]
    # RFC 3327: the registrar sees two Vias and a Path, and gives the Path back; the device sees neither.
    behind = table(seen["proxied"][0], 'sip.Method == "REGISTER"', ["sip.Via", "sip.Path"])
    assert behind and all(path and via.count("SIP/2.0/UDP") == 2 for via, path in behind), behind[:2]
    granted = table(seen["proxied"][0], "sip.Status-Code == 200 && sip.Contact", ["sip.Path"])
    assert granted and all(path for (path,) in granted)
    assert not [p for (p,) in table(seen["proxied"][1], "sip.Status-Code == 200", ["sip.Path"]) if p]
    # An SBC that offloads: at most one REGISTER round at the registrar, many at the device.
    def registers(capture):
        return len(table(capture, 'sip.Method == "REGISTER"', ["frame.number"]))

    assert registers(seen["offload"][1]) > registers(seen["offload"][0]) / 4 + 10
    blank = table(seen["blank-ping"][1], "udp.length == 12", ["udp.srcport"])
    assert len(blank) > 20, "Kamailio's natping: four octets"
    print(", ".join(f"{name}: {len(told)} messages told" for name, (_, _, told) in seen.items()))


if __name__ == "__main__":
    main()
