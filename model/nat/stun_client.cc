#include "model/nat/stun_client.h"

namespace sipsim::nat
{

namespace
{

// From the `sends`-th send to what comes next.
SimDuration
wait_after(const StunLaw& law, unsigned sends)
{
    if (sends == law.sends)
    {
        return law.last;
    }
    SimDuration interval = law.first;
    for (unsigned i = 1; i < sends && interval < law.longest; ++i)
    {
        interval = interval > law.longest / 2 ? law.longest : 2 * interval;
    }
    return interval;
}

} // namespace

void
StunTransaction::start(const StunLaw& law, std::uint64_t number, SimTime now)
{
    number_ = number;
    sends_ = 1;
    next_ = now + wait_after(law, sends_);
}

void
StunTransaction::stop()
{
    next_ = kNever;
}

StunTransaction::Step
StunTransaction::on_deadline(const StunLaw& law, SimTime now)
{
    if (now < next_ || next_ == kNever)
    {
        return Step::kNone;
    }
    if (sends_ == law.sends)
    {
        next_ = kNever;
        return Step::kFailed;
    }
    ++sends_;
    next_ += wait_after(law, sends_);
    return Step::kSend;
}

bool
answers(const StunMessage& message, const DrawKey& key, std::uint64_t number, StunForm form)
{
    return (message.kind == StunClass::kSuccess || message.kind == StunClass::kError) &&
           message.method == StunMethod::kBinding && message.id == stun_id(key, number, form);
}

bool
usable(const StunMessage& message)
{
    return message.kind == StunClass::kSuccess && message.seen.not_understood.empty() &&
           message.mapped_address().has_value();
}

StunMessage
binding_request(const StunClientSettings& settings, const DrawKey& key, std::uint64_t number)
{
    StunMessage request;
    request.id = stun_id(key, number, settings.form);
    request.fingerprint = settings.fingerprint && settings.form == StunForm::kCookie;
    return request;
}

void
StunBinding::on_start(const StunClientSettings& settings,
                      const DrawKey& key,
                      std::uint64_t number,
                      SimTime now,
                      StunOutputs& out)
{
    transaction_.start(settings.law, number, now);
    out.push({binding_request(settings, key, number), settings.server, 0, false});
}

bool
StunBinding::on_message(const StunClientSettings& settings,
                        const DrawKey& key,
                        const StunMessage& message)
{
    if (!active() || !answers(message, key, transaction_.number(), settings.form))
    {
        return false;
    }
    // RFC 3489 §9.4: any response ends retransmission, one from 100 to 399 or with what must be
    // understood too. Not modelled: asking again after 420, 430, 500.
    transaction_.stop();
    mapped_ = usable(message) ? message.mapped_address() : std::nullopt;
    error_ = message.error;
    return true;
}

void
StunBinding::on_deadline(const StunClientSettings& settings,
                         const DrawKey& key,
                         SimTime now,
                         StunOutputs& out)
{
    switch (transaction_.on_deadline(settings.law, now))
    {
    case StunTransaction::Step::kNone:
        return;
    case StunTransaction::Step::kSend:
        out.push({binding_request(settings, key, transaction_.number()), settings.server, 0, true});
        return;
    case StunTransaction::Step::kFailed:
        mapped_.reset();
        error_ = 0;
        return;
    }
}

void
StunBinding::on_transport_error()
{
    if (active())
    {
        transaction_.stop();
        mapped_.reset();
        error_ = 0;
    }
}

} // namespace sipsim::nat
