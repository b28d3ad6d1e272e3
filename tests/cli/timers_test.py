"""RFC 3261 §17.1.2.2: when a REGISTER that nobody answers is sent, to the nanosecond."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import OK, expect, experiment, run_all  # noqa: E402

MS = 10**6
# Timer E: T1 = 500 ms, doubled up to T2 = 4 s; Timer F ends it all at 64*T1 = 32 s.
SENDS = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
TIMER_F = 32_000

OUTAGE = """[[fault]]
kind = "outage"
target = "registrar:reg1"
at = "10s"
for = "150s"
"""


def messages(config, *more):
    """What user agent 0 sent and received."""
    done = expect(OK, "trace", config, "--ua", 0, "--json", *more)
    return [json.loads(line) for line in done.stdout.splitlines()]


def lost(fleet):
    """The sends of a refresh that falls into an outage, as lists by CSeq of ns since the first."""
    config = experiment(
        "lost.toml", fleet='registration.expires = "1min"\nregistration.retry_wait = "20s"' + fleet, after=OUTAGE
    )
    sends = {}
    for message in messages(config):
        if message["dir"] == "send" and message["t_ns"] > 10_000 * MS:
            sends.setdefault(message["cseq"], []).append(message)
    return list(sends.values())


def test_an_unanswered_register_is_sent_eleven_times():
    first, second = lost("")[:2]
    for attempt in (first, second):
        begin = attempt[0]["t_ns"]
        assert [m["t_ns"] - begin for m in attempt] == [t * MS for t in SENDS], attempt
        assert {m["bytes"] for m in attempt} == {attempt[0]["bytes"]}, "a repeat is the same message"
    # The attempt fails at 32 s, and the next begins the product's wait after that.
    wait = 20_000
    assert second[0]["t_ns"] - first[0]["t_ns"] == (TIMER_F + wait) * MS
    assert second[0]["cseq"] == first[0]["cseq"] + 1, "RFC 3261 §10.2: the CSeq goes up by one"
    assert second[0]["call_id"] == first[0]["call_id"]


def test_other_timer_values_scale_the_law():
    # T1 = 100 ms, T2 = 400 ms: 0, .1, .3, .7, 1.1, ... until 6.4 s.
    attempt = lost('\nregistration.transaction.t1 = "100ms"\nregistration.transaction.t2 = "400ms"')[0]
    wanted, at, gap = [], 0, 100
    while at < 64 * 100:
        wanted.append(at * MS)
        at, gap = at + gap, min(2 * gap, 400)
    assert [m["t_ns"] - attempt[0]["t_ns"] for m in attempt] == wanted, attempt


def test_an_answer_ends_the_repeats():
    answered = messages(experiment("answered.toml"))
    first = [m for m in answered if m["cseq"] == 1]
    assert [m["dir"] for m in first] == ["send", "recv"], first


if __name__ == "__main__":
    run_all(sys.modules["__main__"])
