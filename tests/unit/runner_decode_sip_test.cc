// Each field of the envelope, as `sipsim decode sip` shows it.

#include "scenarios/runner/decode_sip.h"

#include <doctest/doctest.h>

#include <string>

using namespace sipsim;
using nlohmann::json;

namespace
{

// The object of a message with the lines every one has, `start` before and `more` behind them.
nlohmann::ordered_json
decoded(const std::string& start, const std::string& more = {}, const std::string& via = {})
{
    const std::string method =
        start.starts_with("SIP/") ? "REGISTER" : start.substr(0, start.find(' '));
    const std::string text = start + "\r\nVia: SIP/2.0/UDP 10.0.0.1" + via +
                             "\r\nFrom: <sip:a@sip.example>;tag=f\r\nTo: <sip:b@sip.example>\r\n"
                             "Call-ID: x@y\r\nCSeq: 7 " +
                             method + "\r\n" + more + "\r\n";
    sip::Names names;
    sip::Codec codec{names, {.check_require = false, .supported = {}}};
    const auto read = codec.decode(text, {}, {});
    const auto* refusal = std::get_if<sip::Refusal>(&read);
    INFO((refusal != nullptr ? refusal->reason : std::string{}));
    REQUIRE(std::holds_alternative<sip::Message>(read));
    return runner::to_json(std::get<sip::Message>(read), names, text);
}

const std::string kRegister = "REGISTER sip:sip.example SIP/2.0";

} // namespace

TEST_CASE("decode sip shows what a bare request has, and no default of ours")
{
    CHECK(json(decoded(kRegister)) == json::parse(R"({
        "kind": "request", "method": "REGISTER", "request_uri": "sip:sip.example",
        "from": {"uri": "sip:a@sip.example", "tag": "f"}, "to": {"uri": "sip:b@sip.example"},
        "call_id": "x@y", "cseq": 7, "via": [{"transport": "UDP", "sent_by": "10.0.0.1"}]})"));
    CHECK(json(decoded("SIP/2.0 200 OK")) == json::parse(R"({
        "kind": "response", "method": "REGISTER", "status": 200,
        "from": {"uri": "sip:a@sip.example", "tag": "f"}, "to": {"uri": "sip:b@sip.example"},
        "call_id": "x@y", "cseq": 7, "via": [{"transport": "UDP", "sent_by": "10.0.0.1"}]})"));
}

TEST_CASE("decode sip names every method, also one that our servers do not know")
{
    for (const std::string method :
         {"INVITE", "MESSAGE", "INFO", "PRACK", "REFER", "PUBLISH", "UNKNOWN", "Register"})
    {
        CHECK(decoded(method + " sip:sip.example SIP/2.0")["method"] == method);
    }
}

TEST_CASE("decode sip shows Max-Forwards, Via, Path, Event and the lists of option tags")
{
    const auto shown = decoded("SUBSCRIBE sip:a%20b@sip.example:5070;transport=tls SIP/2.0",
                               "Max-Forwards: 70\r\nPath: <sip:10.0.0.9:5080;lr>\r\n"
                               "Event: message-summary\r\nRequire: path, 100rel\r\n"
                               "Proxy-Require: privacy\r\n",
                               ":9;branch=z9hG4bKq;rport;received=10.0.0.2, SIP/2.0/WS b;rport=7");
    CHECK(shown["request_uri"] == "sip:a%20b@sip.example:5070;transport=tls");
    CHECK(shown["max_forwards"] == 70);
    CHECK(json(shown["via"]) == json::parse(R"([
        {"transport": "UDP", "sent_by": "10.0.0.1:9", "branch": "z9hG4bKq", "rport": true,
         "received": "10.0.0.2"},
        {"transport": "WS", "sent_by": "b", "rport": 7}])"));
    CHECK(json(shown["path"]) == json::parse(R"(["sip:10.0.0.9:5080"])"));
    CHECK(shown["event"] == "message-summary");
    CHECK(json(shown["require"]) == json::parse(R"(["path", "100rel"])"));
    CHECK(json(shown["proxy_require"]) == json::parse(R"(["privacy"])"));
    CHECK(json(decoded("SIP/2.0 420 Bad Extension", "Unsupported: 100rel\r\n")["unsupported"]) ==
          json::parse(R"(["100rel"])"));
}

TEST_CASE("decode sip shows overload control, offered and answered (RFC 7339 4)")
{
    CHECK(json(decoded(kRegister, {}, ";oc;oc-algo=\"loss,rate\"")["overload"]) ==
          json::parse(R"({"algorithms": ["loss", "rate"]})"));
    CHECK(json(decoded(
              "SIP/2.0 200 OK",
              {},
              ";oc=20;oc-algo=\"loss\";oc-validity=900;oc-seq=1282321615.782")["overload"]) ==
          json::parse(R"({"algorithms": ["loss"], "value": 20, "validity_ms": 900,
                          "sequence": "1282321615.78200"})"));
}

TEST_CASE("decode sip shows contacts and all numbers of seconds")
{
    const auto shown = decoded(kRegister,
                               "Contact: <sip:a@10.0.0.1>;expires=60;+sip.instance=\"<urn:x:1>\", "
                               "<sip:10.0.0.2>\r\nExpires: 3600\r\n");
    CHECK(json(shown["contact"]) == json::parse(R"([
        {"uri": "sip:a@10.0.0.1", "expires": 60, "instance": "urn:x:1"}, {"uri": "sip:10.0.0.2"}])"));
    CHECK(shown["expires"] == 3600);
    CHECK(decoded(kRegister, "Contact: *\r\nExpires: 0\r\n")["contact"] == "*");
    const auto refused = decoded("SIP/2.0 423 Brief", "Min-Expires: 90\r\nRetry-After: 5\r\n");
    CHECK(refused["min_expires"] == 90);
    CHECK(refused["retry_after"] == 5);
}

TEST_CASE("decode sip shows challenges and credentials whole (RFC 2617 3.2)")
{
    CHECK(json(decoded("SIP/2.0 401 Unauthorized",
                       "WWW-Authenticate: Digest realm=\"R\", nonce=\"n\", algorithm=SHA-256, "
                       "qop=\"auth\", stale=true\r\n"
                       "WWW-Authenticate: Digest realm=\"R\", nonce=\"m\"\r\n")["challenge"]) ==
          json::parse(R"([
        {"realm": "R", "nonce": "n", "algorithm": "SHA-256", "qop": "auth", "stale": true},
        {"realm": "R", "nonce": "m", "algorithm": "MD5"}])"));
    const std::string given = "uthorization: Digest username=\"a\", realm=\"R\", nonce=\"n\", "
                              "uri=\"sip:SIP.example\", "
                              "response=\"6629fae49393a05397450978507c4ef1\"";
    CHECK(json(decoded(kRegister,
                       "A" + given + ", qop=auth, cnonce=\"c\", nc=0000001f\r\n")["credentials"]) ==
          json::parse(R"({
        "header": "Authorization", "user": "a", "realm": "R", "nonce": "n", "uri": "sip:SIP.example",
        "response": "6629fae49393a05397450978507c4ef1", "algorithm": "MD5", "qop": "auth",
        "cnonce": "c", "nc": 31})"));
    CHECK(json(decoded(kRegister, "Proxy-A" + given + "\r\n")["credentials"]) == json::parse(R"({
        "header": "Proxy-Authorization", "user": "a", "realm": "R", "nonce": "n",
        "uri": "sip:SIP.example", "response": "6629fae49393a05397450978507c4ef1",
        "algorithm": "MD5"})"));
}
