#include "model/nat/stun_wire.h"

namespace sipsim::nat::wire
{

bool
understood(StunAttribute name, StunClass kind, StunForm form, const StunSupport& support)
{
    using enum StunAttribute;
    const bool request = kind == StunClass::kRequest;
    const bool classic = form == StunForm::kClassic;
    switch (name)
    {
    case kMappedAddress:
    case kUsername:
    case kMessageIntegrity:
    case kErrorCode:
    case kUnknownAttributes:
    case kSoftware:
    case kResponseOrigin:
    case kOtherAddress:
        return true;
    case kChangeRequest:
        return !request || support.change_request;
    case kResponseAddress:
        return !request || (classic && support.response_address);
    case kSourceAddress:
    case kChangedAddress:
    case kPassword:
    case kReflectedFrom:
        return !request || classic;
    case kResponsePort:
        return !request || (!classic && support.response_port);
    case kPadding:
        return !request || (!classic && support.padding);
    case kRealm:
    case kNonce:
    case kMessageIntegritySha256:
    case kPasswordAlgorithm:
    case kUserhash:
    case kXorMappedAddress:
        return !request || !classic;
    default:
        return false;
    }
}

bool
applies(StunAttribute name, StunClass kind)
{
    using enum StunAttribute;
    switch (name)
    {
    case kChangeRequest:
    case kResponseAddress:
    case kResponsePort:
        return kind == StunClass::kRequest;
    case kMappedAddress:
    case kXorMappedAddress:
    case kSourceAddress:
    case kChangedAddress:
    case kReflectedFrom:
    case kResponseOrigin:
    case kOtherAddress:
        return kind == StunClass::kSuccess;
    case kErrorCode:
    case kUnknownAttributes:
        return kind == StunClass::kError;
    case kPadding:
    case kSoftware:
    case kUsername:
    case kMessageIntegrity:
    case kMessageIntegritySha256:
        return true;
    default:
        return false;
    }
}

} // namespace sipsim::nat::wire
