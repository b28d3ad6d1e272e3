"""tshark reads the captures of every shipped packet scenario: nothing malformed, no expert error,
and as many REGISTER as the run counted. A spoiled capture is noticed."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

SIPSIM = os.environ["SIPSIM"]
SOURCE = pathlib.Path(os.environ["SIPSIM_SOURCE"])
DEVICES = 40  # enough for some to be due while a registrar is down
HEADER = 24  # octets of a pcap file's header
FIELDS = ["sip.Method", "sip.Status-Code", "sip.CSeq.seq", "sip.CSeq.method", "sip.Call-ID"]
# Wrong checksums and lengths count as errors too.
STRICT = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
WRONG = "_ws.malformed || _ws.expert.severity >= 0x600000"  # warnings (0x600000) and errors


def sipsim(*words):
    done = subprocess.run([SIPSIM, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"sipsim {' '.join(map(str, words))}: {done.returncode}\n{done.stderr}")
    return done.stdout


def tshark(capture, *words):
    done = subprocess.run(
        ["tshark", "-r", str(capture), *STRICT, *words], capture_output=True, text=True, check=False
    )
    complaint = "" if done.returncode == 0 else done.stderr
    return done.stdout, complaint


def complaints(capture):
    """What tshark finds wrong with a capture, as text; empty if nothing."""
    found, failed = tshark(capture, "-Y", f"{WRONG} || !(sip || icmp)")
    return found + failed


def table(capture, display, fields):
    out, failed = tshark(
        capture, "-Y", display, "-T", "fields", *(word for f in fields for word in ("-e", f))
    )
    assert not failed, failed
    return [line.split("\t") for line in out.splitlines()]


def small(scenario):
    """Options that make a scenario of one point and seed with few devices, and its first point."""
    config = tomllib.loads(scenario.read_text(encoding="utf-8"))
    sets = ["--set", "replications.count=1"]
    for fleet in config["fleet"]:
        if fleet.get("count", 1) > DEVICES:
            sets += ["--set", f"fleet.{fleet['name']}.count={DEVICES}"]
    plan = json.loads(sipsim("plan", scenario, "--json", *sets))
    return sets, plan["points"], outages(config)


def outages(config):
    """The names of the outages of an experiment, by which --set reaches them."""
    return [f.get("name", f["kind"]) for f in config.get("fault", []) if f["kind"] == "outage"]


def check_messages(capture, total):
    """Requests and responses as they should be; as many REGISTER as counted."""
    messages = table(capture, "sip", FIELDS)
    requests = [m for m in messages if m[0]]
    responses = [m for m in messages if m[1]]
    assert messages and len(requests) + len(responses) == len(messages), "neither of the two"
    assert {m[0] for m in requests} == {"REGISTER"}, "this version sends nothing else"
    assert {m[1] for m in responses} <= {"200", "401"}, {m[1] for m in responses}
    assert {m[3] for m in messages} == {"REGISTER"}, "CSeq names the method"
    assert len(requests) == total, f"{len(requests)} REGISTER captured, {total:.0f} counted"
    asked = {(m[2], m[4]) for m in requests}
    assert all((m[2], m[4]) in asked for m in responses), "an answer to nothing"
    for request in table(capture, "sip.Method", ["sip.to.addr", "sip.from.addr", "sip.r-uri"]):
        assert request[0] == request[1] and request[2].startswith("sip:"), request
    answered = table(capture, 'sip.Status-Code == 401 && !sip.auth.nonce', ["frame.number"])
    assert not answered, "a 401 without a challenge"
    return len(messages)


def check_scenario(scenario):
    """Its first and its last point; the first once more with ICMP in an outage."""
    sets, points, silent = small(scenario)
    cases = [(point, []) for point in (points[0], points[-1])]
    for fault in silent:
        cases.append((points[0], ["--set", f"fault.{fault}.unreachable=icmp"]))
    for point, more in cases:
        only = ",".join(f"{name}={value}" for name, value in point.items())
        store = pathlib.Path(scenario.stem)
        shutil.rmtree(store, ignore_errors=True)
        sipsim(
            "run", scenario, "-o", store, *sets, *more, "--set", "experiment.pcap=true",
            *(["--only", only] if only else []),
        )
        captures = list((store / "pcap").glob("*.pcap"))
        (row,) = json.loads(sipsim("export", store, "--series", "--format", "json"))
        assert len(captures) == 1, captures
        wrong = complaints(captures[0])
        assert not wrong, f"{scenario.name} {only}:\n{wrong[:4000]}"
        rate = row["series"]["register_rate"]
        said = table(captures[0], "icmp", ["icmp.type", "icmp.code"])
        assert bool(said) == bool(more), f"{scenario.name}: {len(said)} ICMP messages"
        assert all((m[0].split(",")[0], m[1].split(",")[0]) == ("3", "3") for m in said), said[0]
        count = check_messages(captures[0], sum(rate["values"]) * rate["dt_s"])
        print(f"{scenario.name} {only} {' '.join(more)}: {count} messages, {len(said)} ICMP")


def check_trace(scenario):
    """The capture of one user agent's link holds what its trace tells: instants, octets, numbers."""
    sets, _, _ = small(scenario)
    capture = pathlib.Path(f"{scenario.stem}.trace.pcap")
    lines = sipsim("trace", scenario, "--ua", 1, "--json", "--pcap", capture, *sets).splitlines()
    told = [json.loads(line) for line in lines]
    assert told and not complaints(capture)
    fields = ["frame.time_epoch", "udp.length", "sip.Method", "sip.Status-Code", "sip.CSeq.seq", "sip.Call-ID"]
    mine = {m["call_id"] for m in told}  # other accounts of the device share its link
    sent = [m for m in table(capture, "sip.Method", fields) if m[5] in mine]
    said_sent = [m for m in told if m["dir"] == "send"]
    assert len(sent) == len(said_sent), (len(sent), len(said_sent))
    for captured, said in zip(sent, said_sent):
        seconds, _, nanoseconds = captured[0].partition(".")
        assert int(seconds) * 10**9 + int(nanoseconds) == said["t_ns"], (captured, said)
        assert int(captured[1]) - 8 == said["bytes"], (captured, said)
        assert (captured[4], captured[5]) == (str(said["cseq"]), said["call_id"]), (captured, said)
    return capture


def spoiled(capture, name, change):
    """A copy of a capture whose first packet's octets were changed."""
    content = bytearray(capture.read_bytes())
    first = HEADER + 16  # after the record's own header: IP at 0, UDP at 20, SIP at 28
    change(content, first)
    path = pathlib.Path(name)
    path.write_bytes(content)
    return path


def replace(content, start, old, new):
    at = content.index(old, start)
    content[at:at + len(old)] = new


def check_that_it_bites(capture):
    """What these checks would say of wrong octets; the copy without a change is fine."""
    assert not complaints(spoiled(capture, "same.pcap", lambda content, first: None))

    def flip(offset):
        def change(content, first):
            content[first + offset] ^= 0xFF
        return change

    changes = {
        "ip-length": flip(3),
        "ip-address": flip(12),
        "udp-length": flip(25),
        "sip-octet": flip(40),
        "no-sip": lambda content, first: replace(content, first, b"SIP/2.0", b"SAP/2.0"),
        "cut-off": lambda content, first: content.__delitem__(slice(-5, None)),
    }
    for name, change in changes.items():
        assert complaints(spoiled(capture, f"{name}.pcap", change)), f"{name}: nothing noticed"


def main():
    if shutil.which("tshark") is None:
        print("skipped: tshark is missing: apt-get install tshark")
        sys.exit(77)
    scenarios = sorted((SOURCE / "scenarios").glob("*.toml"))
    packets = [
        s for s in scenarios
        if tomllib.loads(s.read_text(encoding="utf-8"))["experiment"].get("carrier", "packet") == "packet"
    ]
    assert packets, "no shipped scenario on packets"
    for scenario in packets:
        check_scenario(scenario)
    captures = [check_trace(scenario) for scenario in packets]
    check_that_it_bites(captures[0])


if __name__ == "__main__":
    main()
