"""What passes between proxies and a registrar that tells them its load, as tshark reads it: the overload
control parameters of Via (RFC 7339, RFC 7415), 503 with Retry-After, SUBSCRIBE of devices that have registered."""
import json
import pathlib
import shutil
import sys

from tshark_test import SOURCE, complaints, sipsim, table

CONFIG = """
[experiment]
name = "{name}"
duration = "3min"
[network]
topology = "{source}/topologies/abilene.graphml"
[[registrar]]
name = "reg1"
at = "Chicago"
station.workers = 1
station.law = "exponential"
station.unauthenticated = "30ms"
station.authenticated = "70ms"
station.queue = 20
station.when_full = "refuse"
station.retry_after_law = "adaptive"
station.overload_control = "{control}"
[[proxy]]
name = "edge"
at = "Denver"
registrar = "reg1"
overload.algorithms = "loss-and-rate"
overload.retry_after = "2s"
overload.retry_after_max = "20s"
[[fleet]]
name = "phones"
profile = "rfc3261"
count = 100
server = "reg1"
proxy = "edge"
start = "random(2s)"
extra_requests = 2
[[fleet]]
name = "direct"
profile = "rfc3261"
count = 30
server = "reg1"
start = "random(2s)"
"""
OC = ["sip.Via.oc", "sip.Via.oc_val", "sip.Via.oc_algo", "sip.Via.oc_validity", "sip.Via.oc_seq"]


def capture(control):
    config = pathlib.Path(f"{control}.toml")
    config.write_text(CONFIG.format(source=SOURCE, name=control, control=control))
    store = pathlib.Path(control)
    shutil.rmtree(store, ignore_errors=True)
    sipsim("run", config, "-o", store, "--set", "experiment.pcap=true")
    (found,) = (store / "pcap").glob("*.pcap")
    trace = pathlib.Path(f"{control}-device.pcap")
    sent = [json.loads(line) for line in sipsim("trace", config, "--ua", 1, "--json", "--pcap", trace).splitlines()]
    return found, trace, sent


def main():
    if shutil.which("tshark") is None:
        print("skipped: tshark is missing: apt-get install tshark")
        sys.exit(77)
    for control in ("loss", "rate"):
        at_server, at_device, sent = capture(control)
        for pcap in (at_server, at_device):
            assert not complaints(pcap), complaints(pcap)[:2000]
        offers = table(at_server, "sip.Method && sip.Via.oc_algo", [*OC, "sip.Via"])
        # tshark 4.0 ends the value of oc_algo at the comma; the field has it whole.
        assert all('oc-algo="loss,rate"' in row[5] for row in offers), offers[:2]
        assert not any(row[1] for row in offers), "an offer has no value (RFC 7339 section 4.1)"
        answers = table(at_server, "sip.Status-Code && sip.Via.oc_algo", OC)
        assert {row[2] for row in answers} == {f'"{control}"'}, answers[:2]
        assert all(row[1] and row[4] for row in answers), answers[:2]
        # By rate the end of overload is oc=0 with oc-validity=0 (RFC 7339 section 5.7).
        ends = {("0", "0")} if control == "rate" else set()
        assert {(row[1], row[3]) for row in answers if row[3] != "500"} <= ends, answers[:2]
        values = {int(row[1]) for row in answers}
        assert len(values) > 2 and (control == "rate" or max(values) <= 100), values
        # As many answers to the proxy as it had offers; of its devices none is told.
        assert len(answers) > len(offers) / 2
        assert not table(at_device, "sip.Via.oc_algo", OC)
        refused = table(at_server, "sip.Status-Code == 503", ["sip.Retry-After", "sip.Via.oc_algo"])
        # Those beside the proxy take no part: RFC 7339 section 5.10.2 has them refused without Retry-After.
        throttled = [row for row in refused if not row[0]]
        assert throttled, control
        assert not any(offer for _, offer in throttled), throttled[:2]
        assert all(int(seconds) >= 1 for seconds, _ in refused if seconds)
        events = table(at_server, 'sip.Method == "SUBSCRIBE"', ["sip.Event", "sip.Expires", "sip.Contact"])
        assert {row[0] for row in events} == {"message-summary", "dialog"}, events[:2]
        assert all(row[1] == "3600" and row[2] for row in events)
        granted = table(at_server, 'sip.Status-Code == 200 && sip.CSeq.method == "SUBSCRIBE"', ["sip.Expires"])
        assert granted and all(row == ["3600"] for row in granted)
        assert [m for m in sent if m["what"] == "SUBSCRIBE"], "a device asks after it has registered"
        print(f"{control}: {len(answers)} announcements, {len(refused)} refused, {len(events)} SUBSCRIBE")


if __name__ == "__main__":
    main()
