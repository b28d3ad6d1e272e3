#include "model/registration/user_agent.h"

#include <memory>

namespace sipsim::registration
{

namespace
{

// Of a request number, what the transactions of one request have in common.
constexpr std::uint64_t kSameRequest = (std::uint64_t{1} << 48U) - 1;

sip::Uri
own_contact(const Account& account)
{
    const bool own = account.contact.host == sip::Host{};
    return {account.user, own ? account.address : account.contact, std::nullopt};
}

// The password that a guesser tries as its n-th; none of them is anybody's but the right one.
sip::SecretId
guess(const Account& account, std::uint32_t n)
{
    constexpr std::uint64_t kGuess = std::uint64_t{1} << 63U;
    return n == account.right_guess ? account.secret : sip::SecretId{kGuess | n};
}

// The binding of ours in a 2xx: RFC 3261 §10.2.4 by URI (§19.1.4: a port that is written differs from
// one that is not), RFC 5626 §4.2.1 by instance. Its expiry is the parameter's, else the header field's.
std::optional<std::uint32_t>
granted_to_us(const Account& account, bool by_instance, const sip::Message& response)
{
    const sip::Uri own = own_contact(account);
    for (const sip::Contact& contact : response.contacts)
    {
        const bool same_address = contact.uri.user == own.user && contact.uri.at == own.at;
        const bool same_instance = by_instance && account.instance != sip::InstanceId{} &&
                                   contact.instance == account.instance;
        if (same_address || same_instance)
        {
            return contact.expires ? contact.expires : response.expires;
        }
    }
    return std::nullopt;
}

// Where a 3xx, `response`, sends us. Model choice: its first Contact only, by address; a name would need DNS, and
// the present target again would be a loop (RFC 3261 §8.1.3.4: no URI is tried twice).
std::optional<sip::Endpoint>
redirect_of(const sip::Message& response, std::optional<sip::Endpoint> present)
{
    if (response.contacts.empty())
    {
        return std::nullopt;
    }
    sip::Endpoint target = response.contacts[0].uri.at;
    if (target.port == 0)
    {
        target.port = sip::kSipPort;
    }
    if (target.host == sip::Host{} || sip::is_name(target.host) || target == present)
    {
        return std::nullopt;
    }
    return target;
}

} // namespace

void
UserAgent::begin_life(const Account& account, Transaction& transaction)
{
    transaction.reset();
    walk_.clear();
    if (account.servers != nullptr)
    {
        *account.servers
             ->failover = {}; // Model choice: an address saved does not outlive the power
    }
}

void
UserAgent::on_start(const AgentSettings& settings,
                    const Account& account,
                    Transaction& transaction,
                    SimTime now,
                    Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    begin_life(account, transaction);
    perform(call, client_.on_start(settings.registration, now, account.key));
}

void
UserAgent::on_start_at(const AgentSettings& settings,
                       const Account& account,
                       Transaction& transaction,
                       SimTime now,
                       SimTime first,
                       Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    begin_life(account, transaction);
    perform(call, client_.on_start_at(settings.registration, now, first));
}

void
UserAgent::on_shutdown(const AgentSettings& settings,
                       const Account& account,
                       Transaction& transaction,
                       SimTime now,
                       Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    const ClientOutput step = client_.on_shutdown(settings.registration, now);
    if (step.transition)
    {
        transaction.reset(); // what was under way is abandoned
    }
    perform(call, step);
}

void
UserAgent::on_crash(Transaction& transaction, Outputs& out)
{
    transaction.reset();
    walk_.clear();
    report(client_.on_crash(), out);
}

void
UserAgent::on_message(const AgentSettings& settings,
                      const Account& account,
                      Transaction& transaction,
                      SimTime now,
                      const sip::Message& message,
                      Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    if (!transaction || !matches(account, message))
    {
        return;
    }
    const RegistrationOptions& options = settings.registration;
    if (transaction->on_response(options.transaction, now, message.status) !=
        sip::ClientStep::kFinal)
    {
        return;
    }
    transaction.reset();
    AttemptResult result{.kind = AttemptResult::Kind::kFinal, .response = &message};
    if (message.status < 300)
    {
        result.granted = granted_to_us(account, options.send_instance, message);
        result.elsewhere = walk_.is_elsewhere(account.servers);
    }
    else if (message.status < 400)
    {
        result.redirect = redirect_of(message, walk_.target());
    }
    attempt_ended(call, result);
}

void
UserAgent::on_transport_error(const AgentSettings& settings,
                              const Account& account,
                              Transaction& transaction,
                              SimTime now,
                              std::uint64_t request,
                              Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    if (!settings.registration.listens_to_icmp || !transaction || request != request_number() ||
        transaction->on_transport_error() != sip::ClientStep::kTransportError)
    {
        return;
    }
    transaction.reset();
    attempt_ended(call, {.kind = AttemptResult::Kind::kTransportError});
}

void
UserAgent::on_deadline(const AgentSettings& settings,
                       const Account& account,
                       Transaction& transaction,
                       SimTime now,
                       Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    if (!transaction)
    {
        perform(call, client_.on_deadline(settings.registration, now));
        return;
    }
    if (now < transaction->next_deadline())
    {
        return;
    }
    switch (transaction->on_deadline(settings.registration.transaction, now))
    {
    case sip::ClientStep::kSend:
        send(call, Outputs::Next::kSendAgain);
        break;
    case sip::ClientStep::kTimeout:
        transaction.reset();
        attempt_ended(call, {.kind = AttemptResult::Kind::kTimeout});
        break;
    default:
        break;
    }
}

void
UserAgent::on_register_anew(const AgentSettings& settings,
                            const Account& account,
                            Transaction& transaction,
                            SimTime now,
                            Reason reason,
                            Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    const ClientOutput step = client_.on_register_anew(settings.registration, reason);
    if (step.attempt)
    {
        transaction.reset(); // what was under way is abandoned
    }
    perform(call, step);
}

void
UserAgent::on_call_failed_over(const AgentSettings& settings,
                               const Account& account,
                               Transaction& transaction,
                               SimTime now,
                               const sip::Endpoint& target,
                               Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    ClientOutput step = client_.on_register_anew(settings.registration, Reason::kCallFailedOver);
    if (step.attempt)
    {
        walk_.on_attempt_started_at(*account.servers, target, now);
        step.same_attempt = true; // it stays there; without a target it begins as usual
    }
    perform(call, step);
}

void
UserAgent::attempt_ended(const Call& call, const AttemptResult& result)
{
    if (go_to_next(call, result))
    {
        return;
    }
    const bool answered = result.kind == AttemptResult::Kind::kFinal &&
                          result.response->status >= 200 && result.response->status <= 299;
    if (answered)
    {
        walk_.on_answered(call.account.servers, call.now);
    }
    const ClientOutput step =
        client_.on_attempt_ended(call.settings.registration, call.now, result, call.account.key);
    if (answered && call.account.servers != nullptr)
    {
        client_.refresh_by(walk_.next_failback(*call.account.servers), call.now);
    }
    if (step.same_attempt && step.reason == Reason::kRedirected)
    {
        walk_.on_redirect(*result.redirect);
    }
    perform(call, step);
}

// The same request at another server, or once more at this one: to the client, the same attempt.
bool
UserAgent::go_to_next(const Call& call, const AttemptResult& result)
{
    dns::Ended ended;
    switch (result.kind)
    {
    case AttemptResult::Kind::kTimeout:
        break;
    case AttemptResult::Kind::kTransportError:
        ended.kind = dns::Ended::Kind::kTransportError;
        break;
    case AttemptResult::Kind::kFinal:
        if (result.response->status < 300)
        {
            return false;
        }
        ended = {dns::Ended::Kind::kStatus, result.response->status};
        if (call.settings.registration.honour_retry_after)
        {
            ended.retry_after = std::chrono::seconds{result.response->retry_after.value_or(0)};
        }
        break;
    case AttemptResult::Kind::kNoServer:
        return false;
    }
    if (!walk_.on_failed(call.account.servers, ended, call.now))
    {
        return false;
    }
    if (call.account.servers->options->next_cseq)
    {
        client_.on_next_server();
    }
    call.out.transitions.push({.from = client_.state(),
                               .to = client_.state(),
                               .reason = Reason::kNextServer,
                               .bound_until = client_.bound_until().value_or(SimTime::min())});
    begin_transaction(call);
    return true;
}

void
UserAgent::begin_transaction(const Call& call)
{
    call.transaction.emplace(call.settings.registration.transaction,
                             sip::Transport::kUdp,
                             call.now);
    send(call, Outputs::Next::kSend);
}

bool
UserAgent::waits_for_servers() const
{
    const State state = client_.state();
    return !walk_.target() && (state == State::kRegistering || state == State::kUnregistering);
}

void
UserAgent::on_found(const AgentSettings& settings,
                    const Account& account,
                    Transaction& transaction,
                    SimTime now,
                    bool located,
                    Outputs& out)
{
    const Call call{settings, account, transaction, now, out};
    if (located)
    {
        account.servers->failover->on_located(*account.servers->options);
    }
    if (!waits_for_servers())
    {
        return;
    }
    walk_.on_attempt_started(account.servers, settings.servers, now);
    if (walk_.target())
    {
        begin_transaction(call);
        return;
    }
    attempt_ended(call, {.kind = AttemptResult::Kind::kNoServer});
}

// False: the servers must be located before.
bool
UserAgent::begin_walk(const Call& call)
{
    walk_.clear();
    if (call.account.servers != nullptr && client_.intent() != Intent::kRegister)
    {
        walk_.on_removal_started(*call.account.servers, call.now); // which asks no DNS
    }
    if (walk_.target())
    {
        return true;
    }
    if (call.account.servers != nullptr &&
        ServerWalk::needs_location(*call.account.servers, call.now))
    {
        return false;
    }
    walk_.on_attempt_started(call.account.servers, call.settings.servers, call.now);
    return true;
}

void
UserAgent::report(const ClientOutput& step, Outputs& out) const
{
    if (step.transition)
    {
        out.transitions.push({.from = step.from,
                              .to = step.to,
                              .reason = step.reason,
                              .bound_until = client_.bound_until().value_or(SimTime::min()),
                              .initial = step.initial});
    }
    if (step.finished)
    {
        out.next = Outputs::Next::kFinished;
    }
}

void
UserAgent::perform(const Call& call, ClientOutput step)
{
    report(step, call.out);
    while (step.attempt)
    {
        // One that waits for its servers has no target yet.
        if (!step.same_attempt || !walk_.target())
        {
            if (!begin_walk(call))
            {
                call.out.next = Outputs::Next::kResolve;
                return;
            }
        }
        if (walk_.target())
        {
            begin_transaction(call);
            return;
        }
        // Ends after two rounds at most: unregistering at boot, then registering.
        step = client_.on_attempt_ended(call.settings.registration,
                                        call.now,
                                        {.kind = AttemptResult::Kind::kNoServer},
                                        call.account.key);
        report(step, call.out);
    }
}

bool
UserAgent::matches(const Account& account, const sip::Message& response) const
{
    // RFC 3261 §17.1.3: the branch of the topmost Via and the method of CSeq; §18.1.2: a sent-by that
    // is not ours is discarded silently; §8.1.3.3: so is a response with more than one Via.
    return !response.is_request() && response.method == sip::Method::kRegister &&
           response.via.size() == 1 && response.cseq == client_.cseq() &&
           response.via[0].sent_by == account.address && response.via[0].branch == branch(account);
}

std::uint64_t
UserAgent::request_number() const
{
    return (std::uint64_t{walk_.again()} << 48U) | (std::uint64_t{client_.boots()} << 32U) |
           static_cast<std::uint32_t>(client_.cseq());
}

sip::Branch
UserAgent::branch(const Account& account) const
{
    return sip::Branch{
        sip::canonical(draw_identity(account.key, Purpose::kBranch, request_number()))};
}

sip::Message
UserAgent::request(const AgentSettings& settings, const Account& account) const
{
    sip::Message message;
    write_request(settings, account, message);
    return message;
}

void
UserAgent::send(const Call& call, Outputs::Next kind) const
{
    call.out.next = kind;
    write_request(call.settings, call.account, *std::construct_at(&call.out.request));
}

// Into a message in its initial state.
void
UserAgent::write_request(const AgentSettings& settings,
                         const Account& account,
                         sip::Message& message) const
{
    message.src = account.address;
    message.dst = walk_.target().value_or(sip::Endpoint{});
    message.method = sip::Method::kRegister;
    // RFC 3261 §10.2: the domain, without user; §8.1.3.4: after a redirection, the URI it named.
    message.request_uri.at = walk_.redirected().value_or(sip::HostPort{settings.domain, 0});
    message.from = {account.user, {settings.domain, 0}, std::nullopt};
    message.to = message.from;
    const auto identity = [&](std::uint64_t n) {
        return sip::canonical(draw_identity(account.key, Purpose::kIdentity, n));
    };
    const std::uint64_t life = 2 * std::uint64_t{client_.boots()};
    message.call_id = sip::CallId{identity(life)};
    message.from_tag = sip::Tag{identity(life + 1)};
    message.cseq = client_.cseq();
    message.via.push({.sent_by = account.address,
                      .branch = branch(account),
                      .transport = sip::Transport::kUdp,
                      .rport_asked = settings.registration.rport});

    const RegistrationOptions& options = settings.registration;
    if (options.proxy_require != sip::OptionTag{})
    {
        message.proxy_require.push(options.proxy_require);
    }
    if (client_.intent() == Intent::kRemoveAll)
    {
        message.contact_star = true; // RFC 3261 §10.2.2: only with Expires: 0
        message.expires = 0;
    }
    else
    {
        sip::Contact contact;
        contact.uri = own_contact(account);
        contact.instance = options.send_instance ? account.instance : sip::InstanceId{};
        if (client_.intent() == Intent::kRemoveOwn)
        {
            contact.expires = 0;
        }
        else
        {
            message.expires = client_.requested_expires(options);
        }
        message.contacts.push(contact);
    }
    if (const std::optional<sip::Challenge> challenge = client_.challenge())
    {
        const sip::Cnonce cnonce{sip::canonical(
            draw_identity(account.key, Purpose::kCnonce, request_number() & kSameRequest))};
        message.proxy_auth = client_.proxy_challenge();
        message.credentials = sip::make_credentials(
            *challenge,
            account.user,
            client_.guesses(options) ? guess(account, client_.guess_number()) : account.secret,
            message.method,
            message.request_uri,
            client_.nonce_count(),
            cnonce,
            *settings.proof);
    }
}

} // namespace sipsim::registration
