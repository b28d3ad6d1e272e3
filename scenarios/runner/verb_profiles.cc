#include "model/profile/overview.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

int
profiles(const ProfilesArgs& args)
{
    auto json = nlohmann::ordered_json::array();
    for (const std::string& name : profile::builtin_profiles())
    {
        const profile::Profile& product = *profile::builtin_profile(name);
        nlohmann::ordered_json laws{{"profile", name},
                                    {"product", product.product},
                                    {"meaning", product.meaning}};
        if (!args.json)
        {
            fmt::print("{} ({}): {}\n", name, product.product, product.meaning);
        }
        for (const auto& [law, text] : profile::overview(product))
        {
            laws[law] = text;
            if (!args.json)
            {
                fmt::print("    {:<12} {}\n", law, text);
            }
        }
        json.push_back(std::move(laws));
    }
    if (args.json)
    {
        fmt::print("{}\n", json.dump(1));
    }
    else
    {
        fmt::print(
            "\nsipsim params --profile NAME: each parameter with its default, range and source\n");
    }
    return kOk;
}

} // namespace sipsim::runner
