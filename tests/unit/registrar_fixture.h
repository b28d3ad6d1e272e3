#pragma once

// A registrar with its location service and a client's hand to write requests with.

#include "model/registrar/registrar.h"
#include "model/registrar/registrar_server.h"
#include "tests/unit/answering_server.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>

namespace sipsim::registrar
{

using namespace std::chrono_literals;

inline constexpr sip::Host kDomain{sip::kFirstHostName + 1};
inline constexpr sip::Endpoint kServer{sip::Host{0x0A000001}, 5060};
inline constexpr sip::Endpoint kClient{sip::Host{0x0A000002}, 5070};
inline constexpr sip::UserId kAlice{1001};
inline constexpr sip::SecretId kSecret{77};

constexpr SimTime
at(SimDuration t)
{
    return SimTime{t};
}

inline sip::Contact
contact(std::uint32_t host,
        std::optional<std::uint32_t> expires = {},
        sip::InstanceId instance = {},
        std::uint16_t port = 5060)
{
    return {.uri = {.user = kAlice, .at = {sip::Host{host}, port}, .transport = {}},
            .instance = instance,
            .expires = expires};
}

inline sip::Message
request_of(std::initializer_list<sip::Contact> contacts,
           std::uint32_t cseq = 1,
           std::uint64_t call_id = 500)
{
    sip::Message m;
    m.src = kClient;
    m.dst = kServer;
    m.method = sip::Method::kRegister;
    m.request_uri.at = {kDomain, 0};
    m.from = {.user = kAlice, .at = {kDomain, 0}, .transport = {}};
    m.to = m.from;
    m.from_tag = sip::Tag{9};
    m.call_id = sip::CallId{call_id};
    m.cseq = sip::CSeq{cseq};
    m.via.push({.sent_by = kClient, .branch = sip::Branch{call_id * 1000 + cseq}});
    for (const sip::Contact& c : contacts)
    {
        m.contacts.push(c);
    }
    return m;
}

inline sip::Message
star(std::uint32_t cseq, std::uint64_t call_id = 500, std::optional<std::uint32_t> expires = 0)
{
    sip::Message m = request_of({}, cseq, call_id);
    m.contact_star = true;
    m.expires = expires;
    return m;
}

inline RegistrarOptions
open_to_all()
{
    RegistrarOptions o;
    o.challenge = ChallengeWhen::kNever;
    return o;
}

struct Fixture
{
    explicit Fixture(RegistrarOptions o = open_to_all())
        : options(std::move(o))
    {
    }

    RegistrarOptions options;
    sip::IntegerProof proof;
    LocationService locations;
    Registrar registrar{options,
                        DrawKey{.seed = 5, .device = kServerDevice, .account = 0},
                        kDomain,
                        proof,
                        [](sip::UserId user) {
                            return user == kAlice || user == sip::UserId{1002}
                                       ? std::optional{kSecret}
                                       : std::nullopt;
                        },
                        locations};
    AnsweringServer server{registrar, options};

    Reply process(SimTime now, const sip::Message& m)
    {
        Reply reply;
        registrar.process(now, m, reply);
        return reply;
    }

    std::uint16_t status(SimTime now, const sip::Message& m)
    {
        return process(now, m).status;
    }

    sip::Message answer(SimTime now, const sip::Message& m)
    {
        return registrar.response(now, m, process(now, m));
    }

    [[nodiscard]] LocationService::Bindings bound(SimTime now) const
    {
        return locations.lookup(kAlice, now);
    }

    /// `m` with credentials for the challenge in `response`.
    [[nodiscard]] sip::Message proven(sip::Message m,
                                      const sip::Message& response,
                                      std::uint32_t nc = 1,
                                      sip::SecretId secret = kSecret,
                                      sip::UserId user = kAlice) const
    {
        REQUIRE(response.challenges.size() >= 1);
        m.credentials = sip::make_credentials(response.challenges[0],
                                              user,
                                              secret,
                                              m.method,
                                              m.request_uri,
                                              nc,
                                              sip::Cnonce{3},
                                              proof);
        m.proxy_auth = response.status == 407;
        return m;
    }
};

} // namespace sipsim::registrar
