#include "model/registrar/overload_server.h"

#include <algorithm>
#include <cmath>

namespace sipsim::registrar
{

namespace
{

constexpr double kLeastFraction = 0.01; // so that there is something to measure
constexpr double kLeastRate = 1;

} // namespace

OverloadServer::OverloadServer(const OverloadOptions& options,
                               std::uint32_t workers,
                               SimDuration mean)
    : options_(options),
      capacity_s_(workers * to_seconds(options.window)),
      mean_s_(std::max(to_seconds(mean), 1e-9)),
      window_end_(SimTime{} + options.window),
      rate_(std::max(kLeastRate, options.target * workers / mean_s_))
{
}

void
OverloadServer::on_request(SimTime now,
                           SimDuration work,
                           const sip::Message& request,
                           const Left& left)
{
    while (window_end_ <= now)
    {
        const bool idle = requests_ == 0;
        const SimDuration rest = left(window_end_);
        close(window_end_, rest);
        window_end_ += options_.window;
        if (idle && rest == SimDuration{0} && window_end_ <= now)
        {
            window_end_ += (now - window_end_) / options_.window * options_.window; // all the same
        }
    }
    ++requests_;
    work_s_ += to_seconds(work);
    if (request.overload.offered())
    {
        hear(now, request.src.host);
    }
    else
    {
        others_s_ += to_seconds(work);
    }
}

void
OverloadServer::hear(SimTime now, sip::Host host)
{
    const auto known = std::ranges::find(clients_, host, &Client::host);
    if (known == clients_.end())
    {
        clients_.push_back({host, now});
        return;
    }
    known->heard = now;
}

void
OverloadServer::close(SimTime end, SimDuration left)
{
    const double left_s = to_seconds(left);
    const double load = (work_s_ + left_s) / capacity_s_;
    fraction_ = load > 0 ? std::clamp(fraction_ * options_.target / load, kLeastFraction, 1.0) : 1;
    if (requests_ > 0 && work_s_ > 0)
    {
        mean_s_ = work_s_ / static_cast<double>(requests_);
    }
    std::erase_if(clients_,
                  [&](const Client& client) { return client.heard < end - 2 * options_.window; });
    const double room_s = options_.target * capacity_s_ - left_s - others_s_;
    const double each = static_cast<double>(std::max<std::size_t>(clients_.size(), 1));
    rate_ = std::max(kLeastRate, room_s / mean_s_ / to_seconds(options_.window) / each);
    requests_ = 0;
    work_s_ = 0;
    others_s_ = 0;
}

sip::OverloadControl
OverloadServer::answer(SimTime now, const sip::Message& request) const
{
    using sip::OverloadControl;
    const std::uint8_t offered = request.overload.algorithms;
    const bool rate = options_.control == OverloadOptions::Control::kRate &&
                      (offered & OverloadControl::kRate) != 0;
    if (options_.control == OverloadOptions::Control::kNone ||
        (!rate && (offered & OverloadControl::kLoss) == 0))
    {
        return {};
    }
    constexpr SimDuration kSequenceUnit = std::chrono::microseconds{10};
    const double value = rate ? std::floor(rate_ + 1e-6) : std::round(100 * (1 - fraction_));
    return {.algorithms = rate ? OverloadControl::kRate : OverloadControl::kLoss,
            .answered = true,
            .value = static_cast<std::uint32_t>(std::min(value, 1e9)),
            .validity =
                static_cast<std::uint32_t>(options_.validity / std::chrono::milliseconds{1}),
            .sequence = static_cast<std::uint64_t>(now.time_since_epoch() / kSequenceUnit)};
}

} // namespace sipsim::registrar
