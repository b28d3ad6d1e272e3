"""Simulated Grandstream GXW410x register with digest at a real Kamailio, refresh, and one fleet of them
unregisters as it reboots. Kamailio's own list of bindings is what the simulation says at each step."""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import time

import live

# Half of them clear their registration before a reboot, whose boot takes longer than this test.
WORLD = live.HEAD + """
[[registrar]]
name = "reg1"
at = "Chicago"

[[fleet]]
name = "stay"
profile = "grandstream-gxw410x"
count = 4
accounts = 2
server = "reg1"
start = "at-once"
vendor."Register Expiration" = 1
vendor."SIP Registration Failure Retry Wait Time" = 2

[[fleet]]
name = "leave"
profile = "grandstream-gxw410x"
count = 5
server = "reg1"
start = "at-once"
vendor."Register Expiration" = 1
vendor."SIP Registration Failure Retry Wait Time" = 2
vendor."Unregister on Reboot" = "Yes"

[[fault]]
kind = "reboot"
target = "fleet:leave"
at = "25s"

[live]
registrar = "reg1"
"""
STAYING, LEAVING = 8, 5  # accounts, numbered in this order
GRANTED = 30             # seconds; the profile refreshes 20 s before
REFRESH = 10

CONFIG = """
debug=2
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
auto_aliases=no
alias="sip.example"
listen=udp:{address}:5060
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "htable.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "ctl.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", {granted})
modparam("registrar", "min_expires", 10)
modparam("htable", "htable", "secrets=>size=8;")
modparam("ctl", "binrpc", "unix:{socket}")
event_route[htable:mod-init] {{
{secrets}
}}
request_route {{
    if (!is_method("REGISTER")) {{
        sl_send_reply("405", "Method Not Allowed");
        exit;
    }}
    if (!pv_www_authenticate("sip.example", "$sht(secrets=>$fU)", "0")) {{
        www_challenge("sip.example", "1");
        exit;
    }}
    save("location");
}}
"""


@contextlib.contextmanager
def kamailio(run):
    folder = pathlib.Path("kamailio").absolute()
    folder.mkdir(exist_ok=True)
    # A path to a socket is short (108 octets), a build directory may not be.
    socket = f"/tmp/sipsim-{os.getpid()}.sock"
    secrets = "\n".join(
        f'    $sht(secrets=>u{n:07}) = "secret-{n:016x}";' for n in range(1, STAYING + LEAVING + 1)
    )
    config = folder / "kamailio.cfg"
    config.write_text(CONFIG.format(
        address=run.ready["address"], granted=GRANTED, socket=socket, secrets=secrets))
    with open(folder / "log.txt", "w", encoding="utf-8") as log:
        process = run.popen(
            "kamailio", "-f", config, "-DD", "-Y", folder, "-P", folder / "pid", "-m", "64", "-M", "8",
            stdout=log, stderr=subprocess.STDOUT,
        )
        try:
            yield socket, process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)
            pathlib.Path(socket).unlink(missing_ok=True)


def bindings(socket):
    """Kamailio's list: address of record to its contacts with their remaining seconds."""
    done = subprocess.run(
        ["kamcmd", "-s", f"unix:{socket}", "ul.dump"],
        capture_output=True, text=True, timeout=10, check=False,
    )
    bound, aor = {}, None
    for name, value in re.findall(r"^\s*(AoR|Address|Expires): (\S+)$", done.stdout, re.M):
        if name == "AoR":
            aor = bound.setdefault(value, {})
        elif name == "Address":
            contact = value
        else:
            aor[contact] = int(value)
    return bound


def expected(run, accounts):
    """What the simulation says: who is there, and where."""
    states = {}
    for event in list(run.events):
        if event["what"] == "state":
            states[event["ua"]] = event
    return {
        states[ua]["aor"].split("@")[0]: f"sip:{states[ua]['aor'].split('@')[0]}@{states[ua]['contact']}"
        for ua in accounts
    }


def agree(run, socket, accounts):
    wanted = expected(run, accounts)
    found = bindings(socket)
    assert {aor: list(contacts) for aor, contacts in found.items()} == {
        aor: [contact] for aor, contact in wanted.items()
    }, f"Kamailio: {found}, the simulation: {wanted}"
    left = [seconds for contacts in found.values() for seconds in contacts.values()]
    # Refreshed in time: nobody is closer to the end than the profile's lead, give or take a second.
    assert all(GRANTED - REFRESH - 2 <= seconds <= GRANTED for seconds in left), left


def granted(ua, times):
    seen = []

    def enough(event):
        if event["what"] == "state" and event["ua"] == ua and event["reason"] == "granted":
            seen.append(event["t_ns"])
        return len(set(seen)) >= times

    return enough


def story(run, socket):
    everyone = range(STAYING + LEAVING)
    for ua in everyone:
        run.wait(granted(ua, 1), 20)
    agree(run, socket, everyone)
    for ua in everyone:
        run.wait(granted(ua, 2), 20)
    agree(run, socket, everyone)
    for ua in everyone[STAYING:]:
        run.wait(lambda e, ua=ua: e["what"] == "state" and e["ua"] == ua and e["state"] == "off", 30)
    agree(run, socket, everyone[:STAYING])


def main():
    live.need("kamailio", "kamcmd")
    started = time.monotonic()
    with live.Live("kamailio", WORLD) as run:
        with kamailio(run) as (socket, process):
            try:
                story(run, socket)
            except AssertionError:
                print(pathlib.Path("kamailio/log.txt").read_text()[-3000:])
                raise
            assert process.poll() is None, "Kamailio ended"
    end = run.end
    removed = sum(1 for e in run.events if e["what"] == "state" and e["reason"] == "removed")
    print(f"{time.monotonic() - started:.0f} s; {removed} unregistered; "
          f"{end['late']} of {end['events']} events late, the latest {end['latest_ms']:.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
