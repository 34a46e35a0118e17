// Looks at every byte that a log and its mirror consist of, and says all that is wrong with them, not only the first. Works
// beside a running broker: what is committed never changes, and what comes while it looks is left out.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "broker/store/reconcile.h"

namespace noroshi::store {

struct Damage {
  enum class Side { database, mirror };
  Side side{};
  std::string where;  // the file, and the entry or the octets in it
  std::string what;
};

struct Findings {
  std::uint64_t entries = 0;  // of the database, as far as it proves them
  std::optional<Hash> root;   // over what its entries are, not what its tree says; nullopt: some are not whole
  std::string checkpoint;     // the newest signed head; empty: there is none
  bool mirrored = true;  // false: there is no mirror, and nobody writes; the next start writes it from the database
  std::vector<Damage> damages;

  bool damaged(Damage::Side side) const;
};

// How far it is, of how much.
using Progress = std::function<void(std::uint64_t done, std::uint64_t all)>;

// Whether somebody writes meanwhile: then the mirror may be ahead of a database whose commit is under way.
enum class Beside { nobody, writer };

// Never throws for what it finds, and changes nothing.
Findings check(const fs::path& database, const fs::path& mirror, const tlog::VerifierKey& key, const ReportIdOf& id_of,
               const Progress& progress = nullptr, Beside beside = Beside::nobody);
// A database by itself, against a head that was signed for it or for its beginning.
Findings check_copy(const fs::path& database, const std::string& checkpoint, const tlog::VerifierKey& key,
                    const ReportIdOf& id_of, const Progress& progress = nullptr);

}  // namespace noroshi::store
