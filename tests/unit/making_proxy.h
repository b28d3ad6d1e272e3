#pragma once

#include "model/proxy/edge_proxy.h"

#include <optional>

namespace sipsim::proxy
{

/// What became of a message, and what goes out.
struct Made : Passed
{
    std::optional<sip::Message> message;
};

struct MakingProxy : EdgeProxy
{
    using EdgeProxy::EdgeProxy;

    [[nodiscard]] Made on_request(SimTime now, const sip::Message& request)
    {
        return made(EdgeProxy::on_request(now, request, made_));
    }

    [[nodiscard]] Made on_response(SimTime now, const sip::Message& response)
    {
        return made(EdgeProxy::on_response(now, response, made_));
    }

  private:
    [[nodiscard]] Made made(const Passed& passed) const
    {
        return {passed, passed.sends() ? std::optional{made_} : std::nullopt};
    }

    sip::Message made_; // as the message before has left it
};

} // namespace sipsim::proxy
