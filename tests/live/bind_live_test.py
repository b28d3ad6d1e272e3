"""Simulated phones locate their registrars by a real BIND 9 in the place of a simulated name server. BIND's
log of queries is held against what TTLs and refreshes ask for; the REGISTERs go where SRV leads them."""
import contextlib
import datetime
import math
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import time

import live

REFRESH = 1.5      # s: half of the expiry
SRV_TTL, A_TTL, NEGATIVE_TTL = 4, 2, 3  # s
OUTAGE = (9, 11)   # s: longer than a refresh, so that each phone has one in it
LENGTH = 16        # s
SECOND = 10**9     # ns
PHONES = """
profile = "rfc3261"
server = "primary"
start = "at-once"
registration.expires = "3s"
registration.refresh.law = "fraction"
registration.refresh.low = 0.5
registration.retry_wait = "1s"
dns.mode = "srv"
"""
# The file's own zone is another one: what the simulated server would say leads nowhere.
WORLD = live.HEAD + "".join(f"""
[[registrar]]
name = "{name}"
at = "{at}"
challenge = "never"
min_expires = "1s"
""" for name, at in (("primary", "Chicago"), ("backup", "Atlanta"), ("left", "Denver"),
                     ("right", "Houston"))) + f"""
[[zone]]
name = "main"
origin = "sip.example"
records = ["_sip._udp SRV 10 0 5060 other", "other A 192.0.2.1"]

[[dns]]
name = "ns1"
at = "Denver"
zones = ["main"]

[[dns]]
name = "site"
at = "Seattle"
forward = ["ns1"]

[[fleet]]
name = "plain"
count = 3
locate = "sip.example"
name_servers = ["ns1"]
{PHONES}
[[fleet]]
name = "least"
count = 2
locate = "sip.example"
name_servers = ["ns1"]
dns.ttl = "least"
{PHONES}
[[fleet]]
name = "even"
count = 4
locate = "even.sip.example"
name_servers = ["ns1"]
{PHONES}
[[fleet]]
name = "behind"
count = 2
locate = "sip.example"
name_servers = ["site"]
{PHONES}
[[fleet]]
name = "lost"
count = 1
locate = "no.sip.example"
name_servers = ["ns1"]
{PHONES}
[[fault]]
kind = "outage"
target = "registrar:primary"
unreachable = "icmp"
at = "{OUTAGE[0]}s"
for = "{OUTAGE[1] - OUTAGE[0]}s"

[live]
dns = "ns1"
"""
PLAIN, LEAST, EVEN, BEHIND, LOST = range(3), range(3, 5), range(5, 9), range(9, 11), range(11, 12)
SRV = ("_sip._udp.sip.example", "SRV")
EVEN_SRV = ("_sip._udp.even.sip.example", "SRV")
LOST_SRV, LOST_A = ("_sip._udp.no.sip.example", "SRV"), ("no.sip.example", "A")
PRIMARY, BACKUP = ("primary.sip.example", "A"), ("backup.sip.example", "A")
LEFT, RIGHT = ("left.sip.example", "A"), ("right.sip.example", "A")
TTL = {SRV: SRV_TTL, EVEN_SRV: SRV_TTL, LOST_SRV: NEGATIVE_TTL, LOST_A: NEGATIVE_TTL,
       PRIMARY: A_TTL, BACKUP: A_TTL, LEFT: A_TTL, RIGHT: A_TTL}
ZONE = """$TTL {a}
@ 300 IN SOA ns.sip.example. hostmaster.sip.example. 1 7200 900 1209600 {negative}
@ IN NS ns
ns IN A {ns}
_sip._udp {srv} IN SRV 20 40 5060 backup
_sip._udp {srv} IN SRV 10 60 5060 primary
_sip._udp.even {srv} IN SRV 10 50 5060 left
_sip._udp.even {srv} IN SRV 10 50 5060 right
{addresses}
"""
# minimal-responses: no addresses come with SRV records, each is asked for. rrset-order: what order there
# is among equal records is the phone's.
CONF = """
options {{
    directory "{folder}";
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    recursion no;
    dnssec-validation no;
    minimal-responses yes;
    rrset-order {{ order none; }};
    querylog yes;
}};
controls {{ }};
zone "sip.example" {{ type primary; file "{folder}/zone"; }};
"""


def start(run, folder):
    """BIND in the namespace, when it answers."""
    addresses = "\n".join(
        f"{name} IN A {where.split(':')[0]}" for name, where in run.ready["registrars"].items())
    (folder / "zone").write_text(ZONE.format(
        a=A_TTL, srv=SRV_TTL, negative=NEGATIVE_TTL, ns=run.ready["address"], addresses=addresses))
    (folder / "conf").write_text(CONF.format(folder=folder, address=run.ready["address"]))
    with (folder / "log").open("w") as log:
        process = run.popen("named", "-4", "-g", "-n", "1", "-c", folder / "conf",
                            stdout=subprocess.DEVNULL, stderr=log)
    for _ in range(100):
        if "running" in (folder / "log").read_text():
            return process
        time.sleep(0.05)
    stop(process)
    raise AssertionError((folder / "log").read_text())


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


def logged(log):
    """BIND's log: of each client its questions, in order, with their instants in s."""
    asked = {}
    line = re.compile(r"^(\S+ \S+) client \S+ ([\d.]+)#\d+ .*: query: (\S+) IN (\S+) ", re.M)
    for at, client, name, kind in line.findall(log):
        instant = datetime.datetime.strptime(at, "%d-%b-%Y %H:%M:%S.%f").timestamp()
        asked.setdefault(client, []).append((instant, (name, kind)))
    return asked


def question_of(message):
    """RFC 1035 section 4.1.2; None: no query."""
    if message[2] & 0x80:
        return None
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    kind = int.from_bytes(message[at + 1:at + 3], "big")
    return ".".join(labels), {1: "A", 33: "SRV"}[kind]


def captured(octets):
    """The capture of BIND's link: the same with the simulation's instants in ns. Raw IPv4, ns in its times."""
    assert struct.unpack_from("<I", octets) == (0xa1b23c4d,)
    asked, at = {}, 24
    while at < len(octets):
        seconds, rest, length, _ = struct.unpack_from("<4I", octets, at)
        packet = octets[at + 16:at + 16 + length]
        at += 16 + length
        if packet[9] != 17 or packet[22:24] != b"\0\x35":  # UDP to port 53
            continue
        if question := question_of(packet[28:]):
            client = ".".join(map(str, packet[12:16]))
            asked.setdefault(client, []).append((seconds * SECOND + rest, question))
    return asked


def answered(log, capture):
    """The capture from the first query on that BIND has seen; before, it did not run."""
    asked = {}
    for client, entries in capture.items():
        seen = [question for _, question in log.get(client, [])]
        asked[client] = entries[-len(seen):] if seen else []
        assert [question for _, question in asked[client]] == seen, f"{client}: {entries}, BIND saw {seen}"
    return asked


def attempts(events, ua, since):
    """Of its attempts to register that `since` does not precede: when each began and ended, in ns."""
    found, began = [], None
    for event in events:
        if event["what"] != "state" or event["ua"] != ua:
            continue
        if event["state"] == "registering":
            began = event["t_ns"]
        elif began is not None:
            ends_well = event["state"] == ("waiting" if ua in LOST else "registered")
            if event["t_ns"] > since and ends_well:
                found.append((began, event["t_ns"]))
            # One behind the site may still hear of what the site asked before BIND ran.
            assert event["t_ns"] < since or ends_well or (ua in BEHIND and not found), event
            began = None
    return found + ([(began, math.inf)] if began is not None else [])


def follow(asked, made, questions, listed_by, equal=False):
    """Holds what was asked against the attempts made. An attempt locates anew when the list of targets has
    run out: with the TTL of SRV, or with the least one. Then each question (RFC 3263 section 4.2: SRV,
    then the addresses by priority, in any order if it is `equal`) is asked if its answer's TTL has run
    out, and not before (RFC 1035 section 3.2.1). An answer came between its query and the end of the
    attempt, so an expiry is known to within that time, which is far from all attempts if the machine
    keeps up."""
    expiry = {question: (-math.inf, -math.inf) for question in questions}
    for began, ended in made:
        until = [min(side) for side in zip(*(expiry[question] for question in listed_by))]
        may = [q for q in questions if began >= until[0] and began >= expiry[q][0]]
        must = [q for q in may if began >= until[1] and began >= expiry[q][1] and ended < math.inf]
        here = [(at, question) for at, question in asked if began <= at <= ended]
        said = [question for _, question in here]
        if equal:
            said.sort(key=questions.index)
        assert said == [q for q in may if q in said] and set(must) <= set(said), (
            f"asked {said}, due were {must} to {may}, in the attempt of {began} of {made}: {asked}")
        for at, question in here:
            expiry[question] = (at + TTL[question] * SECOND, ended + TTL[question] * SECOND)
    outside = [entry for entry in asked if not any(b <= entry[0] <= e for b, e in made)]
    assert not outside, f"asked in no attempt: {outside}, {made}"


def check_ttl(log):
    """Nothing is asked again before its TTL has run out: the answer left after the query was logged, and
    live does nothing before its time. BIND's clock moves by 10 ms at most."""
    for client, entries in log.items():
        last = {}
        for instant, question in entries:
            assert question in TTL, f"{client} asks {question}"
            gap = instant - last.get(question, -math.inf)
            assert gap >= TTL[question] - 0.011, f"{client} asks {question} after {gap} s"
            last[question] = instant


def check_fleets(run, asked):
    contact = {e["ua"]: e["contact"].split(":")[0] for e in run.events if e["what"] == "state"}
    site = run.ready["dns"]["site"].split(":")[0]
    own = {ua: asked.pop(contact[ua], []) for ua in contact}
    # Those behind the site's resolver do not come themselves, it asks for all.
    assert not any(own[ua] for ua in BEHIND) and set(asked) == {site}, (own, asked)
    began = {ua: (own[ua] or asked[site])[0][0] for ua in contact}
    made = {ua: attempts(run.events, ua, began[ua]) for ua in contact}
    said = {ua: [question for _, question in own[ua]] for ua in contact}
    # REFRESH steps over the TTL of SRV (4 s) at each third attempt, over that of A (2 s) at each second.
    for ua in PLAIN:
        follow(own[ua], made[ua], (SRV, PRIMARY, BACKUP), (SRV,))
        assert 2 <= said[ua].count(SRV) < len(made[ua]), (said[ua], made[ua])
    for ua in LEAST:
        follow(own[ua], made[ua], (SRV, PRIMARY, BACKUP), (SRV, PRIMARY, BACKUP))
        assert 2 <= said[ua].count(SRV) < said[ua].count(PRIMARY) < len(made[ua]), said[ua]
    # RFC 2782: weight decides the order anew at each location.
    firsts = set()
    for ua in EVEN:
        firsts.update(b for a, b in zip(said[ua], said[ua][1:]) if a == EVEN_SRV)
        follow(own[ua], made[ua], (EVEN_SRV, LEFT, RIGHT), (EVEN_SRV,), equal=True)
    assert firsts == {LEFT, RIGHT}, firsts
    # RFC 2308 section 5: the name does not exist, and that is known for the SOA's minimum. RFC 3263
    # section 4.2: without SRV the name's own address is asked for.
    for ua in LOST:
        follow(own[ua], made[ua], (LOST_SRV, LOST_A), (LOST_SRV, LOST_A))
        assert 2 <= said[ua].count(LOST_SRV) < len(made[ua]), (said[ua], made[ua])
    for question in (SRV, PRIMARY, BACKUP):
        assert sum(q == question for _, q in asked[site]) >= 2, asked[site]
    return made


def check_registrars(end, made):
    """Priority 10 gets every REGISTER; priority 20 those that the first could not take."""
    at = {name: end["registers_at"].get(name, 0) for name in ("primary", "backup", "left", "right")}
    by_priority = [pair for ua in (*PLAIN, *LEAST, *BEHIND) for pair in made[ua]]
    first, last = (second * SECOND for second in OUTAGE)
    certain = sum(first <= began and ended <= last for began, ended in by_priority)
    possible = sum(began <= last and ended >= first for began, ended in by_priority)
    assert certain >= len(PLAIN) and certain <= at["backup"] <= possible, (certain, possible, at)
    done = sum(ended < math.inf for _, ended in by_priority)
    assert done <= at["primary"] <= len(by_priority), (done, len(by_priority), at)
    evenly = [pair for ua in EVEN for pair in made[ua]]
    done = sum(ended < math.inf for _, ended in evenly)
    assert done <= at["left"] + at["right"] <= len(evenly), (done, at)
    assert at["left"] > 0 and at["right"] > 0, at


def main():
    live.need("named")
    folder = pathlib.Path("bind_live").absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with contextlib.ExitStack() as bind:  # ends after live: all that is asked is answered
        with live.Live("dns", WORLD, "--pcap", str(folder / "pcap")) as run:
            process = start(run, folder)
            bind.callback(stop, process)
            run.wait(lambda e: e["what"] == "state" and e["t_ns"] >= LENGTH * SECOND, LENGTH + 20)
            assert process.poll() is None, "BIND ended"
    log = logged((folder / "log").read_text())
    check_ttl(log)
    asked = answered(log, captured((folder / "pcap").read_bytes()))
    total = sum(map(len, asked.values()))
    check_registrars(run.end, check_fleets(run, asked))
    print(f"{total} queries at BIND; {run.end['late']} of {run.end['events']} events late, "
          f"the latest {run.end['latest_ms']:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
