#include "model/registration/extra_requests.h"

namespace sipsim::registration
{

namespace
{

// Draws of Purpose::kExtra: numbers of requests are below 2^56.
constexpr std::uint64_t kCallIdDraw = std::uint64_t{1} << 63U;
constexpr std::uint64_t kTagDraw = std::uint64_t{1} << 62U;
constexpr std::uint64_t kRegistrations = (std::uint64_t{1} << 48U) - 1; // life and CSeq

std::uint64_t
identity(const Account& account, std::uint64_t n)
{
    return sip::canonical(draw_identity(account.key, Purpose::kExtra, n));
}

} // namespace

std::optional<Send>
ExtraRequests::on_registered(const AgentSettings& settings,
                             const Account& account,
                             SimTime now,
                             std::uint64_t registration,
                             sip::Endpoint server,
                             bool initial)
{
    const ExtraRequestsOptions& options = settings.extra;
    if (options.count == 0 || transaction_ || !(initial || options.each_refresh))
    {
        return std::nullopt;
    }
    number_ = (registration & kRegistrations) << 8U;
    server_ = server;
    index_ = 0;
    return begin(settings, account, now);
}

Send
ExtraRequests::begin(const AgentSettings& settings, const Account& account, SimTime now)
{
    transaction_.emplace(settings.registration.transaction, sip::Transport::kUdp, now);
    return {request(settings, account), false};
}

std::optional<Send>
ExtraRequests::go_on(const AgentSettings& settings, const Account& account, SimTime now)
{
    transaction_.reset();
    if (++index_ >= settings.extra.count)
    {
        return std::nullopt;
    }
    ++number_;
    return begin(settings, account, now);
}

bool
ExtraRequests::answers(const Account& account, const sip::Message& response) const
{
    return transaction_ && !response.is_request() && response.method == sip::Method::kSubscribe &&
           response.via.size() == 1 && response.via[0].sent_by == account.address &&
           response.via[0].branch == sip::Branch{identity(account, number_)};
}

std::optional<Send>
ExtraRequests::on_message(const AgentSettings& settings,
                          const Account& account,
                          SimTime now,
                          const sip::Message& response)
{
    const auto step =
        transaction_->on_response(settings.registration.transaction, now, response.status);
    if (step != sip::ClientStep::kFinal)
    {
        return std::nullopt;
    }
    // RFC 3261 §21.5.4: nothing more to that server for the time of Retry-After. Model choice: what was to
    // follow is not sent at all, with a Retry-After or without; the next registration begins anew.
    if (response.status == 503)
    {
        stop();
        return std::nullopt;
    }
    return go_on(settings, account, now);
}

std::optional<Send>
ExtraRequests::on_deadline(const AgentSettings& settings, const Account& account, SimTime now)
{
    if (!transaction_ || now < transaction_->next_deadline())
    {
        return std::nullopt;
    }
    switch (transaction_->on_deadline(settings.registration.transaction, now))
    {
    case sip::ClientStep::kSend:
        return Send{request(settings, account), true};
    case sip::ClientStep::kTimeout:
        return go_on(settings, account, now);
    default:
        return std::nullopt;
    }
}

sip::Message
ExtraRequests::request(const AgentSettings& settings, const Account& account) const
{
    sip::Message message;
    message.src = account.address;
    message.dst = server_;
    message.method = sip::Method::kSubscribe;
    message.request_uri = {account.user, {settings.domain, 0}, std::nullopt};
    message.from = message.request_uri;
    message.to = message.request_uri;
    message.call_id = sip::CallId{identity(account, kCallIdDraw | number_)};
    message.from_tag = sip::Tag{identity(account, kTagDraw | number_)};
    message.cseq = sip::CSeq{1};
    message.via.push({.sent_by = account.address,
                      .branch = sip::Branch{identity(account, number_)},
                      .transport = sip::Transport::kUdp,
                      .rport_asked = settings.registration.rport});
    message.event = index_ == 0 ? sip::EventPackage::kMessageSummary : sip::EventPackage::kDialog;
    message.expires = settings.extra.expires; // RFC 6665 §4.1.2.1: SHOULD
    sip::Contact contact;                     // RFC 6665 §4.1.2.1, RFC 3261 §8.1.1.8
    contact.uri = {account.user, account.address, std::nullopt};
    message.contacts.push(contact);
    if (settings.registration.proxy_require != sip::OptionTag{})
    {
        message.proxy_require.push(settings.registration.proxy_require);
    }
    return message;
}

} // namespace sipsim::registration
