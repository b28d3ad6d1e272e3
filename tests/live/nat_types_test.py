"""Two programs that no one here wrote, behind each NAT that can be configured, say what it is: Debian's
stun (RFC 3489) for the presets, coturn's turnutils_natdiscovery (RFC 5780) for mapping x filtering."""
import concurrent.futures
import itertools
import re
import sys

import live

WORLD = live.HEAD + """
[[registrar]]
name = "reg1"
at = "Chicago"

[[stun]]
name = "stun1"
at = "Denver"

[[nat]]
name = "box"
{nat}

[[fleet]]
name = "home"
profile = "rfc3261"
count = {count}
at = "Seattle"
server = "reg1"
nat_box = "box"
registration.enabled = false

[live]
fleet = "home"
"""

# What stun calls it, by RFC 3489 §5 and §10.1. linux: conntrack keeps one outer port for all
# destinations, so that its dependent mapping looks independent.
NAMES = {
    "open": "Open",
    "udp-blocked": "Blocked or could not reach STUN server",
    "symmetric-firewall": "Firewall",
    "full-cone": "Independent Mapping, Independent Filter",
    "restricted-cone": "Independent Mapping, Address Dependent Filter",
    "port-restricted-cone": "Independent Mapping, Port Dependent Filter",
    "symmetric": "Dependent Mapping",
    "linux": "Independent Mapping, Port Dependent Filter",
}
CONES = ("full-cone", "restricted-cone", "port-restricted-cone")
WORDS = {
    "endpoint-independent": "Endpoint Independent",
    "address-dependent": "Address Dependent",
    "address-and-port-dependent": "Address and Port Dependent",
}


def inside(name, nat, count=1):
    return live.Live(name, WORLD.format(nat=nat, count=count))


def address(run, second=False):
    return run.ready["stun"]["stun1"][second].split(":")[0]


def stun(name, nat, wanted, hairpin=None, count=1):
    with inside(name, nat, count) as run:
        said = run.run("stun", address(run))
    assert f"Primary: {wanted}" in said.replace("\t", " "), f"{nat}: {said}"
    if hairpin is not None:
        assert ("will hairpin" in said) == hairpin, f"{nat}: {said}"
        assert ("no hairpin" in said) != hairpin, f"{nat}: {said}"


def presets():
    for kind, wanted in NAMES.items():
        yield stun, kind, f'type = "{kind}"', wanted, True if kind in CONES else None
    for kind in CONES:
        yield stun, f"{kind}-alone", f'type = "{kind}"\nhairpin = false', NAMES[kind], False
    # At the carrier: one box for many, here for four, of whom the first is real.
    for hairpin in (True, False):
        nat = f'type = "port-restricted-cone"\ndevices = 4\nhairpin = {str(hairpin).lower()}'
        yield stun, f"carrier-{hairpin}", nat, NAMES["port-restricted-cone"], hairpin, 4


def mapping_of(said):
    """RFC 5780 §4.3 from what the client saw: its first three outer addresses, and who told them."""
    seen = re.findall(r"Response origin: : (\S+)\n.*\n.*UDP reflexive addr: (\S+)", said)
    assert len(seen) >= 2, said
    (_, first), (_, second) = seen[:2]
    if first == second:
        return "endpoint-independent"
    (third_from, third) = seen[2]
    # The server's other port, on the address of the first or the second response.
    same_address = next(o for o, _ in seen[:2] if o.split(":")[0] == third_from.split(":")[0])
    return "address-dependent" if third == dict(seen[:2])[same_address] else "address-and-port-dependent"


def behaviours():
    for mapping, filtering in itertools.product(WORDS, repeat=2):
        yield natdiscovery, mapping, filtering


def natdiscovery(mapping, filtering):
    nat = f'mapping = "{mapping}"\nfiltering = "{filtering}"\nports = "contiguous"'
    name = f"{list(WORDS).index(mapping)}-{list(WORDS).index(filtering)}"
    with inside(name, nat) as run:
        said = run.run("turnutils_natdiscovery", "-m", "-f", address(run))
    before, after = said.split("Filtering Behavior Discovery")
    assert mapping_of(before) == mapping, f"{nat}: {said}"
    # Test III of RFC 5780 §4.3 goes to the second address and port. coturn 4.6 takes OTHER-ADDRESS
    # from the second response, where it is the first address and second port (§7.4), and so
    # finds no mapping address dependent; what it saw says so, above.
    word = "address-and-port-dependent" if mapping == "address-dependent" else mapping
    assert f"NAT with {WORDS[word]} Mapping!" in before, f"{nat}: {said}"
    assert f"NAT with {WORDS[filtering]} Filtering!" in after, f"{nat}: {said}"


def main():
    live.need("stun", "turnutils_natdiscovery")
    # Each in a namespace of its own; most of the time they wait for answers that a NAT keeps out.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(*words) for words in (*presets(), *behaviours())]:
            done.result()


if __name__ == "__main__":
    sys.exit(main())
