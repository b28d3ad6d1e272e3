#include "model/sip/codec.h"

#include "model/sip/codec_decode.h"
#include "model/sip/codec_osip.h"

#include <utility>

namespace sipsim::sip
{

Codec::Codec(Names& names, CodecOptions options)
    : names_(names),
      options_(std::move(options))
{
    osip::initialise();
}

std::string
Codec::encode(const Message& message)
{
    return osip::print(message, names_);
}

Decoded
Codec::decode(std::string_view datagram, Endpoint src, Endpoint dst)
{
    return Decoder{names_, options_}.run(datagram, src, dst);
}

} // namespace sipsim::sip
