#include "model/registrar/slots.h"
#include "tests/dice.h"

#include <doctest/doctest.h>

#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

using namespace sipsim;
using namespace sipsim::registrar;

namespace
{

using Hash = std::uint64_t (*)(std::uint64_t);

/// SlotIndex and std::unordered_map, side by side.
class Pair
{
  public:
    explicit Pair(Hash hash)
        : hash_(hash)
    {
    }

    /// Of keys which it does not hold.
    void insert(std::uint64_t key)
    {
        std::uint32_t slot = static_cast<std::uint32_t>(key_of_.size());
        if (free_.empty())
        {
            key_of_.push_back(key);
        }
        else
        {
            slot = free_.back();
            free_.pop_back();
            key_of_[slot] = key;
        }
        index_.insert(hash_(key), slot, hash_of());
        map_.emplace(key, slot);
        keys_.push_back(key);
        REQUIRE(4 * index_.size() <= 3 * places());
    }

    void erase_one_of_all(Dice& dice)
    {
        std::swap(keys_[dice.roll(static_cast<std::uint32_t>(keys_.size()))], keys_.back());
        const std::uint64_t key = keys_.back();
        keys_.pop_back();
        index_.erase(hash_(key), map_.at(key), hash_of());
        free_.push_back(map_.at(key));
        map_.erase(key);
        REQUIRE(found(key) == kNoSlot);
    }

    void check(std::uint64_t key) const
    {
        const auto expected = map_.find(key);
        REQUIRE(found(key) == (expected == map_.end() ? kNoSlot : expected->second));
    }

    void check_all() const
    {
        REQUIRE(index_.size() == map_.size());
        for (const auto& [key, slot] : map_)
        {
            REQUIRE(found(key) == slot);
        }
    }

    [[nodiscard]] bool has(std::uint64_t key) const
    {
        return map_.contains(key);
    }

    [[nodiscard]] std::size_t size() const
    {
        return map_.size();
    }

    [[nodiscard]] std::size_t places() const
    {
        return index_.octets() / sizeof(std::uint32_t);
    }

  private:
    [[nodiscard]] std::function<std::uint64_t(std::uint32_t)> hash_of() const
    {
        return [this](std::uint32_t slot) { return hash_(key_of_[slot]); };
    }

    [[nodiscard]] std::uint32_t found(std::uint64_t key) const
    {
        return index_.find(hash_(key), [&](std::uint32_t slot) { return key_of_[slot] == key; });
    }

    Hash hash_;
    SlotIndex index_;
    std::unordered_map<std::uint64_t, std::uint32_t> map_;
    std::vector<std::uint64_t> key_of_; // by slot
    std::vector<std::uint32_t> free_;
    std::vector<std::uint64_t> keys_; // that it holds
};

// The low bits are the home in the table, those from 32 on are what an entry keeps of the hash.
constexpr Hash kHashes[] = {
    [](std::uint64_t key) { return key; },                       // runs of neighbours
    [](std::uint64_t key) { return key / 40; },                  // forty of a home
    [](std::uint64_t key) { return key / 40 | key << 32U; },     // which differ in what is kept
    [](std::uint64_t key) { return ~(key / 40); },               // from the end of the table down
    [](std::uint64_t key) { return ~(key % 3) ^ (key << 40U); }, // all before the end of the table
    [](std::uint64_t) { return ~std::uint64_t{1}; }, // one home, the last but one, and nothing kept
    [](std::uint64_t key) { return mix(key); },
};

} // namespace

TEST_CASE("an index of slots equals a map while it grows, and while it is emptied in random order")
{
    for (std::size_t h = 0; h < std::size(kHashes); ++h)
    {
        CAPTURE(h);
        Pair pair(kHashes[h]);
        Dice dice(h);
        for (int round = 0; round < 2; ++round)
        {
            for (std::uint64_t key = 0; key < 769; ++key)
            {
                pair.insert(key);
                pair.check(dice.roll(1538));
                if (key % 50 == 0)
                {
                    pair.check_all();
                }
            }
            CHECK(pair.places() == 2048); // three quarters of 1024 are 768
            while (pair.size() > 0)
            {
                pair.erase_one_of_all(dice);
                pair.check(dice.roll(1538));
                if (pair.size() % 20 == 0)
                {
                    pair.check_all();
                }
            }
        }
    }
}

TEST_CASE("an index of slots equals a map while keys come and go, at every fill from none to full")
{
    for (std::size_t h = 0; h < std::size(kHashes); ++h)
    {
        CAPTURE(h);
        for (const std::uint32_t fill : {5U, 12U, 40U, 190U, 384U})
        {
            CAPTURE(fill);
            Pair pair(kHashes[h]);
            Dice dice(100 * h + fill);
            for (int i = 0; i < 2500; ++i)
            {
                const std::uint64_t key = dice.roll(2 * fill);
                if (!pair.has(key) && pair.size() < fill)
                {
                    pair.insert(key);
                }
                else if (pair.size() > 0 && (pair.size() == fill || dice.even()))
                {
                    pair.erase_one_of_all(dice);
                }
                pair.check(dice.roll(2 * fill));
                if (i % 100 == 0)
                {
                    pair.check_all();
                }
            }
            CHECK(pair.size() > 0);
        }
    }
}
