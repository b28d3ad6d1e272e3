#include "model/nat/stun_client.h"
#include "model/nat/stun_server.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

constexpr Endpoint kServer{sip::Host{0xC6336401}, 3478};
constexpr Endpoint kClient{sip::Host{0xC0000201}, 32853};
constexpr DrawKey kKey{1, 2, 0};
constexpr StunClientSettings kClassic{.server = kServer};
constexpr StunClientSettings kCookie{.server = kServer,
                                     .form = StunForm::kCookie,
                                     .law = kStunLaw5389};

SimTime
at(std::chrono::milliseconds since)
{
    return SimTime{since};
}

/// Milliseconds at which a transaction that nobody answers sends; the last is its failure.
std::vector<std::int64_t>
instants(const StunLaw& law)
{
    std::vector<std::int64_t> all{1000};
    StunTransaction transaction;
    transaction.start(law, 5, at(1s));
    while (transaction.active() && all.size() < 100)
    {
        const SimTime now = transaction.next_deadline();
        CHECK(transaction.on_deadline(law, now - SimDuration{1}) == StunTransaction::Step::kNone);
        const auto step = transaction.on_deadline(law, now);
        all.push_back(now.time_since_epoch() / 1ms);
        CHECK((step == StunTransaction::Step::kFailed) == !transaction.active());
        CHECK(transaction.sends() == all.size() - (transaction.active() ? 0 : 1));
    }
    for (auto& instant : all)
    {
        instant -= 1000;
    }
    return all;
}

StunMessage
response_to(const StunMessage& request)
{
    return StunServer{{.primary = kServer}}.on_message(request, kServer, kClient)->message;
}

} // namespace

TEST_CASE(
    "a request is sent at 0, 100, 300, 700, 1500, 3100, 4700, 6300, 7900 ms and fails at 9500 ms "
    "(RFC 3489 9.3)")
{
    CHECK(instants(kStunLaw3489) ==
          std::vector<std::int64_t>{0, 100, 300, 700, 1500, 3100, 4700, 6300, 7900, 9500});
}

TEST_CASE(
    "a request is sent at 0, .5, 1.5, 3.5, 7.5, 15.5, 31.5 s and fails at 39.5 s (RFC 5389 7.2.1)")
{
    CHECK(instants(kStunLaw5389) ==
          std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 15500, 31500, 39500});
}

TEST_CASE("a law of one request waits once")
{
    CHECK(instants({100ms, 1600ms, 1, 3s}) == std::vector<std::int64_t>{0, 3000});
}

TEST_CASE(
    "transaction ids differ by number, client and form, and repeat for the same (RFC 3489 9.3, RFC "
    "5389 6)")
{
    CHECK(stun_id(kKey, 1, StunForm::kClassic) == stun_id(kKey, 1, StunForm::kClassic));
    CHECK_FALSE(stun_id(kKey, 1, StunForm::kClassic) == stun_id(kKey, 2, StunForm::kClassic));
    CHECK_FALSE(stun_id(kKey, 1, StunForm::kClassic) == stun_id({1, 3, 0}, 1, StunForm::kClassic));
    CHECK(stun_id(kKey, 1, StunForm::kClassic).form() == StunForm::kClassic);
    CHECK(stun_id(kKey, 1, StunForm::kCookie).words[0] == 0x2112A442);
}

TEST_CASE("a binding yields the mapped address, of either generation")
{
    for (const auto& settings : {kClassic, kCookie})
    {
        StunBinding binding;
        StunOutputs out;
        binding.on_start(settings, kKey, 1, at(0ms), out);
        REQUIRE(out.size() == 1);
        CHECK(out[0].to == kServer);
        CHECK_FALSE(out[0].again);
        CHECK(binding.on_message(settings, kKey, response_to(out[0].message)));
        CHECK(binding.mapped() == kClient);
        CHECK(binding.next_deadline() == kNever);
        CHECK_FALSE(binding.on_message(settings, kKey, response_to(out[0].message)));
    }
}

TEST_CASE("a repeat is the same request (RFC 3489 9.3)")
{
    StunBinding binding;
    StunOutputs first;
    binding.on_start(kClassic, kKey, 1, at(0ms), first);
    StunOutputs second;
    binding.on_deadline(kClassic, kKey, binding.next_deadline(), second);
    REQUIRE(second.size() == 1);
    CHECK(second[0].again);
    CHECK(second[0].message == first[0].message);
}

TEST_CASE("a response of another transaction, or a request, is none of ours (RFC 5389 7.3)")
{
    StunBinding binding;
    StunOutputs out;
    binding.on_start(kClassic, kKey, 1, at(0ms), out);
    StunMessage other = response_to(binding_request(kClassic, kKey, 2));
    CHECK_FALSE(binding.on_message(kClassic, kKey, other));
    CHECK_FALSE(binding.on_message(kClassic, kKey, out[0].message));
    CHECK(binding.active());
}

TEST_CASE("an error, or what is not understood, ends retransmission without an address (RFC 3489 "
          "9.4, RFC "
          "5389 7.3.3)")
{
    StunBinding binding;
    StunOutputs out;
    binding.on_start(kClassic, kKey, 1, at(0ms), out);
    StunMessage error = stun_response(out[0].message, StunClass::kError);
    error.error = 500;
    CHECK(binding.on_message(kClassic, kKey, error));
    CHECK_FALSE(binding.active());
    CHECK_FALSE(binding.mapped());
    CHECK(binding.error() == 500);

    out.clear();
    binding.on_start(kClassic, kKey, 2, at(0ms), out);
    StunMessage strange = response_to(out[0].message);
    strange.seen.not_understood.push(0x7FFF);
    CHECK(binding.on_message(kClassic, kKey, strange));
    CHECK_FALSE(binding.mapped());
}

TEST_CASE("an ICMP error and silence fail a binding and forget the address before (RFC 5389 7.2.1)")
{
    StunBinding binding;
    StunOutputs out;
    binding.on_start(kCookie, kKey, 1, at(0ms), out);
    binding.on_message(kCookie, kKey, response_to(out[0].message));
    REQUIRE(binding.mapped());
    out.clear();
    binding.on_start(kCookie, kKey, 2, at(1s), out);
    binding.on_transport_error();
    CHECK_FALSE(binding.mapped());
    CHECK_FALSE(binding.active());
    out.clear();
    binding.on_start(kCookie, kKey, 3, at(2s), out);
    int sends = 1;
    while (binding.active())
    {
        out.clear();
        binding.on_deadline(kCookie, kKey, binding.next_deadline(), out);
        sends += static_cast<int>(out.size());
    }
    CHECK(sends == 7);
    CHECK_FALSE(binding.mapped());
}

TEST_CASE("FINGERPRINT is sent where the settings say so, never in RFC 3489")
{
    auto settings = kCookie;
    settings.fingerprint = true;
    CHECK(binding_request(settings, kKey, 1).fingerprint);
    settings.form = StunForm::kClassic;
    CHECK_FALSE(binding_request(settings, kKey, 1).fingerprint);
}
