// The test program's own fsync and fdatasync: counted, and failing on demand. SQLite's library calls them too, since
// the dynamic linker finds the program's before libc's.
#pragma once

#include <atomic>

namespace noroshi::store::test {
inline std::atomic<int> syncs{0};
inline std::atomic<bool> sync_fails{false};
inline std::atomic<int> syncs_that_work{0};  // before sync_fails takes effect
inline std::atomic<int> mirror_syncs{0};     // of these, the ones of a segment of the mirror
inline std::atomic<bool> mirror_sync_fails{false};
}  // namespace noroshi::store::test
