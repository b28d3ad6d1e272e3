#include "model/registrar/location_service.h"

#include "model/registrar/location_group.h"

#include <algorithm>

namespace sipsim::registrar
{

std::optional<std::uint8_t>
LocationService::path_number(const Path& path)
{
    if (path.empty())
    {
        return 0;
    }
    std::vector<Path>& known = group_ != nullptr ? group_->paths_ : paths_;
    const auto found = std::ranges::find(known, path);
    if (found == known.end())
    {
        if (known.size() > kMaxPaths)
        {
            return std::nullopt;
        }
        known.push_back(path);
        return static_cast<std::uint8_t>(known.size() - 1);
    }
    return static_cast<std::uint8_t>(found - known.begin());
}

const std::vector<Path>&
LocationService::paths() const
{
    return group_ != nullptr ? group_->paths_ : paths_;
}

void
LocationService::hear(SimTime now) const
{
    group_->advance(now);
}

void
LocationService::tell(sip::UserId aor, const Bindings& bindings, SimTime now)
{
    group_->on_change(member_, aor, bindings, now);
}

void
LocationService::clear()
{
    table_.clear();
    paths_.resize(1);
}

} // namespace sipsim::registrar
