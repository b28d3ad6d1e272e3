#include "scenarios/runner/live_interface.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

extern char** environ;

namespace sipsim::runner
{

namespace
{

constexpr const char* kTunDevice = "/dev/net/tun";
constexpr const char* kLargestMtu = "65535"; // no fragments: the simulation carries none

/// A descriptor that is closed at the end of its scope.
class Descriptor
{
  public:
    explicit Descriptor(int number)
        : number_(number)
    {
    }

    ~Descriptor()
    {
        if (number_ >= 0)
        {
            ::close(number_);
        }
    }

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    [[nodiscard]] int get() const
    {
        return number_;
    }

  private:
    int number_;
};

std::string
reason()
{
    return std::strerror(errno);
}

/// Runs `ip` with these words; true if it exits with 0. Its complaints go to stderr.
bool
ip(std::vector<std::string> words)
{
    words.insert(words.begin(), "ip");
    std::vector<char*> arguments;
    for (std::string& word : words)
    {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    // A Ctrl-C is for us alone: what removes the interface must not die of it.
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    pid_t child = 0;
    const int failed =
        ::posix_spawnp(&child, "ip", nullptr, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
    {
        throw LiveError(std::string{"cannot run ip: "} + std::strerror(failed) +
                        "; apt-get install iproute2");
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::filesystem::path
path_of(const std::string& network_namespace)
{
    return std::filesystem::path{"/run/netns"} / network_namespace;
}

/// The network namespace of this thread has a route to everywhere in its main table.
bool
has_default_route()
{
    std::ifstream table{"/proc/thread-self/net/route"};
    std::string line;
    std::getline(table, line); // the names of the columns
    while (std::getline(table, line))
    {
        std::istringstream columns{line};
        std::string interface, destination, gateway, flags, references, uses, metric, mask;
        columns >> interface >> destination >> gateway >> flags >> references >> uses >> metric >>
            mask;
        if (destination == "00000000" && mask == "00000000")
        {
            return true;
        }
    }
    return false;
}

} // namespace

LiveInterface::LiveInterface(std::string network_namespace, const std::string& address)
    : namespace_(std::move(network_namespace))
{
    if (::access(kTunDevice, F_OK) != 0)
    {
        throw LiveError(std::string{"there is no "} + kTunDevice +
                        ": modprobe tun, or give it to this container (--device " + kTunDevice +
                        ")");
    }
    if (::geteuid() != 0)
    {
        throw LiveError("a network namespace and an interface in it need root: sudo sipsim live");
    }
    try
    {
        if (!std::filesystem::exists(path_of(namespace_)))
        {
            if (!ip({"netns", "add", namespace_}))
            {
                throw LiveError("cannot make the network namespace " + namespace_ +
                                "; in a container, it needs CAP_SYS_ADMIN");
            }
            made_ = true;
        }
        open_tun();
        configure(address);
    }
    catch (...)
    {
        remove();
        throw;
    }
}

LiveInterface::~LiveInterface()
{
    remove();
}

// The interface is made in the namespace itself: it never shows in the machine's own.
void
LiveInterface::open_tun()
{
    const Descriptor own{::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC)};
    const Descriptor other{::open(path_of(namespace_).c_str(), O_RDONLY | O_CLOEXEC)};
    if (own.get() < 0 || other.get() < 0 || ::setns(other.get(), CLONE_NEWNET) != 0)
    {
        throw LiveError("cannot enter the network namespace " + namespace_ + ": " + reason());
    }
    descriptor_ = ::open(kTunDevice, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    ifreq request{};
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    std::strncpy(request.ifr_name, kName, IFNAMSIZ - 1);
    const bool made = descriptor_ >= 0 && ::ioctl(descriptor_, TUNSETIFF, &request) == 0;
    const std::string why = made ? "" : reason();
    const bool taken = made && has_default_route();
    if (::setns(own.get(), CLONE_NEWNET) != 0)
    {
        throw LiveError("cannot leave the network namespace " + namespace_ + ": " + reason());
    }
    if (!made)
    {
        throw LiveError(std::string{"cannot make the interface "} + kName + " in the namespace " +
                        namespace_ + ": " + why + "; is another sipsim live there?");
    }
    // Ours would stand in its place: the programs of the one who gave the namespace need theirs.
    if (taken)
    {
        throw LiveError(
            "the network namespace " + namespace_ +
            " has a default route of its own: choose another namespace, or remove it: ip -n " +
            namespace_ + " route del default");
    }
}

void
LiveInterface::configure(const std::string& address) const
{
    const std::array<std::vector<std::string>, 5> steps{
        std::vector<std::string>{"link", "set", "lo", "up"},
        {"link", "set", kName, "addrgenmode", "none"}, // IPv6 has nobody to talk to
        {"address", "add", address + "/32", "dev", kName},
        {"link", "set", kName, "mtu", kLargestMtu, "up"},
        {"route", "add", "default", "dev", kName, "src", address}};
    for (const auto& step : steps)
    {
        std::vector<std::string> words{"-n", namespace_};
        words.insert(words.end(), step.begin(), step.end());
        if (!ip(std::move(words)))
        {
            throw LiveError("cannot set up the interface in the namespace " + namespace_);
        }
    }
}

void
LiveInterface::remove() noexcept
{
    if (descriptor_ >= 0)
    {
        ::close(descriptor_);
        descriptor_ = -1;
    }
    if (made_)
    {
        made_ = false;
        try
        {
            (void)ip({"netns", "del", namespace_});
        }
        catch (const LiveError&)
        {
            // It made the namespace a moment ago; there is nobody to tell.
        }
    }
}

} // namespace sipsim::runner
