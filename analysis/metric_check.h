// Models : one check of a comparison: the values of both sides, what differs on average, and a test.
// Drives : comparison.cc: estimate() all, count those that are not identical, test() each.
// Keeps  : counts are values 0 and 1; paired, entry i of one side belongs to entry i of the other, and what
//          differs by less than 1e-12 of its size is equal.
// Leaves : Holm's correction and the verdict that follows from it (comparison.cc).
#pragma once

#include "analysis/comparison.h"

#include <vector>

namespace sipsim::analysis
{

class Draft
{
  public:
    // Neither side empty; paired: as many on both.
    Draft(Aspect aspect, bool paired, std::vector<double> base, std::vector<double> changed);

    // Means, difference, its interval and size, the randomization test that fits and the least p of it; none, and
    // least p 1, if nothing differs.
    void estimate(double confidence);
    // p. `level`: of the family's first step, alpha over the number of checks. A t test takes over where
    // randomization cannot reach that (few runs; arrangements too many to count, of which a million are
    // drawn), if values (differences) are many-valued enough for it.
    void test(double level);

    Check check;

  private:
    void estimate_values(double confidence);
    void estimate_counts(double confidence);
    [[nodiscard]] std::optional<double> deviation() const;
    [[nodiscard]] bool resort_to_t();
    [[nodiscard]] bool differs() const;
    [[nodiscard]] bool drawn() const;
    [[nodiscard]] std::vector<double> differences() const;

    std::vector<double> base_;
    std::vector<double> changed_;
};

// What a significant difference means: better, changed or worse.
[[nodiscard]] Verdict direction_of(const Check& check, const MetricInfo& info);

} // namespace sipsim::analysis
