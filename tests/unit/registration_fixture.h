#pragma once

// A user agent on a bench: the test answers for the server, and time goes where the test says.

#include "model/registration/user_agent.h"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <vector>

namespace sipsim::registration
{

inline constexpr sip::Host kDomain{0xF000'0001U}; // a name
inline constexpr sip::Host kRealm{0xF000'0002U};
inline constexpr sip::Endpoint kServer{sip::Host{0x0A00'0001U}, 5060};
inline constexpr sip::Endpoint kOtherServer{sip::Host{0x0A00'0002U}, 5070};
inline constexpr sip::Endpoint kDevice{sip::Host{0x0A01'0001U}, 5060};
inline constexpr SimTime kT0{100s}; // lives do not begin at zero

struct Bench
{
    struct Sent
    {
        SimTime at{};
        sip::Message message;
        bool again = false;
    };

    struct Moved
    {
        SimTime at{};
        Transition transition;
    };

    sip::IntegerProof proof;
    std::array<sip::Endpoint, 1> servers{kServer};
    AgentSettings settings{.registration = {},
                           .servers = servers,
                           .domain = kDomain,
                           .proof = &proof};
    Account account{.key = {.seed = 1, .device = 17, .account = 0},
                    .user = sip::UserId{4017},
                    .secret = sip::SecretId{99},
                    .address = kDevice,
                    .instance = sip::InstanceId{17}};
    UserAgent agent;
    sip::Message room; // of Outputs
    UserAgent::Transaction transaction;
    SimTime now = kT0;
    std::vector<Sent> sent;
    std::vector<Moved> moved;
    int finished = 0;

    Bench() = default;
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    RegistrationOptions& options()
    {
        return settings.registration;
    }

    void start()
    {
        Outputs out{room};
        agent.on_start(settings, account, transaction, now, out);
        take(out);
    }

    void start_at(SimTime first)
    {
        Outputs out{room};
        agent.on_start_at(settings, account, transaction, now, first, out);
        take(out);
    }

    void shut_down()
    {
        Outputs out{room};
        agent.on_shutdown(settings, account, transaction, now, out);
        take(out);
    }

    void crash()
    {
        Outputs out{room};
        agent.on_crash(transaction, out);
        take(out);
    }

    // About the request sent last.
    void transport_error()
    {
        transport_error(agent.request_number());
    }

    void transport_error(std::uint64_t request)
    {
        Outputs out{room};
        agent.on_transport_error(settings, account, transaction, now, request, out);
        take(out);
    }

    void receive(const sip::Message& message)
    {
        Outputs out{room};
        agent.on_message(settings, account, transaction, now, message, out);
        take(out);
    }

    // A spurious call: nothing may come of it.
    void poke()
    {
        const SimTime next = next_deadline();
        Outputs out{room};
        agent.on_deadline(settings, account, transaction, now, out);
        CHECK(out.empty());
        CHECK(next_deadline() == next);
    }

    [[nodiscard]] SimTime next_deadline() const
    {
        return agent.next_deadline(transaction);
    }

    // Lets every deadline up to `until` happen; pokes the agent a nanosecond before each.
    void run_until(SimTime until)
    {
        for (int step = 0; step < 10'000; ++step)
        {
            const SimTime next = next_deadline();
            if (next > until)
            {
                now = until;
                poke();
                return;
            }
            if (next > now)
            {
                now = next - 1ns;
                poke();
            }
            now = next;
            Outputs out{room};
            agent.on_deadline(settings, account, transaction, now, out);
            take(out);
        }
        FAIL("never idle");
    }

    void run_for(SimDuration time)
    {
        run_until(now + time);
    }

    [[nodiscard]] const sip::Message& request() const
    {
        REQUIRE(!sent.empty());
        return sent.back().message;
    }

    // A response to the last request, as a server would make it.
    [[nodiscard]] sip::Message response(std::uint16_t status) const
    {
        return sip::make_response(request(), status, sip::Tag{7});
    }

    void answer(std::uint16_t status)
    {
        receive(response(status));
    }

    // 200 that lists our contact with `granted` seconds.
    void grant(std::uint32_t granted)
    {
        sip::Message ok = response(200);
        sip::Contact contact = request().contacts.empty() ? sip::Contact{} : request().contacts[0];
        contact.expires = granted;
        ok.contacts.push(contact);
        receive(ok);
    }

    [[nodiscard]] sip::Message challenge_of(std::uint64_t nonce,
                                            bool stale = false,
                                            std::uint16_t status = 401) const
    {
        sip::Message message = response(status);
        message.challenges.push({.realm = kRealm, .nonce = sip::Nonce{nonce}, .stale = stale});
        return message;
    }

    void challenge(std::uint64_t nonce, bool stale = false, std::uint16_t status = 401)
    {
        receive(challenge_of(nonce, stale, status));
    }

    [[nodiscard]] const Transition& last() const
    {
        REQUIRE(!moved.empty());
        return moved.back().transition;
    }

    [[nodiscard]] State state() const
    {
        return agent.client().state();
    }

    [[nodiscard]] bool has_proved() const
    {
        return request().credentials &&
               sip::proves(*request().credentials, account.secret, sip::Method::kRegister, proof);
    }

    // Registered for `granted` seconds by a server that does not challenge.
    void register_for(std::uint32_t granted)
    {
        start();
        run_until(next_deadline() == kNever || !sent.empty() ? now : next_deadline());
        grant(granted);
        REQUIRE(state() == State::kRegistered);
    }

    void take(const Outputs& out)
    {
        for (const Transition& transition : out.transitions)
        {
            if (transition.to == State::kRegistering && !moved.empty())
            {
                // An attempt that begins or goes on changes no belief: world::Collector relies on it.
                CHECK(transition.bound_until == last().bound_until);
            }
            moved.push_back({now, transition});
        }
        const bool again = out.next == Outputs::Next::kSendAgain;
        if (again || out.next == Outputs::Next::kSend)
        {
            sent.push_back({now, out.request, again});
        }
        finished += out.next == Outputs::Next::kFinished ? 1 : 0;
        if (!moved.empty())
        {
            CHECK(last().to == state()); // every change of state is told
        }
    }
};

} // namespace sipsim::registration
