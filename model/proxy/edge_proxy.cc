#include "model/proxy/edge_proxy.h"

#include "model/base/mix.h"
#include "model/registrar/retry_after.h"

#include <algorithm>
#include <memory>

namespace sipsim::proxy
{

namespace
{

using sip::Message;
using sip::Method;

constexpr std::uint64_t kAskedBits = 0xFFFF; // of a branch

constexpr std::uint64_t
joined(sip::HostPort at)
{
    return (std::uint64_t{static_cast<std::uint32_t>(at.host)} << 16U) | at.port;
}

// What a Contact is granted or asks for: its parameter, else the header field (RFC 3261 §10.2.1.1).
std::optional<std::uint32_t>
expiry_of(const sip::Contact& contact, const Message& message)
{
    return contact.expires ? contact.expires : message.expires;
}

bool
succeeded(const Message& response)
{
    return response.method == Method::kRegister && response.status >= 200 && response.status <= 299;
}

template <class T, std::size_t N>
void
push_front(FixedVector<T, N>& items, const T& first)
{
    const FixedVector<T, N> rest = items;
    items.clear();
    items.push(first);
    for (const T& item : rest)
    {
        items.push(item);
    }
}

template <class T, std::size_t N, class Drop>
void
remove_if(FixedVector<T, N>& items, const Drop& drop)
{
    const FixedVector<T, N> all = items;
    items.clear();
    for (const T& item : all)
    {
        if (!drop(item))
        {
            items.push(item);
        }
    }
}

const sip::Contact*
listed(const Message& response, const sip::Uri& uri)
{
    const auto* found =
        std::ranges::find(response.contacts, uri, [](const sip::Contact& c) { return c.uri; });
    return found != response.contacts.end() && expiry_of(*found, response) != 0U ? found : nullptr;
}

} // namespace

EdgeProxy::Record::Record(const Flow& flow)
    : contact_user(flow.contact.user),
      call_id(flow.call_id),
      expires_at(flow.expires_at),
      upstream_until(flow.upstream_until),
      contact_host(flow.contact.at.host),
      at_host(flow.at.host),
      cseq(flow.cseq),
      granted(flow.granted),
      contact_port(flow.contact.at.port),
      at_port(flow.at.port),
      transport(flow.contact.transport),
      answered_here(flow.answered_here)
{
}

Flow
EdgeProxy::Record::flow() const
{
    return {.contact = {contact_user, {contact_host, contact_port}, transport},
            .at = {at_host, at_port},
            .expires_at = expires_at,
            .upstream_until = upstream_until,
            .granted = granted,
            .call_id = call_id,
            .cseq = cseq,
            .answered_here = answered_here};
}

EdgeProxy::EdgeProxy(const ProxyOptions& options,
                     sip::Endpoint self,
                     sip::Endpoint registrar,
                     const DrawKey& server)
    : options_(options),
      self_(self),
      registrar_(registrar),
      server_(server),
      overload_(options.overload, server)
{
}

Flows
EdgeProxy::lookup(sip::UserId aor, SimTime now) const
{
    Flows flows;
    for (const Record& record : flows_.lookup(aor, now))
    {
        flows.push(record.flow());
    }
    return flows;
}

void
EdgeProxy::for_each(SimTime now, const std::function<void(sip::UserId, const Flow&)>& visit) const
{
    flows_.for_each(now, [&](sip::UserId aor, const Record& r) { visit(aor, r.flow()); });
}

void
EdgeProxy::store(sip::UserId aor, const Flows& flows)
{
    registrar::AorTable<Record>::Records records;
    for (const Flow& flow : flows)
    {
        records.push(Record{flow});
    }
    flows_.store(aor, records);
}

void
EdgeProxy::on_restart()
{
    overload_.clear();
    if (!options_.keep_flows)
    {
        flows_.clear();
    }
}

bool
EdgeProxy::knows(sip::OptionTag tag) const
{
    return std::ranges::find(options_.supports, tag) != options_.supports.end();
}

Passed
EdgeProxy::on_request(SimTime now, const Message& request, Message& made)
{
    // RFC 3261 §17: there is no response to an ACK; §18.2.2: a request without Via cannot have one.
    if (!request.is_request() || request.method == Method::kAck || request.via.empty())
    {
        return {};
    }
    // §9.2: nothing here can be cancelled. Model choice: §16.11 forwards it; the registrar answers the same.
    if (request.method == Method::kCancel)
    {
        return answer(request, 481, made);
    }
    // §16.3 step 3: one who asks the last element on the way by OPTIONS is told of this one.
    if (request.max_forwards == 0 && request.method != Method::kOptions)
    {
        return answer(request, 483, made);
    }
    if (const Passed refused = refuse_extensions(request, made); refused.sends())
    {
        return refused;
    }
    if (request.method == Method::kOptions)
    {
        return answer(request, 200, made);
    }
    if (request.method != Method::kRegister && request.method != Method::kSubscribe)
    {
        return answer(request, 405, made); // Not modelled: dialogues
    }
    if (options_.offload && request.method == Method::kRegister)
    {
        Message noted = request;
        sip::note_source(noted); // §16.3, §18.2.1
        if (const std::optional<Passed> answered = answer_refresh(now, noted, made))
        {
            return *answered;
        }
    }
    return overload_.passes(now, request) ? forward(request, made) : throttle(request, made);
}

// RFC 7339 §5.10: 503 without Retry-After. Model choice: with overload.retry_after one is given.
Passed
EdgeProxy::throttle(const Message& request, Message& made) const
{
    const Passed refused = answer(request, 503, made);
    const std::uint32_t least = options_.overload.retry_after.value_or(0);
    if (least > 0)
    {
        made.retry_after =
            registrar::random_seconds(server_,
                                      request,
                                      least,
                                      options_.overload.retry_after_max.value_or(least));
    }
    return refused;
}

// RFC 3261 §16.3 step 5; what answers OPTIONS itself is a UAS, too (§8.2.2.3).
Passed
EdgeProxy::refuse_extensions(const Message& request, Message& made) const
{
    FixedVector<sip::OptionTag, sip::kMaxOptionTags> unknown;
    const auto look = [&](const auto& tags) {
        for (const sip::OptionTag tag : tags)
        {
            if (!knows(tag))
            {
                unknown.push(tag);
            }
        }
    };
    look(request.proxy_require);
    if (request.method == Method::kOptions)
    {
        look(request.require);
    }
    if (unknown.empty())
    {
        return {};
    }
    const Passed refused = answer(request, 420, made);
    made.unsupported = unknown;
    return refused;
}

Passed
EdgeProxy::answer(const Message& request, std::uint16_t status, Message& made) const
{
    // §8.2.6.2, §8.2.7: the same tag in every response to a request, without a memory of it.
    const std::uint64_t tag =
        draw_identity(server_, Purpose::kIdentity, static_cast<std::uint64_t>(request.call_id));
    std::construct_at(&made);
    sip::write_response(request, status, sip::Tag{sip::canonical(tag)}, made);
    made.src = self_;
    return {.what = status == 200 ? Passed::What::kAnswered : Passed::What::kRefused};
}

// §16.11, see the header; everything in it comes back in the response. 63 bits; the last 16 are free to
// have the expiry asked for added.
std::uint64_t
EdgeProxy::branch_bits(const Message& message, const sip::Via& via, const sip::Uri& contact) const
{
    const std::uint64_t transport =
        contact.transport ? 1 + static_cast<std::uint64_t>(*contact.transport) : 0;
    std::uint64_t hash = mix(static_cast<std::uint64_t>(via.branch));
    hash = mix(hash ^ joined(via.sent_by));
    hash = mix(hash ^ static_cast<std::uint64_t>(message.from_tag));
    hash = mix(hash ^ static_cast<std::uint64_t>(message.call_id));
    hash = mix(hash ^ static_cast<std::uint64_t>(message.cseq));
    hash = mix(hash ^ static_cast<std::uint64_t>(contact.user));
    hash = mix(hash ^ joined(contact.at) ^ (transport << 48U));
    return sip::canonical(draw_identity(server_, Purpose::kBranch, hash));
}

Passed
EdgeProxy::forward(const Message& request, Message& made) const
{
    const bool registers = request.method == Method::kRegister;
    if (request.via.size() == request.via.capacity() ||
        (registers && request.path.size() == request.path.capacity()))
    {
        return answer(request, 513, made); // as the codec does with more than it takes
    }
    sip::Uri contact;
    std::uint32_t asked = 0;
    if (!request.contacts.empty())
    {
        contact = request.contacts[0].uri;
        asked = expiry_of(request.contacts[0], request).value_or(0);
        // More than is granted anyway need not be told.
        asked = options_.offload && asked < options_.device_expires ? asked : 0;
    }
    const std::uint64_t bits = branch_bits(request, request.via[0], contact) ^ asked;
    made = request;
    sip::note_source(made); // §16.3, §18.2.1
    // §16.6 steps 3, 7 and 8; RFC 3327 §5.2: topmost.
    --made.max_forwards;
    push_front(made.via,
               {.sent_by = self_,
                .branch = sip::Branch{sip::canonical(bits)},
                .transport = sip::Transport::kUdp});
    // Not modelled: an offer of the device in its own Via, which would come back with that (§8.2.6.2).
    made.overload = overload_.offer();
    if (registers) // RFC 3327 §5.2. Not modelled: Record-Route of a SUBSCRIBE
    {
        push_front(made.path, self_);
    }
    if (registers && options_.offload)
    {
        ask_for_long(made);
    }
    made.src = self_;
    made.dst = registrar_;
    return {.what = Passed::What::kForwarded};
}

// What registers asks for registrar_expires at least; what removes (0, `*`) or asks (no Contact) stays.
void
EdgeProxy::ask_for_long(Message& request) const
{
    if (request.contact_star || request.contacts.empty())
    {
        return;
    }
    const auto raise = [&](std::optional<std::uint32_t>& seconds) {
        if (seconds != 0U)
        {
            seconds = std::max(seconds.value_or(0), options_.registrar_expires);
        }
    };
    raise(request.expires);
    for (sip::Contact& contact : request.contacts)
    {
        if (contact.expires)
        {
            raise(contact.expires);
        }
    }
}

bool
EdgeProxy::serves_refresh(SimTime now, const Message& request, const Flow& flow) const
{
    // From elsewhere, by another process or of another Contact it is not a refresh of this flow.
    if (!(flow.contact == request.contacts[0].uri) || flow.call_id != request.call_id ||
        !(flow.at == sip::response_target(request)))
    {
        return false;
    }
    if (request.cseq == flow.cseq)
    {
        return flow.answered_here; // a copy; of one that went on, the registrar has the answer
    }
    const SimDuration left = flow.upstream_until - now;
    return request.cseq > flow.cseq && left >= std::chrono::seconds{options_.device_expires} &&
           left >= scaled(std::chrono::seconds{flow.granted}, options_.forward_below);
}

std::optional<Passed>
EdgeProxy::answer_refresh(SimTime now, const Message& request, Message& made)
{
    if (request.contacts.size() != 1 || request.contact_star || !request.require.empty() ||
        expiry_of(request.contacts[0], request) == 0U)
    {
        return std::nullopt;
    }
    Flows flows = lookup(request.to.user, now);
    auto* flow =
        std::ranges::find_if(flows, [&](const Flow& f) { return serves_refresh(now, request, f); });
    if (flow == flows.end())
    {
        return std::nullopt;
    }
    const sip::Contact& asks = request.contacts[0];
    const std::uint32_t seconds =
        std::min(options_.device_expires,
                 expiry_of(asks, request).value_or(options_.device_expires));
    // Model choice: the 200 lists the Contact the device looks for (RFC 3261 §10.2.4) and no other.
    Passed passed = answer(request, 200, made);
    made.contacts.push({.uri = asks.uri, .instance = asks.instance, .expires = seconds});
    if (flow->cseq != request.cseq)
    {
        flow->cseq = request.cseq;
        flow->answered_here = true;
        flow->expires_at = now + std::chrono::seconds{seconds};
        store(request.to.user, flows);
        passed.flows_changed = true;
    }
    return passed;
}

Passed
EdgeProxy::on_response(SimTime now, const Message& response, Message& made)
{
    // RFC 3261 §18.1.2: a sent-by that is not ours is discarded silently; §16.7 step 3: what has no other
    // Via was for the proxy itself.
    if (response.is_request() || response.via.size() < 2 || !(response.via[0].sent_by == self_) ||
        response.via[0].branch == sip::Branch{})
    {
        return {};
    }
    if (response.src == registrar_) // RFC 7339 §5.2: of the downstream server, and of nobody else
    {
        overload_.on_response(now, response.overload);
    }
    Passed passed{.what = Passed::What::kForwarded};
    made = response;
    made.overload = {}; // RFC 7339 §5.2: it was for this hop
    made.via.clear();
    for (std::size_t i = 1; i < response.via.size(); ++i)
    {
        made.via.push(response.via[i]);
    }
    // Model choice: RFC 3327 §5.3 shows the device the Path; an SBC hides itself.
    remove_if(made.path, [this](const sip::HostPort& hop) { return hop == self_; });
    made.src = self_;
    made.dst = sip::response_target(made);
    if (!succeeded(made))
    {
        return passed;
    }
    const Own own = own_contact(made, response.via[0].branch);
    passed.flows_changed = learn(now, made, own);
    if (options_.offload)
    {
        const auto cut = [](std::optional<std::uint32_t>& seconds, std::uint32_t most) {
            if (seconds)
            {
                seconds = std::min(*seconds, most);
            }
        };
        for (sip::Contact& contact : made.contacts)
        {
            cut(contact.expires, &contact == own.contact ? own.most : options_.device_expires);
        }
        cut(made.expires, own.contact != nullptr ? own.most : options_.device_expires);
    }
    return passed;
}

// The Contact with which the branch comes out. Two that do is one chance in 2^47.
EdgeProxy::Own
EdgeProxy::own_contact(const Message& response, sip::Branch branch) const
{
    for (const sip::Contact& contact : response.contacts)
    {
        const std::uint64_t rest = branch_bits(response, response.via[0], contact.uri) ^
                                   static_cast<std::uint64_t>(branch);
        if (rest <= kAskedBits)
        {
            const auto asked = static_cast<std::uint32_t>(rest);
            return {.contact = &contact,
                    .most = asked == 0 ? options_.device_expires
                                       : std::min(asked, options_.device_expires)};
        }
    }
    return {};
}

// RFC 3261 §10.3 step 8: the 2xx lists what is bound now.
bool
EdgeProxy::learn(SimTime now, const Message& response, const Own& own)
{
    const sip::UserId aor = response.to.user;
    const Flows before = lookup(aor, now);
    // A 2xx that a later one of the same client has overtaken tells of what was.
    if (std::ranges::any_of(before, [&](const Flow& f) {
            return f.call_id == response.call_id && f.cseq > response.cseq;
        }))
    {
        return false;
    }
    Flows after = before;
    remove_if(after, [&](const Flow& f) { return listed(response, f.contact) == nullptr; });
    const std::uint32_t granted =
        own.contact != nullptr ? expiry_of(*own.contact, response).value_or(0) : 0;
    if (granted != 0)
    {
        const std::uint32_t told = options_.offload ? std::min(granted, own.most) : granted;
        const Flow learnt{.contact = own.contact->uri,
                          .at = response.dst,
                          .expires_at = now + std::chrono::seconds{told},
                          .upstream_until = now + std::chrono::seconds{granted},
                          .granted = granted,
                          .call_id = response.call_id,
                          .cseq = response.cseq};
        auto* known = std::ranges::find(after, learnt.contact, &Flow::contact);
        if (known == after.end())
        {
            after.push(learnt);
        }
        else if (known->call_id == learnt.call_id && known->cseq == learnt.cseq)
        {
            known->at = learnt.at; // a copy of the 2xx: its seconds began with the first
        }
        else
        {
            *known = learnt;
        }
    }
    if (after == before)
    {
        return false;
    }
    store(aor, after);
    return true;
}

} // namespace sipsim::proxy
