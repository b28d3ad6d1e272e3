#include "model/base/quantity.h"
#include "model/registrar/registrar.h"

namespace sipsim::registrar
{

namespace
{

using Problems = std::vector<std::string>;

void
demand(Problems& problems, bool holds, const char* name, const std::string& value, const char* must)
{
    if (!holds)
    {
        problems.push_back(std::string{name} + " = " + value + ": must be " + must);
    }
}

void
check_expiry(const RegistrarOptions& o, Problems& problems)
{
    demand(problems,
           o.default_expires >= 1,
           "default_expires",
           std::to_string(o.default_expires),
           "at least 1 s");
    demand(problems,
           o.max_expires >= o.default_expires,
           "max_expires",
           std::to_string(o.max_expires),
           "at least default_expires");
    demand(problems,
           o.max_expires >= o.min_expires,
           "max_expires",
           std::to_string(o.max_expires),
           "at least min_expires");
    demand(problems, // NaN fails it
           o.expiry_spread >= 0.0 && o.expiry_spread < 1.0,
           "expiry_spread",
           format(o.expiry_spread),
           "a share of the expiry, at least 0 and below 1");
    demand(problems,
           o.max_contacts >= 1 && o.max_contacts <= sip::kMaxContacts,
           "max_contacts",
           std::to_string(o.max_contacts),
           "1 to 8");
}

void
check_challenge(const RegistrarOptions& o, Problems& problems)
{
    demand(problems,
           o.challenge_status == 401 || o.challenge_status == 407,
           "challenge_status",
           std::to_string(o.challenge_status),
           "401 or 407");
    demand(problems,
           o.wrong_credentials_status == 401 || o.wrong_credentials_status == 403,
           "wrong_credentials_status",
           std::to_string(o.wrong_credentials_status),
           "401 (challenge again) or 403 (refuse)");
    demand(problems,
           o.nonce_lifetime >= SimDuration::zero(),
           "nonce_lifetime",
           format(o.nonce_lifetime),
           "0s (each nonce serves once) or longer");
    demand(problems,
           o.algorithms.size() < 2 || o.algorithms[0] != o.algorithms[1],
           "algorithms",
           "twice the same",
           "MD5, SHA-256 or both");
}

void
check_refusal(const RegistrarOptions& o, Problems& problems)
{
    const std::uint16_t status = o.refuse_status;
    const bool ours = status == 401 || status == 407 || status == 423;
    demand(
        problems,
        status == 0 || (status >= 300 && status <= 699 && !ours),
        "refuse_status",
        std::to_string(status),
        "0 (never refuse) or 300 to 699, but not 401, 407 or 423, which have options of their own");
    demand(problems,
           !o.retry_after || status != 0,
           "retry_after",
           std::to_string(o.retry_after.value_or(0)),
           "left out without refuse_status");
    const bool redirects = status >= 300 && status <= 399;
    demand(problems,
           o.redirect_to.has_value() == redirects,
           "redirect_to",
           o.redirect_to ? "an address" : "nothing",
           "given with a refuse_status of 300 to 399, and only then");
}

} // namespace

std::uint32_t
shortest_grant(const RegistrarOptions& options, std::uint32_t seconds)
{
    // Model choice: no binding is shortened below what the registrar calls too brief (§10.3 step 7), and
    // one that is as brief by itself, by default_expires, is not shortened. 0 removes and stays 0.
    const std::uint32_t floor = std::min(seconds, std::max(options.min_expires, 1U));
    const auto shorter = static_cast<std::uint32_t>(options.expiry_spread * seconds);
    return std::max(floor, seconds - shorter);
}

std::vector<std::string>
validate(const RegistrarOptions& options)
{
    Problems problems;
    check_expiry(options, problems);
    check_challenge(options, problems);
    check_refusal(options, problems);
    for (const std::string& problem : sip::validate(options.transaction))
    {
        problems.push_back("transaction." + problem);
    }
    for (const std::string& problem : validate(options.admission))
    {
        problems.push_back("admission." + problem);
    }
    for (const std::string& problem : validate(options.station))
    {
        problems.push_back("station." + problem);
    }
    return problems;
}

} // namespace sipsim::registrar
