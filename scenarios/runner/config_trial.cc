#include "scenarios/runner/config_trial.h"

#include "model/dns/shared_resolver.h"
#include "model/world/pings.h"

#include <strings.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace sipsim::runner
{

namespace
{

constexpr SimTime kNow{};

template <class T>
void
add_once(std::vector<T>& list, T item)
{
    if (std::ranges::find(list, item) == list.end())
    {
        list.push_back(std::move(item));
    }
}

class Trying
{
  public:
    Trying(const world::World& world,
           const world::Layout& layout,
           const world::Directory& directory,
           std::uint32_t fleet)
        : world_(world),
          layout_(layout),
          directory_(directory),
          names_(directory.dns_names()),
          answers_(directory.answers()),
          fleet_(fleet)
    {
    }

    Trial run()
    {
        const dns::FinderSettings& settings = directory_.finder(fleet_);
        const world::DeviceIndex device = layout_.first_device(fleet_);
        const DrawKey key = layout_.device_key(device);
        const sip::Host host = layout_.address(device).host;
        dns::FinderStore store{names_, answers_};
        dns::Finder finder;
        dns::AskOutputs asks;
        dns::Found found = finder.want(settings, store, key, kNow, asks);
        while (found == dns::Found::kPending && !asks.empty())
        {
            const dns::Ask ask = *asks.begin();
            asks.clear();
            const auto said = answer(ask.packet, ask.to, {host, ask.from_port}, {});
            if (said)
            {
                read(*said);
            }
            found = said ? finder
                               .on_message(settings,
                                           store,
                                           key,
                                           *said,
                                           ask.to,
                                           ask.from_port,
                                           kNow,
                                           asks)
                               .found
                         : finder.on_deadline(settings, store, key, finder.next_deadline(), asks);
        }
        conclude(finder, found, store);
        return std::move(trial_);
    }

  private:
    [[nodiscard]] std::string text(const dns::Question& question) const
    {
        return names_.text(question.name) + ' ' + dns::type_name(question.type);
    }

    /// What the name server at `to` says to the client; empty: nothing.
    std::optional<dns::Packet> answer(const dns::Packet& query,
                                      const dns::Endpoint& to,
                                      const dns::Endpoint& client,
                                      const std::string& resolver)
    {
        const auto server = layout_.server_at(to.host);
        if (!server || world::server_ref(world_, *server).kind != world::ServerKind::kDns)
        {
            return std::nullopt;
        }
        const std::uint32_t number = world::server_ref(world_, *server).number;
        const auto said = world_.dns[number].zones.empty()
                              ? forwarded(number, *server, query, client)
                              : authoritative(number, *server, query);
        if (said && said->flags.truncated)
        {
            note_cut(query, *said, number, resolver);
        }
        return said;
    }

    std::optional<dns::Packet> authoritative(std::uint32_t number,
                                             world::ServerIndex server,
                                             const dns::Packet& query)
    {
        const auto said =
            authority(number).answer(answers_.expand(query), world::server_key(world_, server), 0);
        return said ? answers_.compact(*said) : std::nullopt;
    }

    const dns::Authority& authority(std::uint32_t number)
    {
        auto& made = authorities_[number];
        if (made == nullptr)
        {
            made = std::make_unique<dns::Authority>(names_,
                                                    directory_.zones(number),
                                                    world_.dns[number].authority);
        }
        return *made;
    }

    std::optional<dns::Packet> forwarded(std::uint32_t number,
                                         world::ServerIndex server,
                                         const dns::Packet& query,
                                         const dns::Endpoint& client)
    {
        const dns::Endpoint self = layout_.server_address(server);
        dns::SharedResolver resolver{directory_.resolver(number),
                                     world::server_key(world_, server),
                                     answers_,
                                     world_.dns[number].authority.udp_size};
        dns::Sendings sendings;
        resolver.on_query(query, client, kNow, sendings);
        for (std::size_t i = 0; i < sendings.size(); ++i)
        {
            const dns::Sending sending = sendings[i]; // more may come behind it
            if (sending.from_port == dns::kDnsPort)
            {
                return sending.packet;
            }
            const auto said = answer(sending.packet,
                                     sending.to,
                                     {self.host, sending.from_port},
                                     world_.dns[number].name);
            if (said)
            {
                resolver.on_message(*said, sending.to, sending.from_port, kNow, sendings);
            }
        }
        return std::nullopt;
    }

    void note_cut(const dns::Packet& query,
                  const dns::Packet& said,
                  std::uint32_t server,
                  const std::string& resolver)
    {
        const dns::Answer& answer = answers_[said.answer];
        const dns::Question wanted{answer.reading.name, query.question.type};
        const auto came = std::ranges::count_if(answer.answer(), [&wanted](const dns::Record& r) {
            return r.owner == wanted.name && r.type == wanted.type;
        });
        const std::uint16_t longest = world_.dns[server].authority.udp_size;
        add_once(trial_.cut,
                 CutAnswer{.question = text(query.question),
                           .limit = query.udp_size == 0 ? dns::kClassicSize
                                                        : std::min(query.udp_size, longest),
                           .came = static_cast<std::size_t>(came),
                           .there_are = records(wanted).size(),
                           .resolver = resolver});
    }

    /// All that a name server has, whatever fits a datagram.
    [[nodiscard]] std::span<const dns::Record> records(const dns::Question& question) const
    {
        for (const auto& [number, authority] : authorities_)
        {
            const dns::Zone* zone = dns::zone_of(names_, authority->zones(), question.name);
            const auto found =
                zone != nullptr ? zone->lookup(question.name, question.type) : dns::Zone::Found{};
            if (found.kind == dns::Zone::Kind::kSet)
            {
                return found.records;
            }
        }
        return {};
    }

    /// An answer that has come to the device.
    void read(const dns::Packet& said)
    {
        const dns::Answer& answer = answers_[said.answer];
        const std::string name = names_.text(answer.reading.name);
        const std::string type = dns::type_name(said.question.type);
        if (said.rcode != dns::Rcode::kNoError && said.rcode != dns::Rcode::kNxDomain)
        {
            add_once(trial_.lacking,
                     "to " + text(said.question) + " the answer is " + dns::rcode_name(said.rcode));
            return;
        }
        switch (answer.reading.finding)
        {
        case dns::Finding::kNoData:
            add_once(trial_.lacking, "there is no " + type + " record of " + name);
            break;
        case dns::Finding::kNxDomain:
            add_once(trial_.lacking, name + " does not exist");
            break;
        case dns::Finding::kLoop:
        case dns::Finding::kNothing:
            add_once(trial_.lacking, "to " + text(said.question) + " there is no answer");
            break;
        case dns::Finding::kRecords:
        case dns::Finding::kAlias:
            break;
        }
        for (const dns::Record& record : answer.records)
        {
            read(record);
        }
        addressed_ = addressed_ || (said.question.type == dns::Type::kA &&
                                    answer.reading.finding == dns::Finding::kRecords);
        if (said.question.type == dns::Type::kNaptr && !leads_on(answer))
        {
            add_once(trial_.lacking,
                     "no NAPTR record of " + name + " is of SIP+D2U with the flag s, over UDP");
        }
    }

    void read(const dns::Record& record)
    {
        if (record.ttl == 0 && record.type != dns::Type::kSoa)
        {
            add_once(trial_.fleeting,
                     names_.text(record.owner) + ' ' + dns::type_name(record.type));
        }
        if (record.type == dns::Type::kSrv)
        {
            add_once(services_, record.owner);
        }
        else if (record.type == dns::Type::kA)
        {
            add_once(hosts_, record.owner);
        }
    }

    /// RFC 3263 §4.1: to a service over UDP, the only transport that devices speak.
    [[nodiscard]] bool leads_on(const dns::Answer& answer) const
    {
        return answer.reading.finding != dns::Finding::kRecords ||
               std::ranges::any_of(answer.answer(), [this](const dns::Record& record) {
                   const auto* naptr = std::get_if<dns::Naptr>(&record.data);
                   return naptr != nullptr && is(naptr->flags, "s") &&
                          is(naptr->services, "SIP+D2U");
               });
    }

    [[nodiscard]] bool is(dns::Octets octets, const char* word) const
    {
        return strcasecmp(std::string{names_.text(octets)}.c_str(), word) == 0;
    }

    void conclude(const dns::Finder& finder, dns::Found found, const dns::FinderStore& store)
    {
        if (found == dns::Found::kLocated)
        {
            const dns::ServerList list = finder.list(store);
            trial_.targets.assign(list.targets.begin(), list.targets.end());
            trial_.lasts = list.until - kNow;
            count_addresses();
            return;
        }
        trial_.unavailable = finder.failure() == dns::LocationFailure::kNotAvailable;
        if (addressed_)
        {
            add_once(trial_.lacking, std::string{"the addresses there are no host's"});
        }
    }

    /// Of the SRV records that lead furthest, or of one host.
    void count_addresses()
    {
        for (const dns::Name host : hosts_)
        {
            trial_.addresses = std::max(trial_.addresses, records({host, dns::Type::kA}).size());
        }
        for (const dns::Name service : services_)
        {
            std::size_t addresses = 0;
            for (const dns::Record& record : records({service, dns::Type::kSrv}))
            {
                addresses +=
                    records({std::get<dns::Srv>(record.data).target, dns::Type::kA}).size();
            }
            trial_.addresses = std::max(trial_.addresses, addresses);
        }
    }

    const world::World& world_;
    const world::Layout& layout_;
    const world::Directory& directory_;
    dns::Names& names_;
    dns::AnswerStore& answers_;
    std::uint32_t fleet_;
    std::map<std::uint32_t, std::unique_ptr<dns::Authority>>
        authorities_;                 // by [[dns]], those asked
    std::vector<dns::Name> services_; // that have SRV records
    std::vector<dns::Name> hosts_;    // that have addresses
    bool addressed_ = false;          // an address was asked for, and came
    Trial trial_;
};

} // namespace

Trial
try_locating(const world::World& world,
             const world::Layout& layout,
             const world::Directory& directory,
             std::uint32_t fleet)
{
    return Trying{world, layout, directory, fleet}.run();
}

} // namespace sipsim::runner
