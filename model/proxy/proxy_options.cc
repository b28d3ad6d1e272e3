#include "model/proxy/proxy_options.h"

#include "model/base/quantity.h"

namespace sipsim::proxy
{

std::vector<std::string>
validate(const ProxyOptions& options)
{
    std::vector<std::string> problems;
    const auto demand =
        [&](bool holds, const char* name, const std::string& value, const char* must) {
            if (!holds)
            {
                problems.push_back(std::string{name} + " = " + value + ": must be " + must);
            }
        };
    demand(options.device_expires >= 1 && options.device_expires <= kMaxDeviceExpires,
           "device_expires",
           std::to_string(options.device_expires),
           "1 s to 65535 s");
    demand(options.registrar_expires >= options.device_expires,
           "registrar_expires",
           std::to_string(options.registrar_expires),
           "at least device_expires");
    demand(options.forward_below >= 0.0 && options.forward_below <= 1.0, // NaN fails it
           "forward_below",
           format(options.forward_below),
           "a share of what the registrar granted, 0 to 1");
    const OverloadClientOptions& overload = options.overload;
    const auto seconds = [](std::optional<std::uint32_t> s) {
        return s ? std::to_string(*s) : std::string{"nothing"};
    };
    demand(overload.burst >= 1 && overload.burst <= kMaxOverloadBurst,
           "overload.burst",
           std::to_string(overload.burst),
           "1 to 1000000");
    demand(!overload.retry_after_max ||
               (overload.retry_after && *overload.retry_after_max >= *overload.retry_after),
           "overload.retry_after_max",
           seconds(overload.retry_after_max),
           "given with overload.retry_after, and at least that");
    // RFC 3261 §20.33: a positive number.
    demand(!overload.retry_after_max || overload.retry_after != 0U,
           "overload.retry_after",
           seconds(overload.retry_after),
           "at least 1 s where overload.retry_after_max makes it random");
    for (const std::string& problem : registrar::validate(options.ping))
    {
        problems.push_back("ping." + problem);
    }
    return problems;
}

} // namespace sipsim::proxy
