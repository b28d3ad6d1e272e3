#include "model/registration/answer_ping.h"

namespace sipsim::registration
{

std::optional<sip::Message>
answer_ping(const Account& account, const sip::Message& request)
{
    if (!request.is_request() || request.method != sip::Method::kOptions || request.via.empty())
    {
        return std::nullopt;
    }
    std::uint16_t status = 200; // RFC 3261 §11.2
    if (request.request_uri.user != sip::UserId{} && request.request_uri.user != account.user)
    {
        status = 404; // §8.2.2.1
    }
    else if (!request.require.empty())
    {
        status = 420; // §8.2.2.3: no extension is supported
    }
    // §8.2.7: without a transaction, the tag is a function of the request. By Purpose::kIdentity the
    // device's own Call-IDs and tags are numbered by its boots, far below.
    const std::uint64_t tag =
        draw_identity(account.key,
                      Purpose::kIdentity,
                      (std::uint64_t{1} << 63U) | static_cast<std::uint64_t>(request.call_id));
    sip::Message response = sip::make_response(request, status, sip::Tag{sip::canonical(tag)});
    if (status == 420)
    {
        response.unsupported = request.require;
    }
    return response;
}

} // namespace sipsim::registration
