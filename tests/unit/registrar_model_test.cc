// Random request sequences against a second registrar, written here from RFC 3261 §10.3 as naively as
// it reads: a list per AOR, copied whole, committed at the end.

#include "tests/unit/registrar_fixture.h"

#include <algorithm>
#include <map>
#include <vector>

using namespace sipsim;
using namespace sipsim::registrar;

namespace
{

struct NaiveBinding
{
    sip::Contact contact; // its expires is not looked at
    std::int64_t expires_at_ns = 0;
    std::uint64_t call_id = 0;
    std::uint32_t cseq = 0;
    bool of_this_request = false;
};

class NaiveRegistrar
{
  public:
    explicit NaiveRegistrar(const RegistrarOptions& o)
        : o_(o)
    {
    }

    std::uint16_t handle(std::int64_t now, const sip::Message& m)
    {
        auto& stored = table_[m.to.user];
        std::erase_if(stored, [&](const NaiveBinding& b) { return b.expires_at_ns <= now; });
        std::vector<NaiveBinding> next = stored;
        const std::uint16_t status = m.contact_star ? star(m, next) : each(now, m, next);
        if (status == 200)
        {
            for (NaiveBinding& b : next)
            {
                b.of_this_request = false;
            }
            stored = next;
        }
        return status;
    }

    std::vector<NaiveBinding> live(sip::UserId user, std::int64_t now)
    {
        auto& stored = table_[user];
        std::erase_if(stored, [&](const NaiveBinding& b) { return b.expires_at_ns <= now; });
        return stored;
    }

  private:
    static bool old(const NaiveBinding& b, const sip::Message& m)
    {
        return b.call_id == static_cast<std::uint64_t>(m.call_id) &&
               static_cast<std::uint32_t>(m.cseq) <= b.cseq;
    }

    static std::uint16_t star(const sip::Message& m, std::vector<NaiveBinding>& next)
    {
        if (!m.contacts.empty() || !m.expires || *m.expires != 0)
        {
            return 400;
        }
        if (std::ranges::any_of(next, [&](const NaiveBinding& b) { return old(b, m); }))
        {
            return 500;
        }
        next.clear();
        return 200;
    }

    std::uint16_t each(std::int64_t now, const sip::Message& m, std::vector<NaiveBinding>& next)
    {
        bool added = false;
        std::uint16_t late = 0; // a 423 anywhere is preferred to a 500 anywhere
        for (const sip::Contact& c : m.contacts)
        {
            std::uint32_t e = c.expires ? *c.expires : m.expires ? *m.expires : o_.default_expires;
            if (e != 0 && e < 3600 && e < o_.min_expires)
            {
                return 423;
            }
            e = std::min(e, o_.max_expires);
            auto b = std::ranges::find_if(next, [&](const NaiveBinding& x) {
                return x.contact.uri == c.uri ||
                       (c.instance != sip::InstanceId{} && x.contact.instance == c.instance);
            });
            if (b != next.end() && !b->of_this_request && old(*b, m))
            {
                late = 500;
                continue;
            }
            if (e == 0)
            {
                if (b != next.end())
                {
                    next.erase(b);
                }
                continue;
            }
            if (b == next.end())
            {
                added = true;
                b = next.insert(next.end(), NaiveBinding{});
            }
            *b = {c,
                  now + std::int64_t{e} * 1'000'000'000,
                  static_cast<std::uint64_t>(m.call_id),
                  static_cast<std::uint32_t>(m.cseq),
                  true};
        }
        return late != 0 ? late : second_contact(added, next);
    }

    std::uint16_t second_contact(bool added, std::vector<NaiveBinding>& next) const
    {
        if (!added)
        {
            return 200;
        }
        const auto is_other = [](const NaiveBinding& b) { return !b.of_this_request; };
        if (o_.on_second_contact == OnSecondContact::kReplace)
        {
            std::erase_if(next, is_other);
        }
        if (o_.on_second_contact == OnSecondContact::kReject && std::ranges::any_of(next, is_other))
        {
            return 403;
        }
        return next.size() > o_.max_contacts ? 403 : 200;
    }

    const RegistrarOptions& o_;
    std::map<sip::UserId, std::vector<NaiveBinding>> table_;
};

class Dice
{
  public:
    explicit Dice(std::uint64_t seed)
        : seed_(seed)
    {
    }

    std::uint32_t below(std::uint32_t n)
    {
        return static_cast<std::uint32_t>(
            draw_bits({.seed = seed_, .device = 0, .account = 0}, Purpose::kTopology, n_++) % n);
    }

  private:
    std::uint64_t seed_;
    std::uint64_t n_ = 0;
};

std::optional<std::uint32_t>
random_expiry(Dice& dice)
{
    constexpr std::array<std::uint32_t, 8> kChoices{0, 1, 59, 60, 100, 3599, 3600, 100'000};
    return dice.below(4) == 0 ? std::nullopt : std::optional{kChoices.at(dice.below(8))};
}

sip::Message
random_request(Dice& dice)
{
    sip::Message m = request_of({}, 1 + dice.below(12), 500 + dice.below(3));
    m.to.user = sip::UserId{1001 + dice.below(2)};
    m.contact_star = dice.below(12) == 0;
    m.expires = m.contact_star && dice.below(4) != 0 ? 0 : random_expiry(dice);
    const std::uint32_t contacts = m.contact_star ? dice.below(8) / 7 : dice.below(4);
    for (std::uint32_t i = 0; i < contacts; ++i)
    {
        const sip::InstanceId instance{dice.below(4) == 0 ? 1 + dice.below(2) : 0};
        m.contacts.push(contact(20 + dice.below(4), random_expiry(dice), instance));
    }
    return m;
}

void
compare(const LocationService::Bindings& bound, const std::vector<NaiveBinding>& expected)
{
    REQUIRE(bound.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
    {
        CHECK(bound[i].uri() == expected[i].contact.uri);
        CHECK(bound[i].instance == expected[i].contact.instance);
        CHECK(bound[i].expires_at == SimTime{SimDuration{expected[i].expires_at_ns}});
        CHECK(static_cast<std::uint64_t>(bound[i].call_id) == expected[i].call_id);
        CHECK(static_cast<std::uint32_t>(bound[i].cseq) == expected[i].cseq);
    }
}

} // namespace

TEST_CASE("random requests leave the bindings a naive reading of RFC 3261 10.3 leaves")
{
    for (const OnSecondContact law :
         {OnSecondContact::kAppend, OnSecondContact::kReplace, OnSecondContact::kReject})
    {
        for (std::uint8_t most = 1; most <= 4; ++most)
        {
            CAPTURE(static_cast<int>(law));
            CAPTURE(static_cast<int>(most));
            RegistrarOptions options = open_to_all();
            options.on_second_contact = law;
            options.max_contacts = most;
            Fixture f{options};
            NaiveRegistrar naive{options};
            Dice dice{100U + most};
            SimTime now{};
            for (int i = 0; i < 2500; ++i)
            {
                now += dice.below(3) == 0 ? SimDuration{std::chrono::seconds{dice.below(90)}}
                                          : SimDuration{dice.below(3)};
                const sip::Message m = random_request(dice);
                CAPTURE(i);
                REQUIRE(f.status(now, m) == naive.handle(now.time_since_epoch().count(), m));
                for (const sip::UserId user : {sip::UserId{1001}, sip::UserId{1002}})
                {
                    compare(f.locations.lookup(user, now),
                            naive.live(user, now.time_since_epoch().count()));
                }
            }
        }
    }
}
