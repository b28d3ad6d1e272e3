#include "model/dns/shared_resolver.h"

#include <algorithm>

namespace sipsim::dns
{

namespace
{

/// Under this one stands that a name does not exist, which is so for every type (RFC 2308 §5).
Question
any_type(const Question& question)
{
    return {question.name, Type::kNone, question.klass};
}

} // namespace

SharedResolver::SharedResolver(const ResolverSettings& settings,
                               const DrawKey& key,
                               AnswerStore& answers,
                               std::uint16_t udp_size)
    : settings_(settings),
      key_(key),
      answers_(&answers),
      udp_size_(udp_size)
{
}

bool
SharedResolver::find(const Question& wanted, SimTime since, Said& said) const
{
    for (const Question& key : {wanted, any_type(wanted)})
    {
        const auto found = cache_.find(key);
        // Without a cache an answer serves who asked before it came.
        if (found == cache_.end() || (!settings_.cache && found->second.arrived < since))
        {
            continue;
        }
        const Cached& cached = found->second.cached;
        const bool own = true; // or it would not be at this key
        if (says(settings_, (*answers_)[cached.answer], own, cached, wanted, since, said))
        {
            return true;
        }
    }
    return false;
}

Resolved
SharedResolver::resolve(const Question& question, SimTime since) const
{
    Pursuit pursuit{.question = question, .since = since};
    return follow(pursuit, [this, since](const Question& wanted, Said& said) {
        return find(wanted, since, said);
    });
}

void
SharedResolver::keep(const Kept& kept)
{
    // RFC 2181 §5.4.1: additional data is no answer to whoever asks for it; it goes with its own answer only.
    const Answer& answer = (*answers_)[kept.cached.answer];
    cache_[answer.question] = kept;
    if (answer.answers(any_type(answer.question)))
    {
        cache_[any_type(answer.question)] = kept;
    }
}

void
SharedResolver::add_waiter(Pending& pending, const Packet& query, const Endpoint& client)
{
    std::uint32_t place = free_waiter_;
    if (place == kNone)
    {
        place = static_cast<std::uint32_t>(waiters_.size());
        waiters_.emplace_back();
    }
    else
    {
        free_waiter_ = waiters_[place].next;
    }
    waiters_[place] = {query, client, kNone};
    (pending.first == kNone ? pending.first : waiters_[pending.last].next) = place;
    pending.last = place;
}

void
SharedResolver::begin(Pending& pending, const Question& missing, SimTime now, Sendings& out)
{
    const Ask ask = pending.lookup.start(settings_, key_, ++lookups_, missing, now);
    out.push_back({ask.packet, ask.to, ask.from_port, ask.again});
}

void
SharedResolver::on_query(const Packet& query, const Endpoint& client, SimTime now, Sendings& out)
{
    if (query.flags.response)
    {
        return;
    }
    if (query.question.klass != Class::kIn)
    {
        Packet refused; // Model choice: a site's resolver knows the Internet only
        refused.rcode = Rcode::kRefused;
        respond(refused, query, client, out);
        return;
    }
    for (Pending& pending : pending_)
    {
        if (pending.question == query.question)
        {
            add_waiter(pending, query, client);
            return;
        }
    }
    const Resolved resolved = resolve(query.question, now);
    const auto* missing = std::get_if<Question>(&resolved);
    if (missing == nullptr || settings_.servers.empty())
    {
        respond(response(query.question, now, now), query, client, out);
        return;
    }
    Pending& pending = pending_.emplace_back();
    pending.question = query.question;
    pending.since = now;
    add_waiter(pending, query, client);
    begin(pending, *missing, now, out);
}

Verdict
SharedResolver::on_message(const Packet& packet,
                           const Endpoint& from,
                           std::uint16_t to_port,
                           SimTime now,
                           Sendings& out)
{
    Verdict verdict = Verdict::kNotAsked;
    for (std::size_t i = 0; i < pending_.size(); ++i)
    {
        // A port is a lookup's; where two share one, the id tells them apart (RFC 5452 §9.1).
        Lookup& lookup = pending_[i].lookup;
        AskOutputs asks;
        const auto step =
            lookup.on_message(settings_, key_, *answers_, packet, from, to_port, now, asks);
        if (step.event == Event::kNone)
        {
            verdict = verdict == Verdict::kNotAsked || lookup.port(key_) == to_port ? step.verdict
                                                                                    : verdict;
            continue;
        }
        if (step.event == Event::kDone)
        {
            keep({{packet.answer, now - std::chrono::seconds{packet.age}}, now});
        }
        after(i, step.event, asks, now, out);
        return step.verdict;
    }
    return verdict;
}

void
SharedResolver::after(std::size_t i,
                      Event event,
                      const AskOutputs& asks,
                      SimTime now,
                      Sendings& out)
{
    for (const Ask& ask : asks)
    {
        out.push_back({ask.packet, ask.to, ask.from_port, ask.again});
    }
    if (event == Event::kDone)
    {
        go_on(i, now, out);
    }
    else if (event == Event::kFailed)
    {
        Packet failed;
        failed.rcode = Rcode::kServFail;
        answer_all(i, failed, out);
    }
}

void
SharedResolver::on_deadline(SimTime now, Sendings& out)
{
    for (std::size_t i = 0; i < pending_.size();)
    {
        AskOutputs asks;
        const auto event = pending_[i].lookup.on_deadline(settings_, key_, now, asks);
        after(i, event, asks, now, out);
        i += event == Event::kFailed ? 0 : 1; // another has taken its place
    }
}

void
SharedResolver::on_transport_error(std::uint16_t from_port, SimTime now, Sendings& out)
{
    for (std::size_t i = 0; i < pending_.size(); ++i)
    {
        if (pending_[i].lookup.port(key_) == from_port)
        {
            AskOutputs asks;
            const auto event = pending_[i].lookup.on_transport_error(settings_, key_, now, asks);
            after(i, event, asks, now, out);
            return;
        }
    }
}

bool
SharedResolver::go_on(std::size_t i, SimTime now, Sendings& out)
{
    Pending& pending = pending_[i];
    const Resolved resolved = resolve(pending.question, pending.since);
    if (const auto* missing = std::get_if<Question>(&resolved))
    {
        begin(pending, *missing, now, out);
        return false;
    }
    answer_all(i, response(pending.question, pending.since, now), out);
    return true;
}

void
SharedResolver::answer_all(std::size_t i, const Packet& answer, Sendings& out)
{
    const Pending done = pending_[i];
    pending_[i] = pending_.back();
    pending_.pop_back();
    for (std::uint32_t at = done.first; at != kNone;)
    {
        const Waiter waiter = waiters_[at];
        respond(answer, waiter.query, waiter.client, out);
        waiters_[at].next = free_waiter_;
        free_waiter_ = at;
        at = waiter.next;
    }
}

/// The whole response: that of the one cached answer where it says all, put together where CNAMEs led from
/// one to the next.
Packet
SharedResolver::response(const Question& question, SimTime since, SimTime now)
{
    Said said;
    const bool whole =
        find(question, since, said) && (*answers_)[said.cached.answer].answers(question) &&
        said.reading.finding != Finding::kAlias && said.reading.finding != Finding::kLoop;
    if (!whole)
    {
        return compose(question, since, now);
    }
    Packet packet;
    packet.age = age_in_seconds(said.cached.received, now);
    packet.rcode = (*answers_)[said.cached.answer].rcode;
    packet.answer = answers_->at_age(said.cached.answer, packet.age);
    return packet;
}

Packet
SharedResolver::compose(const Question& question, SimTime since, SimTime now)
{
    Message m;
    m.flags.response = true;
    m.question = question;
    Packet failed;
    failed.rcode = Rcode::kServFail;
    Name name = question.name;
    for (std::size_t step = 0; step <= kMaxAnswers; ++step)
    {
        const Question wanted{name, question.type};
        Said said;
        if (!find(wanted, since, said) || said.reading.finding == Finding::kLoop)
        {
            return failed;
        }
        Packet part;
        part.answer = said.cached.answer;
        part.age = age_in_seconds(said.cached.received, now);
        const Message known = answers_->expand(part);
        m.rcode = (*answers_)[part.answer].rcode;
        for (const Record& record : known.answer)
        {
            m.answer.push(record);
        }
        m.authority = known.authority;
        m.additional = known.additional;
        name = said.reading.name;
        if (said.reading.finding != Finding::kAlias)
        {
            return answers_->compact(m).value_or(failed);
        }
    }
    return failed;
}

void
SharedResolver::respond(Packet answer, const Packet& query, const Endpoint& client, Sendings& out)
{
    answer.question = query.question;
    answer.id = query.id;
    answer.flags = {.response = true,
                    .recursion_desired = query.flags.recursion_desired,
                    .recursion_available = true};
    answer.udp_size = query.udp_size != 0 ? udp_size_ : std::uint16_t{0};
    answer.dnssec_ok = query.dnssec_ok; // RFC 3225 §3: copied, though there is nothing of DNSSEC
    const std::size_t limit =
        query.udp_size != 0 ? std::min(query.udp_size, udp_size_) : kClassicSize;
    if (answers_->encoded_size(answer) > limit)
    {
        Message m = answers_->expand(answer);
        cut(m, answers_->names(), limit);
        answer = answers_->compact(m).value_or(answer);
    }
    out.push_back({answer, client});
}

void
SharedResolver::on_crash()
{
    cache_.clear();
    pending_.clear();
    waiters_.clear();
    free_waiter_ = kNone;
}

SimTime
SharedResolver::next_deadline() const
{
    SimTime next = kNever;
    for (const Pending& pending : pending_)
    {
        next = std::min(next, pending.lookup.next_deadline());
    }
    return next;
}

} // namespace sipsim::dns
