#include "model/dns/codec.h"

namespace sipsim::dns
{

namespace
{

using Found = std::optional<Flaw>;

/// Walks over a datagram once.
class Walk
{
  public:
    explicit Walk(std::string_view datagram)
        : octets_(datagram)
    {
    }

    Found run()
    {
        if (octets_.size() < kHeaderOctets)
        {
            return Flaw::kTooShort;
        }
        if (octets_.size() > 65535)
        {
            return Flaw::kTooLong;
        }
        const std::size_t questions = word(4);
        const std::array<std::size_t, 3> records{word(6), word(8), word(10)};
        if (questions > 1)
        {
            return Flaw::kQuestionCount;
        }
        at_ = kHeaderOctets;
        if (questions == 1)
        {
            if (const Found flaw = name(octets_.size()))
            {
                return flaw;
            }
            if (!skip(4, octets_.size()))
            {
                return Flaw::kTruncatedRecord;
            }
        }
        for (std::size_t section = 0; section < records.size(); ++section)
        {
            if (const Found flaw = this->section(section, records[section]))
            {
                return flaw;
            }
        }
        return at_ == octets_.size() ? Found{} : Flaw::kTrailingOctets;
    }

  private:
    static constexpr std::size_t kAdditionalSection = 2;

    [[nodiscard]] std::size_t octet(std::size_t at) const
    {
        return static_cast<std::uint8_t>(octets_[at]);
    }

    [[nodiscard]] std::size_t word(std::size_t at) const
    {
        return octet(at) << 8U | octet(at + 1);
    }

    bool skip(std::size_t count, std::size_t end)
    {
        if (end - at_ < count)
        {
            return false;
        }
        at_ += count;
        return true;
    }

    Found section(std::size_t section, std::size_t count)
    {
        constexpr std::array<std::size_t, 3> kRoom{kMaxAnswers, kMaxAuthority, kMaxAdditional};
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count; ++i)
        {
            const bool had_opt = has_opt_;
            if (const Found flaw = record(section))
            {
                return flaw;
            }
            kept += has_opt_ == had_opt ? 1 : 0;
            if (kept > kRoom[section])
            {
                return Flaw::kTooManyRecords;
            }
        }
        return {};
    }

    Found record(std::size_t section)
    {
        const std::size_t start = at_;
        if (at_ == octets_.size())
        {
            return Flaw::kTruncatedRecord;
        }
        if (const Found flaw = name(octets_.size()))
        {
            return flaw;
        }
        const std::size_t fixed = at_;
        if (!skip(10, octets_.size()))
        {
            return Flaw::kTruncatedRecord;
        }
        const auto type = static_cast<Type>(word(fixed));
        const std::size_t length = word(fixed + 8);
        if (octets_.size() - at_ < length)
        {
            return Flaw::kTruncatedRecord;
        }
        const std::size_t end = at_ + length;
        if (type == Type::kOpt)
        {
            // RFC 6891 §6.1.1: FORMERR where there is more than one; its name is the root's.
            if (has_opt_ || section != kAdditionalSection || octet(start) != 0)
            {
                return Flaw::kBadOpt;
            }
            has_opt_ = true;
            return options(end);
        }
        return rdata(type, end);
    }

    Found options(std::size_t end)
    {
        while (at_ < end)
        {
            if (end - at_ < 4)
            {
                return Flaw::kBadOpt;
            }
            const std::size_t length = word(at_ + 2);
            at_ += 4;
            if (!skip(length, end))
            {
                return Flaw::kBadOpt;
            }
        }
        return {};
    }

    Found rdata(Type type, std::size_t end)
    {
        switch (type)
        {
        case Type::kA:
            return fields(4, 0, 0, end);
        case Type::kAaaa:
            return fields(16, 0, 0, end);
        case Type::kNs:
        case Type::kCname:
        case Type::kPtr:
            return fields(0, 1, 0, end);
        case Type::kMx:
            return fields(2, 1, 0, end);
        case Type::kSoa:
            return fields(0, 2, 20, end);
        case Type::kSrv:
            return fields(6, 1, 0, end);
        case Type::kNaptr:
            return naptr(end);
        default:
            return obsolete(type, end);
        }
    }

    /// So many octets, names, octets: no more and no less.
    Found fields(std::size_t before, int names, std::size_t after, std::size_t end)
    {
        if (!skip(before, end))
        {
            return Flaw::kRdataLength;
        }
        for (; names > 0; --names)
        {
            if (const Found flaw = name(end))
            {
                return flaw;
            }
        }
        return skip(after, end) && at_ == end ? Found{} : Flaw::kRdataLength;
    }

    Found naptr(std::size_t end)
    {
        if (!skip(4, end))
        {
            return Flaw::kRdataLength;
        }
        for (int strings = 0; strings < 3; ++strings)
        {
            if (at_ == end || !skip(1 + octet(at_), end))
            {
                return Flaw::kRdataLength;
            }
        }
        return fields(0, 1, 0, end);
    }

    /// Types whose RDATA may hold pointers and which we do not read (RFC 1035 §3.3, RFC 3597 §4), and
    /// TSIG, which only its keeper can check.
    Found obsolete(Type type, std::size_t end)
    {
        switch (static_cast<unsigned>(type))
        {
        case 3:   // MD
        case 4:   // MF
        case 7:   // MB
        case 8:   // MG
        case 9:   // MR
        case 14:  // MINFO
        case 17:  // RP
        case 18:  // AFSDB
        case 21:  // RT
        case 24:  // SIG
        case 26:  // PX
        case 30:  // NXT
        case 36:  // KX
        case 38:  // A6
        case 39:  // DNAME
        case 250: // TSIG
            return Flaw::kUnsupportedType;
        default:
            at_ = end;
            return {};
        }
    }

    /// A name that begins at at_ and whose own octets end before `end`.
    Found name(std::size_t end)
    {
        std::size_t segment = at_; // where the labels at hand began
        std::size_t at = at_;
        std::size_t limit = end;
        std::size_t length = 1; // of the whole name, its root included
        bool jumped = false;
        for (;;)
        {
            if (at >= limit)
            {
                return Flaw::kNameBeyondEnd;
            }
            const std::size_t head = octet(at);
            if (head == 0)
            {
                at_ = jumped ? at_ : at + 1;
                return {};
            }
            if ((head & 0xC0U) == 0xC0U)
            {
                if (limit - at < 2)
                {
                    return Flaw::kNameBeyondEnd;
                }
                const std::size_t target = word(at) & 0x3FFFU;
                if (const Found flaw = pointer(target, segment, at))
                {
                    return flaw;
                }
                at_ = jumped ? at_ : at + 2;
                jumped = true;
                // Each jump goes to before all that was read for this name, so there is an end.
                segment = target;
                at = target;
                limit = octets_.size();
                continue;
            }
            if ((head & 0xC0U) != 0)
            {
                return Flaw::kLabelType;
            }
            length += head + 1;
            if (length > kMaxNameOctets)
            {
                return Flaw::kNameTooLong;
            }
            at += head + 1;
        }
    }

    static Found pointer(std::size_t target, std::size_t segment, std::size_t at)
    {
        if (target < kHeaderOctets)
        {
            return Flaw::kPointerIntoHeader;
        }
        if (target > at)
        {
            return Flaw::kForwardPointer;
        }
        if (target >= segment)
        {
            return Flaw::kCompressionLoop;
        }
        return {};
    }

    std::string_view octets_;
    std::size_t at_ = 0;
    bool has_opt_ = false;
};

} // namespace

std::optional<Flaw>
check_structure(std::string_view datagram)
{
    return Walk{datagram}.run();
}

} // namespace sipsim::dns
