#pragma once

// Models : what a registrar tells the proxies before it about its load, by the Via parameters of RFC 7339
//          (loss) and RFC 7415 (rate): the server's side of overload control on one hop.
// Drives : ServiceStation tells it of each request and asks what its response says.
// Keeps  : a value is made of a window and said until the next one ends; a proxy goes by it for
//          `validity` after the last response that said it; no timer: windows end when the next request
//          comes; time never goes back.
// Leaves : what a proxy makes of it (proxy::OverloadClient), what a registrar refuses by itself
//          (ServiceStation). Not modelled: control of another resource than the workers' time.
//
// Model choice: neither RFC says how a server measures its load (RFC 7339 §5.3). Here: work is the mean
// service time of a request's leg, whether the request found a place or not; the load of a window is the
// work that came in it and the work left at its end, over what the workers can do in it.
//   loss: of the requests offered, the share f is to be sent, and after each window
//         f := f * target/load, within [1/100, 1] (the occupancy algorithm of Hilt and Widjaja, ICNP
//         2008); oc = 100 (1 - f), rounded. Of requests whose sender takes no part the same share is
//         taken.
//   rate: room is what the workers can do in a window at `target`, but for the work left at its end.
//         Each sender, that is, source address, has an even part of it ("the same amount of processing",
//         RFC 7339 §5.10.2): those who take part, heard of in the last two windows, and those who take
//         none, heard of in the last one. The parts of the latter are one, in which each request has the
//         same chance, whoever sends it; what one side leaves is the other's. Those who take part are told
//         their part in requests of the mean work seen, least_rate() or more, which goes off the others';
//         of the others' requests the share g is taken, and in overload after each window
//         g := g * part/work, so that it is one request or more, and g as it was after a window of silence
//         in which work was left. Who takes part by loss is told of the load of all, so that it may get
//         less than its part.
//   The others' requests that are not taken are refused (§5.10.2), those without credentials first, as
//   §7.2 has it of participants; what is refused is no load.
// RFC 7339 §5.1: who is not in overload says oc=0. By loss that is so where f is 1. By rate oc=0 would be
// no request at all, so it is said with oc-validity=0, which ends control (§5.7; RFC 7415 §3.2, §4). Then
// overload begins with a window whose load is above `target` and ends with one of less than 0.8 target,
// no work left, nothing refused, and no sender that came with 0.8 of its rate or more: such a one may be
// held back, and what it holds back is not in the load.

#include "model/base/draw.h"
#include "model/base/loss_mix.h"
#include "model/base/time.h"
#include "model/sip/message.h"

#include <cstdint>
#include <functional>
#include <unordered_set>
#include <vector>

namespace sipsim::registrar
{

struct OverloadOptions
{
    enum class Control : std::uint8_t
    {
        kNone,
        kLoss, // RFC 7339
        // RFC 7415, where the client offers it. Model choice: one that offers only loss is answered loss,
        // an algorithm of its list (RFC 7339 §5.1); RFC 7415 §3.4 would treat it as one that takes no part.
        kRate,
    };

    Control control = Control::kNone;
    double target = 0.9; // of the workers' time; in (0, 1]
    SimDuration window = std::chrono::seconds{1};
    SimDuration validity = std::chrono::milliseconds{500}; // oc-validity; whole ms, 1 .. 2^32-1
};

/// Requests per second that a sender is told at least: two in a validity, so that the responses to what it
/// sends keep control in force.
[[nodiscard]] double least_rate(const OverloadOptions& options);

class OverloadServer
{
  public:
    /// `options`, whose control is not kNone, outlive it. `workers` > 0; `mean` is the work of a request while
    /// none has been seen; `server` is the draw key of the server.
    OverloadServer(const OverloadOptions& options,
                   std::uint32_t workers,
                   SimDuration mean,
                   const DrawKey& server);

    /// The work of all workers that is left at an instant which is not to come.
    using Left = std::function<SimDuration(SimTime)>;

    /// A request arrives that costs `work`; before it takes its place. False: it is to be refused with a 503
    /// without Retry-After (RFC 7339 §5.10.2). A copy of it has the same fate within a window.
    [[nodiscard]] bool on_request(SimTime now,
                                  SimDuration work,
                                  const sip::Message& request,
                                  const Left& left);

    /// The overload parameters of a response to `request` (RFC 7339 §5.2), of an algorithm the client offers
    /// (§5.1). Where it offers none that is supported they are its own (RFC 3261 §8.2.6.2). oc-seq is the
    /// time of the response (§4.4).
    [[nodiscard]] sip::OverloadControl answer(SimTime now, const sip::Message& request) const;

    /// The share of requests that proxies are to send.
    [[nodiscard]] double fraction() const
    {
        return fraction_;
    }

    /// Requests per second for each of them, as many as have been heard of by now; said in overload.
    [[nodiscard]] double rate() const;

    /// By rate.
    [[nodiscard]] bool overloaded() const
    {
        return overloaded_;
    }

  private:
    struct Client
    {
        sip::Host host{};
        SimTime heard{};
        std::uint64_t requests = 0; // in this window
    };

    [[nodiscard]] bool takes_part(const sip::Message& request) const;
    [[nodiscard]] bool takes(const sip::Message& request);
    void close(SimTime end, SimDuration left);
    void close_rate(SimTime end, double load, double left_s);

    [[nodiscard]] double others_fraction(double room_s, double left_s) const;

    [[nodiscard]] bool by_rate() const
    {
        return options_.control == OverloadOptions::Control::kRate;
    }

    void hear(SimTime now, sip::Host host);
    [[nodiscard]] bool held_back() const;

    const OverloadOptions& options_;
    DrawKey server_;
    double capacity_s_; // of all workers in a window
    double mean_s_;     // of a request, as last seen
    SimTime window_end_;
    std::uint64_t requests_ = 0; // in this window
    double work_s_ = 0;          // they bring
    double others_s_ = 0;        // of these, by senders that take no part
    std::uint64_t refused_ = 0;  // in this window, and not among those above
    LossMix others_{};           // of requests of these senders, those without and with credentials
    double first_lost_ = 0;      // share of these without credentials that is refused
    double second_lost_ = 0;     // with
    double fraction_ = 1;
    double others_fraction_ = 1; // g
    double room_ = 0;            // by rate: requests per second, of all senders
    double others_rate_ = 0; // of these, what the others want; all of them where some were refused
    std::size_t others_heard_ = 0; // senders that take no part
    bool overloaded_ = false;
    std::vector<Client> clients_;                // that take part; by rate
    std::unordered_set<sip::Host> others_hosts_; // heard of in this window; by rate
};

} // namespace sipsim::registrar
