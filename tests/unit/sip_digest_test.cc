#include "model/sip/digest.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace sipsim::sip;

namespace
{

std::string
hex(const Proof& proof, DigestAlgorithm algorithm)
{
    std::string text;
    const std::size_t size = algorithm == DigestAlgorithm::kMd5 ? 16 : 32;
    for (std::size_t i = 0; i < size; ++i)
    {
        text += "0123456789abcdef"[proof[i] >> 4U];
        text += "0123456789abcdef"[proof[i] & 0xFU];
    }
    return text;
}

Challenge
challenge(DigestAlgorithm algorithm, bool qop)
{
    return {.realm = Host{0x0A0000FE}, .nonce = Nonce{77}, .algorithm = algorithm, .qop = qop};
}

constexpr Uri kRegistrar{.user = {}, .at = {Host{0x0A0000FE}, 0}, .transport = {}};

} // namespace

TEST_CASE("MD5 with qop=auth gives the response published in RFC 2617 3.5")
{
    const DigestTexts texts{.user = "Mufasa",
                            .realm = "testrealm@host.com",
                            .secret = "Circle Of Life",
                            .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                            .cnonce = "0a4f113b",
                            .nc = 1,
                            .method = "GET",
                            .uri = "/dir/index.html"};
    CHECK(hex(digest_of(texts), DigestAlgorithm::kMd5) == "6629fae49393a05397450978507c4ef1");
}

TEST_CASE("MD5 and SHA-256 give the responses published in RFC 7616 3.9.1")
{
    DigestTexts texts{.user = "Mufasa",
                      .realm = "http-auth@example.org",
                      .secret = "Circle of Life",
                      .nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
                      .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
                      .nc = 1,
                      .method = "GET",
                      .uri = "/dir/index.html"};
    CHECK(hex(digest_of(texts), DigestAlgorithm::kMd5) == "8ca523f5e9506fed4657c9700eebdbec");
    texts.algorithm = DigestAlgorithm::kSha256;
    CHECK(hex(digest_of(texts), DigestAlgorithm::kSha256) ==
          "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST_CASE("Without qop the digest is MD5(H(A1):nonce:H(A2)) (RFC 2617 3.2.2.1)")
{
    // By md5sum, step by step: H(A1) = H("Mufasa:testrealm@host.com:Circle Of Life"),
    // H(A2) = H("GET:/dir/index.html"), then H(H(A1):dcd98b7102dd2f0e8b11d0f600bfb0c093:H(A2)).
    const DigestTexts texts{.user = "Mufasa",
                            .realm = "testrealm@host.com",
                            .secret = "Circle Of Life",
                            .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                            .cnonce = "ignored",
                            .nc = 9,
                            .method = "GET",
                            .uri = "/dir/index.html",
                            .qop = false};
    CHECK(hex(digest_of(texts), DigestAlgorithm::kMd5) == "670fd8c2df070c60b045671b8b24ff02");
}

TEST_CASE("The identities' proof is the digest of their texts")
{
    Names names;
    const TextProof proof{names};
    Credentials credentials;
    credentials.user = *names.user("bob");
    credentials.realm = *names.realm("Atlanta.com");
    credentials.nonce = *names.nonce("dcd98b7102dd2f0e8b11d0f600bfb0c093");
    credentials.cnonce = Cnonce{0xabc};
    credentials.nc = 0x1f;
    credentials.uri = {.user = *names.user("a b"),
                       .at = {*names.host("biloxi.com"), 5070},
                       .transport = Transport::kTcp};
    const Proof by_text = digest_of({.user = "bob",
                                     .realm = "Atlanta.com",
                                     .secret = "zanzibar",
                                     .nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093",
                                     .cnonce = "0000000000000abc",
                                     .nc = 31,
                                     .method = "REGISTER",
                                     .uri = "sip:a%20b@biloxi.com:5070;transport=tcp"});
    CHECK(proof(credentials, *names.secret("zanzibar"), Method::kRegister) == by_text);
    CHECK(by_text[16] == 0); // MD5 fills half
}

TEST_CASE("Credentials prove the secret they were made with and no other")
{
    const Names names;
    const TextProof text{names};
    const IntegerProof integer;
    for (const ProofFunction* proof :
         {static_cast<const ProofFunction*>(&text), static_cast<const ProofFunction*>(&integer)})
    {
        for (const DigestAlgorithm algorithm : {DigestAlgorithm::kMd5, DigestAlgorithm::kSha256})
        {
            for (const bool qop : {true, false})
            {
                const Credentials c = make_credentials(challenge(algorithm, qop),
                                                       UserId{5},
                                                       SecretId{6},
                                                       Method::kRegister,
                                                       kRegistrar,
                                                       1,
                                                       Cnonce{8},
                                                       *proof);
                CHECK(proves(c, SecretId{6}, Method::kRegister, *proof));
                CHECK_FALSE(proves(c, SecretId{7}, Method::kRegister, *proof));
                CHECK_FALSE(proves(c, SecretId{6}, Method::kInvite, *proof));
                CHECK((c.nc == 1) == qop);
                CHECK((c.cnonce == Cnonce{8}) == qop);
            }
        }
    }
}

TEST_CASE("Both proofs depend on every field of their input")
{
    const Names names;
    const TextProof text{names};
    const IntegerProof integer;
    const std::vector<std::function<void(Credentials&)>> changes{
        [](Credentials& c) { c.user = UserId{100}; },
        [](Credentials& c) { c.realm = Host{100}; },
        [](Credentials& c) { c.nonce = Nonce{100}; },
        [](Credentials& c) { c.cnonce = Cnonce{100}; },
        [](Credentials& c) { c.nc = 100; },
        [](Credentials& c) { c.uri.user = UserId{100}; },
        [](Credentials& c) { c.uri.at.host = Host{100}; },
        [](Credentials& c) { c.uri.at.port = 100; },
        [](Credentials& c) { c.uri.transport = Transport::kUdp; },
        [](Credentials& c) { c.uri_text = UriText{100}; },
        [](Credentials& c) { c.algorithm = DigestAlgorithm::kSha256; },
        [](Credentials& c) { c.qop = false; },
    };
    Credentials base;
    base.user = UserId{1};
    base.realm = Host{2};
    base.nonce = Nonce{4};
    base.cnonce = Cnonce{5};
    base.nc = 6;
    base.uri = kRegistrar;
    for (const ProofFunction* proof :
         {static_cast<const ProofFunction*>(&text), static_cast<const ProofFunction*>(&integer)})
    {
        const Proof of_base = (*proof)(base, SecretId{3}, Method::kRegister);
        for (const auto& change : changes)
        {
            Credentials other = base;
            change(other);
            CHECK(of_base != (*proof)(other, SecretId{3}, Method::kRegister));
        }
        CHECK(of_base != (*proof)(base, SecretId{100}, Method::kRegister));
        CHECK(of_base != (*proof)(base, SecretId{3}, Method::kBye));
        base.proof = of_base;
        CHECK(of_base == (*proof)(base, SecretId{3}, Method::kRegister));
        base.proof = {};
    }
}
