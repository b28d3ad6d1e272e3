"""Closed forms of the registrar outage, to set beside simulated numbers.

The same laws as analysis/models.h, where each is derived; both are held to the values of
tests/analysis/laws.csv. Times in s, rates in 1/s. A registrar whose host is dead and silent for
`outage`; accounts refresh every `period` with uniform phases, resend by RFC 3261 over UDP and wait
`wait` between attempts.
"""

# RFC 3261 17.1.2.2, T1 = 0.5 s, T2 = 4 s: Timer E doubles up to T2, Timer F ends it.
RESEND_S = (0.0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5)
GIVE_UP_S = 32.0


def steady_rate(accounts, period, legs=2):
    """N/r refreshes per second, each of `legs` REGISTER (2 if every one is challenged)."""
    return legs * accounts / period


def accounts_in_retry(accounts, period, outage):
    """Those whose refresh falls into the outage: N min(1, D/r)."""
    return accounts * min(1.0, outage / period)


def send_instants(wait, until):
    """When an account in retry sends, from its first failed request to the first beyond `until`."""
    out, begin = [], 0.0
    while True:
        for offset in RESEND_S:
            out.append(begin + offset)
            if out[-1] > until:
                return out
        begin += GIVE_UP_S + wait


def requests_in_outage(accounts, period, outage, wait):
    """Expected REGISTER at the dead host: N/r times the sum over copies of what is left of D."""
    total = sum(
        max(0.0, outage - t) - max(0.0, outage - period - t) for t in send_instants(wait, outage)
    )
    return accounts / period * total


def back_within(period, outage, wait, t):
    """Share of the accounts in retry that send within t after the outage's end."""
    low = max(0.0, outage - period)
    sends = send_instants(wait, outage)
    silent = sum(
        max(0.0, min(after - t, outage) - max(before, low))
        for before, after in zip(sends, sends[1:])
    )
    return 1.0 - silent / (outage - low)


def return_rate(accounts, period, outage, wait, t, width=1.0):
    """First REGISTER per second from the accounts in retry, t after the outage's end."""
    step = back_within(period, outage, wait, t + width) - back_within(period, outage, wait, t)
    return accounts_in_retry(accounts, period, outage) * step / width
