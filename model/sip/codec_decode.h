#pragma once

// Models : how a received text becomes a message, or which response it is owed.
// Drives : Codec::decode().
// Keeps  : reads on after a fault, so that the response can be addressed; of several faults the one
//          that RFC 3261 §8.2 and §16.3 look at first decides.
// Leaves : framing (codec_fields.h), values (codec_osip.h).

#include "model/sip/codec.h"
#include "model/sip/codec_fields.h"
#include "model/sip/codec_osip.h"

#include <array>
#include <string>
#include <string_view>

namespace sipsim::sip
{

class Decoder
{
  public:
    Decoder(Names& names, const CodecOptions& options)
        : names_(names),
          options_(options),
          mark_(names.mark())
    {
    }

    /// Once per Decoder.
    [[nodiscard]] Decoded run(std::string_view datagram, Endpoint src, Endpoint dst);

  private:
    // The order in which faults count.
    enum class Rank : std::uint8_t
    {
        kVersion, // 505: nothing else of the message can be judged
        kSyntax,  // 400, 513, 500
        kScheme,  // 416 (§8.2.2.1, §16.3 step 2)
        kHops,    // 483 (§16.3 step 3)
        kRequire, // 420 (§8.2.2.3, §16.3 step 5)
        kNone,
    };

    void fault(Rank rank, std::uint16_t status, std::string reason);
    void malformed(Field field, std::string_view what);

    [[nodiscard]] bool read_start_line(std::string_view line);
    void read_request_line(std::string_view line, std::string_view version);
    void read_status_line(std::string_view line);
    void read_fields(FieldReader& fields);
    void read_field(Field field, std::string_view value);
    void read_list(Field field, std::string_view value);
    void read_element(Field field, std::string_view value);

    void read_via(std::string_view value);
    void read_party(Field field, std::string_view value);
    void read_call_id(std::string_view value);
    void read_cseq(std::string_view value);
    void read_max_forwards(std::string_view value);
    void read_overload_control(const osip_via& via);
    void read_event(std::string_view value);
    void read_contact(std::string_view value);
    void read_contact_parameters(const osip_from& address, Contact& contact);
    void read_seconds(Field field, std::string_view value);
    void read_path(std::string_view value);
    void read_option_tag(Field field, std::string_view value);
    void read_credentials(Field field, std::string_view value);
    [[nodiscard]] bool read_digest_uri(Field field,
                                       const std::string& text,
                                       Credentials& credentials);
    void read_challenge(std::string_view value);
    void read_content_length(std::string_view value);

    [[nodiscard]] bool has(Field field) const
    {
        return seen_.at(static_cast<std::size_t>(field));
    }

    // The value as libosip2 wants it; nullptr if it holds octets that may not be there.
    [[nodiscard]] const std::string* for_osip(Field field, std::string_view value);
    [[nodiscard]] osip::Owned<osip_from> address_in(Field field, std::string_view value);
    [[nodiscard]] bool read_uri(Field field, const osip::UriParts& parts, Uri& uri);
    [[nodiscard]] bool read_place(Field field,
                                  std::string_view host,
                                  std::string_view port,
                                  HostPort& place);

    /// False, and a fault noted, if Names would not take `text`.
    template <class Id>
    [[nodiscard]] bool take(Field field, std::optional<Id> id, std::string_view text, Id& out)
    {
        if (!id)
        {
            not_taken(field, text);
            return false;
        }
        out = *id;
        return true;
    }

    void not_taken(Field field, std::string_view text);
    [[nodiscard]] static std::string place_of(Field field);

    void check_presence();
    void check_body(std::string_view body);
    void check_semantics();
    [[nodiscard]] Decoded verdict();

    Names& names_;
    const CodecOptions& options_;
    Names::Mark mark_;
    Message message_;
    Method cseq_method_ = Method::kUnknown;
    MethodName cseq_method_name_{};
    bool is_response_ = false;
    std::array<bool, static_cast<std::size_t>(Field::kCount)> seen_{};
    std::array<bool, static_cast<std::size_t>(Field::kCount)> read_{}; // seen, and well formed
    bool vias_complete_ = true;
    std::optional<std::uint64_t> content_length_;
    FixedVector<OptionTag, kMaxOptionTags> unsupported_;
    std::string text_;

    Rank rank_ = Rank::kNone;
    std::uint16_t status_ = 0;
    std::string reason_;
};

} // namespace sipsim::sip
