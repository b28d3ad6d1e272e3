#include "model/dns/location.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <tuple>
#include <variant>

namespace sipsim::dns
{

namespace
{

/// RFC 3263 §4.1 and §10: services are compared without regard to case (RFC 3403 §4.1).
bool
same(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto upper = [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        };
        return upper(x) == upper(y);
    });
}

std::string_view
service_of(sip::Transport transport)
{
    return transport == sip::Transport::kUdp ? "SIP+D2U" : "SIP+D2T";
}

std::string_view
labels_of(sip::Transport transport)
{
    return transport == sip::Transport::kUdp ? "_sip._udp" : "_sip._tcp";
}

} // namespace

Name
service_name(Names& names, Name domain, sip::Transport transport)
{
    return names.below(domain, labels_of(transport)).value_or(kRoot);
}

void
Location::ask(Step step, Name name)
{
    step_ = step;
    const Type type = step == Step::kNaptr ? Type::kNaptr
                      : step == Step::kSrv ? Type::kSrv
                                           : Type::kA;
    asks_ = true;
    pursuit_ = {.question = {name, type}, .since = pursuit_.since};
}

void
Location::fail(LocationFailure failure)
{
    asks_ = false;
    failure_ = failure;
}

void
Location::on_start(const LocationOptions& options,
                   Names& names,
                   const Destination& destination,
                   std::uint64_t n,
                   SimTime now)
{
    std::construct_at(this);
    destination_ = destination;
    n_ = n;
    pursuit_.since = now;
    // RFC 3263 §4.1: a numeric host, or a port, and no transport: UDP.
    const sip::Transport transport = destination.transport.value_or(sip::Transport::kUdp);
    if (destination.address)
    {
        const std::uint16_t port = destination.port != 0 ? destination.port : sip::kSipPort;
        located_.targets.push({{*destination.address, port}, transport});
        return;
    }
    // §4.2: with a port the addresses of the name, and so where the product looks for nothing else.
    if (destination.port != 0 || options.mode == DnsMode::kA)
    {
        address(transport);
        return;
    }
    if (options.mode == DnsMode::kNaptrSrv && !destination.transport)
    {
        ask(Step::kNaptr, destination.name);
        return;
    }
    services_by_transport(options, names);
}

/// RFC 3263 §4.1: where there is no NAPTR record, SRV for each transport that the client speaks; with the
/// URI's transport for that one.
void
Location::services_by_transport(const LocationOptions& options, Names& names)
{
    for (const auto transport : options.transports)
    {
        Name name = destination_.services[static_cast<std::size_t>(transport)];
        if (name == kRoot)
        {
            name = service_name(names, destination_.name, transport);
        }
        if (name != kRoot && transport == destination_.transport.value_or(transport))
        {
            services_.push({name, transport});
        }
    }
    next_service();
}

void
Location::next_service()
{
    if (service_ < services_.size())
    {
        transport_ = services_[service_].transport;
        ask(Step::kSrv, services_[service_++].name);
    }
    else if (unavailable_)
    {
        fail(LocationFailure::kNotAvailable);
    }
    else
    {
        // RFC 3263 §4.2: no SRV record at all: the addresses of the name. §4.1: over UDP.
        address(destination_.transport.value_or(sip::Transport::kUdp));
    }
}

void
Location::address(sip::Transport transport)
{
    transport_ = transport;
    ask(Step::kAddress, destination_.name);
}

void
Location::on_resolved(const LocationOptions& options,
                      Names& names,
                      const DrawKey& key,
                      const Resolution& resolution)
{
    const bool found = resolution.finding == Finding::kRecords;
    switch (step_)
    {
    case Step::kNaptr:
        on_naptr(options, names, resolution);
        return;
    case Step::kSrv:
        if (found)
        {
            on_srv(options, key, resolution);
        }
        else
        {
            next_service();
        }
        return;
    case Step::kTarget:
    case Step::kAddress:
        if (found)
        {
            on_addresses(resolution);
        }
        else
        {
            last_failure_ = resolution.finding == Finding::kNxDomain ? LocationFailure::kNxDomain
                                                                     : LocationFailure::kNoRecord;
        }
        next_target(options);
        return;
    }
}

/// RFC 3263 §4.1: of the services that we speak, by order and preference (RFC 3403 §4.1).
void
Location::on_naptr(const LocationOptions& options, Names& names, const Resolution& resolution)
{
    for_each_record(resolution, [&](const Record& record) {
        const auto& naptr = std::get<Naptr>(record.data);
        if (!same(names.text(naptr.flags), "S") || naptr.replacement == kRoot)
        {
            return;
        }
        for (const auto transport : options.transports)
        {
            if (same(names.text(naptr.services), service_of(transport)))
            {
                services_.push({naptr.replacement, transport, naptr.order, naptr.preference});
            }
        }
    });
    const auto before = [](const Service& a, const Service& b) {
        return std::tie(a.order, a.preference) < std::tie(b.order, b.preference);
    };
    // Stable; std::stable_sort would allocate.
    for (auto* next = services_.begin(); next != services_.end(); ++next)
    {
        std::rotate(std::upper_bound(services_.begin(), next, *next, before), next, next + 1);
    }
    if (services_.empty())
    {
        services_by_transport(options, names);
        return;
    }
    naptr_until_ = resolution.until;
    next_service();
}

void
Location::on_srv(const LocationOptions& options, const DrawKey& key, const Resolution& resolution)
{
    FixedVector<Srv, kMaxSet> usable;
    bool refused = false;
    for_each_record(resolution, [&](const Record& record) {
        const auto& srv = std::get<Srv>(record.data);
        refused = refused || srv.target == kRoot;
        if (srv.target != kRoot && srv.port != 0)
        {
            usable.push(srv);
        }
    });
    if (usable.empty())
    {
        unavailable_ = unavailable_ || refused;
        next_service();
        return;
    }
    srv_until_ = resolution.until;
    for (const auto place : select({usable.begin(), usable.size()}, options.selection, key, n_))
    {
        records_.push(usable[place]);
    }
    ask(Step::kTarget, records_[0].target);
}

void
Location::on_addresses(const Resolution& resolution)
{
    const bool of_srv = step_ == Step::kTarget;
    const Srv srv = of_srv ? records_[record_] : Srv{};
    const std::uint16_t port = of_srv                   ? srv.port
                               : destination_.port != 0 ? destination_.port
                                                        : sip::kSipPort;
    for_each_record(resolution, [&](const Record& record) {
        const sip::Host host{std::get<A>(record.data).address};
        // What a Host cannot be (model/sip/ids.h) is no unicast address either (RFC 1112 §4).
        if (host != sip::Host{} && !sip::is_name(host))
        {
            located_.targets.push({{host, port}, transport_, srv.priority, srv.weight});
        }
    });
    address_until_ = std::min(address_until_, resolution.until);
}

void
Location::on_known(const LocationOptions& options,
                   const StubResolver& stub,
                   const ResolverSettings& settings,
                   const AnswerStore& answers)
{
    Said said;
    while (asks_ && step_ == Step::kTarget && pursuit_.aliases == 0 &&
           stub.find(settings, answers, pursuit_.question, pursuit_.since, said) &&
           said.reading.finding == Finding::kRecords)
    {
        on_addresses({Finding::kRecords, said.reading.name, Type::kA, said.records, said.until});
        next_target(options);
    }
}

void
Location::next_target(const LocationOptions& options)
{
    if (step_ == Step::kTarget && ++record_ < records_.size())
    {
        ask(Step::kTarget, records_[record_].target);
        return;
    }
    finish(options);
}

void
Location::finish(const LocationOptions& options)
{
    asks_ = false;
    if (located_.targets.empty())
    {
        failure_ = last_failure_.value_or(LocationFailure::kNoRecord);
        return;
    }
    switch (options.ttl)
    {
    case TtlOf::kSrv:
        located_.until = srv_until_ != kNever ? srv_until_ : address_until_;
        break;
    case TtlOf::kAddress:
        located_.until = address_until_;
        break;
    case TtlOf::kLeast:
        located_.until = std::min({naptr_until_, srv_until_, address_until_});
        break;
    }
}

/// RFC 3263 does not say what a failed lookup means. Model choice: that of a target's addresses costs that
/// target only, any other ends the location, for "no record" is an answer and silence is none.
void
Location::on_failed(const LocationOptions& options, Failure failure)
{
    const auto meaning = failure == Failure::kServFail || failure == Failure::kLoop
                             ? LocationFailure::kServFail
                             : LocationFailure::kTimeout;
    if (step_ != Step::kTarget)
    {
        fail(meaning);
        return;
    }
    last_failure_ = meaning;
    next_target(options);
}

void
locate(Location& location,
       const LocationOptions& options,
       StubResolver& stub,
       const ResolverSettings& settings,
       Names& names,
       const AnswerStore& answers,
       const DrawKey& key,
       SimTime now,
       AskOutputs& out)
{
    for (;;)
    {
        location.on_known(options, stub, settings, answers);
        Pursuit* pursuit = location.question();
        if (pursuit == nullptr)
        {
            return;
        }
        const auto asked = stub.ask(settings, key, answers, *pursuit, now, out);
        if (const auto* resolution = std::get_if<Resolution>(&asked))
        {
            location.on_resolved(options, names, key, *resolution);
            continue;
        }
        const auto* failure = std::get_if<Failure>(&asked);
        if (failure == nullptr || *failure == Failure::kBusy)
        {
            return;
        }
        location.on_failed(options, *failure);
    }
}

Located
configured(std::span<const sip::Host> addresses, std::uint16_t port)
{
    Located located;
    for (const auto address : addresses)
    {
        located.targets.push({{address, port}});
    }
    return located;
}

std::vector<std::string>
validate(const LocationOptions& options)
{
    std::vector<std::string> problems;
    if (options.transports.empty())
    {
        problems.emplace_back("transports: must name one");
    }
    if (options.transports.size() == 2 && options.transports[0] == options.transports[1])
    {
        problems.emplace_back("transports: must not name one twice");
    }
    return problems;
}

} // namespace sipsim::dns
