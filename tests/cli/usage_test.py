"""Every verb: exit codes, what goes to stdout and what to stderr, and messages that name the place."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import FAILED, OK, SMALL, USAGE, ABILENE, expect, experiment, fresh, run_all, write  # noqa: E402

VERBS = "check plan run show export compare plot trace live params topology decode".split()


def test_help_and_version():
    said = expect(OK, "--help", out=["Exit codes:", "130  interrupted"]).stdout
    assert all(verb in said for verb in VERBS)
    expect(OK, "decode", "--help", out=["Exit code 1: the datagram is refused", "70 where the header field is absent"])
    for verb in VERBS:
        expect(OK, verb, "--help", out=verb)
    assert expect(OK, "--version").stdout.startswith("sipsim ")


def test_usage():
    expect(USAGE, err=["sipsim: error: ", *VERBS])
    expect(USAGE, "polt", err=["sipsim: error: polt: there is no such verb", 'did you mean "plot"'])
    expect(USAGE, "--frobnicate", err="sipsim: error: --frobnicate: there is no such option")
    for verb in VERBS:
        if verb not in ("params", "topology"):
            expect(USAGE, verb, err=[f"sipsim {verb}: error:", "required"])
        expect(USAGE, verb, "--frobnicate", err=f"sipsim {verb}: error:")
    expect(USAGE, "check", SMALL, "--frobnicate", err=["sipsim check: error:", "--frobnicate"])
    expect(USAGE, "plan", SMALL, "another", err=["sipsim plan: error:", "another"])
    for number in ("-1", "1.5", "x", "9223372036854775808"):
        expect(USAGE, "plan", SMALL, f"--seed={number}", err=["--seed", "must be a whole number"])
    for number in ("-1", "x", "4294967296"):
        expect(USAGE, "trace", SMALL, "--ua", number, err=["--ua", "must be a whole number"])
    for number in ("0", "-1", "x", "1025"):
        expect(USAGE, "run", SMALL, "-j", number, err="must be a whole number, 1 to 1024")
    expect(USAGE, "export", ".", "--format", "jsno", err=['must be csv or json or baseline; did you mean "json"?'])
    expect(USAGE, "run", SMALL, "-j", err="--jobs: its value is missing")
    expect(USAGE, "export", ".", "--metrics", "--series", err="excludes")
    expect(USAGE, "decode", "smtp", SMALL, err="must be sip or dns or stun")


def test_check():
    good = experiment("good.toml")
    bad = experiment("bad.toml", fleet='calls = "2"')
    assert expect(OK, "check", good).stdout == "good.toml: ok: 1 points x 1 replications\n"
    both = expect(USAGE, "check", bad, good, "no-such-file.toml", out="good.toml: ok")
    assert "bad.toml:15:9: error: " in both.stderr, both.stderr
    assert "no-such-file.toml: error: there is no such file\n" in both.stderr, both.stderr
    expect(USAGE, "check", ".", err=".: error: is a folder: name a file\n")
    expect(USAGE, "check", "/dev/null", err="/dev/null: error: is no regular file\n")
    expect(OK, "check", good, "--set", "fleet.phones.count=7", out="ok")


def test_beyond_memory():
    """Half a million devices of 4000 accounts: hundreds of GB, refused before anything of it is taken."""
    many = ["--set", "experiment.carrier=fleet", "--set", "fleet.phones.count=500000"]
    many += ["--set", "fleet.phones.accounts=4000"]
    file = experiment("many.toml")
    said = ["--set fleet.phones.count=500000: ", "2000000000 accounts", "of memory"]
    expect(USAGE, "check", file, *many, err=said)
    expect(USAGE, "run", file, *many, "-o", fresh("many"), err=said)
    expect(USAGE, "trace", file, *many, "--ua", 0, err=said)
    expect(OK, "plan", file, *many, out="GB of memory per run", err=["warning", *said])


def test_set():
    for word in ("foo", "=1"):
        expect(USAGE, "plan", SMALL, "--set", word, err=[f"--set {word}", "must be KEY=VALUE"])
    for setting, said in {
        "fleet.phones.cuont=3": 'did you mean "fleet.phones.count"?',
        "fleet.phones.count=many": "must be a whole number",
        "fleet.phones.count=-1": "must be ",
        "experiment.duration=60": "has no unit",
        "fleet.phones.registration.retry_wait=5s": "is swept",
    }.items():
        expect(USAGE, "plan", SMALL, "--set", setting, err=[f"--set {setting}", said])
    # One value each time it is given: what follows is the file.
    expect(OK, "plan", "--set", "replications.count=1", SMALL, out="2 points x 1 replications")
    expect(OK, "check", "--set", "replications.count=1", SMALL, SMALL, out="2 points x 1 replications")
    expect(USAGE, "plan", SMALL, "--set", "replications.count=1", "experiment.seed=2", err="experiment.seed=2")
    out = fresh("never-made")
    expect(USAGE, "run", SMALL, "-o", out, "--set", "a=b", "--set", "c", err="--set c")
    assert not out.exists(), "a refused run left a directory"


def test_only():
    out = fresh("only")
    for clause in ("", "wait=5s", "retry_wait=5s,", "=5s"):
        expect(USAGE, "run", SMALL, "-o", out, "--only", clause, err=["--only", "must be PARAM=VALUE"])
    for clause in ("retry_wait", "retry_wait=", "retry_wait=7s"):
        expect(USAGE, "run", SMALL, "-o", out, "--only", clause, err="takes the values 5s, 60s")
    expect(USAGE, "run", SMALL, "-o", out, "--only", "seed=7", err="seed takes the values")
    full = "fleet.phones.registration.retry_wait"
    for clause in ("retry_wait=5s,retry_wait=60s", f"retry_wait=5s,{full}=60s", "retry_wait=5s,retry_wait=5s"):
        expect(USAGE, "run", SMALL, "-o", out, "--only", clause, err="retry_wait is given twice")
    assert not out.exists(), "a refused run left a directory"
    expect(OK, "run", SMALL, "-o", out, "--only", f"{full}=60s", out="3 runs done")
    expect(OK, "run", SMALL, "-o", out, "--only", "retry_wait=60s", out="0 runs done")
    expect(OK, "run", SMALL, "-o", out, out=["3 runs done", "3 were there already"])


def test_trace():
    two = experiment("two.toml")
    expect(USAGE, "trace", two, "--ua", 2, err="--ua 2: the fleets have user agents 0 to 1")
    expect(USAGE, "trace", two, "--ua", 0, "--point", 1, err="--point 1")
    # Before anything is simulated: expect() finds nothing on stdout.
    refused = "no/such/dir/x.pcap: error: cannot write the capture: No such file or directory"
    expect(USAGE, "trace", two, "--ua", 0, "--pcap", "no/such/dir/x.pcap", err=refused)
    expect(USAGE, "trace", two, "--ua", 0, "--pcap", ".", err=".: error: cannot write the capture: Is a directory")
    done = expect(OK, "trace", two, "--ua", 1, out=["REGISTER 1", "ua 1 of phones", "reg1"])
    assert pathlib.Path("two-ua1.pcap").stat().st_size > 24 and "two-ua1.pcap" in done.stderr


# Two registrars of one domain, the first of them out for the most of the run: the device turns to the second.
SECOND = """[experiment]
duration = "2h"
carrier = "fleet"
[network]
topology = "{map}"
[[registrar]]
name = "kam1"
at = "Chicago"
domain = "voip.example"
[[registrar]]
name = "kam2"
at = "Denver"
domain = "voip.example"
[[zone]]
name = "z"
origin = "voip.example"
records = ["_sip._udp SRV 10 0 5060 kam1", "_sip._udp SRV 20 0 5060 kam2", "kam1 A registrar:kam1", "kam2 A registrar:kam2"]
[[dns]]
name = "ns"
at = "Chicago"
zones = "z"
[[fleet]]
name = "phones"
profile = "grandstream-grp26xx"
count = 2
server = "kam1"
start = "at-once"
dns.mode = "srv"
vendor.P60055 = 2
locate = "voip.example"
name_servers = "ns"
[[fault]]
kind = "outage"
target = "registrar:kam1"
at = "5min"
for = "110min"
"""


def test_trace_names_another_server():
    second = write("second.toml", SECOND.format(map=ABILENE))
    for carrier in ("fleet", "packet"):
        words = ["trace", second, "--ua", 1, "--set", f"experiment.carrier={carrier}"]
        head, *lines = expect(OK, *words).stdout.splitlines()
        assert "kam1" in head and "kam2" not in head, head
        arrows = [line for line in lines if "|" in line]
        begins = lines.index(next(line for line in lines if "outage of registrar:kam1 begins" in line))
        assert not any("kam" in line for line in lines[:begins]), "what needs no name has none"
        answers = [line for line in arrows if "<--" in line and line in lines[begins:]]
        assert answers and all(" B  from kam2 10." in line for line in answers), "\n".join(lines)
        assert any(">|" in line and " B  to kam2 10." in line for line in arrows), "\n".join(lines)
        messages = [json.loads(line) for line in expect(OK, *words, "--json").stdout.splitlines()]
        assert [m["peer"] == "kam2" for m in messages] == ["kam2" in line for line in arrows]
        assert {m["peer"] for m in messages} == {"kam1", "kam2"}
        assert len({m["peer_address"] for m in messages}) == 2, "one address each"
        assert all(m["peer_address"].endswith(":5060") for m in messages)


# Two nodes with no delay between them.
NEAR = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d" for="edge" attr.name="delay_ms" attr.type="double"/>
<graph edgedefault="undirected"><node id="a"/><node id="b"/>
<edge source="a" target="b"><data key="d">0</data></edge></graph></graphml>
"""


def test_topology():
    expect(USAGE, "topology", err="give a FILE, or --generate SPEC")
    expect(USAGE, "topology", ABILENE, "--generate", "scale-free?nodes=9", err="excludes")
    expect(USAGE, "topology", "no-such.graphml", err="no-such.graphml: error: cannot read the file: No such")
    expect(USAGE, "topology", ".", err="Is a directory")
    expect(USAGE, "topology", SMALL, err=f"{SMALL}:1:1: error: ")
    expect(USAGE, "topology", "/dev/zero", err="larger than")
    expect(USAGE, "topology", "--generate", "scale-fre?nodes=9", err="scale-fre")
    expect(OK, "topology", ABILENE, out="nodes           11")
    made = expect(OK, "topology", "--generate", "scale-free?nodes=9&links=2&seed=1").stdout
    again = expect(OK, "topology", "--generate", "scale-free?nodes=9&links=2&seed=1").stdout
    assert made == again and "<graphml" in made
    expect(OK, "topology", write("made.graphml", made), out=["nodes           9", "widest path"])
    near = write("near.graphml", NEAR)
    assert "widest path" not in expect(OK, "topology", near, out="diameter        1 hops").stdout, "of 0.000 ms"


def test_params():
    expect(USAGE, "params", "--profile", "vos300", err=["vos300", 'did you mean "vos3000"?'])
    expect(OK, "params", "--profile", "vos3000", out="SS_SIP_USER_AGENT_EXPIRE")
    expect(OK, "params", out='"packet" or "fleet"')


def test_decode():
    expect(USAGE, "decode", "sip", "no-such-file", err="no-such-file: error: cannot read the file: No such")
    expect(USAGE, "decode", "sip", ".", err="Is a directory")
    expect(USAGE, "decode", "sip", "/dev/zero", err="larger than")
    expect(FAILED, "decode", "sip", write("noise", "\x00\x01 no SIP\r\n\r\n"), err='"refused":')


if __name__ == "__main__":
    run_all(sys.modules["__main__"])
