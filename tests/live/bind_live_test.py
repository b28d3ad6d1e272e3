"""Simulated phones locate their registrars by a real BIND 9 in the place of a simulated name server. BIND's
log of queries is held against what TTLs and refreshes ask for; the REGISTERs go where SRV leads them."""
import contextlib
import datetime
import math
import pathlib
import re
import shutil
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


def queries(log):
    """BIND's log: of each client its questions, in order, with their instants in s."""
    asked = {}
    line = re.compile(r"^(\S+ \S+) client \S+ ([\d.]+)#\d+ .*: query: (\S+) IN (\S+) ", re.M)
    for at, client, name, kind in line.findall(log):
        instant = datetime.datetime.strptime(at, "%d-%b-%Y %H:%M:%S.%f").timestamp()
        asked.setdefault(client, []).append((instant, (name, kind)))
    return asked


def attempts(events, ua):
    """Of its attempts to register: when each began and ended, in ns. Those that failed came before BIND."""
    found, began = [], None
    for event in events:
        if event["what"] != "state" or event["ua"] != ua:
            continue
        if event["state"] == "registering":
            began = event["t_ns"]
        elif event["state"] == "registered":
            found.append((began, event["t_ns"]))
            began = None
        else:
            assert not found, f"{ua} fails: {event}"
            began = None
    return found + ([(began, math.inf)] if began is not None else [])


def follow(asked, made, questions, listed_by):
    """Holds what was asked against the attempts made. An attempt locates anew when the list of targets has
    run out: with the TTL of SRV, or with the least one. Then each question (RFC 3263 section 4.2: SRV,
    then the addresses by priority) is asked if its answer's TTL has run out, and not before (RFC 1035
    section 3.2.1). An answer came between the beginning and the end of its attempt, so an expiry is known
    to within that time, which is far from all attempts if the machine keeps up."""
    rest = list(asked)
    expiry = {question: (-math.inf, -math.inf) for question in questions}
    located = 0
    for began, ended in made:
        until = [min(side) for side in zip(*(expiry[question] for question in listed_by))]
        if began < until[0]:
            continue
        must = began >= until[1] and ended < math.inf
        for question in questions:
            earliest, latest = expiry[question]
            if rest and rest[0] == question and began >= earliest:
                rest.pop(0)
                expiry[question] = (began + TTL[question] * SECOND, ended + TTL[question] * SECOND)
                located += question == questions[0]
            else:
                assert not must or began < latest, f"{question} is not asked at {began}: {asked}, {made}"
    assert not rest, f"asked too early: {rest} of {asked}, {made}"
    return located


def check_ttl(asked):
    """Nothing is asked again before its TTL has run out: the answer left after the query was logged, and
    live does nothing before its time. BIND's clock moves by 10 ms at most."""
    for client, entries in asked.items():
        last = {}
        for instant, question in entries:
            assert question in TTL, f"{client} asks {question}"
            gap = instant - last.get(question, -math.inf)
            assert gap >= TTL[question] - 0.011, f"{client} asks {question} after {gap} s"
            last[question] = instant


def check_fleets(run, asked):
    contact = {e["ua"]: e["contact"].split(":")[0] for e in run.events if e["what"] == "state"}
    made = {ua: attempts(run.events, ua) for ua in contact if ua not in LOST}
    own = {ua: [question for _, question in asked.pop(contact[ua], [])] for ua in contact}
    # REFRESH steps over the TTL of SRV (4 s) at each third attempt, over that of A (2 s) at each second.
    for ua in PLAIN:
        located = follow(own[ua], made[ua], (SRV, PRIMARY, BACKUP), (SRV,))
        assert 2 <= located < len(made[ua]), (located, made[ua])
    for ua in LEAST:
        follow(own[ua], made[ua], (SRV, PRIMARY, BACKUP), (SRV, PRIMARY, BACKUP))
        assert 2 <= own[ua].count(SRV) < own[ua].count(PRIMARY) < len(made[ua]), own[ua]
    # RFC 2782: weight decides the order anew at each location.
    firsts = set()
    for ua in EVEN:
        threes = [own[ua][i:i + 3] for i in range(0, len(own[ua]), 3)]
        firsts.update(three[1] for three in threes if len(three) == 3)
        in_order = [question for first, *rest in threes for question in (first, *sorted(rest))]
        follow(in_order, made[ua], (EVEN_SRV, LEFT, RIGHT), (EVEN_SRV,))
    assert firsts == {LEFT, RIGHT}, firsts
    # RFC 2308 section 5: the name does not exist, and that is known for the SOA's minimum. RFC 3263
    # section 4.2: without SRV the name's own address is asked for.
    for ua in LOST:
        assert own[ua] == [LOST_SRV, LOST_A] * (len(own[ua]) // 2), own[ua]
        assert len(own[ua]) >= 4, own[ua]
        assert not any(e["state"] == "registered" for e in run.events if e.get("ua") == ua)
    # Those behind the site's resolver do not come themselves, it asks for all.
    assert not any(own[ua] for ua in BEHIND), own
    site = run.ready["dns"]["site"].split(":")[0]
    assert set(asked) == {site}, asked.keys()
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
        with live.Live("dns", WORLD) as run:
            process = start(run, folder)
            bind.callback(stop, process)
            run.wait(lambda e: e["what"] == "state" and e["t_ns"] >= LENGTH * SECOND, LENGTH + 20)
            assert process.poll() is None, "BIND ended"
    asked = queries((folder / "log").read_text())
    total = sum(map(len, asked.values()))
    check_ttl(asked)
    check_registrars(run.end, check_fleets(run, asked))
    print(f"{total} queries at BIND; {run.end['late']} of {run.end['events']} events late, "
          f"the latest {run.end['latest_ms']:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
