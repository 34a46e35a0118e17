// A log and its mirror anew from what is whole of both, entry by entry. Nothing else may have them open.
#pragma once

#include "broker/store/check.h"

namespace noroshi::store {

struct Rebuilt {
  std::uint64_t entries = 0;
  std::uint64_t from_database = 0;  // of these, the ones that only the database had whole
  std::uint64_t from_mirror = 0;    // likewise
  std::vector<fs::path> set_aside;  // what took part in it and was damaged; nothing: there was no need
  std::vector<Damage> damages;      // what was found before
  std::vector<Damage> doubts;  // what may have held entries that are in neither; nothing: all that there was is there
};

// `facts` if the database cannot tell its own. `time`: what the names of the damaged files end in. Throws StorageError if
// an entry is whole in neither, or what is whole is not what the signed head says; then nothing has changed.
Rebuilt rebuild(const fs::path& database, const fs::path& mirror, const Signer& signer, const ReportIdOf& id_of,
                const Facts& facts, const std::string& time, const Progress& progress = nullptr);

// What of the mirror is no whole record any more and may hold acknowledged entries that a log of `entries` does not have. A
// torn end cannot be told from a lost one: only a database that is `whole` shows that nobody was told of it.
std::vector<Damage> doubts(const MirrorHead& mirror, std::uint64_t entries, std::uint64_t in_database, bool whole);

// That the database has had, as far as it proves it (Rows::proven_head); 0 if it cannot be read.
std::uint64_t entries_of(const fs::path& database);

}  // namespace noroshi::store
