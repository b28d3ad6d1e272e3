#include "analysis/comparison.h"

namespace sipsim::analysis
{

const char*
text_of(Verdict verdict)
{
    switch (verdict)
    {
    case Verdict::kIdentical:
        return "identical";
    case Verdict::kNoDifference:
        return "no difference";
    case Verdict::kSmall:
        return "small";
    case Verdict::kUndecided:
        return "undecided";
    case Verdict::kBetter:
        return "better";
    case Verdict::kChanged:
        return "changed";
    case Verdict::kWorse:
        return "worse";
    }
    return "";
}

const char*
text_of(Aspect aspect)
{
    switch (aspect)
    {
    case Aspect::kValue:
        return "value";
    case Aspect::kNotReached:
        return "not reached";
    case Aspect::kUndefined:
        return "not defined";
    case Aspect::kFailed:
        return "failed";
    }
    return "";
}

const char*
text_of(Method method)
{
    switch (method)
    {
    case Method::kNone:
        return "none";
    case Method::kSignFlip:
        return "sign-flip";
    case Method::kPermutation:
        return "permutation";
    case Method::kPairedT:
        return "paired-t";
    case Method::kWelch:
        return "welch";
    case Method::kMcNemar:
        return "mcnemar";
    case Method::kFisher:
        return "fisher";
    }
    return "";
}

} // namespace sipsim::analysis
