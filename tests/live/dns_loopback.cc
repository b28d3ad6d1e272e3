// The resolver core on real sockets, for name servers that no one here wrote.
//
//   dns_loopback HOST PORT
//
// Each line of stdin is "SECONDS NAME TYPE": at that instant of the resolver's own time, NAME is resolved.
// Prints one line each: how many queries it took, then the answer's finding, the whole seconds that are left
// of its TTL, and its records, A and SRV, sorted.

#include "model/dns/codec.h"
#include "model/dns/resolver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

constexpr int kPatienceMs = 5000;

sockaddr_in
address_of(Endpoint at)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at.port);
    address.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(at.host));
    return address;
}

/// What comes back to a query; empty: nothing, or nothing that can be read.
std::optional<Packet>
exchange(const Ask& ask, AnswerStore& answers, Names& names)
{
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    const sockaddr_in from = address_of({sip::Host{INADDR_LOOPBACK}, ask.from_port});
    const sockaddr_in to = address_of(ask.to);
    const auto text = encode(answers.expand(ask.packet), names);
    std::optional<Packet> packet;
    std::array<char, 65'536> buffer{};
    pollfd wait{.fd = socket, .events = POLLIN, .revents = 0};
    if (::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) == 0 &&
        ::sendto(socket,
                 text->data(),
                 text->size(),
                 0,
                 reinterpret_cast<const sockaddr*>(&to),
                 sizeof(to)) > 0 &&
        ::poll(&wait, 1, kPatienceMs) == 1)
    {
        const auto size = ::recv(socket, buffer.data(), buffer.size(), 0);
        const auto decoded = decode({buffer.data(), static_cast<std::size_t>(size)}, names);
        if (const auto* message = std::get_if<Message>(&decoded))
        {
            packet = answers.compact(*message);
        }
    }
    ::close(socket);
    return packet;
}

std::string
shown(const Record& record, const Names& names)
{
    if (const auto* srv = std::get_if<Srv>(&record.data))
    {
        return std::to_string(srv->priority) + "," + std::to_string(srv->weight) + "," +
               std::to_string(srv->port) + "," + names.text(srv->target);
    }
    if (const auto* a = std::get_if<A>(&record.data))
    {
        const in_addr address{htonl(a->address)};
        std::array<char, INET_ADDRSTRLEN> text{};
        return inet_ntop(AF_INET, &address, text.data(), text.size());
    }
    return "?";
}

void
print(int queries, const Resolved& asked, SimTime now, const Names& names)
{
    const auto* resolution = std::get_if<Resolution>(&asked);
    if (resolution == nullptr)
    {
        std::printf("%d failed\n", queries);
        return;
    }
    std::vector<std::string> records;
    for_each_record(*resolution,
                    [&](const Record& record) { records.push_back(shown(record, names)); });
    std::ranges::sort(records);
    const char* finding = resolution->finding == Finding::kRecords    ? "records"
                          : resolution->finding == Finding::kNoData   ? "nodata"
                          : resolution->finding == Finding::kNxDomain ? "nxdomain"
                                                                      : "nothing";
    std::printf(
        "%d %s %lld",
        queries,
        finding,
        static_cast<long long>(
            std::chrono::duration_cast<std::chrono::seconds>(resolution->until - now).count()));
    for (const std::string& record : records)
    {
        std::printf(" %s", record.c_str());
    }
    std::printf("\n");
}

} // namespace

int
main(int count, char** words)
{
    in_addr host{};
    if (count != 3 || inet_pton(AF_INET, words[1], &host) != 1)
    {
        std::fprintf(stderr, "dns_loopback HOST PORT\n");
        return 2;
    }
    Names names;
    AnswerStore answers(names);
    ResolverSettings settings;
    settings.servers.push({sip::Host{ntohl(host.s_addr)},
                           static_cast<std::uint16_t>(std::strtoul(words[2], nullptr, 10))});
    const DrawKey key{.seed = static_cast<std::uint64_t>(::getpid()), .device = 1, .account = 0};
    StubResolver stub;
    long seconds = 0;
    std::array<char, 256> name{};
    std::array<char, 8> type{};
    while (std::scanf("%ld %255s %7s", &seconds, name.data(), type.data()) == 3)
    {
        const SimTime now{std::chrono::seconds{seconds}};
        Pursuit pursuit{.question = {names.name(name.data()).value_or(kRoot),
                                     std::string{type.data()} == "SRV" ? Type::kSrv : Type::kA},
                        .since = now};
        int queries = 0;
        AskOutputs out;
        auto asked = stub.ask(settings, key, answers, pursuit, now, out);
        while (!out.empty())
        {
            const Ask ask = out[0];
            out.clear();
            ++queries;
            const auto packet = exchange(ask, answers, names);
            if (!packet)
            {
                break;
            }
            (void)stub.on_message(settings, key, answers, *packet, ask.to, ask.from_port, now, out);
            if (out.empty())
            {
                asked = stub.ask(settings, key, answers, pursuit, now, out);
            }
        }
        print(queries, asked, now, names);
    }
    return 0;
}
