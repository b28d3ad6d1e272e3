#include "model/base/fixed_vector.h"

#include <doctest/doctest.h>

#include <memory>
#include <utility>

using sipsim::FixedVector;

TEST_CASE("A fixed vector refuses what it has no room for")
{
    FixedVector<int, 2> v;
    CHECK(v.empty());
    CHECK(v.push(1));
    CHECK(v.push(2));
    CHECK_FALSE(v.push(3));
    CHECK(v.size() == 2);
    CHECK(v.back() == 2);
    v.pop_back();
    CHECK(v.back() == 1);
    v.clear();
    CHECK(v.empty());
    CHECK(FixedVector<int, 2>::capacity() == 2);
}

TEST_CASE("Equality and copies look at the elements in use only")
{
    FixedVector<int, 4> a;
    FixedVector<int, 4> b;
    a.push(1);
    a.push(2);
    a.pop_back();
    b.push(1);
    CHECK(a == b);
    const FixedVector<int, 4> copy = a;
    CHECK(copy == b);
    b.push(5);
    CHECK_FALSE(a == b);
    a = b;
    CHECK(a == b);
    a = *&a;
    CHECK(a == b);
}

TEST_CASE("Iteration visits the elements in use in order")
{
    FixedVector<int, 4> v;
    v.push(3);
    v.push(4);
    int sum = 0;
    for (const int x : v)
    {
        sum = 10 * sum + x;
    }
    CHECK(sum == 34);
}
