#include "model/profile/device_parameters.h"

#include <doctest/doctest.h>

#include <set>

using namespace sipsim;
using namespace sipsim::profile;
using namespace std::chrono_literals;

namespace
{

const DeviceParameter&
parameter(std::string_view name)
{
    const DeviceParameter* found = find_device_parameter(name);
    REQUIRE(found != nullptr);
    return *found;
}

std::string
written_over(std::string_view name, const Value& value)
{
    DeviceOptions options;
    const std::optional<std::string> clause = parameter(name).write(options, value);
    return clause ? *clause : parameter(name).read(options);
}

Value
text(const char* t)
{
    return Value{std::string{t}};
}

} // namespace

TEST_CASE("each parameter has a name of its own, a meaning and a source")
{
    std::set<std::string_view> names;
    for (const DeviceParameter& p : device_parameters())
    {
        CAPTURE(p.name);
        CHECK((p.name.starts_with("registration.") || p.name.starts_with("nat.") ||
               p.name.starts_with("dns.")));
        CHECK(names.insert(p.name).second);
        CHECK(p.meaning.ends_with("."));
        CHECK_FALSE(p.source.empty());
        CHECK_FALSE(range_text(p).empty());
    }
    CHECK(find_device_parameter("registration.nothing") == nullptr);
}

TEST_CASE("what a parameter reads from the defaults, it writes back unchanged")
{
    for (const DeviceParameter& p : device_parameters())
    {
        CAPTURE(p.name);
        const std::string read = p.read({});
        Value value{read};
        if (read == "[]")
        {
            value = std::vector<Scalar>{};
        }
        DeviceOptions options;
        CHECK(p.write(options, value).value_or("") == "");
        CHECK(p.read(options) == read);
    }
}

TEST_CASE("durations need their unit and their range")
{
    CHECK(written_over("registration.retry_wait", text("90s")) == "90s");
    CHECK(written_over("registration.retry_wait", std::int64_t{20}) ==
          "has no unit: write \"20s\" (units: ns us ms s min h d)");
    CHECK(written_over("registration.retry_wait", 1.5).starts_with("has no unit: write \"1.5s\""));
    CHECK(written_over("registration.retry_wait", true).starts_with("is not a duration"));
    CHECK(written_over("registration.retry_wait", text("0s")) ==
          "must be above 0s and at most 366d");
    CHECK(written_over("registration.retry_wait", text("367d")) ==
          "must be above 0s and at most 366d");
    CHECK(written_over("registration.refresh.lead", text("0s")) == "0s");
    CHECK(written_over("registration.refresh.lead", text("-1s")) == "must be 0s to 366d");
    CHECK(written_over("registration.expires", text("60min")) == "3600s");
    CHECK(
        written_over("registration.expires", text("1500ms")).starts_with("must be whole seconds"));
    CHECK(written_over("registration.expires", text("0s")) == "must be 1s to 4294967295s");
    CHECK(written_over("registration.expires", std::vector<Scalar>{std::string{"1s"}}) ==
          "must be one duration, not a list");
}

TEST_CASE("words, flags, shares and counts")
{
    CHECK(written_over("registration.retry.law", text("rfc5626")) == "rfc5626");
    CHECK(written_over("registration.retry.law", text("exponential")) ==
          "must be one of constant, linear, rfc5626, doubling, uniform");
    CHECK(written_over("registration.unregister", std::int64_t{1}) ==
          "must be one of none, own, all");
    CHECK(written_over("registration.enabled", false) == "false");
    CHECK(written_over("registration.enabled", text("no")) == "must be true or false");
    CHECK(written_over("registration.refresh.jitter", text("10%")) == "0.1");
    CHECK(written_over("registration.refresh.jitter", 1.0) == "must be at least 0 and below 1");
    CHECK(written_over("registration.refresh.low", 0.0) == "must be above 0 and at most 1");
    CHECK(written_over("registration.refresh.low", std::int64_t{1}) == "1");
    CHECK(written_over("registration.max_challenges", std::int64_t{256}) == "must be 1 to 255");
    CHECK(written_over("registration.max_challenges", 1.5) == "is not a whole number");
    CHECK(written_over("registration.retry.stop_after", text("3")) == "3");
}

TEST_CASE("words stand in the order of their enumerators")
{
    DeviceOptions o;
    const auto set = [&](std::string_view name, const char* word) {
        REQUIRE_FALSE(parameter(name).write(o, text(word)));
    };
    set("registration.retry.law", "uniform");
    CHECK(o.registration.retry.kind == registration::RetryLaw::Kind::kUniform);
    set("registration.retry.law", "linear");
    CHECK(o.registration.retry.kind == registration::RetryLaw::Kind::kLinear);
    set("registration.refresh.law", "uniform");
    CHECK(o.registration.refresh.kind == registration::RefreshLaw::Kind::kUniform);
    set("registration.refresh.law", "fraction");
    CHECK(o.registration.refresh.kind == registration::RefreshLaw::Kind::kFraction);
    set("registration.unregister", "all");
    CHECK(o.registration.unregister == registration::Unregister::kAll);
    set("registration.unregister_when", "boot");
    CHECK(o.registration.unregister_when == registration::UnregisterWhen::kBoot);
    set("registration.on_redirect", "fail");
    CHECK(o.registration.on_redirect == registration::OnRedirect::kFail);
    set("nat.traversal", "vpn");
    CHECK(o.nat.mode == nat::TraversalMode::kVpn);
    set("nat.traversal", "keepalive");
    CHECK(o.nat.mode == nat::TraversalMode::kKeepalive);
    set("nat.traversal", "stun");
    CHECK(o.nat.mode == nat::TraversalMode::kStun);
    set("nat.stun.discovery", "binding");
    CHECK(o.nat.discovery == nat::StunDiscoveryKind::kBinding);
    set("nat.stun.form", "rfc5389");
    CHECK(o.nat.form == nat::StunForm::kCookie);
    set("nat.stun.refresh", "none");
    CHECK(o.nat.refresh == nat::StunRefresh::kNone);
    set("nat.stun.refresh", "binding");
    CHECK(o.nat.refresh == nat::StunRefresh::kBinding);
    set("nat.probe", "stun");
    CHECK(o.nat.probe == nat::Probe::kStun);
    set("nat.probe", "options");
    CHECK(o.nat.probe == nat::Probe::kOptions);
}

TEST_CASE("a token is what RFC 3261 25.1 lets stand in a header field, or none")
{
    const std::string name = "registration.proxy_require";
    CHECK(written_over(name, text("com.example.nat")) == "com.example.nat");
    CHECK(written_over(name, text("-.!%*_+`'~09azAZ")) == "-.!%*_+`'~09azAZ");
    CHECK(written_over(name, text("none")) == "none");
    CHECK(written_over(name, text("")) == "none");
    const std::string clause = "must be a token (RFC 3261 §25.1), or none";
    CHECK(written_over(name, text("two words")) == clause);
    CHECK(written_over(name, text("a,b")) == clause);
    CHECK(written_over(name, text("x\r\nVia: y")) == clause);
    CHECK(written_over(name, Value{std::string(256, 'x')}) == clause);
    CHECK(written_over(name, true) == clause);
}

TEST_CASE("lists and values that may be absent")
{
    CHECK(written_over("registration.retry_after_403", text("20min")) == "1200s");
    CHECK(written_over("registration.retry_after_403", text("as-others")) == "as-others");
    CHECK(written_over("registration.retry_after_403", text("0s")) ==
          "must be above 0s and at most 366d, or as-others");
    CHECK(written_over("registration.stop_on",
                       std::vector<Scalar>{std::int64_t{403}, std::int64_t{404}}) == "[403, 404]");
    CHECK(written_over("registration.stop_on", std::int64_t{403}) == "[403]");
    CHECK(written_over("registration.stop_on", std::int64_t{200}) ==
          "200 must be 300 to 699, or a class from 3xx to 6xx");
    CHECK(written_over("registration.stop_on",
                       std::vector<Scalar>{std::int64_t{403}, std::string{"2xx"}}) ==
          "2xx must be 300 to 699, or a class from 3xx to 6xx");
    CHECK(written_over("registration.stop_on", std::vector<Scalar>(13, std::int64_t{403})) ==
          "holds at most 12 statuses");
    CHECK(written_over("registration.transaction.retransmit_list",
                       std::vector<Scalar>{std::string{"500ms"}, std::string{"1s"}}) ==
          "[500ms, 1s]");
    CHECK(written_over("registration.transaction.retransmit_list",
                       std::vector<Scalar>(13, std::string{"1s"})) == "holds at most 12 intervals");
}
