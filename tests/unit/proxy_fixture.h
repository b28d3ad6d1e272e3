#pragma once

// A device, an edge proxy and a registrar, with a hand that carries messages between them.

#include "model/registrar/registrar.h"
#include "model/registrar/registrar_server.h"
#include "tests/unit/answering_server.h"
#include "tests/unit/making_proxy.h"

#include <doctest/doctest.h>

#include <optional>

namespace sipsim::proxy
{

using namespace std::chrono_literals;
using What = Passed::What;

inline constexpr sip::Host kDomain{sip::kFirstHostName + 1};
inline constexpr sip::Endpoint kProxy{sip::Host{0x0A000064}, 5060};
inline constexpr sip::Endpoint kRegistrar{sip::Host{0x0A000001}, 5060};
inline constexpr sip::HostPort kInside{sip::Host{0xC0A80102}, 5060}; // the device's own address
inline constexpr sip::Endpoint kSeen{sip::Host{0x0A000009}, 40'000}; // its NAT's
inline constexpr sip::UserId kAlice{1001};
inline constexpr sip::SecretId kSecret{77};
inline constexpr DrawKey kKey{.seed = 5, .device = kServerDevice + 7, .account = 0};

constexpr SimTime
at(SimDuration t)
{
    return SimTime{t};
}

inline sip::Contact
contact(sip::HostPort where, std::optional<std::uint32_t> expires = {}, sip::UserId user = kAlice)
{
    return {.uri = {.user = user, .at = where, .transport = {}}, .expires = expires};
}

/// A REGISTER of the device behind the NAT, as it reaches the proxy.
inline sip::Message
a_register(std::uint32_t cseq,
           std::optional<std::uint32_t> expires = 3600,
           std::uint64_t call_id = 500,
           sip::Endpoint src = kSeen)
{
    sip::Message m;
    m.src = src;
    m.dst = kProxy;
    m.method = sip::Method::kRegister;
    m.request_uri.at = {kDomain, 0};
    m.from = {.user = kAlice, .at = {kDomain, 0}, .transport = {}};
    m.to = m.from;
    m.from_tag = sip::Tag{9};
    m.call_id = sip::CallId{call_id};
    m.cseq = sip::CSeq{cseq};
    m.via.push(
        {.sent_by = kInside, .branch = sip::Branch{call_id * 1000 + cseq}, .rport_asked = true});
    m.expires = expires;
    m.contacts.push(contact(kInside));
    return m;
}

inline registrar::RegistrarOptions
open_to_all(registrar::OnSecondContact second = registrar::OnSecondContact::kReplace)
{
    registrar::RegistrarOptions o;
    o.challenge = registrar::ChallengeWhen::kNever;
    o.on_second_contact = second;
    o.max_contacts = second == registrar::OnSecondContact::kAppend ? sip::kMaxContacts : 1;
    return o;
}

struct Fixture
{
    explicit Fixture(ProxyOptions o = {}, registrar::RegistrarOptions r = open_to_all())
        : options(o),
          registrar_options(std::move(r))
    {
    }

    ProxyOptions options;
    registrar::RegistrarOptions registrar_options;
    sip::IntegerProof proof;
    registrar::LocationService locations;
    registrar::Registrar registrar{registrar_options,
                                   {.seed = 5, .device = kServerDevice, .account = 0},
                                   kDomain,
                                   proof,
                                   [](sip::UserId) { return std::optional{kSecret}; },
                                   locations};
    registrar::AnsweringServer server{registrar, registrar_options};
    MakingProxy proxy{options, kProxy, kRegistrar, kKey};
    int asked = 0; // requests that reached the registrar

    /// There and back at one instant: what the device receives.
    Made exchange(SimTime now, const sip::Message& request)
    {
        Made there = proxy.on_request(now, request);
        if (there.what != What::kForwarded)
        {
            return there;
        }
        ++asked;
        const registrar::Answered answered = server.on_request(now, *there.message);
        REQUIRE(answered.response);
        return proxy.on_response(now, *answered.response);
    }

    sip::Message answer(SimTime now, const sip::Message& request)
    {
        const Made back = exchange(now, request);
        REQUIRE(back.message);
        return *back.message;
    }

    /// The request as it goes on to the registrar.
    sip::Message forwarded(SimTime now, const sip::Message& request)
    {
        const Made there = proxy.on_request(now, request);
        REQUIRE(there.what == What::kForwarded);
        return *there.message;
    }
};

} // namespace sipsim::proxy
