#include "model/fleet/bound_at.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::fleet;

TEST_CASE("BoundAt knows where an AOR may be bound, and forgets what is taken away")
{
    BoundAt bound(4, 3);
    bound.add(2, 1);
    CHECK(bound.may_be(2, 1));
    CHECK_FALSE(bound.may_be(1, 1));
    CHECK_FALSE(bound.may_be(2, 0));
    bound.remove(2, 1);
    CHECK_FALSE(bound.may_be(2, 1));
}

TEST_CASE("BoundAt never denies a binding, also where registrars are more than it has bits for")
{
    BoundAt bound(40, 1);
    bound.add(0, 0);
    bound.remove(32, 0); // of another registrar, though of the same bit
    CHECK(bound.may_be(0, 0));
}
