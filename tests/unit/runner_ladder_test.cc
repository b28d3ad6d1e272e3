// The ladder of one user agent: whom a message goes to where that is not the column's server.

#include "scenarios/runner/ladder.h"
#include "tests/unit/runner_config_files.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

/// Two registrars, all devices at the first.
const std::string kTwo =
    ConfigText{.rest = "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n"}.text();

class Drawn
{
  public:
    explicit Drawn(bool json)
        : ladder_(out_, world_, layout_, 0, json)
    {
    }

    Drawn(const Drawn&) = delete;
    Drawn& operator=(const Drawn&) = delete;

    ~Drawn()
    {
        std::fclose(out_);
        std::free(text_);
    }

    void say(world::Direction direction, sip::Endpoint peer)
    {
        const bool send = direction == world::Direction::kSend;
        sip::Message message;
        message.method = sip::Method::kRegister;
        message.status = send ? 0 : 200;
        message.cseq = sip::CSeq{7};
        (send ? message.dst : message.src) = peer;
        ladder_.on_ua_message(
            {.at = SimTime{}, .ua = 0, .direction = direction, .message = message, .bytes = 333});
    }

    [[nodiscard]] sip::Endpoint server(world::ServerIndex index) const
    {
        return layout_.server_address(index);
    }

    [[nodiscard]] std::string last_line() const
    {
        std::fflush(out_);
        const std::string text(text_, size_ - 1);
        return text.substr(text.rfind('\n') + 1);
    }

    [[nodiscard]] std::string address(world::ServerIndex index) const
    {
        return sip::Names{}.text(server(index).host);
    }

  private:
    char* text_ = nullptr;
    std::size_t size_ = 0;
    std::FILE* out_ = ::open_memstream(&text_, &size_);
    world::World world_ = first_world(kTwo);
    world::Layout layout_{world_};
    Ladder ladder_;
};

} // namespace

TEST_CASE("a message of the column's server has no name beside it, another's has name and address")
{
    Drawn drawn(false);
    drawn.say(world::Direction::kSend, drawn.server(0));
    CHECK(drawn.last_line().ends_with(">|  333 B"));
    drawn.say(world::Direction::kReceive, drawn.server(0));
    CHECK(drawn.last_line().ends_with("-|  333 B"));
    drawn.say(world::Direction::kSend, drawn.server(1));
    CHECK(drawn.last_line().ends_with(">|  333 B  to reg2 " + drawn.address(1)));
    drawn.say(world::Direction::kReceive, drawn.server(1));
    CHECK(drawn.last_line().ends_with("-|  333 B  from reg2 " + drawn.address(1)));
    drawn.say(world::Direction::kReceive, {.host = sip::Host{0x01020304}, .port = 5060});
    CHECK(drawn.last_line().ends_with("-|  333 B  from 1.2.3.4"));
}

TEST_CASE("as JSON every message has its peer, by name and address")
{
    Drawn drawn(true);
    drawn.say(world::Direction::kReceive, drawn.server(1));
    auto line = nlohmann::json::parse(drawn.last_line());
    CHECK(line.at("peer") == "reg2");
    CHECK(line.at("peer_address") == drawn.address(1) + ":5060");
    drawn.say(world::Direction::kSend, {.host = sip::Host{0x01020304}, .port = 5070});
    line = nlohmann::json::parse(drawn.last_line());
    CHECK(line.at("peer").is_null());
    CHECK(line.at("peer_address") == "1.2.3.4:5070");
}
