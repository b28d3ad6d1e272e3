#include "model/registrar/location_service.h"

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
    const auto found = std::ranges::find(paths_, path);
    if (found == paths_.end())
    {
        if (paths_.size() > kMaxPaths)
        {
            return std::nullopt;
        }
        paths_.push_back(path);
        return static_cast<std::uint8_t>(paths_.size() - 1);
    }
    return static_cast<std::uint8_t>(found - paths_.begin());
}

void
LocationService::clear()
{
    table_.clear();
    paths_.resize(1);
}

} // namespace sipsim::registrar
