#include "model/dns/resolver.h"

#include <algorithm>

namespace sipsim::dns
{

std::optional<Said>
said(const ResolverSettings& settings,
     const AnswerStore& answers,
     const Cached& cached,
     const Question& question,
     SimTime since)
{
    if (cached.answer == AnswerId{})
    {
        return std::nullopt;
    }
    const Answer& answer = answers[cached.answer];
    Said said{cached.answer, {Finding::kRecords, question.name, 0}, {}};
    if (answer.answers(question))
    {
        said.reading = answer.reading;
    }
    else
    {
        const auto first = std::ranges::find_if(answer.records, [&question](const Record& r) {
            return r.owner == question.name && r.type == question.type;
        });
        if (first == answer.records.end())
        {
            return std::nullopt;
        }
        said.reading.ttl = first->ttl; // one TTL per set (RFC 2181 §5.2)
    }
    const bool positive =
        said.reading.finding == Finding::kRecords || said.reading.finding == Finding::kAlias;
    const SimDuration longest = positive ? settings.longest_ttl : settings.longest_negative_ttl;
    said.until =
        cached.received + std::min<SimDuration>(std::chrono::seconds{said.reading.ttl}, longest);
    if (said.until <= since && cached.received < since)
    {
        return std::nullopt;
    }
    return said;
}

StubResolver::Asked
StubResolver::ask(const ResolverSettings& settings,
                  const DrawKey& key,
                  const AnswerStore& answers,
                  const Question& question,
                  SimTime since,
                  SimTime now,
                  AskOutputs& out)
{
    const Resolved resolved = follow(question, [&](const Question& wanted) {
        return find(settings, answers, wanted, since);
    });
    if (const auto* end = std::get_if<Resolution>(&resolved))
    {
        return *end;
    }
    if (const auto* failure = std::get_if<Failure>(&resolved))
    {
        return *failure;
    }
    const auto& missing = std::get<Question>(resolved);
    if (settings.servers.empty())
    {
        return Failure::kNoServer;
    }
    if (lookup_.active())
    {
        return lookup_.question() == missing ? Asked{Pending{}} : Asked{Failure::kBusy};
    }
    out.push(lookup_.start(settings, key, lookup_.number() + 1, missing, now));
    return Pending{};
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
std::optional<Said>
StubResolver::find(const ResolverSettings& settings,
                   const AnswerStore& answers,
                   const Question& question,
                   SimTime since) const
{
    std::optional<Said> found;
    SimTime found_received{};
    bool found_own = false;
    for (std::size_t i = 0; i < kAnswers; ++i)
    {
        if (answers_[i] == AnswerId{})
        {
            continue;
        }
        const Cached cached{answers_[i], received_[i]};
        const auto said = dns::said(settings, answers, cached, question, since);
        if (!said)
        {
            continue;
        }
        const bool own = answers[cached.answer].answers(question);
        if (!found || (own && !found_own) || (own == found_own && cached.received > found_received))
        {
            found = said;
            found_received = cached.received;
            found_own = own;
        }
    }
    return found;
}

void
StubResolver::keep(const AnswerStore& answers, const Cached& cached)
{
    const Question& question = answers[cached.answer].question;
    std::size_t place = 0;
    for (std::size_t i = 0; i < kAnswers; ++i)
    {
        if (answers_[i] == AnswerId{} || answers[answers_[i]].question == question)
        {
            place = i;
            break;
        }
        if (received_[i] < received_[place])
        {
            place = i;
        }
    }
    answers_[place] = cached.answer;
    received_[place] = cached.received;
}

void
StubResolver::on_crash()
{
    answers_ = {};
    lookup_.stop();
}

} // namespace sipsim::dns
