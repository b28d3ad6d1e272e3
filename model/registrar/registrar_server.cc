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
    return {.branch = s.branch, .sent_by = s.sent_by, .method = s.method};
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
        const Reply reply = reply_of(slots_[known]);
        return {.response = registrar_.response(slots_[known].answered, request, reply),
                .repeat = true,
                .reply = nullptr};
    }
    last_ = registrar_.process(now, request);
    if (linger(request) > SimDuration::zero())
    {
        remember(now, key, last_);
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

void
RegistrarServer::remember(SimTime now, const Key& key, const Reply& reply)
{
    const std::uint32_t slot = slots_.take();
    Slot& s = slots_[slot];
    s.branch = key.branch;
    s.sent_by = key.sent_by;
    s.method = key.method;
    s.answered = now;
    s.status = reply.status;
    s.stale = reply.stale;
    s.nonce = reply.nonce;
    s.seconds = reply.seconds;
    s.contact = reply.redirect;
    s.bound = !reply.bindings.empty();
    if (s.bound)
    {
        const Binding& first = reply.bindings[0];
        s.contact_user = first.contact_user;
        s.instance = first.instance;
        s.expires_at = first.expires_at;
        s.contact = first.contact;
        s.transport = first.transport;
    }
    if (reply.bindings.size() > 1)
    {
        s.more = std::make_unique<std::vector<Binding>>(reply.bindings.begin() + 1,
                                                        reply.bindings.end());
    }
    index_.insert(hash_of(key), slot, [this](std::uint32_t i) { return hash_of(key_at(i)); });
    (newest_ == kNoSlot ? oldest_ : slots_[newest_].next) = slot;
    newest_ = slot;
}

Reply
RegistrarServer::reply_of(const Slot& s)
{
    Reply reply;
    reply.status = s.status;
    reply.stale = s.stale;
    reply.nonce = s.nonce;
    reply.seconds = s.seconds;
    if (!s.bound)
    {
        reply.redirect = s.contact;
        return reply;
    }
    Binding first;
    first.contact_user = s.contact_user;
    first.instance = s.instance;
    first.expires_at = s.expires_at;
    first.contact = s.contact;
    first.transport = s.transport;
    reply.bindings.push(first);
    if (s.more)
    {
        for (const Binding& binding : *s.more)
        {
            reply.bindings.push(binding);
        }
    }
    return reply;
}

void
RegistrarServer::forget_oldest()
{
    const std::uint32_t slot = oldest_;
    index_.erase(hash_of(key_at(slot)), slot, [this](std::uint32_t i) {
        return hash_of(key_at(i));
    });
    oldest_ = slots_[slot].next;
    if (oldest_ == kNoSlot)
    {
        newest_ = kNoSlot;
    }
    else
    {
        slots_.fetch(oldest_); // untouched since it was answered, and wanted next
    }
    slots_.give_back(slot);
}

void
RegistrarServer::forget_until(SimTime now)
{
    // Timer J is the same for all, so they end in the order in which they were answered.
    while (oldest_ != kNoSlot && slots_[oldest_].answered + 64 * options_.transaction.t1 <= now)
    {
        forget_oldest();
    }
}

void
RegistrarServer::on_restart(bool keep_bindings)
{
    slots_.clear();
    index_.clear();
    oldest_ = kNoSlot;
    newest_ = kNoSlot;
    registrar_.on_restart(keep_bindings);
}

std::size_t
RegistrarServer::transactions(SimTime now) const
{
    std::size_t ended = 0;
    for (std::uint32_t slot = oldest_; slot != kNoSlot; slot = slots_[slot].next)
    {
        if (slots_[slot].answered + 64 * options_.transaction.t1 > now)
        {
            break;
        }
        ++ended;
    }
    return index_.size() - ended;
}

} // namespace sipsim::registrar
