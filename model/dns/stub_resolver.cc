#include "model/dns/resolver.h"

#include <algorithm>

namespace sipsim::dns
{

bool
says(const ResolverSettings& settings,
     const Answer& answer,
     bool own,
     const Cached& cached,
     const Question& question,
     SimTime since,
     Said& said)
{
    const Reading& reading = answer.reading;
    const bool records = !own || reading.finding == Finding::kRecords;
    const RecordSet* set =
        records ? answer.set(own ? reading.name : question.name, question.type) : nullptr;
    if (records && set == nullptr)
    {
        return false;
    }
    const bool positive = records || reading.finding == Finding::kAlias;
    const SimDuration longest = positive ? settings.longest_ttl : settings.longest_negative_ttl;
    const std::chrono::seconds ttl{own ? reading.ttl : set->ttl};
    const SimTime until = cached.received + std::min<SimDuration>(ttl, longest);
    if (until <= since && cached.received < since)
    {
        return false;
    }
    said.cached = cached;
    said.reading = own ? reading : Reading{Finding::kRecords, question.name, set->ttl};
    said.records = {};
    if (records)
    {
        said.records = {&answer.records[set->first], std::size_t{set->end} - set->first};
    }
    said.until = until;
    return true;
}

Resolved
StubResolver::ask(const ResolverSettings& settings,
                  const DrawKey& key,
                  const AnswerStore& answers,
                  Pursuit& pursuit,
                  SimTime now,
                  AskOutputs& out)
{
    Resolved resolved = follow(pursuit, [&](const Question& wanted, Said& said) {
        return find(settings, answers, wanted, pursuit.since, said);
    });
    const auto* missing = std::get_if<Question>(&resolved);
    if (missing == nullptr)
    {
        return resolved;
    }
    if (settings.servers.empty())
    {
        resolved = Failure::kNoServer;
    }
    else if (!lookup_.active())
    {
        out.push(lookup_.start(settings, key, lookup_.number() + 1, *missing, now));
    }
    else if (lookup_.question() != *missing)
    {
        resolved = Failure::kBusy;
    }
    return resolved;
}

Lookup::Step
StubResolver::on_message(const ResolverSettings& settings,
                         const DrawKey& key,
                         const AnswerStore& answers,
                         const Packet& packet,
                         const Endpoint& from,
                         std::uint16_t to_port,
                         SimTime now,
                         AskOutputs& out)
{
    const auto step = lookup_.on_message(settings, key, answers, packet, from, to_port, now, out);
    if (step.event == Event::kDone)
    {
        keep(answers, {packet.answer, now - std::chrono::seconds{packet.age}});
    }
    return step;
}

/// The answer to the question if there is one, else what came along with another: it is less to be
/// trusted (RFC 2181 §5.4.1). Of several the latest.
bool
StubResolver::find(const ResolverSettings& settings,
                   const AnswerStore& answers,
                   const Question& question,
                   SimTime since,
                   Said& said) const
{
    bool found = false; // so far, in another answer
    for (std::size_t i = 0; i < kAnswers && answers_[i] != AnswerId{}; ++i)
    {
        const Answer& answer = answers[answers_[i]];
        const bool own = answer.answers(question);
        if (!found || own)
        {
            const Cached cached{answers_[i], received_[i]};
            found = says(settings, answer, own, cached, question, since, said) || found;
        }
        if (found && own)
        {
            return true;
        }
    }
    return found;
}

void
StubResolver::keep(const AnswerStore& answers, const Cached& cached)
{
    const Question& question = answers[cached.answer].question;
    std::size_t place = 0; // of what is gone: an answer to that question, none, or the last
    while (place + 1 < kAnswers && answers_[place] != AnswerId{} &&
           answers[answers_[place]].question != question)
    {
        ++place;
    }
    for (; place > 0; --place)
    {
        answers_[place] = answers_[place - 1];
        received_[place] = received_[place - 1];
    }
    answers_[0] = cached.answer;
    received_[0] = cached.received;
}

void
StubResolver::on_crash()
{
    answers_ = {};
    lookup_.stop();
}

} // namespace sipsim::dns
