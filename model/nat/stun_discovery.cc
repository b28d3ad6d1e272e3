#include "model/nat/stun_discovery.h"

namespace sipsim::nat
{

std::string_view
name_of(NatType type)
{
    switch (type)
    {
    case NatType::kOpen:
        return "open";
    case NatType::kUdpBlocked:
        return "udp-blocked";
    case NatType::kSymmetricFirewall:
        return "symmetric-firewall";
    case NatType::kFullCone:
        return "full-cone";
    case NatType::kRestrictedCone:
        return "restricted-cone";
    case NatType::kPortRestrictedCone:
        return "port-restricted-cone";
    case NatType::kSymmetric:
        return "symmetric";
    case NatType::kUndetermined:
        break;
    }
    return "undetermined";
}

std::string_view
name_of(Dependence dependence)
{
    switch (dependence)
    {
    case Dependence::kEndpointIndependent:
        return "endpoint-independent";
    case Dependence::kAddressDependent:
        return "address-dependent";
    case Dependence::kAddressAndPortDependent:
        break;
    }
    return "address-and-port-dependent";
}

StunSend
ClassicDiscovery::request(const StunClientSettings& settings, const StunClientHost& host) const
{
    StunSend send{binding_request(settings, host.key, number()),
                  test_ == Test::kOneElsewhere ? elsewhere_ : settings.server};
    if (test_ == Test::kTwo || test_ == Test::kThree)
    {
        send.message.change = StunChange{test_ == Test::kTwo, true};
    }
    return send;
}

void
ClassicDiscovery::next(const StunClientSettings& settings,
                       const StunClientHost& host,
                       Test test,
                       SimTime now,
                       StunOutputs& out)
{
    test_ = test;
    begin(settings, host, next_number(), now, out);
}

void
ClassicDiscovery::finish(NatType type)
{
    test_ = Test::kNone;
    type_ = type;
}

void
ClassicDiscovery::on_start(const StunClientSettings& settings,
                           const StunClientHost& host,
                           std::uint64_t number,
                           SimTime now,
                           StunOutputs& out)
{
    mapped_.reset();
    type_.reset();
    test_ = Test::kOne;
    begin(settings, host, number, now, out);
}

// RFC 3489 figure 2.
void
ClassicDiscovery::ended(const StunClientSettings& settings,
                        const StunClientHost& host,
                        const StunMessage* response,
                        SimTime now,
                        StunOutputs& out)
{
    const bool answered = response != nullptr;
    if (answered && !usable(*response))
    {
        finish(NatType::kUndetermined); // an error, 420 for one: the server cannot do this test
        return;
    }
    switch (test_)
    {
    case Test::kNone:
        return;
    case Test::kOne:
        if (!answered)
        {
            finish(NatType::kUdpBlocked);
            return;
        }
        mapped_ = response->mapped_address();
        elsewhere_ = response->other_address().value_or(Endpoint{});
        next(settings, host, Test::kTwo, now, out);
        return;
    case Test::kTwo:
        if (mapped_ == host.local[0])
        {
            finish(answered ? NatType::kOpen : NatType::kSymmetricFirewall);
        }
        else if (answered)
        {
            finish(NatType::kFullCone);
        }
        else if (elsewhere_ == Endpoint{})
        {
            finish(NatType::kUndetermined);
        }
        else
        {
            next(settings, host, Test::kOneElsewhere, now, out);
        }
        return;
    case Test::kOneElsewhere:
        if (!answered)
        {
            finish(NatType::kUndetermined);
        }
        else if (response->mapped_address() != mapped_)
        {
            finish(NatType::kSymmetric);
        }
        else
        {
            next(settings, host, Test::kThree, now, out);
        }
        return;
    case Test::kThree:
        finish(answered ? NatType::kRestrictedCone : NatType::kPortRestrictedCone);
        return;
    }
}

} // namespace sipsim::nat
