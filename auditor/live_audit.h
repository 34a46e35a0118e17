// A live broker's log, verified while it is read: checkpoint first, then every entry up to it. Main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "auditor/log_check.h"
#include "auditor/log_walk.h"
#include "auditor/trust.h"

namespace noroshi::auditor {

class LiveAudit {
 public:
  // Asks for the checkpoint. Throws Wrong if it is none, or not one that `seen` leads to; cli::Failure. What the broker greeted
  // with must be of the same log: it is held against the entries, too.
  LiveAudit(const cli::Common& common, const Reach& reach, const wire::Credential& credential, const Keys& keys,
            const Seen& seen);

  const std::string& note() const { return note_; }
  const tlog::Checkpoint& checkpoint() const { return checkpoint_; }
  const std::string& matrix_version() const { return matrix_version_; }

  // All entries that the checkpoint is of; each is handed on once it has been found good. Throws as above.
  void run(v1::Replay::Purpose purpose, const std::function<void(const Entry&, bool redacted)>& good);
  const LogCheck& check() const { return *check_; }

 private:
  void ask(const Seen& seen, const Keys& keys);

  const cli::Common& common_;
  Reach reach_;
  const wire::Credential& credential_;
  std::string note_;
  tlog::Checkpoint checkpoint_;
  std::string matrix_version_;
  std::optional<LogCheck> check_;
};

}  // namespace noroshi::auditor
