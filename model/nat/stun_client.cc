#include "model/nat/stun_client.h"

#include <algorithm>

namespace sipsim::nat
{

void
StunTransaction::start(const StunLaw& law, std::uint64_t number, SimTime now)
{
    number_ = number;
    sends_ = 1;
    interval_ = law.first;
    next_ = now + (sends_ < law.sends ? interval_ : law.last);
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
    interval_ = std::min(2 * interval_, law.longest);
    next_ += sends_ < law.sends ? interval_ : law.last;
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
