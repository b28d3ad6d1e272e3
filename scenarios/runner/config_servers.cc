#include "scenarios/runner/config_servers.h"

#include "model/sip/codec_fields.h"
#include "scenarios/runner/config_admission.h"
#include "scenarios/runner/config_idle.h"
#include "scenarios/runner/config_relations.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <span>
#include <string>

namespace sipsim::runner
{

namespace
{

std::uint32_t
whole_seconds(const Values& values, std::string_view key)
{
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(values.get<SimDuration>(key));
    return static_cast<std::uint32_t>(seconds.count());
}

registrar::ChallengeWhen
challenge_of(const std::string& word)
{
    return word == "never"     ? registrar::ChallengeWhen::kNever
           : word == "initial" ? registrar::ChallengeWhen::kInitial
                               : registrar::ChallengeWhen::kAlways;
}

registrar::OnSecondContact
second_contact_of(const std::string& word)
{
    return word == "append"   ? registrar::OnSecondContact::kAppend
           : word == "reject" ? registrar::OnSecondContact::kReject
                              : registrar::OnSecondContact::kReplace;
}

registrar::StationOptions
station_options(const Values& values)
{
    using Station = registrar::StationOptions;
    Station station;
    station.workers = static_cast<std::uint32_t>(values.get<std::int64_t>("station.workers"));
    station.law = values.get<std::string>("station.law") == "exponential"
                      ? Station::Law::kExponential
                      : Station::Law::kConstant;
    station.unauthenticated = values.get<SimDuration>("station.unauthenticated");
    station.authenticated = values.get<SimDuration>("station.authenticated");
    if (const auto* queue = values.find<std::int64_t>("station.queue"))
    {
        station.queue = static_cast<std::uint32_t>(*queue);
    }
    station.when_full = values.get<std::string>("station.when_full") == "refuse"
                            ? Station::WhenFull::kRefuse
                            : Station::WhenFull::kDrop;
    if (values.find<SimDuration>("station.retry_after") != nullptr)
    {
        station.retry_after = whole_seconds(values, "station.retry_after");
    }
    station.retry_after_law = static_cast<Station::RetryAfter>(
        place_in("fixed|random|adaptive", values.get<std::string>("station.retry_after_law")));
    if (values.find<SimDuration>("station.retry_after_max") != nullptr)
    {
        station.retry_after_max = whole_seconds(values, "station.retry_after_max");
    }
    if (const auto* limit = values.find<double>("station.rate_limit"))
    {
        station.rate_limit = *limit;
    }
    station.burst = static_cast<std::uint32_t>(values.get<std::int64_t>("station.burst"));
    station.load_time = values.get<SimDuration>("station.load_time");
    station.load_per_binding = values.get<SimDuration>("station.load_per_binding");
    station.while_loading = static_cast<Station::WhenFull>(
        place_in("drop|refuse", values.get<std::string>("station.while_loading")));
    station.overload.control = static_cast<registrar::OverloadOptions::Control>(
        place_in("none|loss|rate", values.get<std::string>("station.overload_control")));
    station.overload.target = values.get<double>("station.overload_target");
    station.overload.window = values.get<SimDuration>("station.overload_window");
    station.overload.validity = values.get<SimDuration>("station.overload_validity");
    return station;
}

registrar::PingOptions
ping_options(const Values& values)
{
    registrar::PingOptions options;
    options.kind = static_cast<registrar::PingOptions::Kind>(
        place_in("none|blank|options", values.get<std::string>("ping.kind")));
    options.interval = values.get<SimDuration>("ping.interval");
    options.octets = static_cast<std::uint32_t>(values.get<std::int64_t>("ping.octets"));
    return options;
}

proxy::OverloadClientOptions
overload_options(const Values& values)
{
    proxy::OverloadClientOptions options;
    const auto& word = values.get<std::string>("overload.algorithms");
    using Offer = sip::OverloadControl;
    options.algorithms =
        static_cast<std::uint8_t>(word == "loss"            ? Offer::kLoss
                                  : word == "loss-and-rate" ? Offer::kLoss | Offer::kRate
                                                            : 0);
    options.burst = static_cast<std::uint32_t>(values.get<std::int64_t>("overload.burst"));
    if (values.find<SimDuration>("overload.retry_after") != nullptr)
    {
        options.retry_after = whole_seconds(values, "overload.retry_after");
    }
    if (values.find<SimDuration>("overload.retry_after_max") != nullptr)
    {
        options.retry_after_max = whole_seconds(values, "overload.retry_after_max");
    }
    return options;
}

} // namespace

bool
is_domain(std::string_view text)
{
    constexpr std::size_t kLongestLabel = 63; // RFC 1035 §2.3.4
    constexpr std::size_t kLongestName = 253;
    const auto alphanumeric = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0;
    };
    if (text.empty() || text.size() > kLongestName)
    {
        return false;
    }
    while (true)
    {
        const std::string_view label = text.substr(0, text.find('.'));
        const bool whole =
            !label.empty() && label.size() <= kLongestLabel && alphanumeric(label.front()) &&
            alphanumeric(label.back()) &&
            std::ranges::all_of(label, [&](char c) { return alphanumeric(c) || c == '-'; });
        if (!whole || label.size() == text.size())
        {
            return whole && std::isalpha(static_cast<unsigned char>(label.front())) != 0;
        }
        text.remove_prefix(label.size() + 1);
    }
}

void
read_registrar(const Values& values, world::RegistrarSpec& spec, Findings& findings)
{
    registrar::RegistrarOptions& options = spec.options;
    options.default_expires = whole_seconds(values, "default_expires");
    options.min_expires = whole_seconds(values, "min_expires");
    options.max_expires = whole_seconds(values, "max_expires");
    options.expiry_spread = values.get<double>("expiry_spread");
    options.expiry_spread_per_user = values.get<bool>("expiry_spread_per_user");
    options.max_contacts = static_cast<std::uint8_t>(values.get<std::int64_t>("max_contacts"));
    options.on_second_contact = second_contact_of(values.get<std::string>("second_contact"));
    options.contact_address = static_cast<registrar::ContactAddress>(
        place_in("sent|seen|seen-host", values.get<std::string>("contact_address")));
    options.reply_address = static_cast<registrar::ReplyAddress>(
        place_in("standard|socket|via-port|via", values.get<std::string>("reply_address")));
    options.challenge = challenge_of(values.get<std::string>("challenge"));
    options.challenge_status =
        static_cast<std::uint16_t>(values.get<std::int64_t>("challenge_status"));
    options.nonce_lifetime = values.get<SimDuration>("nonce_lifetime");
    for (const PlacedText& algorithm : values.get<Texts>("algorithms"))
    {
        (void)options.algorithms.push(algorithm.text == "MD5" ? sip::DigestAlgorithm::kMd5
                                                              : sip::DigestAlgorithm::kSha256);
    }
    options.qop = values.get<bool>("qop");
    options.wrong_credentials_status =
        static_cast<std::uint16_t>(values.get<std::int64_t>("wrong_credentials_status"));
    options.station = station_options(values);
    options.admission = read_admission(values);
    options.answers_stun = values.get<bool>("stun");
    options.ping = ping_options(values);
    options.stateless = values.get<bool>("stateless");
    options.refuse_status = static_cast<std::uint16_t>(values.get<std::int64_t>("refuse_status"));
    if (values.find<SimDuration>("retry_after") != nullptr)
    {
        options.retry_after = whole_seconds(values, "retry_after");
    }
    warn_of_registrar(values, options, findings);
    warn_of_preset(values, options.admission, findings);
    spec.keep_bindings = values.get<std::string>("bindings") == "kept";
    spec.domain = values.get<std::string>("domain");
    if (!is_domain(spec.domain))
    {
        values.complain("domain", "must be a host name such as \"sip.example\"");
    }
}

void
read_proxy(const Values& values, world::ProxySpec& spec, Findings& findings)
{
    proxy::ProxyOptions& options = spec.options;
    options.offload = values.get<bool>("offload");
    options.device_expires = whole_seconds(values, "device_expires");
    options.registrar_expires = whole_seconds(values, "registrar_expires");
    options.forward_below = values.get<double>("forward_below");
    options.keep_flows = values.get<std::string>("flows") == "kept";
    options.answers_stun = values.get<bool>("stun");
    options.ping = ping_options(values);
    options.overload = overload_options(values);
    for (const PlacedText& tag : values.get<Texts>("supports"))
    {
        if (!sip::is_token(tag.text))
        {
            findings.errors.add(tag.place,
                                "supports: \"" + tag.text +
                                    "\" is no option tag (RFC 3261 §25.1: token)");
        }
        spec.supports.push_back(tag.text);
    }
    if (spec.supports.size() > sip::kMaxOptionTags)
    {
        values.complain("supports",
                        "must be at most " + std::to_string(sip::kMaxOptionTags) + " tags");
    }
    for (const std::string& problem : proxy::validate(options))
    {
        tell_relation(values, problem, findings.errors);
    }
    warn_of_proxy(values, options, findings);
}

namespace
{

// What `other` says of sharing, beside what the registrar of `values` does.
void
share_with(const Values& values,
           const Values& other,
           const world::RegistrarSpec& said_by,
           registrar::SharingOptions& sharing,
           bool complain)
{
    const auto differ = [&](std::string_view key, const std::string& text) {
        values.complain(key,
                        "registrar " + said_by.name + " of the same domain (" + said_by.domain +
                            ") says " + text);
    };
    if (const auto* word = other.find<std::string>("shared_bindings"))
    {
        sharing.kind =
            static_cast<registrar::Sharing>(place_in("nothing|replicated|database", *word));
        const auto* own = values.find<std::string>("shared_bindings");
        if (complain && own != nullptr && *own != *word)
        {
            differ("shared_bindings", '"' + *word + '"');
        }
    }
    if (const auto* delay = other.find<SimDuration>("replication_delay"))
    {
        sharing.replication_delay = *delay;
        const auto* own = values.find<SimDuration>("replication_delay");
        if (complain && own != nullptr && *own != *delay)
        {
            differ("replication_delay", format(*delay));
        }
    }
}

void
warn_of_idle_sharing(const Values& values,
                     const world::RegistrarSpec& spec,
                     bool alone,
                     Problems& idle)
{
    using registrar::Sharing;
    if (alone && spec.sharing.kind != Sharing::kNothing)
    {
        idle.add(values.place("shared_bindings"),
                 "shared_bindings: has no effect: no other registrar has the domain " +
                     spec.domain);
    }
    if (spec.sharing.kind != Sharing::kReplicated && values.given("replication_delay"))
    {
        idle.add(values.place("replication_delay"),
                 "replication_delay: has no effect without shared_bindings = \"replicated\"");
    }
    if (!alone && spec.sharing.kind == Sharing::kDatabase && !spec.keep_bindings)
    {
        idle.add(values.place("bindings"),
                 "bindings: has no effect with shared_bindings = \"database\", which outlives the "
                 "registrars");
    }
}

} // namespace

void
share_bindings(std::span<const Section* const> sections, world::World& world, Findings& findings)
{
    for (std::size_t i = 0; i < world.registrars.size(); ++i)
    {
        world::RegistrarSpec& spec = world.registrars[i];
        const Values values(*sections[i], findings.errors);
        std::size_t members = 0;
        for (std::size_t other = 0; other < world.registrars.size(); ++other)
        {
            if (world.registrars[other].domain != spec.domain)
            {
                continue;
            }
            ++members;
            share_with(values,
                       Values(*sections[other], findings.errors),
                       world.registrars[other],
                       spec.sharing,
                       other < i);
        }
        warn_of_idle_sharing(values, spec, members == 1, findings.idle);
    }
}

} // namespace sipsim::runner
