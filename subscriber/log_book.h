// Where what is remembered of the broker's log is kept, beside the inbox: the proven checkpoint, and what did not go together
// with it, until a person accepts it. One owner, one thread; commands beside the daemon have one of their own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "subscriber/database.h"
#include "subscriber/fork.h"
#include "subscriber/inbox_folder.h"

namespace noroshi::subscriber {

class LogBook {
 public:
  explicit LogBook(const InboxFolder& folder) : folder_(folder.path()), database_(folder.open(Durable::at_once)) {}

  struct Page {
    std::string proven;
    Micros proven_at{};
    std::optional<std::string> claimed;
    std::optional<Micros> unproven_since;
  };
  std::optional<Page> page();  // nullopt: no checkpoint was heard so far
  void proven(const std::string& note, Micros now);
  void claimed(const std::optional<std::string>& note, std::optional<Micros> unproven_since);

  // What came that is the farthest in the log that is believed: the alarm that was accepted last is about what came before.
  std::optional<TreeEntry> last_delivered();
  // What was delivered and is still looked for in the log: kept as it was given last, as far as the inbox has it.
  std::vector<TreeEntry> sought();
  void seek(const std::vector<TreeEntry>& entries);

  // Makes it known for good: a file with both notes, the alarm, and an event for the sinks. Returns it with its file.
  Fork alarm(Fork fork, Lane lane);
  // A file of its own beside the inbox, readable by its owner alone.
  std::string write_evidence(const Fork& fork) const;
  std::optional<Fork> open_fork();
  // From now on the log is believed as it was shown. nullopt: there was no alarm.
  std::optional<Fork> accept(Micros now);

 private:
  struct Kept {
    std::int64_t number = 0;  // in the inbox
    TreeEntry entry;
  };
  std::vector<Kept> kept(const std::string& condition);

  std::filesystem::path folder_;
  std::unique_ptr<Database> database_;
};

// A row of forks: breach, at, known, shown, evidence, seq, leaf, from this column on.
Fork fork_in(Query& row, int column);

}  // namespace noroshi::subscriber
