#include "model/registrar/overload_server.h"

#include <algorithm>
#include <cmath>

namespace sipsim::registrar
{

namespace
{

constexpr double kLeastFraction = 0.01; // so that there is something to measure
constexpr double kRelief = 0.8;         // of target: below it overload is over

} // namespace

double
least_rate(const OverloadOptions& options)
{
    return std::max(1.0, std::ceil(2 / to_seconds(options.validity)));
}

OverloadServer::OverloadServer(const OverloadOptions& options,
                               std::uint32_t workers,
                               SimDuration mean)
    : options_(options),
      capacity_s_(workers * to_seconds(options.window)),
      mean_s_(std::max(to_seconds(mean), 1e-9)),
      window_end_(SimTime{} + options.window),
      rate_(options.target * workers / mean_s_)
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
        clients_.push_back({.host = host, .heard = now, .requests = 1});
        return;
    }
    known->heard = now;
    ++known->requests;
}

double
OverloadServer::rate() const
{
    const double each = static_cast<double>(std::max<std::size_t>(clients_.size(), 1));
    return std::max(least_rate(options_), rate_ / each);
}

bool
OverloadServer::held_back() const
{
    const double most = kRelief * rate() * to_seconds(options_.window);
    return std::ranges::any_of(clients_, [&](const Client& client) {
        return static_cast<double>(client.requests) >= most;
    });
}

void
OverloadServer::close(SimTime end, SimDuration left)
{
    const double left_s = to_seconds(left);
    const double load = (work_s_ + left_s) / capacity_s_;
    fraction_ = load > 0 ? std::clamp(fraction_ * options_.target / load, kLeastFraction, 1.0) : 1;
    if (load > options_.target)
    {
        overloaded_ = true;
    }
    else if (load < kRelief * options_.target && left_s <= 0 && !held_back())
    {
        overloaded_ = false;
    }
    if (requests_ > 0 && work_s_ > 0)
    {
        mean_s_ = work_s_ / static_cast<double>(requests_);
    }
    std::erase_if(clients_,
                  [&](const Client& client) { return client.heard < end - 2 * options_.window; });
    for (Client& client : clients_)
    {
        client.requests = 0;
    }
    const double room_s = options_.target * capacity_s_ - left_s - others_s_;
    rate_ = std::max(room_s, 0.0) / mean_s_ / to_seconds(options_.window);
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
        return request.overload;
    }
    constexpr SimDuration kSequenceUnit = std::chrono::microseconds{10};
    const bool ends = rate && !overloaded_;
    const double value = ends   ? 0
                         : rate ? std::floor(this->rate() + 1e-6)
                                : std::round(100 * (1 - fraction_));
    const auto validity = options_.validity / std::chrono::milliseconds{1};
    return {.algorithms = rate ? OverloadControl::kRate : OverloadControl::kLoss,
            .answered = true,
            .value = static_cast<std::uint32_t>(std::min(value, 1e9)),
            .validity = ends ? 0 : static_cast<std::uint32_t>(validity),
            .sequence = static_cast<std::uint64_t>(now.time_since_epoch() / kSequenceUnit)};
}

} // namespace sipsim::registrar
