#include "model/registration/options_request.h"

namespace sipsim::registration
{

namespace
{

// Draws of Purpose::kOptions: numbers of requests stay below 2^63 for 2^31 lives.
constexpr std::uint64_t kCallIdDraw = std::uint64_t{1} << 63U;
constexpr std::uint64_t kTagDraw = kCallIdDraw | std::uint64_t{1} << 32U;

std::uint64_t
identity(const Account& account, std::uint64_t n)
{
    return sip::canonical(draw_identity(account.key, Purpose::kOptions, n));
}

sip::CSeq
cseq_of(std::uint64_t number)
{
    return sip::CSeq{static_cast<std::uint32_t>(number) + 1};
}

} // namespace

sip::Message
options_request(const AgentSettings& settings,
                const Account& account,
                sip::Endpoint server,
                std::uint64_t number)
{
    const std::uint64_t boots = number >> 32U;
    sip::Message message;
    message.src = account.address;
    message.dst = server;
    message.method = sip::Method::kOptions;
    message.request_uri.at = {settings.domain, 0};
    message.from = {account.user, {settings.domain, 0}, std::nullopt};
    message.to = message.from;
    message.call_id = sip::CallId{identity(account, kCallIdDraw + boots)};
    message.from_tag = sip::Tag{identity(account, kTagDraw + boots)};
    message.cseq = cseq_of(number);
    message.via.push({.sent_by = account.address,
                      .branch = sip::Branch{identity(account, number)},
                      .transport = sip::Transport::kUdp,
                      .rport_asked = settings.registration.rport});
    if (settings.registration.proxy_require != sip::OptionTag{})
    {
        message.proxy_require.push(settings.registration.proxy_require);
    }
    sip::Contact contact; // RFC 3261 §11.1: MAY
    contact.uri = {account.user, account.address, std::nullopt};
    message.contacts.push(contact);
    return message;
}

bool
answers_options(const Account& account, std::uint64_t number, const sip::Message& response)
{
    // RFC 3261 §17.1.3: the branch of the topmost Via and the method of CSeq; §18.1.2: a sent-by that
    // is not ours is discarded silently; §8.1.3.3: so is a response with more than one Via.
    return !response.is_request() && response.method == sip::Method::kOptions &&
           response.cseq == cseq_of(number) && response.via.size() == 1 &&
           response.via[0].sent_by == account.address &&
           response.via[0].branch == sip::Branch{identity(account, number)};
}

} // namespace sipsim::registration
