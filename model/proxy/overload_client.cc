#include "model/proxy/overload_client.h"

#include <algorithm>

namespace sipsim::proxy
{

using sip::OverloadControl;

OverloadClient::OverloadClient(const OverloadClientOptions& options, const DrawKey& proxy)
    : options_(options),
      proxy_(proxy)
{
}

void
OverloadClient::clear()
{
    algorithm_ = 0;
    until_ = {};
    sequence_.reset();
    mix_ = {};
    bucket_ = {};
}

void
OverloadClient::on_response(SimTime now, const OverloadControl& control)
{
    const std::uint8_t algorithm = control.algorithms;
    const bool one = algorithm == OverloadControl::kLoss || algorithm == OverloadControl::kRate;
    if (!control.answered || !one || (algorithm & options_.algorithms) == 0)
    {
        return;
    }
    const bool in_force = now < until_;
    if (!in_force)
    {
        sequence_.reset(); // a server that has begun anew numbers anew
    }
    // RFC 7339 §5.4: only a higher oc-seq updates.
    if (control.sequence && sequence_ && *control.sequence <= *sequence_)
    {
        return;
    }
    const bool activated = !in_force || algorithm != algorithm_;
    algorithm_ = algorithm;
    value_ = control.value;
    sequence_ = control.sequence ? control.sequence : sequence_;
    until_ = now + std::chrono::milliseconds{control.validity}; // 0 ends it (§5.7)
    // RFC 7415 §3.5.1: the level is TAU0 at first; Model choice: TAU0 = 0. After that it is a time that was
    // filled at another rate: no more of it is kept than a bucket of the new rate holds, T + TAU2.
    if (activated)
    {
        bucket_ = {};
    }
    else if (algorithm == OverloadControl::kRate && value_ > 0)
    {
        bucket_.limit(now, 2 * SimDuration::rep{options_.burst} * increment());
    }
}

// RFC 7415 §3.5.1: T = 1/rate; rounded up, so that the rate is not exceeded.
SimDuration
OverloadClient::increment() const
{
    constexpr SimDuration::rep kSecond = SimDuration{std::chrono::seconds{1}}.count();
    return SimDuration{(kSecond + value_ - 1) / value_};
}

bool
OverloadClient::passes(SimTime now, const sip::Message& request)
{
    const bool first = !request.credentials;
    if (options_.algorithms != 0)
    {
        mix_.count(first);
    }
    if (now >= until_)
    {
        return true;
    }
    if (algorithm_ == OverloadControl::kLoss)
    {
        const std::uint64_t number =
            request.via.empty() ? 0 : static_cast<std::uint64_t>(request.via[0].branch);
        const double wanted = std::min(value_, 100U) / 100.0;
        return draw(proxy_, Purpose::kOverload, number) >= mix_.loss_of(first, wanted);
    }
    if (value_ == 0)
    {
        return false;
    }
    // Model choice: copies are requests; without a memory of transactions (RFC 3261 §16.11) each of them
    // is weighed anew and fills the bucket.
    // RFC 7415 §3.5.2: the tolerance of a request that goes before others is larger.
    const SimDuration each = increment();
    const SimDuration::rep burst = SimDuration::rep{options_.burst} * (first ? 1 : 2);
    return bucket_.offer(now, each, (burst - 1) * each);
}

} // namespace sipsim::proxy
