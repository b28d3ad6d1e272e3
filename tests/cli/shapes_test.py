"""The shapes on stdout that scripts rely on, key for key."""
import csv
import io
import json
import pathlib
import shlex
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import (  # noqa: E402
    ABILENE, FAILED, OK, SMALL, SOURCE, USAGE, expect, experiment, fresh, run_all, sipsim, write,
)

STORE = pathlib.Path("store")
AXIS = "fleet.phones.registration.retry_wait"
REGISTER = (
    b"REGISTER sip:sip.example SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnashds7\r\n"
    b"Max-Forwards: 70\r\n"
    b"From: Bob <sip:bob@sip.example>;tag=456248\r\n"
    b"To: Bob <sip:bob@sip.example>\r\n"
    b"Call-ID: 843817637684230@998sdasdh09\r\n"
    b"CSeq: 1826 REGISTER\r\n"
    b"Contact: <sip:bob@192.0.2.4>\r\n"
    b"Expires: 7200\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def answer(*words):
    """stdout as JSON; nothing but warnings may be on stderr."""
    return json.loads(expect(OK, *words).stdout)


def store():
    """A finished store of the small sweep."""
    if not STORE.exists():
        expect(OK, "run", SMALL, "-o", STORE)
    return STORE


def test_plan():
    plan = answer("plan", SMALL, "--json")
    assert set(plan) == {
        "name", "points", "replications", "seeds", "runs", "estimated_cpu_s", "estimated_disk_bytes",
        "estimated_memory_bytes"
    }
    assert plan["points"] == [{AXIS: "5s"}, {AXIS: "60s"}]
    assert (plan["name"], plan["replications"], plan["runs"]) == ("small", 3, 6)
    assert len(set(plan["seeds"])) == 3
    other = answer("plan", SMALL, "--json", "--seed", 12)
    assert not set(plan["seeds"]) & set(other["seeds"])
    assert answer("plan", SMALL, "--json", "--seed", 11)["seeds"] == plan["seeds"], "the file says 11"


def test_show():
    shown = answer("show", store(), "--json")
    assert set(shown) == {
        "name", "config", "config_hash", "version", "carrier", "sweep", "content_hash", "runs"
    }
    assert shown["carrier"] == "packet" and shown["name"] == "small"
    assert shown["sweep"] == [
        {"param": AXIS, "values": ["5s", "60s"], "numeric": [5.0, 60.0], "unit": "s"}
    ]
    run = shown["runs"][0]
    keys = {
        "run", "point", "point_index", "seed", "status", "attempts", "fingerprint", "faults",
        "metrics", "cost", "not_reached",
    }
    assert set(run) == keys, set(run) ^ keys
    assert run["faults"] == [
        {"kind": "outage", "target": "registrar:reg1", "start_s": 360.0, "end_s": 480.0}
    ]
    assert not set(run["cost"]) & set(run["metrics"]), "cost is apart"
    one = answer("show", store(), run["run"], "--json")
    assert one.pop("again") and one == run


def again_is_the_same(there, run):
    """The command that show gives for a run, carried out, makes a store with this run alone."""
    again = shlex.split(answer("show", there, run["run"], "--json")["again"])
    assert again[0] == "sipsim"
    place = fresh("again")
    words = [str(place) if word == "NEW-DIRECTORY" else word for word in again[1:]]
    expect(OK, *words, out="1 runs done")
    (copy,) = answer("show", place, "--json")["runs"]
    assert copy["point"] == run["point"], (copy["point"], run["point"])
    assert copy["fingerprint"] == run["fingerprint"] and copy["metrics"] == run["metrics"]


def test_the_command_that_show_gives_makes_the_same_run():
    there = fresh("with options")
    expect(OK, "run", SMALL, "-o", there, "--set", "fleet.phones.count=9", "--seed", 5)
    for run in answer("show", there, "--json")["runs"][1:3]:
        again_is_the_same(there, run)


def test_the_command_that_show_gives_knows_the_options_of_a_resume():
    there = fresh("resumed")
    expect(OK, "run", SMALL, "-o", there, "--set", "replications.count=1")
    expect(OK, "run", SMALL, "-o", there, "--set", "replications.count=2", out="2 runs done")
    last = answer("show", there, "--json")["runs"][-1]
    again_is_the_same(there, last)
    # A resume of fewer replications makes none of the others harder to repeat.
    expect(OK, "run", SMALL, "-o", there, "--set", "replications.count=1", out="0 runs done")
    again_is_the_same(there, last)


def test_the_command_that_show_gives_knows_the_file_of_a_resume():
    there = fresh("edited")
    text = SMALL.read_text(encoding="utf-8").replace("../..", str(SOURCE))
    assert "count = 60\n" in text
    file = write("edited.toml", text)
    expect(OK, "run", file, "-o", there)
    write("edited.toml", text.replace("count = 60\n", "count = 61\n"))
    expect(OK, "run", file, "-o", there, "--set", "fleet.phones.count=60", out="0 runs done")
    again_is_the_same(there, answer("show", there, "--json")["runs"][0])


def test_only_takes_values_with_commas():
    sites = experiment("sites.toml", after='[sweep.over]\n"fleet.phones.at" = [["Denver", "Chicago"], "Denver"]\n')
    there = fresh("sites")
    expect(OK, "run", sites, "-o", there, "--only", "at=Denver, Chicago", out="1 runs done")
    expect(OK, "run", sites, "-o", there, "--only", "at=Denver", out="1 runs done")
    for run in answer("show", there, "--json")["runs"]:
        again_is_the_same(there, run)


def test_export_json():
    rows = answer("export", store(), "--format", "json")
    plan = answer("plan", SMALL, "--json")
    assert all(set(row) == {"point", "seed", "status", "metrics", "not_reached"} for row in rows)
    order = [(plan["points"].index(row["point"]), row["seed"]) for row in rows]
    assert order == sorted(order) and len(set(order)) == 6
    assert {row["seed"] for row in rows} == set(plan["seeds"]), "replications share their seeds"
    assert {row["status"] for row in rows} == {"ok"}
    assert all(row["metrics"]["registers_total"] > 0 for row in rows)
    for row in answer("export", store(), "--series", "--format", "json"):
        assert set(row) == {"point", "seed", "status", "series"}
        series = row["series"]["register_rate"]
        assert set(series) == {"t0_s", "dt_s", "values"}
        assert len(series["values"]) == 720, "1 s bins over 12 min"


def test_export_csv():
    rows = list(csv.DictReader(io.StringIO(expect(OK, "export", store()).stdout)))
    wanted = answer("export", store(), "--metrics", "--format", "json")
    assert len(rows) == len(wanted) == 6
    for row, want in zip(rows, wanted):
        assert int(row["seed"]) == want["seed"] and row[AXIS] == want["point"][AXIS]
        for name, value in want["metrics"].items():
            nothing = "not reached" if name in want["not_reached"] else ""
            assert row[name] == nothing if value is None else float(row[name]) == value
    series = csv.DictReader(io.StringIO(expect(OK, "export", store(), "--series").stdout))
    assert series.fieldnames == ["point", "seed", "status", AXIS, "series", "t_s", "value"]
    warmup = 300
    total = sum(
        float(row["value"])
        for row in series
        if row["series"] == "register_rate" and float(row["t_s"]) >= warmup
    )
    assert total == sum(want["metrics"]["registers_total"] for want in wanted), "rates add up"


def test_export_histograms():
    wanted = answer("export", store(), "--format", "json")
    rows = answer("export", store(), "--histograms", "--format", "json")
    assert len(rows) == len(wanted) == 6
    counts = {}
    for row, want in zip(rows, wanted):
        assert set(row) == {"point", "seed", "status", "histograms"}
        histogram = row["histograms"]["register_latency"]
        assert set(histogram) == {"edges", "counts"}
        assert len(histogram["edges"]) == len(histogram["counts"]) + 1
        assert histogram["edges"] == sorted(histogram["edges"])
        counts[row["point"][AXIS], row["seed"]] = sum(histogram["counts"])
        assert sum(histogram["counts"]) > 0, want
    table = csv.DictReader(io.StringIO(expect(OK, "export", store(), "--histograms").stdout))
    assert table.fieldnames == ["point", "seed", "status", AXIS, "histogram", "from", "to", "count"]
    for row in table:
        assert float(row["from"]) < float(row["to"])
        counts[row[AXIS], int(row["seed"])] -= float(row["count"])
    assert not any(counts.values()), "the table has the counts of the JSON"
    expect(USAGE, "export", store(), "--histograms", "--format", "baseline", err="leave out --histograms")
    expect(USAGE, "export", store(), "--histograms", "--series", err="excludes")


def test_plot_json():
    summary = answer("plot", store(), "--json")
    assert summary["format"] == "sipsim-summary" and len(summary["points"]) == 2
    expect(USAGE, "plot", store(), err="--output is required (or --json)")
    expect(USAGE, "plot", store(), "--json", "-o", "figures", err="excludes")


def test_trace():
    lines = expect(OK, "trace", SMALL, "--ua", 3, "--json").stdout.splitlines()
    messages = [json.loads(line) for line in lines]
    assert messages
    for message in messages:
        keys = ["t_ns", "ua", "dir", "what", "bytes", "call_id", "cseq", "peer", "peer_address"]
        assert list(message) == keys, message
        assert message["ua"] == 3 and message["dir"] in ("send", "recv")
        assert (message["what"] == "REGISTER") == (message["dir"] == "send")
        assert isinstance(message["t_ns"], int) and message["bytes"] > 100
    times = [message["t_ns"] for message in messages]
    assert times == sorted(times) and times[-1] <= 720 * 10**9
    assert not list(pathlib.Path(".").glob("small-ua*.pcap")), "--json alone leaves no capture"
    other = expect(OK, "trace", SMALL, "--ua", 3, "--json", "--seed", 12).stdout.splitlines()
    assert other != lines


def test_topology():
    shown = answer("topology", ABILENE, "--json")
    assert set(shown) == {
        "nodes", "links", "components", "diameter_hops", "diameter_ms", "cut_vertices", "node_names"
    }
    assert (shown["nodes"], shown["links"], shown["cut_vertices"]) == (11, 14, [])
    assert "Kansas City" in shown["node_names"]


def test_params():
    listed = answer("params", "--json")
    keys = {
        "profile", "key", "other_names", "kind", "type", "unit", "default", "value", "range",
        "effect", "meaning", "source", "note",
    }
    for parameter in listed:
        assert keys <= set(parameter), keys ^ set(parameter)
        assert parameter["meaning"] and parameter["key"], parameter
        assert parameter["source"] or parameter["kind"] == "config", parameter  # ours have no other
    assert {"grandstream-gxw410x", "vos3000"} <= {p["profile"] for p in listed}


def test_decode():
    pathlib.Path("register").write_bytes(REGISTER)
    message = answer("decode", "sip", "register")
    assert message["kind"] == "request" and message["method"] == "REGISTER"
    assert message["cseq"] == 1826 and message["expires"] == 7200 and message["max_forwards"] == 70
    pathlib.Path("info").write_bytes(REGISTER.replace(b"REGISTER", b"INFO"))
    assert answer("decode", "sip", "info")["method"] == "INFO"
    pathlib.Path("keepalive").write_bytes(b"\r\n\r\n")
    assert answer("decode", "sip", "keepalive") == {"kind": "keepalive"}


def test_decode_refuses():
    # RFC 3261 §8.2.2.1, §8.2.2.3, §18.3, §21.4.1, §21.5.6: what such a request is owed.
    for status, old, new in (
        (505, b"SIP/2.0\r\nVia", b"SIP/7.0\r\nVia"),
        (400, b"CSeq: 1826 REGISTER", b"CSeq: 1826 INVITE"),
        (400, b"Content-Length: 0", b"Content-Length: 99"),
        (416, b"REGISTER sip:sip.example", b"REGISTER tel:5551234"),
        (420, b"Expires: 7200", b"Require: 100rel"),
    ):
        pathlib.Path("bad").write_bytes(REGISTER.replace(old, new))
        done = expect(FAILED, "decode", "sip", "bad")
        refusal = json.loads(done.stderr)
        assert done.stdout == "" and set(refusal) == {"refused", "status"}, done
        assert refusal["status"] == status and refusal["refused"], refusal
    write("bad", "HTTP/1.1 200 OK\r\n\r\n")
    assert json.loads(sipsim("decode", "sip", "bad").stderr)["status"] is None


def stun(kind, attributes="", identity="2112a442b7e7a701bc34d686fa87dfae"):
    """A STUN message from hex (RFC 5389 §6)."""
    body = bytes.fromhex(attributes)
    return bytes.fromhex(kind) + len(body).to_bytes(2, "big") + bytes.fromhex(identity) + body


def test_decode_stun():
    # RFC 5769 §2.2: its XOR-MAPPED-ADDRESS is 192.0.2.1:32853.
    sample = (
        "8022000b7465737420766563746f7220" "002000080001a147e112a643"
        "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7" "80280004c07d4c96"
    )
    pathlib.Path("stun").write_bytes(stun("0101", sample))
    assert answer("decode", "stun", "stun") == {
        "kind": "success", "method": "binding", "cookie": True,
        "id": "2112a442b7e7a701bc34d686fa87dfae", "xor_mapped": "192.0.2.1:32853",
        "software": "test vector", "fingerprint": True, "message_integrity": True,
    }
    pathlib.Path("stun").write_bytes(stun("0001", "0003000400000006", "ab" * 16))
    assert answer("decode", "stun", "stun") == {
        "kind": "request", "method": "binding", "cookie": False, "id": "ab" * 16,
        "change": {"ip": True, "port": True},
    }
    pathlib.Path("stun").write_bytes(stun("0101", "80220004ff41fe42"))
    assert answer("decode", "stun", "stun")["software"] == "\ufffdA\ufffdB", "no UTF-8"


def test_decode_stun_refuses():
    # RFC 5389 §7.3, §7.3.1, §15.6; RFC 3489 §8.1, §8.2.
    for status, datagram in (
        (420, stun("0001", "7fff0000")),
        (400, stun("0001", "00030008")),
        (433, stun("0002", identity="ab" * 16)),
        (None, stun("0001", "8028000400000000")),
        (None, stun("0001")[:19]),
        (None, REGISTER),
        (None, b""),
    ):
        pathlib.Path("bad").write_bytes(datagram)
        done = expect(FAILED, "decode", "stun", "bad")
        refusal = json.loads(done.stderr)
        assert done.stdout == "" and set(refusal) == {"refused", "status"}, done
        assert refusal["status"] == status and refusal["refused"], refusal


def dns(counts, rest, flags="8180"):
    return bytes.fromhex("beef" + flags + counts) + rest


# _sip._udp.example.com SRV IN (RFC 1035 §4.1.2).
SRV_QUESTION = b"\x04_sip\x04_udp\x07example\x03com\0\0\x21\0\x01"


def test_decode_dns():
    # RFC 2782: 1 2 5060 sip.example.com, its target not compressed; RFC 6891: 1232 octets.
    srv = bytes.fromhex("c00c002100010000012c0017" "0001000213c4") + b"\x03sip\x07example\x03com\0"
    opt = bytes.fromhex("00002904d0000000000000")
    pathlib.Path("dns").write_bytes(dns("0001000100000001", SRV_QUESTION + srv + opt))
    name = "_sip._udp.example.com"
    assert answer("decode", "dns", "dns") == {
        "kind": "response", "id": 0xBEEF, "opcode": 0, "flags": ["rd", "ra"], "rcode": "NOERROR",
        "question": {"name": name, "type": "SRV", "class": 1},
        "answer": [{"name": name, "type": "SRV", "class": 1, "ttl": 300, "priority": 1, "weight": 2,
                    "port": 5060, "target": "sip.example.com"}],
        "edns": {"udp_size": 1232, "version": 0, "do": False},
    }
    address = bytes.fromhex("c00c001c00010000003c0010" "20010db8000000000000000000000001")
    other = bytes.fromhex("c00cff00000100000000" "0003" "00ff0a")
    pathlib.Path("dns").write_bytes(dns("0001000200000000", SRV_QUESTION + address + other))
    first, second = answer("decode", "dns", "dns")["answer"]
    assert first["type"] == "AAAA" and first["address"] == "2001:db8:0:0:0:0:0:1", first
    assert second["type"] == "TYPE65280" and second["rdata"] == "00ff0a", second  # RFC 3597 §5


def test_decode_dns_refuses():
    # RFC 1035 §4.1.1: FORMERR (1) is owed to a query, nothing to a response or to half a header.
    loop = b"\xc0\x0c\0\x01\0\x01"
    for status, datagram in (
        (1, dns("0001000000000000", loop, "0100")),
        (None, dns("0001000000000000", loop)),
        (1, dns("0002000000000000", SRV_QUESTION * 2, "0100")),
        (1, dns("0001000000000000", SRV_QUESTION + b"\0", "0100")),
        (None, dns("0001000000000000", SRV_QUESTION)[:11]),
        (None, b""),
    ):
        pathlib.Path("bad").write_bytes(datagram)
        done = expect(FAILED, "decode", "dns", "bad")
        refusal = json.loads(done.stderr)
        assert done.stdout == "" and set(refusal) == {"refused", "status"}, done
        assert refusal["status"] == status and refusal["refused"], refusal


if __name__ == "__main__":
    if STORE.exists():
        fresh(STORE)
    run_all(sys.modules["__main__"])
