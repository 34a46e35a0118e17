// The keys that a log is held against, and the checkpoints of it that one has seen. Pure but for the checkpoint's file.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>

#include "auditor/finding.h"
#include "auditor/log_check.h"
#include "proto/tlog/checkpoint.h"
#include "proto/wire/credential.h"

namespace noroshi::auditor {

struct Keys {
  tlog::VerifierKey log;
  PublicKey registrar{};
};

// What its holder knows from elsewhere: the credential, the command line.
struct Given {
  std::optional<tlog::VerifierKey> log;
  std::optional<PublicKey> registrar;

  bool all() const { return log && registrar; }
  // Throws cli::Failure: two that contradict each other, a text that is no key.
  void add(const wire::Credential& credential);
  void add_verifier_key(const std::string& text);
  void add_registrar(const std::string& hex);
};

// A signed note of this log.
std::variant<tlog::Checkpoint, Finding> opened(const std::string& note, const tlog::VerifierKey& log);

// The last checkpoint that was found good, kept in a file. Which log it is of is the key's to say.
class Seen {
 public:
  // No file yet: nothing was seen. Throws cli::Failure if it is no checkpoint of this log.
  Seen(std::filesystem::path file, const tlog::VerifierKey& log);

  const std::optional<tlog::Checkpoint>& checkpoint() const { return checkpoint_; }
  const std::string& note() const { return note_; }
  // Not if another verification has put a longer log's there meanwhile.
  void replace(const std::string& note) const;

 private:
  bool overtaken_by_another(const std::string& note) const;

  std::filesystem::path file_;  // empty: none is kept
  tlog::VerifierKey log_;
  std::string note_;
  std::optional<tlog::Checkpoint> checkpoint_;
};

}  // namespace noroshi::auditor
