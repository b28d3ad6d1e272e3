#include "model/registrar/ping.h"

#include "model/base/mix.h"
#include "model/base/quantity.h"

namespace sipsim::registrar
{

namespace
{

constexpr std::uint32_t kMaxOctets = 1000;

} // namespace

std::vector<std::string>
validate(const PingOptions& options)
{
    std::vector<std::string> problems;
    if (options.interval <= SimDuration{0})
    {
        problems.push_back("interval = " + format(options.interval) + ": must be longer than 0s");
    }
    if (options.octets > kMaxOctets)
    {
        problems.push_back("octets = " + std::to_string(options.octets) + ": must be 0 to 1000");
    }
    return problems;
}

PingSchedule::PingSchedule(const PingOptions& options, const DrawKey& server, sip::UserId aor)
    : first_(draw_between(server,
                          Purpose::kPing,
                          static_cast<std::uint64_t>(aor),
                          SimDuration{0},
                          options.interval)),
      interval_(options.interval)
{
}

std::uint64_t
PingSchedule::number(SimTime at) const
{
    return at <= first_
               ? 0
               : static_cast<std::uint64_t>((at - first_ + interval_ - SimDuration{1}) / interval_);
}

SimTime
PingSchedule::next(SimTime at) const
{
    return first_ + static_cast<SimDuration::rep>(number(at)) * interval_;
}

std::optional<SimTime>
PingSchedule::last(SimTime at) const
{
    if (at < first_)
    {
        return std::nullopt;
    }
    return first_ + ((at - first_) / interval_) * interval_;
}

std::uint64_t
PingSchedule::count(SimTime from, SimTime to) const
{
    return to <= from ? 0 : number(to) - number(from);
}

sip::Message
ping_message(sip::Endpoint self,
             sip::Endpoint to,
             const sip::Uri& contact,
             sip::UserId aor,
             std::uint64_t number,
             const DrawKey& server)
{
    const std::uint64_t which = mix(mix(static_cast<std::uint64_t>(aor)) + number);
    const auto drawn = [&](Purpose purpose, std::uint64_t n) {
        return sip::canonical(draw_identity(server, purpose, n));
    };
    sip::Message ping;
    ping.src = self;
    ping.dst = to;
    ping.method = sip::Method::kOptions;
    // RFC 3261 §11.1, §8.1.1. The sender is the server, it has no user part.
    ping.request_uri = contact;
    ping.to = contact;
    ping.from.at = self;
    ping.from_tag = sip::Tag{drawn(Purpose::kIdentity, which)};
    ping.call_id = sip::CallId{drawn(Purpose::kIdentity, ~which)};
    ping.cseq = sip::CSeq{1};
    ping.via.push({.sent_by = self,
                   .branch = sip::Branch{drawn(Purpose::kBranch, which)},
                   .transport = sip::Transport::kUdp,
                   .rport_asked = true}); // RFC 3581 §3
    return ping;
}

} // namespace sipsim::registrar
