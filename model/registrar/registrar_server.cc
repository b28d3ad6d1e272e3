#include "model/registrar/registrar_server.h"

namespace sipsim::registrar
{

using sip::Message;
using sip::Method;

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
    return mix(static_cast<std::uint64_t>(key.branch) ^ mix(where));
}

RegistrarServer::Key
RegistrarServer::key_at(std::uint32_t slot) const
{
    const Slot& s = slots_[slot];
    return {.branch = s.branch, .sent_by = {s.host, s.port}, .method = s.method};
}

Handled
RegistrarServer::on_request(SimTime now, const Message& request)
{
    // RFC 3261 §17.1.1.3: ACK is never answered; a message without Via cannot be (§18.2.2).
    if (!request.is_request() || request.method == Method::kAck || request.via.empty())
    {
        return {};
    }
    forget_until(now);
    const Key key = key_of(request);
    const std::uint32_t known =
        index_.find(hash_of(key), [&](std::uint32_t slot) { return key_at(slot) == key; });
    if (known != kNoSlot)
    {
        // §17.2.2 Completed: the final response is sent again. Model choice: to the source of the copy.
        const Reply reply = reply_of(slots_[known], request);
        return {.response = registrar_.response(slots_[known].answered, request, reply),
                .repeat = true,
                .reply = nullptr};
    }
    last_ = registrar_.process(now, request);
    if (linger(request) > SimDuration::zero())
    {
        remember(now, key, request, last_);
    }
    return {.response = registrar_.response(now, request, last_),
            .repeat = last_.repeat,
            .reply = &last_};
}

SimDuration
RegistrarServer::linger(const Message& request) const
{
    // §17.2.2, table 4: Timer J is 64*T1 over an unreliable transport, 0 over a reliable one.
    const bool reliable = request.via[0].transport != sip::Transport::kUdp;
    return reliable || options_.stateless ? SimDuration::zero() : 64 * options_.transaction.t1;
}

RegistrarServer::Slot
RegistrarServer::compact(const Message& request, SimTime now, const Reply& reply)
{
    const bool redirects = !(reply.redirect == sip::HostPort{});
    Slot slot{.answered = now, .kind = Kind::kOther};
    if ((reply.status == 401 || reply.status == 407) && reply.bindings.empty() && !redirects)
    {
        const bool proxy = reply.status == 407;
        slot.kind = reply.stale ? (proxy ? Kind::kProxyStale : Kind::kStale)
                                : (proxy ? Kind::kProxyChallenge : Kind::kChallenge);
        slot.rest = static_cast<std::uint64_t>(reply.nonce);
        return slot;
    }
    if (reply.bindings.empty() && !redirects && reply.nonce == sip::Nonce{})
    {
        slot.kind = Kind::kPlain;
        slot.rest = (std::uint64_t{reply.seconds} << 16U) | reply.status;
        return slot;
    }
    if (reply.status == 200 && reply.bindings.size() == 1 && request.contacts.size() == 1)
    {
        const Binding& bound = reply.bindings[0];
        const sip::Contact& asked = request.contacts[0];
        if (bound.uri() == asked.uri && bound.instance == asked.instance)
        {
            slot.kind = Kind::kBound;
            slot.rest = static_cast<std::uint64_t>((bound.expires_at - now).count());
        }
    }
    return slot;
}

void
RegistrarServer::remember(SimTime now, const Key& key, const Message& request, const Reply& reply)
{
    Slot slot = compact(request, now, reply);
    slot.branch = key.branch;
    slot.host = key.sent_by.host;
    slot.port = key.sent_by.port;
    slot.method = key.method;
    if (slot.kind == Kind::kOther)
    {
        slot.rest = others_forgotten_ + others_.size();
        others_.push_back(reply);
    }
    index_.insert(hash_of(key), slots_.push(slot), [this](std::uint32_t i) {
        return hash_of(key_at(i));
    });
}

Reply
RegistrarServer::reply_of(const Slot& slot, const Message& copy) const
{
    if (slot.kind == Kind::kOther)
    {
        return others_[slot.rest - others_forgotten_];
    }
    Reply reply;
    if (slot.kind == Kind::kPlain)
    {
        reply.status = static_cast<std::uint16_t>(slot.rest);
        reply.seconds = static_cast<std::uint32_t>(slot.rest >> 16U);
        return reply;
    }
    if (slot.kind != Kind::kBound)
    {
        const bool proxy = slot.kind == Kind::kProxyChallenge || slot.kind == Kind::kProxyStale;
        reply.status = proxy ? 407 : 401;
        reply.stale = slot.kind == Kind::kStale || slot.kind == Kind::kProxyStale;
        reply.nonce = sip::Nonce{slot.rest};
        return reply;
    }
    reply.status = 200;
    // RFC 3261 §17.2.3: a copy has the Contact of the first; of what only pretends to be one, nothing is
    // made up.
    if (!copy.contacts.empty())
    {
        const sip::Contact& contact = copy.contacts[0];
        reply.bindings.push(
            {.contact_user = contact.uri.user,
             .call_id = copy.call_id,
             .instance = contact.instance,
             .expires_at = slot.answered + SimDuration{static_cast<SimDuration::rep>(slot.rest)},
             .contact = contact.uri.at,
             .cseq = copy.cseq,
             .transport = contact.uri.transport});
    }
    return reply;
}

void
RegistrarServer::forget_oldest()
{
    const std::uint32_t slot = slots_.oldest();
    index_.erase(hash_of(key_at(slot)), slot, [this](std::uint32_t i) {
        return hash_of(key_at(i));
    });
    if (slots_[slot].kind == Kind::kOther)
    {
        others_.pop_front();
        ++others_forgotten_;
    }
    slots_.pop();
}

void
RegistrarServer::forget_until(SimTime now)
{
    // Timer J is the same for all, so they end in the order in which they were answered.
    while (!slots_.empty() &&
           slots_[slots_.oldest()].answered + 64 * options_.transaction.t1 <= now)
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
    others_forgotten_ = 0;
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
