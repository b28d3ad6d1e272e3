// What libosip2 reads; what it prints: codec_print.cc.

#include "model/sip/codec_osip.h"

#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>

#include <cstdarg>
#include <cstdlib>

namespace sipsim::sip::osip
{

namespace
{

void
stay_silent(const char* /*file*/,
            int /*line*/,
            osip_trace_level_t /*level*/,
            const char* /*format*/,
            va_list /*arguments*/)
{
}

std::string_view
view(const char* text)
{
    return text != nullptr ? std::string_view{text} : std::string_view{};
}

template <class T>
Owned<T>
parse(int (*make)(T**), int (*read)(T*, const char*), const std::string& text)
{
    T* raw = nullptr;
    if (make(&raw) != OSIP_SUCCESS)
    {
        return nullptr;
    }
    Owned<T> value{raw};
    return read(value.get(), text.c_str()) == OSIP_SUCCESS ? std::move(value) : nullptr;
}

std::optional<std::string_view>
find(const osip_list_t& parameters, const char* name)
{
    for (const __node_t* node = parameters.node; node != nullptr; node = node->next)
    {
        const auto* found = static_cast<const osip_generic_param_t*>(node->element);
        if (found->gname != nullptr && osip_strcasecmp(found->gname, name) == 0)
        {
            return view(found->gvalue);
        }
    }
    return std::nullopt;
}

} // namespace

void
Free::operator()(osip_from* value) const
{
    osip_from_free(value);
}

void
Free::operator()(osip_via* value) const
{
    osip_via_free(value);
}

void
Free::operator()(osip_uri* value) const
{
    osip_uri_free(value);
}

void
Free::operator()(osip_authorization* value) const
{
    osip_authorization_free(value);
}

void
Free::operator()(osip_www_authenticate* value) const
{
    osip_www_authenticate_free(value);
}

void
initialise()
{
    static const bool done = [] {
        parser_init();
        osip_trace_initialize_func(static_cast<osip_trace_level_t>(0), stay_silent);
        return true;
    }();
    static_cast<void>(done);
}

Owned<osip_from>
parse_address(const std::string& text)
{
    Owned<osip_from> address = parse(osip_from_init, osip_from_parse, text);
    return address && address->url != nullptr ? std::move(address) : nullptr;
}

Owned<osip_via>
parse_via(const std::string& text)
{
    return parse(osip_via_init, osip_via_parse, text);
}

Owned<osip_uri>
parse_uri(const std::string& text)
{
    return parse(osip_uri_init, osip_uri_parse, text);
}

Owned<osip_authorization>
parse_credentials(const std::string& text)
{
    return parse(osip_authorization_init, osip_authorization_parse, text);
}

Owned<osip_www_authenticate>
parse_challenge(const std::string& text)
{
    return parse(osip_www_authenticate_init, osip_www_authenticate_parse, text);
}

UriParts
parts_of(const osip_uri& uri)
{
    return {.user = view(uri.username),
            .host = view(uri.host),
            .port = view(uri.port),
            .transport = find(uri.url_params, "transport").value_or(std::string_view{})};
}

UriParts
parts_of(const osip_from& address)
{
    return parts_of(*address.url);
}

std::optional<std::string_view>
parameter(const osip_from& address, const char* name)
{
    return find(address.gen_params, name);
}

std::optional<std::string_view>
parameter(const osip_via& via, const char* name)
{
    return find(via.via_params, name);
}

ViaParts
parts_of(const osip_via& via)
{
    return {.version = view(via.version),
            .transport = view(via.protocol),
            .host = view(via.host),
            .port = view(via.port)};
}

CredentialParts
parts_of(const osip_authorization& credentials)
{
    return {.scheme = view(credentials.auth_type),
            .user = view(credentials.username),
            .realm = view(credentials.realm),
            .nonce = view(credentials.nonce),
            .uri = view(credentials.uri),
            .response = view(credentials.response),
            .algorithm = view(credentials.algorithm),
            .cnonce = view(credentials.cnonce),
            .qop = view(credentials.message_qop),
            .nc = view(credentials.nonce_count)};
}

ChallengeParts
parts_of(const osip_www_authenticate& challenge)
{
    return {.scheme = view(challenge.auth_type),
            .realm = view(challenge.realm),
            .nonce = view(challenge.nonce),
            .algorithm = view(challenge.algorithm),
            .qop = view(challenge.qop_options),
            .stale = view(challenge.stale)};
}

} // namespace sipsim::sip::osip
