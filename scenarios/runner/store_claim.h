#pragma once

// Models : a writer's claim on a results directory.
// Drives : Store::open_for_writing makes one before it looks at the store.
// Keeps  : one writer at a time; it is held until the process ends, whatever ends it.
// Leaves : readers, who need none.

#include <filesystem>

namespace sipsim::runner
{

class Claim
{
  public:
    /// Throws StoreError with the remedy.
    explicit Claim(const std::filesystem::path& directory);
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;
    ~Claim();

  private:
    int descriptor_;
};

} // namespace sipsim::runner
