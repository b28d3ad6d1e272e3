#include "model/profile/builtin_texts.h"
#include "model/profile/profile.h"

#include <algorithm>
#include <cassert>

namespace sipsim::profile
{

namespace
{

struct BuiltIn
{
    Profile profile;
    std::string_view text;
};

const std::vector<BuiltIn>&
all()
{
    static const std::vector<BuiltIn> kAll = [] {
        std::vector<BuiltIn> profiles;
        for (const std::string_view text : builtin_texts())
        {
            Checked<Profile> loaded = load_profile(text);
            // A test loads each of them and shows its problems.
            assert(std::holds_alternative<Profile>(loaded));
            if (auto* profile = std::get_if<Profile>(&loaded))
            {
                profiles.push_back({std::move(*profile), text});
            }
        }
        return profiles;
    }();
    return kAll;
}

const BuiltIn*
find(std::string_view name)
{
    const auto found =
        std::ranges::find_if(all(), [&](const BuiltIn& b) { return b.profile.name == name; });
    return found == all().end() ? nullptr : &*found;
}

} // namespace

std::vector<std::string>
builtin_profiles()
{
    std::vector<std::string> names;
    for (const BuiltIn& builtin : all())
    {
        names.push_back(builtin.profile.name);
    }
    return names;
}

const Profile*
builtin_profile(std::string_view name)
{
    const BuiltIn* builtin = find(name);
    return builtin == nullptr ? nullptr : &builtin->profile;
}

std::string_view
builtin_text(std::string_view name)
{
    const BuiltIn* builtin = find(name);
    return builtin == nullptr ? std::string_view{} : builtin->text;
}

} // namespace sipsim::profile
