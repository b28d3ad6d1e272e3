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

void
ClassicDiscovery::begin(const StunClientSettings& settings,
                        const StunClientHost& host,
                        Test test,
                        std::uint64_t number,
                        SimTime now,
                        StunOutputs& out)
{
    test_ = test;
    transaction_.start(settings.law, number, now);
    send(settings, host, false, out);
}

void
ClassicDiscovery::send(const StunClientSettings& settings,
                       const StunClientHost& host,
                       bool again,
                       StunOutputs& out) const
{
    StunSend send{binding_request(settings, host.key, transaction_.number()),
                  test_ == Test::kOneElsewhere ? elsewhere_ : settings.server,
                  0,
                  again};
    if (test_ == Test::kTwo || test_ == Test::kThree)
    {
        send.message.change = StunChange{test_ == Test::kTwo, true};
    }
    out.push(send);
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
    begin(settings, host, Test::kOne, number, now, out);
}

void
ClassicDiscovery::on_message(const StunClientSettings& settings,
                             const StunClientHost& host,
                             SimTime now,
                             const StunMessage& message,
                             StunOutputs& out)
{
    if (transaction_.active() && answers(message, host.key, transaction_.number(), settings.form))
    {
        transaction_.stop();
        ended(settings, host, &message, now, out);
    }
}

void
ClassicDiscovery::on_deadline(const StunClientSettings& settings,
                              const StunClientHost& host,
                              SimTime now,
                              StunOutputs& out)
{
    switch (transaction_.on_deadline(settings.law, now))
    {
    case StunTransaction::Step::kNone:
        return;
    case StunTransaction::Step::kSend:
        send(settings, host, true, out);
        return;
    case StunTransaction::Step::kFailed:
        ended(settings, host, nullptr, now, out);
        return;
    }
}

void
ClassicDiscovery::on_transport_error(const StunClientSettings& settings,
                                     const StunClientHost& host,
                                     SimTime now,
                                     StunOutputs& out)
{
    if (transaction_.active())
    {
        transaction_.stop();
        ended(settings, host, nullptr, now, out);
    }
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
    const std::uint64_t next = next_number();
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
        begin(settings, host, Test::kTwo, next, now, out);
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
            begin(settings, host, Test::kOneElsewhere, next, now, out);
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
            begin(settings, host, Test::kThree, next, now, out);
        }
        return;
    case Test::kThree:
        finish(answered ? NatType::kRestrictedCone : NatType::kPortRestrictedCone);
        return;
    }
}

} // namespace sipsim::nat
