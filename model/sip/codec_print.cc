// The text of a message, as libosip2 prints it. codec_size.cc follows it line by line.

#include "model/sip/codec_osip.h"
#include "model/sip/number_text.h"
#include "model/sip/text.h"

#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>

namespace sipsim::sip::osip
{

namespace
{

std::string_view
algorithms_text(std::uint8_t algorithms)
{
    constexpr std::uint8_t kBoth = OverloadControl::kLoss | OverloadControl::kRate;
    return algorithms == kBoth                    ? "\"loss,rate\""
           : algorithms == OverloadControl::kLoss ? "\"loss\""
                                                  : "\"rate\"";
}

/// Builds an osip_message_t; every text it gets is a copy that the message owns.
class Printer
{
  public:
    Printer(const Message& message, const Names& names)
        : message_(message),
          names_(names)
    {
        osip_message_init(&out_);
    }

    ~Printer()
    {
        osip_message_free(out_);
    }

    Printer(const Printer&) = delete;
    Printer& operator=(const Printer&) = delete;

    std::string run()
    {
        start_line();
        for (const Via& via : message_.via)
        {
            osip_via_t* made = make_via(via);
            if (&via == message_.via.begin() && message_.overload.offered())
            {
                overload_control(made->via_params);
            }
            add(out_->vias, made);
        }
        osip_from_t* from = make_address(message_.from);
        out_->from = from;
        set_tag(from, message_.from_tag);
        osip_to_t* to = make_address(message_.to);
        out_->to = to;
        set_tag(to, message_.to_tag);
        osip_call_id_init(&out_->call_id);
        out_->call_id->number = text_of(message_.call_id);
        osip_cseq_init(&out_->cseq);
        out_->cseq->number = copy(std::to_string(static_cast<std::uint32_t>(message_.cseq)));
        out_->cseq->method = method();
        contacts();
        credentials();
        challenges();
        other_fields();

        char* text = nullptr;
        std::size_t length = 0;
        std::string result;
        if (osip_message_to_str(out_, &text, &length) == OSIP_SUCCESS)
        {
            result.assign(text, length);
        }
        osip_free(text);
        return result;
    }

  private:
    static char* copy(std::string_view text)
    {
        auto* out = static_cast<char*>(osip_malloc(text.size() + 1));
        text.copy(out, text.size());
        out[text.size()] = '\0';
        return out;
    }

    template <class Id>
    char* text_of(Id id)
    {
        scratch_.clear();
        names_.append(scratch_, id);
        return copy(scratch_);
    }

    // osip2 puts the brackets of an IPv6 reference back by itself.
    char* host(Host id)
    {
        scratch_.clear();
        names_.append(scratch_, id);
        std::string_view text = scratch_;
        if (text.starts_with('[') && text.ends_with(']'))
        {
            text = text.substr(1, text.size() - 2);
        }
        return copy(text);
    }

    template <class Id>
    char* quoted(Id id)
    {
        scratch_.clear();
        const std::string_view kept = names_.kept(id);
        if (kept.empty())
        {
            scratch_ += '"';
            names_.append(scratch_, id);
            scratch_ += '"';
        }
        else
        {
            append_quoted(scratch_, kept);
        }
        return copy(scratch_);
    }

    template <class T>
    static void add(osip_list_t& list, T* element)
    {
        osip_list_add(&list, element, -1);
    }

    static void add_parameter(osip_list_t& list, std::string_view name, char* value)
    {
        osip_generic_param_add(&list, copy(name), value);
    }

    char* method()
    {
        return message_.method == Method::kUnknown ? text_of(message_.method_name)
                                                   : copy(name_of(message_.method));
    }

    osip_uri_t* make_uri(const Uri& uri)
    {
        osip_uri_t* out = nullptr;
        osip_uri_init(&out);
        out->scheme = copy("sip");
        if (uri.user != UserId{})
        {
            out->username = text_of(uri.user); // osip2 escapes it
        }
        out->host = host(uri.at.host);
        if (uri.at.port != 0)
        {
            out->port = copy(std::to_string(uri.at.port));
        }
        if (uri.transport)
        {
            osip_uri_param_add(&out->url_params,
                               copy("transport"),
                               copy(lower_case(*uri.transport, names_)));
        }
        return out;
    }

    osip_from_t* make_address(const Uri& uri)
    {
        osip_from_t* out = nullptr;
        osip_from_init(&out);
        out->url = make_uri(uri);
        return out;
    }

    void set_tag(osip_from_t* address, Tag tag)
    {
        if (tag != Tag{})
        {
            add_parameter(address->gen_params, "tag", text_of(tag));
        }
    }

    osip_via_t* make_via(const Via& via)
    {
        osip_via_t* out = nullptr;
        osip_via_init(&out);
        via_set_version(out, copy("2.0"));
        via_set_protocol(out, text_of(via.transport));
        via_set_host(out, host(via.sent_by.host));
        if (via.sent_by.port != 0)
        {
            via_set_port(out, copy(std::to_string(via.sent_by.port)));
        }
        if (via.branch != Branch{})
        {
            add_parameter(out->via_params, "branch", text_of(via.branch));
        }
        if (via.received != Host{})
        {
            add_parameter(out->via_params, "received", text_of(via.received));
        }
        if (via.rport != 0)
        {
            add_parameter(out->via_params, "rport", copy(std::to_string(via.rport)));
        }
        else if (via.rport_asked)
        {
            add_parameter(out->via_params, "rport", nullptr);
        }
        return out;
    }

    // RFC 7339 §9
    void overload_control(osip_list_t& parameters)
    {
        const OverloadControl& control = message_.overload;
        constexpr std::uint64_t kUnits = 100'000; // of oc-seq in 1
        add_parameter(parameters,
                      "oc",
                      control.answered ? copy(std::to_string(control.value)) : nullptr);
        add_parameter(parameters, "oc-algo", copy(algorithms_text(control.algorithms)));
        if (control.answered)
        {
            add_parameter(parameters, "oc-validity", copy(std::to_string(control.validity)));
        }
        if (control.answered && control.sequence)
        {
            std::string sequence = std::to_string(*control.sequence / kUnits) + '.';
            append_decimal(sequence, *control.sequence % kUnits, 5);
            add_parameter(parameters, "oc-seq", copy(sequence));
        }
    }

    void start_line()
    {
        out_->sip_version = copy("SIP/2.0");
        if (message_.is_request())
        {
            out_->sip_method = method();
            out_->req_uri = make_uri(message_.request_uri);
            return;
        }
        out_->status_code = message_.status;
        out_->reason_phrase = copy(reason_phrase(message_.status));
    }

    void contacts()
    {
        if (message_.contact_star)
        {
            osip_contact_t* star = nullptr;
            osip_contact_init(&star);
            star->displayname = copy("*");
            add(out_->contacts, star);
        }
        for (const Contact& contact : message_.contacts)
        {
            osip_contact_t* out = make_address(contact.uri);
            if (contact.expires)
            {
                add_parameter(out->gen_params, "expires", copy(std::to_string(*contact.expires)));
            }
            if (contact.instance != InstanceId{})
            {
                scratch_ = "\"<";
                names_.append(scratch_, contact.instance);
                scratch_ += ">\"";
                add_parameter(out->gen_params, "+sip.instance", copy(scratch_));
            }
            add(out_->contacts, out);
        }
    }

    static const char* algorithm(DigestAlgorithm algorithm)
    {
        return algorithm == DigestAlgorithm::kMd5 ? "MD5" : "SHA-256";
    }

    static char* hex(const std::uint8_t* octets, std::size_t count, std::string_view quote)
    {
        constexpr std::string_view kDigits = "0123456789abcdef";
        std::string text{quote};
        for (std::size_t i = 0; i < count; ++i)
        {
            text += kDigits[octets[i] >> 4U];
            text += kDigits[octets[i] & 0xFU];
        }
        text += quote;
        return copy(text);
    }

    char* digest_uri(const Credentials& given)
    {
        if (given.uri_text != UriText{})
        {
            return quoted(given.uri_text);
        }
        scratch_ = '"';
        append_uri(scratch_, given.uri, names_);
        scratch_ += '"';
        return copy(scratch_);
    }

    void credentials()
    {
        if (!message_.credentials)
        {
            return;
        }
        const Credentials& given = *message_.credentials;
        osip_authorization_t* out = nullptr;
        osip_authorization_init(&out);
        out->auth_type = copy("Digest");
        out->username = quoted(given.user);
        out->realm = quoted(given.realm);
        out->nonce = quoted(given.nonce);
        out->uri = digest_uri(given);
        out->response =
            hex(given.proof.data(), given.algorithm == DigestAlgorithm::kMd5 ? 16 : 32, "\"");
        out->algorithm = copy(algorithm(given.algorithm));
        if (given.qop)
        {
            out->cnonce = quoted(given.cnonce);
            out->message_qop = copy("auth");
            const std::array<std::uint8_t, 4> nc{static_cast<std::uint8_t>(given.nc >> 24U),
                                                 static_cast<std::uint8_t>(given.nc >> 16U),
                                                 static_cast<std::uint8_t>(given.nc >> 8U),
                                                 static_cast<std::uint8_t>(given.nc)};
            out->nonce_count = hex(nc.data(), nc.size(), "");
        }
        add(message_.proxy_auth ? out_->proxy_authorizations : out_->authorizations, out);
    }

    void challenges()
    {
        if (message_.status != 401 && message_.status != 407)
        {
            return;
        }
        for (const Challenge& challenge : message_.challenges)
        {
            osip_www_authenticate_t* out = nullptr;
            osip_www_authenticate_init(&out);
            out->auth_type = copy("Digest");
            out->realm = quoted(challenge.realm);
            out->nonce = quoted(challenge.nonce);
            out->algorithm = copy(algorithm(challenge.algorithm));
            if (challenge.stale)
            {
                out->stale = copy("true");
            }
            if (challenge.qop)
            {
                out->qop_options = copy("\"auth\"");
            }
            add(message_.status == 401 ? out_->www_authenticates : out_->proxy_authenticates, out);
        }
    }

    void field(std::string_view name, std::string_view value)
    {
        osip_header_t* out = nullptr;
        osip_header_init(&out);
        out->hname = copy(name);
        out->hvalue = copy(value);
        add(out_->headers, out);
    }

    void number(std::string_view name, std::optional<std::uint32_t> value)
    {
        if (value)
        {
            field(name, std::to_string(*value));
        }
    }

    void tags(std::string_view name, const FixedVector<OptionTag, kMaxOptionTags>& tags)
    {
        if (tags.empty())
        {
            return;
        }
        scratch_.clear();
        for (const OptionTag tag : tags)
        {
            if (!scratch_.empty())
            {
                scratch_ += ", ";
            }
            names_.append(scratch_, tag);
        }
        field(name, scratch_);
    }

    void other_fields()
    {
        if (message_.is_request())
        {
            number("Max-Forwards", message_.max_forwards);
        }
        for (const HostPort& hop : message_.path)
        {
            scratch_ = '<';
            append_uri(scratch_, {.user = {}, .at = hop, .transport = {}}, names_);
            scratch_ += ";lr>";
            field("Path", scratch_);
        }
        if (message_.event != EventPackage::kNone)
        {
            field("Event", name_of(message_.event));
        }
        number("Expires", message_.expires);
        number("Min-Expires", message_.min_expires);
        number("Retry-After", message_.retry_after);
        tags("Require", message_.require);
        tags("Proxy-Require", message_.proxy_require);
        tags("Unsupported", message_.unsupported);
    }

    const Message& message_;
    const Names& names_;
    osip_message_t* out_ = nullptr;
    std::string scratch_;
};

} // namespace

std::string
print(const Message& message, const Names& names)
{
    return Printer{message, names}.run();
}

} // namespace sipsim::sip::osip
