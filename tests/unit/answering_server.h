#pragma once

#include "model/registrar/registrar_server.h"

#include <optional>

namespace sipsim::registrar
{

/// What became of a request, and the response to it.
struct Answered : Handled
{
    std::optional<sip::Message> response;
};

struct AnsweringServer : RegistrarServer
{
    using RegistrarServer::RegistrarServer;

    [[nodiscard]] Answered on_request(SimTime now, const sip::Message& request)
    {
        sip::Message response;
        const Handled handled = RegistrarServer::on_request(now, request, response);
        return {handled, handled.responds ? std::optional{response} : std::nullopt};
    }
};

} // namespace sipsim::registrar
