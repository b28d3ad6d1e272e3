#include "scenarios/runner/worker.h"

#include "scenarios/runner/record_wire.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace sipsim::runner
{

namespace
{

void
write_all(int descriptor, const std::string& bytes)
{
    std::size_t sent = 0;
    while (sent < bytes.size())
    {
        const ssize_t n = ::write(descriptor, bytes.data() + sent, bytes.size() - sent);
        if (n < 0 && errno != EINTR)
        {
            return;
        }
        sent += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
}

[[noreturn]] void
child(int descriptor, pid_t parent, const std::function<RunRecord()>& work)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent)
    {
        ::_exit(1); // the parent died before we asked to die with it
    }
    // A terminal sends Ctrl-C to the whole group, `timeout` SIGTERM; only the parent decides what they
    // mean, and it ends its children by SIGKILL.
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGTERM, SIG_IGN);
    RunRecord record;
    try
    {
        record = work();
    }
    catch (const std::exception& e)
    {
        record.status = "failed";
        record.error = e.what();
    }
    write_all(descriptor, to_bytes(record));
    ::_exit(0);
}

} // namespace

Worker::Worker(const std::function<RunRecord()>& work)
    : started_(Clock::now())
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    {
        throw StoreError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    }
    const pid_t parent = ::getpid();
    child_ = ::fork();
    if (child_ < 0)
    {
        ::close(ends[0]);
        ::close(ends[1]);
        throw StoreError(fmt::format("cannot start a worker process: {}", std::strerror(errno)));
    }
    if (child_ == 0)
    {
        ::close(ends[0]);
        child(ends[1], parent, work);
    }
    ::close(ends[1]);
    pipe_ = ends[0];
}

Worker::Worker(Worker&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      pipe_(std::exchange(other.pipe_, -1)),
      bytes_(std::move(other.bytes_)),
      started_(other.started_)
{
}

Worker::~Worker()
{
    if (child_ > 0)
    {
        kill();
        ::waitpid(child_, nullptr, 0);
    }
    if (pipe_ >= 0)
    {
        ::close(pipe_);
    }
}

bool
Worker::read_some()
{
    std::array<char, 65'536> buffer{};
    const ssize_t n = ::read(pipe_, buffer.data(), buffer.size());
    if (n > 0)
    {
        bytes_.append(buffer.data(), static_cast<std::size_t>(n));
        return false;
    }
    return n == 0 || errno != EINTR;
}

Worker::Ended
Worker::end()
{
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0 && errno == EINTR)
    {
    }
    child_ = -1;
    if (auto record = from_bytes(bytes_))
    {
        return {std::move(record), {}};
    }
    if (WIFSIGNALED(status))
    {
        const int signal = WTERMSIG(status);
        return {
            std::nullopt,
            fmt::format("the run's process died of signal {} ({}){}",
                        signal,
                        ::strsignal(signal),
                        signal == SIGKILL ? ": out of memory? run fewer at a time with -j" : "")};
    }
    return {std::nullopt, fmt::format("the run's process ended with code {}", WEXITSTATUS(status))};
}

void
Worker::kill()
{
    if (child_ > 0)
    {
        ::kill(child_, SIGKILL);
    }
}

} // namespace sipsim::runner
