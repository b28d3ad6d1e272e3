#pragma once

// Models : the client transactions under way, of all accounts.
// Drives : the engine opens one for the length of a core's call.
// Keeps  : only groups of accounts with a transaction cost memory (37 octets per account), so a row
//          needs no place for it; O(1); no allocation once grown.
// Leaves : what a transaction does (sip::ClientTransaction).

#include "model/base/sparse_array.h"
#include "model/fleet/pool.h"
#include "model/registration/user_agent.h"
#include "model/world/layout.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sipsim::fleet
{

class TransactionTable
{
  public:
    using Transaction = registration::UserAgent::Transaction;

    explicit TransactionTable(std::uint32_t accounts)
        : records_(accounts)
    {
    }

    using Octets = std::array<std::byte, sizeof(sip::ClientTransaction)>;

    struct Record
    {
        Octets transaction{};
        std::uint32_t requests = kNoRecord; // the first of a chain of the account's under way
    };

    /// nullptr: the account has no transaction. Valid until it has none, or a new one.
    [[nodiscard]] Record* find(world::AccountIndex account) const
    {
        return records_.find(account);
    }

    [[nodiscard]] Transaction open(world::AccountIndex account) const
    {
        return open(find(account));
    }

    [[nodiscard]] static Transaction open(const Record* record)
    {
        return record == nullptr ? Transaction{}
                                 : std::bit_cast<sip::ClientTransaction>(record->transaction);
    }

    /// Keeps what the call left; `record`: as found before it.
    void close(world::AccountIndex account, Record* record, const Transaction& transaction)
    {
        if (transaction)
        {
            Record& kept = record != nullptr ? *record : records_.take(account);
            kept.transaction = std::bit_cast<Octets>(*transaction);
        }
        else if (record != nullptr)
        {
            records_.give_back(account);
        }
    }

    /// The account is asked about soon.
    void fetch(world::AccountIndex account) const
    {
        records_.fetch(account);
    }

    /// The same a while after fetch().
    void fetch_record(world::AccountIndex account) const
    {
        records_.fetch_record(account);
    }

    [[nodiscard]] std::size_t octets() const
    {
        return records_.octets();
    }

  private:
    SparseArray<Record> records_;
};

} // namespace sipsim::fleet
