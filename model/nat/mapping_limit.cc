#include "model/nat/mapping_limit.h"

namespace sipsim::nat
{

void
MappingLimit::insert(const RecordPool& pool, std::uint32_t slot)
{
    if (links_.size() < pool.end())
    {
        links_.resize(pool.end());
    }
    const Record& record = pool[slot];
    Box& box = boxes_[record.box];
    const std::size_t list = record.has(Record::kStream) ? 1 : 0;
    // The newest traffic comes last, but for keepalives that a carrier computes after the event.
    std::uint32_t before = box.tail[list];
    while (before != kNoRecord && pool[before].until > record.until)
    {
        before = links_[before].before;
    }
    const std::uint32_t after = before == kNoRecord ? box.head[list] : links_[before].after;
    links_[slot] = {before, after};
    (before == kNoRecord ? box.head[list] : links_[before].after) = slot;
    (after == kNoRecord ? box.tail[list] : links_[after].before) = slot;
    ++box.count;
}

void
MappingLimit::remove(const RecordPool& pool, std::uint32_t slot)
{
    if (slot >= links_.size() || links_[slot].before == kOut)
    {
        return;
    }
    const Record& record = pool[slot];
    Box& box = boxes_[record.box];
    const std::size_t list = record.has(Record::kStream) ? 1 : 0;
    const auto [before, after] = links_[slot];
    (before == kNoRecord ? box.head[list] : links_[before].after) = after;
    (after == kNoRecord ? box.tail[list] : links_[after].before) = before;
    links_[slot] = Link{};
    --box.count;
}

void
MappingLimit::forget(std::uint32_t slot)
{
    if (slot < links_.size())
    {
        links_[slot] = Link{};
    }
}

void
MappingLimit::reboot(std::uint32_t box)
{
    if (enabled())
    {
        boxes_[box] = Box{};
    }
}

} // namespace sipsim::nat
