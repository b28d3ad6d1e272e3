#pragma once

// User agents and one registrar joined by a wire with a fixed delay, all on one virtual clock. A lost
// packet is one dropped line, an outage one flag.

#include "model/registrar/registrar_server.h"
#include "model/registration/user_agent.h"

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace sipsim
{

class Pair
{
  public:
    static constexpr sip::Host kDomain{sip::kFirstHostName + 1};
    static constexpr sip::Endpoint kServer{sip::Host{0x0A00'0001U}, 5060};
    static constexpr sip::UserId kUser{4017};
    static constexpr sip::SecretId kSecret{99};

    struct Line
    {
        SimTime sent{};
        bool to_registrar = false;
        bool again = false;
        bool lost = false;
        std::uint64_t request = 0; // UserAgent::request_number()
        sip::Message message;
    };

    struct Device
    {
        registration::Account account;
        registration::UserAgent agent;
        registration::UserAgent::Transaction transaction;
        int finished = 0;

        [[nodiscard]] registration::State state() const
        {
            return agent.client().state();
        }
    };

    explicit Pair(const registrar::RegistrarOptions& options = {}, std::size_t devices = 1)
        : registrar_options(options),
          devices_(devices)
    {
        settings.servers = servers_;
        settings.domain = kDomain;
        settings.proof = &proof_;
        for (std::size_t i = 0; i < devices; ++i)
        {
            // Several devices share one AOR.
            devices_[i].account = {
                .key = {.seed = 1, .device = static_cast<std::uint32_t>(i), .account = 0},
                .user = kUser,
                .secret = kSecret,
                .address = {sip::Host{0x0A01'0001U + static_cast<std::uint32_t>(i)}, 5060},
                .instance = sip::InstanceId{1 + i}};
        }
        REQUIRE(registrar::validate(registrar_options).empty());
    }

    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    registrar::RegistrarOptions registrar_options;
    registration::AgentSettings settings;
    SimDuration one_way = std::chrono::milliseconds{20};
    SimTime now{std::chrono::seconds{1000}};
    bool up = true;                        // the registrar's host
    bool icmp = false;                     // while down it answers port unreachable
    std::function<bool(const Line&)> drop; // of a line about to be sent
    std::vector<Line> wire;                // all that was sent
    std::function<void(Pair&)> after_step; // an invariant to watch

    Device& device(std::size_t i = 0)
    {
        return devices_[i];
    }

    registration::RegistrationOptions& options()
    {
        return settings.registration;
    }

    void start(std::size_t i = 0)
    {
        REQUIRE(registration::validate(options()).empty());
        registration::Outputs out{room_};
        Device& d = devices_[i];
        d.agent.on_start(settings, d.account, d.transaction, now, out);
        take(d, out);
    }

    void shut_down(std::size_t i = 0)
    {
        registration::Outputs out{room_};
        Device& d = devices_[i];
        d.agent.on_shutdown(settings, d.account, d.transaction, now, out);
        take(d, out);
    }

    void crash(std::size_t i = 0)
    {
        registration::Outputs out{room_};
        devices_[i].agent.on_crash(devices_[i].transaction, out);
        take(devices_[i], out);
    }

    // The registrar's host comes back.
    void restart(bool keep_bindings)
    {
        up = true;
        server_.on_restart(keep_bindings);
    }

    void run_until(SimTime until)
    {
        for (int step = 0; step < 100'000; ++step)
        {
            const SimTime next = next_event();
            if (next > until)
            {
                now = until;
                return;
            }
            now = next;
            this->step();
            if (after_step)
            {
                after_step(*this);
            }
        }
        FAIL("never idle");
    }

    void run_for(SimDuration time)
    {
        run_until(now + time);
    }

    [[nodiscard]] registrar::LocationService::Bindings bindings() const
    {
        return locations_.lookup(kUser, now);
    }

    // Lines sent towards the registrar, or away from it, since line `from`.
    [[nodiscard]] std::size_t count(bool to_registrar, std::size_t from = 0) const
    {
        std::size_t n = 0;
        for (std::size_t i = from; i < wire.size(); ++i)
        {
            n += wire[i].to_registrar == to_registrar ? 1 : 0;
        }
        return n;
    }

    // "REGISTER 401 REGISTER 200" since line `from`.
    [[nodiscard]] std::string ladder(std::size_t from = 0) const
    {
        std::string text;
        for (std::size_t i = from; i < wire.size(); ++i)
        {
            text += (text.empty() ? "" : " ") + sip::what(wire[i].message);
        }
        return text;
    }

  private:
    struct Flight
    {
        SimTime arrives{};
        sip::Message message;
        std::uint64_t request = 0;
        bool unreachable = false; // an ICMP error on its way back
    };

    [[nodiscard]] SimTime next_event() const
    {
        SimTime next = kNever;
        for (const Flight& flight : flights_)
        {
            next = std::min(next, flight.arrives);
        }
        for (const Device& d : devices_)
        {
            next = std::min(next, d.agent.next_deadline(d.transaction));
        }
        return next;
    }

    // Arrivals before deadlines, each in the order in which they were made.
    void step()
    {
        for (std::size_t i = 0; i < flights_.size(); ++i)
        {
            if (flights_[i].arrives == now)
            {
                const Flight flight = flights_[i];
                flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(i));
                arrive(flight);
                return;
            }
        }
        for (Device& d : devices_)
        {
            if (d.agent.next_deadline(d.transaction) == now)
            {
                registration::Outputs out{room_};
                d.agent.on_deadline(settings, d.account, d.transaction, now, out);
                take(d, out);
                return;
            }
        }
    }

    void arrive(const Flight& flight)
    {
        if (flight.unreachable)
        {
            for (Device& d : devices_)
            {
                if (d.account.address == flight.message.src)
                {
                    registration::Outputs out{room_};
                    d.agent.on_transport_error(settings,
                                               d.account,
                                               d.transaction,
                                               now,
                                               flight.request,
                                               out);
                    take(d, out);
                }
            }
        }
        else if (flight.message.is_request())
        {
            arrive_at_registrar(flight.message, flight.request);
        }
        else
        {
            for (Device& d : devices_)
            {
                if (d.account.address == flight.message.dst)
                {
                    registration::Outputs out{room_};
                    d.agent
                        .on_message(settings, d.account, d.transaction, now, flight.message, out);
                    take(d, out);
                }
            }
        }
    }

    void arrive_at_registrar(const sip::Message& message, std::uint64_t request)
    {
        if (!up || message.dst != kServer)
        {
            if (icmp)
            {
                flights_.push_back({now + one_way, message, request, true});
            }
            return;
        }
        sip::Message response;
        if (const registrar::Handled handled = server_.on_request(now, message, response);
            handled.responds)
        {
            send({.sent = now,
                  .to_registrar = false,
                  .again = handled.repeat,
                  .lost = false,
                  .request = 0,
                  .message = response});
        }
    }

    void send(Line line)
    {
        line.lost = drop && drop(line);
        if (!line.lost)
        {
            flights_.push_back({now + one_way, line.message, line.request, false});
        }
        wire.push_back(std::move(line));
    }

    void take(Device& d, const registration::Outputs& out)
    {
        using Next = registration::Outputs::Next;
        if (out.next == Next::kSend || out.next == Next::kSendAgain)
        {
            send({.sent = now,
                  .to_registrar = true,
                  .again = out.next == Next::kSendAgain,
                  .lost = false,
                  .request = d.agent.request_number(),
                  .message = out.request});
        }
        d.finished += out.next == Next::kFinished ? 1 : 0;
    }

    sip::IntegerProof proof_;
    sip::Message room_; // of Outputs
    std::array<sip::Endpoint, 1> servers_{kServer};
    std::vector<Device> devices_;
    registrar::LocationService locations_;
    registrar::Registrar registrar_{
        registrar_options,
        {.seed = 1, .device = kServerDevice, .account = 0},
        kDomain,
        proof_,
        [](sip::UserId user) { return user == kUser ? std::optional{kSecret} : std::nullopt; },
        locations_};
    registrar::RegistrarServer server_{registrar_, registrar_options};
    std::vector<Flight> flights_;
};

} // namespace sipsim
