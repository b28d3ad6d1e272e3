// The STUN server core on real sockets, for programs that no one here wrote.
//
//   stun_loopback HOST1 PORT1 [HOST2 PORT2]
//
// With two endpoints it is a server of RFC 3489 and RFC 5780, with one what a SIP port does with a
// keepalive. Port 0: any. Prints its ports once it listens; ends with stdin.

#include "model/nat/stun_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

sockaddr_in
address_of(Endpoint at)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at.port);
    address.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(at.host));
    return address;
}

Endpoint
endpoint_of(const sockaddr_in& address)
{
    return {sip::Host{ntohl(address.sin_addr.s_addr)}, ntohs(address.sin_port)};
}

Endpoint
argument(char** words)
{
    in_addr host{};
    if (inet_pton(AF_INET, words[0], &host) != 1)
    {
        std::fprintf(stderr, "%s: no address\n", words[0]);
        std::exit(2);
    }
    return {sip::Host{ntohl(host.s_addr)},
            static_cast<std::uint16_t>(std::strtoul(words[1], nullptr, 10))};
}

/// A bound socket; where the port is 0, it becomes the one that was given.
int
listen_at(Endpoint& at)
{
    const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in address = address_of(at);
    socklen_t size = sizeof(address);
    if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    {
        std::perror("stun_loopback");
        std::exit(2);
    }
    at = endpoint_of(address);
    return socket;
}

struct Place
{
    Endpoint at;
    int socket;
};

void
answer(const StunServer& server, const std::vector<Place>& places, const Place& place)
{
    std::array<char, 65536> octets;
    sockaddr_in peer{};
    socklen_t size = sizeof(peer);
    const ssize_t length = ::recvfrom(place.socket,
                                      octets.data(),
                                      octets.size(),
                                      0,
                                      reinterpret_cast<sockaddr*>(&peer),
                                      &size);
    if (length < 0)
    {
        return;
    }
    const auto reply = server.on_datagram({octets.data(), static_cast<std::size_t>(length)},
                                          place.at,
                                          endpoint_of(peer));
    for (const auto& from : places)
    {
        if (reply && from.at == reply->from)
        {
            const std::string text = encode(reply->message);
            const sockaddr_in to = address_of(reply->to);
            ::sendto(from.socket,
                     text.data(),
                     text.size(),
                     0,
                     reinterpret_cast<const sockaddr*>(&to),
                     sizeof(to));
        }
    }
}

} // namespace

int
main(int argc, char** argv)
{
    if (argc != 3 && argc != 5)
    {
        std::fprintf(stderr, "usage: stun_loopback HOST1 PORT1 [HOST2 PORT2]\n");
        return 2;
    }
    std::vector<Place> places(argc == 5 ? 4 : 1);
    Endpoint first = argument(argv + 1);
    places[0].socket = listen_at(first);
    places[0].at = first;
    StunServerOptions options = stun_on_sip_port(first);
    if (argc == 5)
    {
        Endpoint second = argument(argv + 3);
        places[3].socket = listen_at(second);
        places[3].at = second;
        places[1].at = {second.host, first.port};
        places[1].socket = listen_at(places[1].at);
        places[2].at = {first.host, second.port};
        places[2].socket = listen_at(places[2].at);
        options = {.primary = first, .alternate = second, .software = true};
    }
    const StunServer server{options};
    std::printf("%u %u\n", first.port, places.back().at.port);
    std::fflush(stdout);
    std::vector<pollfd> ready{{STDIN_FILENO, POLLIN, 0}};
    for (const auto& place : places)
    {
        ready.push_back({place.socket, POLLIN, 0});
    }
    while (::poll(ready.data(), ready.size(), -1) >= 0 && ready[0].revents == 0)
    {
        for (std::size_t i = 0; i < places.size(); ++i)
        {
            if ((ready[i + 1].revents & POLLIN) != 0)
            {
                answer(server, places, places[i]);
            }
        }
    }
    return 0;
}
