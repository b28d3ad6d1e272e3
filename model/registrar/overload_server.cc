#include "model/registrar/overload_server.h"

#include <algorithm>
#include <cmath>

namespace sipsim::registrar
{

namespace
{

constexpr double kLeastFraction = 0.01; // so that there is something to measure
constexpr double kRelief = 0.8;         // of target: below it overload is over

// The share of requests that is taken when `came` of them was and `wanted` is.
double
adjusted(double fraction, double wanted, double came)
{
    return came > 0 ? std::clamp(fraction * wanted / came, kLeastFraction, 1.0) : 1;
}

} // namespace

double
least_rate(const OverloadOptions& options)
{
    return std::max(1.0, std::ceil(2 / to_seconds(options.validity)));
}

OverloadServer::OverloadServer(const OverloadOptions& options,
                               std::uint32_t workers,
                               SimDuration mean,
                               const DrawKey& server)
    : options_(options),
      server_(server),
      capacity_s_(workers * to_seconds(options.window)),
      mean_s_(std::max(to_seconds(mean), 1e-9)),
      window_end_(SimTime{} + options.window),
      room_(options.target * workers / mean_s_)
{
}

// Of an algorithm that is supported: loss always is (RFC 7339 §4.2), rate where it is said.
bool
OverloadServer::takes_part(const sip::Message& request) const
{
    const std::uint8_t supported = by_rate()
                                       ? sip::OverloadControl::kLoss | sip::OverloadControl::kRate
                                       : sip::OverloadControl::kLoss;
    return (request.overload.algorithms & supported) != 0;
}

// RFC 7339 §5.10.2.
bool
OverloadServer::takes(const sip::Message& request)
{
    const bool first = !request.credentials;
    others_.count(first);
    const double lost = first ? first_lost_ : second_lost_;
    if (lost <= 0)
    {
        return true;
    }
    const std::uint64_t number =
        request.via.empty() ? 0 : static_cast<std::uint64_t>(request.via[0].branch);
    return draw(server_, Purpose::kOverload, number) >= lost;
}

bool
OverloadServer::on_request(SimTime now,
                           SimDuration work,
                           const sip::Message& request,
                           const Left& left)
{
    while (window_end_ <= now)
    {
        const bool idle = requests_ + refused_ == 0;
        const SimDuration rest = left(window_end_);
        close(window_end_, rest);
        window_end_ += options_.window;
        if (idle && rest == SimDuration{0} && window_end_ <= now)
        {
            window_end_ += (now - window_end_) / options_.window * options_.window; // all the same
        }
    }
    const bool part = takes_part(request);
    if (by_rate() && part)
    {
        hear(now, request.src.host);
    }
    else if (by_rate())
    {
        others_hosts_.insert(request.src.host);
    }
    if (!part && request.method != sip::Method::kAck && !takes(request))
    {
        ++refused_;
        return false;
    }
    ++requests_;
    work_s_ += to_seconds(work);
    if (!part)
    {
        others_s_ += to_seconds(work);
    }
    return true;
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
    const double part = static_cast<double>(std::max<std::size_t>(clients_.size(), 1));
    const double even = room_ / (part + static_cast<double>(others_heard_));
    return std::max({least_rate(options_), even, (room_ - others_rate_) / part});
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
    // Where all have been refused there would be room for one.
    const double room_for = refused_ > 0 ? mean_s_ : 0;
    const double came_s = std::max(work_s_ + left_s, room_for);
    fraction_ = adjusted(fraction_, options_.target * capacity_s_, came_s);
    if (requests_ > 0 && work_s_ > 0)
    {
        mean_s_ = work_s_ / static_cast<double>(requests_);
    }
    double others = fraction_;
    if (by_rate())
    {
        close_rate(end, came_s / capacity_s_, left_s);
        others = others_fraction_;
    }
    first_lost_ = others_.loss_of(true, 1 - others);
    second_lost_ = others_.loss_of(false, 1 - others);
    requests_ = 0;
    refused_ = 0;
    work_s_ = 0;
    others_s_ = 0;
}

void
OverloadServer::close_rate(SimTime end, double load, double left_s)
{
    if (load > options_.target)
    {
        overloaded_ = true;
    }
    else if (load < kRelief * options_.target && left_s <= 0 && refused_ == 0 && !held_back())
    {
        overloaded_ = false;
    }
    std::erase_if(clients_,
                  [&](const Client& client) { return client.heard < end - 2 * options_.window; });
    for (Client& client : clients_)
    {
        client.requests = 0;
    }
    others_heard_ = others_hosts_.size();
    others_hosts_.clear();
    const double a_second = mean_s_ * to_seconds(options_.window);
    const double room_s = std::max(options_.target * capacity_s_ - left_s, 0.0);
    room_ = room_s / a_second;
    const double before = others_fraction_;
    others_fraction_ = overloaded_ ? others_fraction(room_s, left_s) : 1;
    others_rate_ = others_fraction_ < 1 ? room_ : others_s_ / before / a_second;
}

double
OverloadServer::others_fraction(double room_s, double left_s) const
{
    const double came_s = std::max(others_s_, refused_ > 0 ? mean_s_ : 0);
    if (came_s <= 0)
    {
        return left_s > 0 ? others_fraction_ : 1; // their next volley is no smaller
    }
    const auto proxies = static_cast<double>(clients_.size());
    const auto others = static_cast<double>(others_heard_);
    const double told_s = proxies * least_rate(options_) * mean_s_ * to_seconds(options_.window);
    const double even_s =
        std::min(room_s * others / (proxies + others), std::max(room_s - told_s, 0.0));
    const double part_s = std::max(even_s, room_s - (work_s_ - others_s_));
    // A request in a window there must be, so that there is something to measure.
    const double least = std::min(kLeastFraction, others_fraction_ * mean_s_ / came_s);
    return std::clamp(others_fraction_ * part_s / came_s, least, 1.0);
}

sip::OverloadControl
OverloadServer::answer(SimTime now, const sip::Message& request) const
{
    using sip::OverloadControl;
    if (!takes_part(request))
    {
        return request.overload;
    }
    const bool rate = by_rate() && (request.overload.algorithms & OverloadControl::kRate) != 0;
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
