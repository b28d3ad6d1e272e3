"""Debian's dig asks a simulated name server: A, SRV with its addresses, NAPTR, a wildcard, a CNAME, what
does not exist, a set that does not fit a datagram, and through a site's resolver, with DNSSEC or another
version of EDNS."""
import live

COUNT = 20  # SRV records of one name: more than 512 octets
MANY = "".join(f'    "_many._udp SRV 10 {n} 5060 h{n}",\n    "h{n} A 192.0.2.{n}",\n'
               for n in range(1, COUNT + 1))
WORLD = live.HEAD + f"""
[[registrar]]
name = "reg1"
at = "Chicago"

[[zone]]
name = "main"
origin = "sip.example"
ttl = "300s"
negative_ttl = "77s"
records = [
    "@ NAPTR 10 50 s SIP+D2U _sip._udp",
    "_sip._udp SRV 10 60 5060 reg1",
    "_sip._udp SRV 20 0 5062 other",
    "reg1 60 A registrar:reg1",
    "other A 192.0.2.7",
    "www CNAME other",
    "*.wild A 192.0.2.8",
{MANY}]

[[dns]]
name = "ns1"
at = "Denver"
zones = ["main"]

[[dns]]
name = "site"
at = "Denver"
forward = ["ns1"]

[[fleet]]
name = "home"
profile = "rfc3261"
count = 1
at = "Seattle"
server = "reg1"

[live]
fleet = "home"
"""


def answers(said):
    """The answer section, a list of words per record."""
    return [line.split() for line in said.splitlines() if line and not line.startswith(";")]


def main():
    live.need("dig")
    with live.Live("dig", WORLD) as run:
        server, port = run.ready["dns"]["ns1"].split(":")
        assert port == "53", port

        def dig(*words):
            return run.run("dig", f"@{server}", "+tries=1", "+time=5", *words)

        def records(*words):
            return sorted(answers(dig("+noall", "+answer", *words)))

        registrar = run.ready["registrars"]["reg1"].split(":")[0]
        assert records("reg1.sip.example", "A") == [
            ["reg1.sip.example.", "60", "IN", "A", registrar]]
        assert records("_sip._udp.sip.example", "SRV") == [
            ["_sip._udp.sip.example.", "300", "IN", "SRV", "10", "60", "5060", "reg1.sip.example."],
            ["_sip._udp.sip.example.", "300", "IN", "SRV", "20", "0", "5062", "other.sip.example."]]
        said = sorted(answers(dig("+noall", "+additional", "_sip._udp.sip.example", "SRV")))
        assert [line[0] for line in said] == ["other.sip.example.", "reg1.sip.example."], said
        naptr = records("sip.example", "NAPTR")
        assert naptr == [["sip.example.", "300", "IN", "NAPTR", "10", "50", '"s"', '"SIP+D2U"', '""',
                          "_sip._udp.sip.example."]], naptr
        assert records("www.sip.example", "A") == [
            ["other.sip.example.", "300", "IN", "A", "192.0.2.7"],
            ["www.sip.example.", "300", "IN", "CNAME", "other.sip.example."]]
        assert records("any.wild.sip.example", "A") == [
            ["any.wild.sip.example.", "300", "IN", "A", "192.0.2.8"]]
        # RFC 2308: NXDOMAIN and NODATA come with the SOA, whose TTL says how long they hold.
        for words, status in ((("no.sip.example", "A"), "NXDOMAIN"),
                              (("reg1.sip.example", "SRV"), "NOERROR")):
            said = dig(*words)
            assert f"status: {status}" in said and "ANSWER: 0" in said, said
            soa = [line.split() for line in said.splitlines() if "SOA" in line]
            assert len(soa) == 1 and soa[0][:2] == ["sip.example.", "77"], said
        assert "status: REFUSED" in dig("elsewhere.example", "A")
        # RFC 2181 section 9: TC where the set does not fit; with EDNS (RFC 6891) it does.
        said = dig("+noedns", "+ignore", "_many._udp.sip.example", "SRV")
        assert " tc" in next(line for line in said.splitlines() if "flags:" in line), said
        said = dig("+bufsize=1232", "_many._udp.sip.example", "SRV")
        assert f"ANSWER: {COUNT}" in said and " tc" not in said.split("QUESTION")[0], said
        # RFC 3225 section 3: who has nothing of DNSSEC answers all the same, and copies DO. RFC 6891 section
        # 6.1.3: BADVERS to a version that is not known, with one that is.
        site = run.ready["dns"]["site"].split(":")[0]
        for at in (server, site):
            def ask(*words):
                return run.run("dig", f"@{at}", "+tries=1", "+time=5", "reg1.sip.example", "A", *words)

            said = ask("+dnssec")
            assert "status: NOERROR" in said and "ANSWER: 1" in said and "flags: do;" in said, said
            said = ask("+nodnssec")
            assert "status: NOERROR" in said and "flags: do" not in said, said
            said = ask("+edns=1", "+noednsnegotiation")
            assert "status: BADVERS" in said and "EDNS: version: 0" in said, said
            said = ask("+opcode=NOTIFY")
            assert "status: NOTIMP" in said, said
    print("dig agrees")


if __name__ == "__main__":
    main()
