// The daemon's eye on the broker's log: what LogMemory makes of what comes, kept in the LogBook and told to people. Without the
// log's key in the credential it does nothing, and says so once. Main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proto/cli/cli.h"
#include "proto/types/entry.h"
#include "proto/wire/credential.h"
#include "subscriber/log_book.h"
#include "subscriber/log_memory.h"

namespace noroshi::subscriber {

class LogWatch {
 public:
  // `lane`: whose road the questions take.
  LogWatch(cli::Program& program, const InboxFolder& folder, const wire::Credential& credential, Lane lane);

  void connected(Micros now);
  void delivered(const Entry& entry);  // and in the inbox
  // A fork is the caller's to act upon, and then alarm()'s.
  std::optional<Fork> shown(const std::string& checkpoint, Micros now);
  std::optional<Fork> answered(const v1::ProofAnswer& answer, Micros now);
  void alarm(Fork fork);
  std::optional<v1::Query> question(Micros now);
  void pulse(Micros now);  // now and then: writes down what may be lost to a crash
  void look();             // somebody else has written: perhaps the alarm was accepted

  std::optional<TreeHead> proven() const;

 private:
  void restore();
  void keep_sought();
  std::optional<Fork> keep(LogMemory::Output out);
  void tell(const Fork& fork);

  cli::Program& program_;
  LogBook book_;
  Lane lane_;
  std::optional<LogMemory> memory_;
  std::vector<TreeEntry> sought_;  // as the book has it
};

}  // namespace noroshi::subscriber
