#include "model/registrar/registrar_server.h"

#include "model/base/mix.h"

#include <bit>

namespace sipsim::registrar
{

using sip::Message;
using sip::Method;

CompactReply::CompactReply(Kind kind, std::uint64_t what, std::uint32_t more)
    : what_(std::bit_cast<std::array<std::uint8_t, 8>>(what)),
      kind_(static_cast<std::uint8_t>(static_cast<std::uint32_t>(kind) | (more << kKindBits)))
{
}

CompactReply::CompactReply(SimTime now, const Message& request, const Reply& reply)
{
    const bool redirects = !(reply.redirect == sip::HostPort{});
    if ((reply.status == 401 || reply.status == 407) && reply.bindings.empty() && !redirects)
    {
        const bool proxy = reply.status == 407;
        const Kind kind = reply.stale ? (proxy ? Kind::kProxyStale : Kind::kStale)
                                      : (proxy ? Kind::kProxyChallenge : Kind::kChallenge);
        *this = {kind, static_cast<std::uint64_t>(reply.nonce)};
    }
    else if (reply.bindings.empty() && !redirects && reply.nonce == sip::Nonce{})
    {
        *this = {Kind::kPlain, (std::uint64_t{reply.seconds} << 16U) | reply.status};
    }
    else if (reply.status == 200 && reply.bindings.size() == 1 && request.contacts.size() == 1)
    {
        const Binding& bound = reply.bindings[0];
        const sip::Contact& asked = request.contacts[0];
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(bound.expires_at - now);
        if (bound.contact_user == asked.uri.user && bound.transport == asked.uri.transport &&
            bound.instance == asked.instance && bound.expires_at == now + seconds &&
            seconds.count() >= 0 && seconds.count() < kLongest)
        {
            const auto s = static_cast<std::uint32_t>(seconds.count());
            *this = {Kind::kBound,
                     (std::uint64_t{s} << 48U) | (std::uint64_t{bound.contact.port} << 32U) |
                         static_cast<std::uint32_t>(bound.contact.host),
                     s >> 16U};
        }
    }
}

CompactReply::Kind
CompactReply::kind() const
{
    return static_cast<Kind>(kind_ & ((1U << kKindBits) - 1));
}

std::uint64_t
CompactReply::what() const
{
    return std::bit_cast<std::uint64_t>(what_);
}

Reply
CompactReply::reply(SimTime answered, const Message& copy) const
{
    Reply reply;
    if (kind() == Kind::kPlain)
    {
        reply.status = static_cast<std::uint16_t>(what());
        reply.seconds = static_cast<std::uint32_t>(what() >> 16U);
        return reply;
    }
    if (kind() != Kind::kBound)
    {
        const bool proxy = kind() == Kind::kProxyChallenge || kind() == Kind::kProxyStale;
        reply.status = proxy ? 407 : 401;
        reply.stale = kind() == Kind::kStale || kind() == Kind::kProxyStale;
        reply.nonce = sip::Nonce{what()};
        return reply;
    }
    reply.status = 200;
    if (!copy.contacts.empty())
    {
        const sip::Contact& contact = copy.contacts[0];
        const auto seconds = static_cast<std::uint32_t>(what() >> 48U) | ((kind_ >> kKindBits) + 0U)
                                                                             << 16U;
        reply.bindings.push({.contact_user = contact.uri.user,
                             .call_id = copy.call_id,
                             .instance = contact.instance,
                             .expires_at = answered + std::chrono::seconds{seconds},
                             .contact = {.host = sip::Host{static_cast<std::uint32_t>(what())},
                                         .port = static_cast<std::uint16_t>(what() >> 32U)},
                             .cseq = copy.cseq,
                             .transport = contact.uri.transport});
    }
    return reply;
}

RegistrarServer::RegistrarServer(Registrar& registrar, const RegistrarOptions& options)
    : registrar_(registrar),
      options_(options)
{
}

RegistrarServer::Key
RegistrarServer::key_of(const Message& request)
{
    const sip::Via& top = request.via[0];
    Key key{.branch = top.branch, .sent_by = top.sent_by, .method = request.method};
    if (key.branch == sip::Branch{})
    {
        // RFC 3261 §17.2.3: without a branch, a copy is told by its Call-ID, From tag and CSeq.
        key.branch = sip::Branch{mix(mix(static_cast<std::uint64_t>(request.call_id)) ^
                                     mix(static_cast<std::uint64_t>(request.from_tag) +
                                         static_cast<std::uint64_t>(request.cseq)))};
    }
    return key;
}

std::uint64_t
RegistrarServer::hash_of(const Key& key)
{
    const std::uint64_t where =
        (std::uint64_t{static_cast<std::uint32_t>(key.sent_by.host)} << 32U) |
        (std::uint64_t{key.sent_by.port} << 8U) | static_cast<std::uint64_t>(key.method);
    return mix(static_cast<std::uint64_t>(key.branch) + where);
}

RegistrarServer::Key
RegistrarServer::key_at(std::uint32_t slot) const
{
    const Slot& s = slots_[slot];
    return {.branch = s.branch, .sent_by = {s.host, s.port}, .method = s.method};
}

void
RegistrarServer::on_queued(SimTime now, const Message& request)
{
    // A copy of what was answered will be answered from its transaction.
    if (!registrar_.limits() || request.via.empty())
    {
        return;
    }
    const Key key = key_of(request);
    if (find(key, hash_of(key)) == kNoSlot)
    {
        registrar_.on_queued(now, request);
    }
}

std::uint32_t
RegistrarServer::find(const Key& key, std::uint64_t hash) const
{
    return index_.find(hash, [&](std::uint32_t slot) { return key_at(slot) == key; });
}

Handled
RegistrarServer::refuse(SimTime now,
                        const Message& request,
                        std::uint32_t retry_after,
                        Message& response)
{
    Reply reply;
    reply.status = 503;
    reply.seconds = retry_after;
    registrar_.write_response(now, request, reply, response);
    return {.responds = true, .answered = now, .compact = {now, request, reply}};
}

Handled
RegistrarServer::on_request(SimTime now, const Message& request, Message& response)
{
    // RFC 3261 §17.1.1.3: ACK is never answered; a message without Via cannot be (§18.2.2).
    if (!request.is_request() || request.method == Method::kAck || request.via.empty())
    {
        return {};
    }
    if (const Verdict verdict = registrar_.admit(now, request.src.host);
        verdict.action != Verdict::Action::kPass)
    {
        return {.limit = verdict.limit};
    }
    forget_until(now);
    const Key key = key_of(request);
    const std::uint64_t hash = hash_of(key);
    const std::uint32_t known = find(key, hash);
    if (known != kNoSlot)
    {
        // §17.2.2 Completed: the final response is sent again. Model choice: to the source of the copy.
        const Slot& slot = slots_[known];
        const Reply reply =
            slot.reply.none() ? others_.at(known) : slot.reply.reply(slot.answered, request);
        registrar_.write_response(slot.answered, request, reply, response);
        return {.responds = true, .repeat = true, .answered = slot.answered, .compact = slot.reply};
    }
    registrar_.process(now, request, last_);
    if (last_.status == 0)
    {
        return {.reply = &last_,
                .limit = last_.limit}; // no transaction either: a copy is judged anew
    }
    const CompactReply compact(now, request, last_);
    if (linger(request) > SimDuration::zero())
    {
        remember(now, key, hash, compact);
    }
    registrar_.write_response(now, request, last_, response);
    return {.responds = true,
            .repeat = last_.repeat,
            .reply = &last_,
            .answered = now,
            .compact = compact,
            .limit = last_.limit};
}

SimDuration
RegistrarServer::linger(const Message& request) const
{
    // §17.2.2, table 4: Timer J is 64*T1 over an unreliable transport, 0 over a reliable one.
    const bool reliable = request.via[0].transport != sip::Transport::kUdp;
    return reliable || options_.stateless ? SimDuration::zero() : 64 * options_.transaction.t1;
}

void
RegistrarServer::remember(SimTime now,
                          const Key& key,
                          std::uint64_t hash,
                          const CompactReply& compact)
{
    const bool first = slots_.empty();
    const std::uint32_t slot = slots_.push({.branch = key.branch,
                                            .answered = now,
                                            .host = key.sent_by.host,
                                            .port = key.sent_by.port,
                                            .method = key.method,
                                            .reply = compact});
    if (compact.none())
    {
        others_[slot] = last_;
    }
    index_.insert(hash, slot, [this](std::uint32_t i) { return hash_of(key_at(i)); });
    if (first)
    {
        await_oldest();
    }
}

// Timer J is the same for all, so they end in the order in which they were answered.
void
RegistrarServer::await_oldest()
{
    if (slots_.empty())
    {
        next_end_ = kNever;
        return;
    }
    const std::uint32_t oldest = slots_.oldest();
    next_end_ = slots_[oldest].answered + 64 * options_.transaction.t1;
    oldest_hash_ = hash_of(key_at(oldest));
    slots_.fetch_after(4);
    index_.fetch(oldest_hash_);
}

void
RegistrarServer::forget_oldest()
{
    const std::uint32_t slot = slots_.oldest();
    index_.erase(oldest_hash_, slot, [this](std::uint32_t i) { return hash_of(key_at(i)); });
    if (slots_[slot].reply.none())
    {
        others_.erase(slot);
    }
    slots_.pop();
    await_oldest();
}

void
RegistrarServer::forget_until(SimTime now)
{
    while (next_end_ <= now)
    {
        forget_oldest();
    }
}

void
RegistrarServer::on_restart(bool keep_bindings)
{
    slots_.clear();
    index_.clear();
    others_.clear();
    await_oldest();
    registrar_.on_restart(keep_bindings);
}

std::size_t
RegistrarServer::transactions(SimTime now) const
{
    return slots_.size() - slots_.count_while([&](const Slot& slot) {
        return slot.answered + 64 * options_.transaction.t1 <= now;
    });
}

} // namespace sipsim::registrar
