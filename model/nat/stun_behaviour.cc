#include "model/nat/stun_discovery.h"

namespace sipsim::nat
{

StunSend
BehaviourDiscovery::request(const StunClientSettings& settings, const StunClientHost& host) const
{
    const bool filters = test_ >= Test::kFilterConnect;
    StunSend send{binding_request(settings, host.key, number()),
                  settings.server,
                  static_cast<std::uint8_t>(filters ? 1 : 0)};
    switch (test_)
    {
    case Test::kMappingTwo:
        send.to.host = other_.host; // alternate address, primary port
        break;
    case Test::kMappingThree:
        send.to = other_;
        break;
    case Test::kFilterTwo:
        send.message.change = StunChange{true, true};
        break;
    case Test::kFilterThree:
        send.message.change = StunChange{false, true};
        break;
    case Test::kNone:
    case Test::kConnect:
    case Test::kFilterConnect:
    case Test::kDone:
        break;
    }
    return send;
}

void
BehaviourDiscovery::on_start(const StunClientSettings& settings,
                             const StunClientHost& host,
                             std::uint64_t number,
                             SimTime now,
                             StunOutputs& out)
{
    found_ = {};
    test_ = Test::kConnect;
    begin(settings, host, number, now, out);
}

void
BehaviourDiscovery::ended(const StunClientSettings& settings,
                          const StunClientHost& host,
                          const StunMessage* response,
                          SimTime now,
                          StunOutputs& out)
{
    test_ = after(host, response);
    if (test_ != Test::kDone)
    {
        begin(settings, host, next_number(), now, out);
    }
}

BehaviourDiscovery::Test
BehaviourDiscovery::after(const StunClientHost& host, const StunMessage* response)
{
    // An error response is no answer to a test, nor is one that we must not use.
    const bool refused = response != nullptr && !usable(*response);
    const auto mapped = response != nullptr && !refused ? response->mapped_address() : std::nullopt;
    switch (test_)
    {
    case Test::kConnect:
        found_.reached = response != nullptr;
        if (!mapped)
        {
            return Test::kDone;
        }
        found_.mapped = mapped;
        found_.translated = mapped != host.local[0];
        if (!found_.translated)
        {
            found_.mapping = Dependence::kEndpointIndependent; // §4.3: not NATed
        }
        if (!response->other_address())
        {
            return Test::kDone; // §4.3, §4.4: the server does not support this usage
        }
        other_ = *response->other_address();
        return found_.mapping ? Test::kFilterConnect : Test::kMappingTwo;
    case Test::kMappingTwo:
        if (mapped == found_.mapped)
        {
            found_.mapping = Dependence::kEndpointIndependent;
        }
        if (!mapped || found_.mapping)
        {
            return Test::kFilterConnect;
        }
        seen_two_ = *mapped;
        return Test::kMappingThree;
    case Test::kMappingThree:
        if (mapped)
        {
            found_.mapping = *mapped == seen_two_ ? Dependence::kAddressDependent
                                                  : Dependence::kAddressAndPortDependent;
        }
        return Test::kFilterConnect;
    case Test::kFilterConnect:
        return mapped ? Test::kFilterTwo : Test::kDone;
    case Test::kFilterTwo:
        if (mapped)
        {
            found_.filtering = Dependence::kEndpointIndependent;
        }
        return mapped || refused ? Test::kDone : Test::kFilterThree;
    case Test::kFilterThree:
        if (!refused)
        {
            found_.filtering =
                mapped ? Dependence::kAddressDependent : Dependence::kAddressAndPortDependent;
        }
        return Test::kDone;
    case Test::kNone:
    case Test::kDone:
        break;
    }
    return Test::kDone;
}

} // namespace sipsim::nat
