#include "model/sip/message.h"

#include <algorithm>
#include <utility>

namespace sipsim::sip
{

namespace
{

constexpr std::array kMethodNames{
    std::pair{Method::kUnknown, std::string_view{"UNKNOWN"}},
    std::pair{Method::kRegister, std::string_view{"REGISTER"}},
    std::pair{Method::kOptions, std::string_view{"OPTIONS"}},
    std::pair{Method::kInvite, std::string_view{"INVITE"}},
    std::pair{Method::kAck, std::string_view{"ACK"}},
    std::pair{Method::kBye, std::string_view{"BYE"}},
    std::pair{Method::kCancel, std::string_view{"CANCEL"}},
    std::pair{Method::kSubscribe, std::string_view{"SUBSCRIBE"}},
    std::pair{Method::kNotify, std::string_view{"NOTIFY"}},
    std::pair{Method::kUpdate, std::string_view{"UPDATE"}},
    std::pair{Method::kMessage, std::string_view{"MESSAGE"}},
};

struct Reason
{
    std::uint16_t status;
    std::string_view phrase;
};

// RFC 3261 §21 and table of SIP response codes; 202 RFC 6665, 428-439 RFC 4474 and 5626, 440 RFC 5393,
// 489 RFC 6665, 494 RFC 3329, 580 RFC 3312. Ascending, for the binary search.
constexpr std::array kReasons{
    Reason{100, "Trying"},
    Reason{180, "Ringing"},
    Reason{181, "Call Is Being Forwarded"},
    Reason{182, "Queued"},
    Reason{183, "Session Progress"},
    Reason{200, "OK"},
    Reason{202, "Accepted"},
    Reason{300, "Multiple Choices"},
    Reason{301, "Moved Permanently"},
    Reason{302, "Moved Temporarily"},
    Reason{305, "Use Proxy"},
    Reason{380, "Alternative Service"},
    Reason{400, "Bad Request"},
    Reason{401, "Unauthorized"},
    Reason{402, "Payment Required"},
    Reason{403, "Forbidden"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{406, "Not Acceptable"},
    Reason{407, "Proxy Authentication Required"},
    Reason{408, "Request Timeout"},
    Reason{410, "Gone"},
    Reason{413, "Request Entity Too Large"},
    Reason{414, "Request-URI Too Long"},
    Reason{415, "Unsupported Media Type"},
    Reason{416, "Unsupported URI Scheme"},
    Reason{420, "Bad Extension"},
    Reason{421, "Extension Required"},
    Reason{423, "Interval Too Brief"},
    Reason{430, "Flow Failed"},
    Reason{439, "First Hop Lacks Outbound Support"},
    Reason{440, "Max-Breadth Exceeded"},
    Reason{480, "Temporarily Unavailable"},
    Reason{481, "Call/Transaction Does Not Exist"},
    Reason{482, "Loop Detected"},
    Reason{483, "Too Many Hops"},
    Reason{484, "Address Incomplete"},
    Reason{485, "Ambiguous"},
    Reason{486, "Busy Here"},
    Reason{487, "Request Terminated"},
    Reason{488, "Not Acceptable Here"},
    Reason{489, "Bad Event"},
    Reason{491, "Request Pending"},
    Reason{493, "Undecipherable"},
    Reason{494, "Security Agreement Required"},
    Reason{500, "Server Internal Error"},
    Reason{501, "Not Implemented"},
    Reason{502, "Bad Gateway"},
    Reason{503, "Service Unavailable"},
    Reason{504, "Server Time-out"},
    Reason{505, "Version Not Supported"},
    Reason{513, "Message Too Large"},
    Reason{580, "Precondition Failure"},
    Reason{600, "Busy Everywhere"},
    Reason{603, "Decline"},
    Reason{604, "Does Not Exist Anywhere"},
    Reason{606, "Not Acceptable"},
};

// The place of a status in kReasons, from 100 on; kReasons.size(): none.
constexpr auto kReasonPlaces = [] {
    std::array<std::uint8_t, 600> places{};
    places.fill(kReasons.size());
    for (std::uint8_t place = 0; place < kReasons.size(); ++place)
    {
        places.at(kReasons.at(place).status - 100U) = place;
    }
    return places;
}();

// RFC 3261 §21: an unknown code is treated as the x00 code of its class; so is its phrase here.
constexpr std::array<std::string_view, 7> kClassPhrases{"Unknown",
                                                        "Progress",
                                                        "OK",
                                                        "Redirection",
                                                        "Client Error",
                                                        "Server Error",
                                                        "Global Failure"};

} // namespace

std::string_view
name_of(Method method)
{
    return kMethodNames.at(static_cast<std::size_t>(method)).second;
}

Method
method_of(std::string_view name)
{
    for (const auto& [method, text] : kMethodNames)
    {
        if (text == name && method != Method::kUnknown)
        {
            return method;
        }
    }
    return Method::kUnknown;
}

std::string_view
reason_phrase(std::uint16_t status)
{
    const auto number = static_cast<std::size_t>(status - 100); // below 100: beyond all
    if (number < kReasonPlaces.size() && kReasonPlaces[number] < kReasons.size())
    {
        return kReasons[kReasonPlaces[number]].phrase;
    }
    return kClassPhrases.at(status / 100U < kClassPhrases.size() ? status / 100U : 0);
}

std::string_view
name_of(EventPackage event)
{
    switch (event)
    {
    case EventPackage::kMessageSummary:
        return "message-summary";
    case EventPackage::kDialog:
        return "dialog";
    case EventPackage::kNone:
        break;
    }
    return "";
}

void
note_source(Message& request)
{
    if (request.via.empty() || request.src.host == Host{})
    {
        return;
    }
    Via& top = request.via[0];
    // RFC 3261 §18.2.1: "received" if sent-by holds a name or an address other than the source's.
    // RFC 3581 §4: a client that asked for rport gets both, even where they say nothing new. What the
    // client wrote there itself is no source: it would choose whom the response goes to.
    top.received = Host{};
    top.rport = 0;
    if (top.rport_asked || top.sent_by.host != request.src.host)
    {
        top.received = request.src.host;
    }
    if (top.rport_asked)
    {
        top.rport = request.src.port;
    }
}

Endpoint
response_target(const Message& response)
{
    if (response.via.empty())
    {
        return {};
    }
    const Via& top = response.via[0];
    const Host host = top.received != Host{} ? top.received : top.sent_by.host;
    // RFC 3581 §4: the source port if it was asked for; RFC 3261 §18.2.2: else the port of sent-by,
    // else the default one.
    std::uint16_t port = top.sent_by.port != 0 ? top.sent_by.port : kSipPort;
    if (top.rport != 0)
    {
        port = top.rport;
    }
    return {host, port};
}

Message
make_response(const Message& request, std::uint16_t status, Tag to_tag)
{
    Message response;
    write_response(request, status, to_tag, response);
    return response;
}

void
write_response(const Message& request, std::uint16_t status, Tag to_tag, Message& response)
{
    // RFC 3261 §8.2.6.2: From, Call-ID, CSeq, Via (all of them, in order) and To are the request's;
    // To gets a tag if it has none, but in a 100 none is needed (§8.2.6.2 "except for 100").
    response.method = request.method;
    response.method_name = request.method_name;
    response.status = status;
    response.src = request.src;
    response.via = request.via;
    response.from = request.from;
    response.from_tag = request.from_tag;
    response.to = request.to;
    response.to_tag = request.to_tag;
    response.call_id = request.call_id;
    response.cseq = request.cseq;
    if (request.to_tag == Tag{} && status != 100)
    {
        response.to_tag = to_tag;
    }
    note_source(response);
    response.src = request.dst;
    response.dst = response_target(response);
}

std::string
what(const Message& message)
{
    return message.is_request() ? std::string{name_of(message.method)}
                                : std::to_string(message.status);
}

} // namespace sipsim::sip
