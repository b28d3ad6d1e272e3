#include "model/base/quantity.h"
#include "model/dns/resolver.h"

namespace sipsim::dns
{

namespace
{

// Linux's ip_local_port_range; RFC 6056 §3.2 would have a larger one.
constexpr std::uint16_t kFirstPort = 32768;
constexpr std::uint16_t kPorts = 28232;

} // namespace

bool
asks_from(std::uint16_t port)
{
    return port >= kFirstPort && port < kFirstPort + kPorts;
}

Lookup::Drawn
Lookup::drawn(const DrawKey& key) const
{
    const std::uint64_t bits = draw_identity(key, Purpose::kDnsQuery, number_);
    return {.id = static_cast<std::uint16_t>(bits),
            .port = static_cast<std::uint16_t>(kFirstPort + (bits >> 16U) % kPorts)};
}

std::uint16_t
Lookup::port(const DrawKey& key) const
{
    return drawn(key).port;
}

Endpoint
Lookup::server(const ResolverSettings& settings) const
{
    return settings.servers[(sends_ - 1U) % settings.servers.size()];
}

Ask
Lookup::query(const ResolverSettings& settings, const DrawKey& key) const
{
    const Drawn own = drawn(key);
    Ask ask{.packet = {}, .to = server(settings), .from_port = own.port, .again = sends_ > 1};
    ask.packet.question = question();
    ask.packet.id = own.id;
    ask.packet.udp_size = settings.udp_size.value_or(0);
    ask.packet.flags.recursion_desired = true;
    return ask;
}

Ask
Lookup::start(const ResolverSettings& settings,
              const DrawKey& key,
              std::uint32_t number,
              const Question& question,
              SimTime now)
{
    number_ = number;
    name_ = question.name;
    type_ = question.type;
    sends_ = 1;
    refused_ = false;
    next_ = now + settings.timeout;
    return query(settings, key);
}

/// resolv.conf(5): each server once, then all again until the attempts are used up.
Event
Lookup::advance(const ResolverSettings& settings, const DrawKey& key, SimTime now, AskOutputs& out)
{
    if (sends_ >= settings.attempts * settings.servers.size())
    {
        next_ = kNever;
        return Event::kFailed;
    }
    ++sends_;
    next_ = now + settings.timeout;
    out.push(query(settings, key));
    return Event::kSent;
}

Event
Lookup::on_deadline(const ResolverSettings& settings,
                    const DrawKey& key,
                    SimTime now,
                    AskOutputs& out)
{
    return active() && now >= next_ ? advance(settings, key, now, out) : Event::kNone;
}

Event
Lookup::on_transport_error(const ResolverSettings& settings,
                           const DrawKey& key,
                           SimTime now,
                           AskOutputs& out)
{
    return active() ? advance(settings, key, now, out) : Event::kNone;
}

Lookup::Step
Lookup::on_message(const ResolverSettings& settings,
                   const DrawKey& key,
                   const AnswerStore& answers,
                   const Packet& packet,
                   const Endpoint& from,
                   std::uint16_t to_port,
                   SimTime now,
                   AskOutputs& out)
{
    if (!active())
    {
        return {Verdict::kNotAsked};
    }
    if (!packet.flags.response)
    {
        return {Verdict::kNoResponse};
    }
    if (from != server(settings))
    {
        return {Verdict::kWrongSource};
    }
    const Drawn own = drawn(key);
    if (to_port != own.port)
    {
        return {Verdict::kWrongPort};
    }
    if (packet.id != own.id)
    {
        return {Verdict::kWrongId};
    }
    if (packet.question != question())
    {
        return {Verdict::kWrongQuestion};
    }
    const Reading& reading = answers[packet.answer].reading;
    Verdict verdict = Verdict::kTaken;
    if (packet.rcode != Rcode::kNoError && packet.rcode != Rcode::kNxDomain)
    {
        verdict = Verdict::kServerFailed;
    }
    else if (packet.flags.truncated && !settings.use_truncated)
    {
        verdict = Verdict::kTruncated;
    }
    // RFC 8499 "lame delegation": neither authoritative nor able to recurse, and nothing to say.
    else if (!packet.flags.authoritative && !packet.flags.recursion_available &&
             packet.rcode == Rcode::kNoError && reading.finding == Finding::kNothing)
    {
        verdict = Verdict::kLame;
    }
    if (verdict != Verdict::kTaken)
    {
        refused_ = true;
        return {verdict, advance(settings, key, now, out)};
    }
    next_ = kNever;
    return {verdict, Event::kDone};
}

std::vector<std::string>
validate(const ResolverSettings& settings)
{
    std::vector<std::string> problems;
    const auto demand = [&problems](bool kept, std::string problem) {
        if (!kept)
        {
            problems.push_back(std::move(problem));
        }
    };
    demand(!settings.servers.empty(), "servers: must be 1 to 3");
    demand(settings.timeout > 0s && settings.timeout <= 1h,
           "timeout = " + format(settings.timeout) + ": must be > 0 s and <= 1 h");
    demand(settings.attempts >= 1 && settings.attempts <= 10,
           "attempts = " + std::to_string(settings.attempts) + ": must be 1 to 10");
    demand(!settings.udp_size || *settings.udp_size >= kClassicSize,
           "udp_size = " + std::to_string(settings.udp_size.value_or(0)) +
               ": must be at least 512 B");
    demand(settings.longest_ttl > 0s,
           "longest_ttl = " + format(settings.longest_ttl) + ": must be > 0 s");
    demand(settings.longest_negative_ttl > 0s,
           "longest_negative_ttl = " + format(settings.longest_negative_ttl) + ": must be > 0 s");
    return problems;
}

} // namespace sipsim::dns
