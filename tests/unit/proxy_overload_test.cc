// An edge proxy under overload control by its registrar.

#include "tests/unit/proxy_fixture.h"

using namespace sipsim;
using namespace sipsim::proxy;
using sip::OverloadControl;

namespace
{

ProxyOptions
controlled()
{
    ProxyOptions options;
    options.overload.algorithms = OverloadControl::kLoss | OverloadControl::kRate;
    return options;
}

/// The registrar's 200 to a request that has been forwarded, with `control` in the topmost Via.
sip::Message
told(Fixture& f, const sip::Message& forwarded, OverloadControl control)
{
    const auto handled = f.server.on_request(at(0s), forwarded);
    REQUIRE(handled.response);
    sip::Message response = *handled.response;
    response.overload = control;
    return response;
}

constexpr OverloadControl kNothingMore{.algorithms = OverloadControl::kLoss,
                                       .answered = true,
                                       .value = 100,
                                       .validity = 5000,
                                       .sequence = 1};

} // namespace

TEST_CASE(
    "a proxy offers overload control in its own Via, and hides what came of it (RFC 7339 5.1, 5.2)")
{
    Fixture f(controlled());
    const sip::Message forwarded = f.forwarded(at(0s), a_register(1));
    CHECK(forwarded.overload.algorithms == (OverloadControl::kLoss | OverloadControl::kRate));
    CHECK_FALSE(forwarded.overload.answered);
    const Made back = f.proxy.on_response(at(0s), told(f, forwarded, kNothingMore));
    REQUIRE(back.message);
    CHECK(back.message->overload == OverloadControl{});
}

TEST_CASE("a device's own offer of overload control is for the proxy, which does not take it up")
{
    Fixture plain;
    sip::Message request = a_register(1);
    request.overload.algorithms = OverloadControl::kLoss;
    CHECK(plain.forwarded(at(0s), request).overload == OverloadControl{});
}

TEST_CASE(
    "what the registrar does not want is answered 503 by the proxy, until the validity is over")
{
    ProxyOptions options = controlled();
    options.overload.retry_after = 10;
    options.overload.retry_after_max = 20;
    REQUIRE(validate(options).empty());
    Fixture f(options);
    const sip::Message forwarded = f.forwarded(at(0s), a_register(1));
    std::ignore = f.proxy.on_response(at(0s), told(f, forwarded, kNothingMore));
    const Made refused = f.proxy.on_request(at(4s), a_register(2));
    CHECK(refused.what == What::kRefused);
    REQUIRE(refused.message);
    CHECK(refused.message->status == 503);
    CHECK(refused.message->dst == kSeen);
    REQUIRE(refused.message->retry_after);
    CHECK(*refused.message->retry_after >= 10);
    CHECK(*refused.message->retry_after <= 20);
    // A copy is told the same: the proxy remembers no transaction.
    CHECK(*f.proxy.on_request(at(4s), a_register(2)).message == *refused.message);
    // OPTIONS is of this hop alone.
    sip::Message options_request = a_register(3);
    options_request.method = sip::Method::kOptions;
    CHECK(f.proxy.on_request(at(4s), options_request).message->status == 200);
    CHECK(f.proxy.on_request(at(5s), a_register(2)).what == What::kForwarded);
}

TEST_CASE("a proxy's Retry-After of 0 s is none (RFC 3261 20.33)")
{
    for (const std::optional<std::uint32_t> seconds : {std::optional<std::uint32_t>{}, {0U}})
    {
        ProxyOptions options = controlled();
        options.overload.retry_after = seconds;
        REQUIRE(validate(options).empty());
        Fixture f(options);
        const sip::Message forwarded = f.forwarded(at(0s), a_register(1));
        std::ignore = f.proxy.on_response(at(0s), told(f, forwarded, kNothingMore));
        const Made refused = f.proxy.on_request(at(4s), a_register(2));
        REQUIRE(refused.message);
        CHECK(refused.message->status == 503);
        CHECK_FALSE(refused.message->retry_after);
    }
}

TEST_CASE("a proxy that offers no overload control does not listen to any")
{
    Fixture plain;
    const sip::Message forwarded = plain.forwarded(at(0s), a_register(1));
    std::ignore = plain.proxy.on_response(at(0s), told(plain, forwarded, kNothingMore));
    CHECK(plain.proxy.on_request(at(0s), a_register(2)).what == What::kForwarded);
}

TEST_CASE("a response from elsewhere than the registrar does not control a proxy (RFC 7339 5.2)")
{
    Fixture f(controlled());
    const sip::Message forwarded = f.forwarded(at(0s), a_register(1));
    sip::Message elsewhere = told(f, forwarded, kNothingMore);
    elsewhere.src = kSeen;
    std::ignore = f.proxy.on_response(at(0s), elsewhere);
    CHECK(f.proxy.on_request(at(0s), a_register(2)).what == What::kForwarded);
    elsewhere.src = {kRegistrar.host, 5061};
    std::ignore = f.proxy.on_response(at(0s), elsewhere);
    CHECK(f.proxy.on_request(at(0s), a_register(2)).what == What::kForwarded);
    elsewhere.src = kRegistrar;
    std::ignore = f.proxy.on_response(at(0s), elsewhere);
    CHECK(f.proxy.on_request(at(0s), a_register(2)).what == What::kRefused);
}

TEST_CASE("a proxy that died has forgotten what the registrar wanted")
{
    Fixture f(controlled());
    const sip::Message forwarded = f.forwarded(at(0s), a_register(1));
    std::ignore = f.proxy.on_response(at(0s), told(f, forwarded, kNothingMore));
    f.proxy.on_restart();
    CHECK(f.proxy.on_request(at(0s), a_register(2)).what == What::kForwarded);
}

TEST_CASE("a SUBSCRIBE goes to the registrar and its answer back, without a Path (RFC 3327 5.2)")
{
    Fixture f;
    sip::Message request = a_register(1);
    request.method = sip::Method::kSubscribe;
    request.event = sip::EventPackage::kMessageSummary;
    const sip::Message forwarded = f.forwarded(at(0s), request);
    CHECK(forwarded.path.empty());
    CHECK(forwarded.via.size() == 2);
    const Made back = f.exchange(at(0s), request);
    CHECK(back.what == What::kForwarded);
    CHECK_FALSE(back.flows_changed);
    REQUIRE(back.message);
    CHECK(back.message->status == 200);
    CHECK(back.message->dst == kSeen);
}

TEST_CASE("Retry-After of a throttled request: the most without the least, or below it, is no "
          "range, nor is one "
          "from 0 s")
{
    ProxyOptions options = controlled();
    options.overload.retry_after_max = 5;
    CHECK(validate(options).size() == 1);
    options.overload.retry_after = 6;
    CHECK(validate(options).size() == 1);
    options.overload.retry_after = 5;
    CHECK(validate(options).empty());
    options.overload.retry_after = 0;
    CHECK(validate(options) ==
          std::vector<std::string>{"overload.retry_after = 0: must be at least 1 s where "
                                   "overload.retry_after_max makes it random"});
    options.overload.retry_after = 1;
    CHECK(validate(options).empty());
    for (const std::uint32_t burst : {0U, kMaxOverloadBurst + 1})
    {
        options.overload.burst = burst;
        CHECK(validate(options).size() == 1);
    }
    options.overload.burst = kMaxOverloadBurst;
    CHECK(validate(options).empty());
}
