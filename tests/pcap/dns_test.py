"""What a device that locates its registrar says to its name server, as tshark reads it: the query of each
location, the records that come back, one query per TTL; nothing that tshark complains of."""
import json
import pathlib

from tshark_test import SOURCE, sipsim, table, tshark

CONFIG = f"""
[experiment]
name = "dns"
duration = "20min"
[network]
topology = "{SOURCE}/topologies/abilene.graphml"
[[registrar]]
name = "reg1"
at = "Chicago"
domain = "sip.example"
[[zone]]
name = "main"
origin = "sip.example"
ttl = "500s"
records = [
    "@ NAPTR 10 50 s SIP+D2U _sip._udp",
    "_sip._udp SRV 10 0 5060 reg1",
    "reg1 A registrar:reg1",
]
[[dns]]
name = "ns1"
at = "Denver"
zones = ["main"]
[[fleet]]
name = "phones"
profile = "rfc3261"
count = 2
server = "reg1"
locate = "sip.example"
name_servers = ["ns1"]
start = "at-once"
dns.mode = "naptr-srv"
registration.expires = "120s"
"""
# A lookup that is late is sent again and tshark says so; here none is.
WRONG = "_ws.malformed || _ws.expert.severity >= 0x600000"


def main():
    config = pathlib.Path("dns.toml")
    config.write_text(CONFIG)
    capture = pathlib.Path("dns.pcap")
    for line in sipsim("trace", config, "--ua", 1, "--json", "--pcap", capture).splitlines():
        json.loads(line)
    found, failed = tshark(capture, "-Y", f"({WRONG}) || !(dns || sip)")
    assert not found and not failed, f"{found[:3000]}{failed}"
    queries = table(capture, "dns.flags.response == 0", ["dns.qry.name", "dns.qry.type"])
    # 20 min of a list of 500 s: located when the first REGISTER after 0, 500 and 1000 s is due. The SRV
    # records come with NAPTR, the addresses with SRV (RFC 3403, RFC 2782): one query each time.
    assert len(queries) == 3, queries
    assert all(query[:2] == ["sip.example", "35"] for query in queries), queries
    answers = table(capture, "dns.flags.response == 1", [
        "dns.flags.rcode", "dns.flags.authoritative", "dns.count.answers", "dns.naptr.service",
        "dns.srv.port", "dns.srv.target"])
    assert len(answers) == 3, answers
    for answer in answers:
        assert answer[0] == "0" and answer[1] in ("1", "True") and answer[2] == "1", answer
        assert answer[3:] == ["SIP+D2U", "5060", "reg1.sip.example"], answer
    print("tshark reads the DNS")


if __name__ == "__main__":
    main()
