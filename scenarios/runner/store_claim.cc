#include "scenarios/runner/store_claim.h"

#include "scenarios/runner/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sipsim::runner
{

Claim::Claim(const std::filesystem::path& directory)
    : descriptor_(::open((directory / "results.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644))
{
    if (descriptor_ < 0)
    {
        throw StoreError(fmt::format("{}: cannot write in the directory: {}: choose another "
                                     "with -o",
                                     directory.string(),
                                     std::strerror(errno)));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
    {
        ::close(descriptor_);
        throw StoreError(directory.string() +
                         ": another sipsim run is writing here: wait for it, or choose another "
                         "directory with -o");
    }
}

Claim::~Claim()
{
    ::close(descriptor_);
}

} // namespace sipsim::runner
