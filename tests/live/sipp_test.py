"""SIPp registers 200 users with digest at the simulated registrar, through a simulated NAT: all succeed,
no request is sent twice. ping reaches what there is to reach."""
import csv
import pathlib
import sys

import live

USERS = 200
WORLD = live.HEAD + f"""
[[registrar]]
name = "reg1"
at = "Chicago"
challenge = "always"
contact_address = "seen"

{{nat}}

[[fleet]]
name = "home"
profile = "rfc3261"
count = 1
accounts = {USERS}
at = "Seattle"
server = "reg1"
{{nat_box}}

[live]
fleet = "home"
"""
NAT = """
[[nat]]
name = "box"
type = "port-restricted-cone"
ports = "contiguous"
"""


def statistics(path):
    """The last row of SIPp's statistics, by column."""
    with open(path, encoding="latin-1") as file:
        return list(csv.DictReader(file, delimiter=";"))[-1]


def register(run, users, secret="secret-{:016x}"):
    lines = [
        f"u{n:07};[authentication username=u{n:07} password={secret.format(n)}]\n"
        for n in range(1, users + 1)
    ]
    pathlib.Path("users.csv").write_text("SEQUENTIAL\n" + "".join(lines))
    pathlib.Path("stat.csv").unlink(missing_ok=True)
    scenario = live.SOURCE / "tests" / "live" / "sipp_register.xml"
    return run.run(
        "sipp", "-sf", scenario, "-inf", "users.csv", "-i", run.ready["address"], "-p", "5060",
        "-m", users, "-r", "50", "-trace_stat", "-stf", "stat.csv", "-nostdin",
        "-timeout", "60", run.ready["registrars"]["reg1"], timeout=90,
    )


def behind_nat():
    with live.Live("sipp", WORLD.format(nat=NAT, nat_box='nat_box = "box"')) as run:
        said = register(run, USERS)
        assert run.returncode == 0, said[-3000:]
    row = statistics("stat.csv")
    assert row["SuccessfulCall(C)"] == str(USERS), row
    assert row["FailedCall(C)"] == "0" and row["Retransmissions(C)"] == "0", row
    end = run.end
    assert end["answers"] == {"200": USERS, "401": USERS}, end
    assert end["repeats"] == 0 and end["registers"] == 2 * USERS and end["bindings"] == USERS, end
    assert end["refused"] == 0, end
    print(f"{end['late']} of {end['events']} events late, the latest {end['latest_ms']:.1f} ms")


# An echo request and its answer, as ping does it (RFC 792).
ECHO = """
import socket, struct, sys
def checksum(octets):
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff
rest = struct.pack("!HH", 7, 1) + b"sipsim live"[:10]
request = struct.pack("!BBH", 8, 0, checksum(b"\\x08\\0\\0\\0" + rest)) + rest
own = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
own.settimeout(5)
own.sendto(request, (sys.argv[1], 0))
answer, source = own.recvfrom(2000)
assert source[0] == sys.argv[1] and answer[20] == 0 and answer[24:] == rest, answer
print("echo")
"""


def without_nat():
    """The challenge is real: with another password nobody gets in. Hosts answer an echo request."""
    with live.Live("plain", WORLD.format(nat="", nat_box="")) as run:
        register(run, 1, "{:016x}")
        assert run.returncode != 0
        registrar = run.ready["registrars"]["reg1"].split(":")[0]
        said = run.run("python3", "-c", ECHO, registrar)
        assert said == "echo\n", said
    assert "200" not in run.end["answers"] and run.end["bindings"] == 0, run.end


def main():
    live.need("sipp")
    behind_nat()
    without_nat()


if __name__ == "__main__":
    sys.exit(main())
