// The Via parameters of overload control as text: RFC 7339 §9, RFC 7415.

#include "model/sip/codec.h"
#include "tests/unit/sip_samples.h"

#include <doctest/doctest.h>

#include <string>
#include <variant>

using namespace sipsim;
using namespace sipsim::sip;

namespace
{

/// A 200 to a REGISTER whose topmost Via ends in `parameters`.
OverloadControl
read(const std::string& parameters, const std::string& second = "")
{
    Names names;
    Codec codec(names);
    const std::string text = "SIP/2.0 200 OK\r\n"
                             "Via: SIP/2.0/UDP p1.example.net;branch=z9hG4bK2d4790.1;"
                             "received=192.0.2.111" +
                             parameters +
                             "\r\n"
                             "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1" +
                             second +
                             "\r\n"
                             "From: <sip:a@b.example>;tag=1\r\nTo: <sip:a@b.example>;tag=2\r\n"
                             "Call-ID: x\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n";
    const auto decoded = codec.decode(text, samples::kSource, samples::kDestination);
    REQUIRE(std::holds_alternative<Message>(decoded));
    return std::get<Message>(decoded).overload;
}

} // namespace

TEST_CASE("RFC 7339: a server's oc, oc-algo, oc-validity and oc-seq are read")
{
    const OverloadControl control =
        read(";oc=20;oc-algo=\"loss\";oc-validity=500;oc-seq=1282321615.782");
    CHECK(control == OverloadControl{.algorithms = OverloadControl::kLoss,
                                     .answered = true,
                                     .value = 20,
                                     .validity = 500,
                                     .sequence = 128'232'161'578'200});
    CHECK(read(";oc=150;oc-algo=\"rate\"").algorithms == OverloadControl::kRate);
}

TEST_CASE("RFC 7339 4.3: a server that says no oc-validity means 500 ms; 0 is 0")
{
    CHECK(read(";oc=20;oc-algo=\"loss\"").validity == 500);
    CHECK(read(";oc=0;oc-algo=\"loss\";oc-validity=0").validity == 0);
    CHECK(read(";oc=0;oc-algo=\"loss\";oc-validity=soon").validity == 500);
}

TEST_CASE("a validity of more than 2^32-1 ms is 2^32-1 ms, not the 500 of one that is not given")
{
    CHECK(read(";oc=20;oc-algo=\"loss\";oc-validity=4294967295").validity == 4'294'967'295);
    CHECK(read(";oc=20;oc-algo=\"loss\";oc-validity=4294967296").validity == 4'294'967'295);
    CHECK(read(";oc=20;oc-algo=\"loss\";oc-validity=99999999999999999999999").validity ==
          4'294'967'295);
}

TEST_CASE("RFC 7339 4.1, 4.2: a client offers oc without a value and a list of algorithms")
{
    const OverloadControl control = read(";oc;oc-algo=\"loss,rate,A\"");
    CHECK(control.algorithms == (OverloadControl::kLoss | OverloadControl::kRate));
    CHECK_FALSE(control.answered);
}

TEST_CASE("what is no overload control is read as none, and the message stands")
{
    CHECK_FALSE(read("").offered());
    CHECK_FALSE(read(";oc=20").offered());                    // which algorithm?
    CHECK_FALSE(read(";oc-algo=\"loss\"").offered());         // no oc
    CHECK_FALSE(read(";oc=20;oc-algo=\"window\"").offered()); // one that is not known
    CHECK_FALSE(read(";oc=-3;oc-algo=\"loss\"").answered);
    CHECK_FALSE(read(";oc=4294967296;oc-algo=\"loss\"").answered);
    for (const char* sequence : {"1", "1.123456", "1234567890123.1", ".5", "1.", "a.b"})
    {
        const auto unread = read(std::string{";oc=20;oc-algo=\"loss\";oc-seq="} + sequence);
        CHECK(unread.answered);
        CHECK_FALSE(unread.sequence);
    }
    CHECK_FALSE(read(";oc=20;oc-algo=\"loss\"").sequence);
    CHECK(read(";oc=20;oc-algo=\"loss\";oc-seq=0.0").sequence == 0U);
    // It is for the hop of the topmost Via.
    CHECK_FALSE(read("", ";oc=20;oc-algo=\"loss\"").offered());
}

TEST_CASE("overload control is printed in the topmost Via, and only there")
{
    Names names;
    Codec codec(names);
    Message message;
    message.method = Method::kRegister;
    message.request_uri.at = {Host{0x0A0000FE}, 0};
    message.from = {UserId{1}, {Host{0x0A0000FE}, 0}, std::nullopt};
    message.to = message.from;
    message.from_tag = Tag{canonical(1)};
    message.call_id = CallId{canonical(2)};
    message.cseq = CSeq{1};
    message.via.push({.sent_by = samples::kDestination, .branch = Branch{canonical(3)}});
    message.via.push({.sent_by = samples::kSource, .branch = Branch{canonical(4)}});
    message.overload = {.algorithms = OverloadControl::kLoss | OverloadControl::kRate};
    std::string text = codec.encode(message);
    const std::string offer = ";oc;oc-algo=\"loss,rate\"\r\n";
    CHECK(text.find(offer) != std::string::npos);
    CHECK(text.find(";oc") == text.rfind(offer)); // once
    message.overload = {.algorithms = OverloadControl::kRate,
                        .answered = true,
                        .value = 90,
                        .validity = 1500,
                        .sequence = 100'002};
    text = codec.encode(message);
    CHECK(text.find(";oc=90;oc-algo=\"rate\";oc-validity=1500;oc-seq=1.00002\r\n") !=
          std::string::npos);
    CHECK(encoded_size(message, names) == text.size());
    message.overload.sequence.reset();
    text = codec.encode(message);
    CHECK(text.find(";oc=90;oc-algo=\"rate\";oc-validity=1500\r\n") != std::string::npos);
    CHECK(encoded_size(message, names) == text.size());
}

TEST_CASE(
    "RFC 6665 8.2.1: the event package of a SUBSCRIBE, by either name, with parameters or not")
{
    for (const char* line :
         {"Event: message-summary", "o: message-summary", "Event: message-summary;id=7"})
    {
        Names names;
        Codec codec(names);
        const std::string text =
            "SUBSCRIBE sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
            "From: <sip:a@b.example>;tag=1\r\nTo: <sip:a@b.example>\r\nCall-ID: x\r\n"
            "CSeq: 1 SUBSCRIBE\r\n" +
            std::string{line} + "\r\nContent-Length: 0\r\n\r\n";
        const auto decoded = codec.decode(text, samples::kSource, samples::kDestination);
        REQUIRE(std::holds_alternative<Message>(decoded));
        CHECK(std::get<Message>(decoded).event == EventPackage::kMessageSummary);
    }
}
