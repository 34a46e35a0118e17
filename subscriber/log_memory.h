// What a subscriber remembers of the broker's log, and when what it is shown does not go together with that: a log that was
// rewritten, put back, or shown to others in another form. A state machine without I/O; one owner, one thread.
//
//   the first checkpoint: proven, as nothing speaks against it
//   a larger one: claimed --question, now and then--> proven
//   the last entry that each connection delivered --question, in the next one, and now and then--> found
//   one size and two roots, no proof, a log that stays shorter, no such entry: forked, for good; a person decides what to believe
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/types/ids.h"
#include "subscriber/continuity.h"

namespace noroshi::subscriber {

class LogMemory {
 public:
  explicit LogMemory(tlog::VerifierKey log) : log_(std::move(log)) {}

  // As it was kept. False: a note is not of this log's key, and was forgotten.
  bool restore(const std::optional<std::string>& proven, const std::optional<std::string>& claimed, bool forked);
  // By this log, and kept. A checkpoint that covers it may never be heard before the log is put back, and other entries may
  // come before it is asked about; so what a connection delivered last is looked for until it is found.
  void delivered(const TreeEntry& entry);
  // What is still looked for, the oldest first: to be kept, and to be said again after restore().
  std::vector<TreeEntry> sought() const { return {sought_.begin(), sought_.end()}; }
  void seek(const TreeEntry& entry);

  struct Output {
    bool learnt = false;  // proven() is another one: to be kept
    std::optional<Fork> fork;
  };
  // A session stands (again), on any lane: what was asked is void, and what follows may be another log.
  void connected(Micros now);
  Output heard(const std::string& note, Micros now);  // of a Welcome or a heartbeat; may be empty
  std::optional<v1::Query> question(Micros now);      // to be asked now, in a session that lives
  Output answered(const v1::ProofAnswer& answer, Micros now);

  const std::optional<SignedHead>& proven() const { return proven_; }    // the newest that was
  const std::optional<SignedHead>& claimed() const { return claimed_; }  // a larger one that was signed, not yet proven
  bool forked() const { return forked_; }
  // Since when the broker owes a proof, or a checkpoint under its key, for longer than it takes.
  std::optional<Micros> unproven_since(Micros now) const;

 private:
  const SignedHead& largest() const;
  bool due(Micros now) const;
  Output looked_for(const TreeEntry& entry, const v1::ProofAnswer& answer, Micros now);
  void claim(const SignedHead& head);
  void settle(const SignedHead& known, const SignedHead& tip, Output& out);
  Output forked(Breach breach, const SignedHead& known, const SignedHead& shown, Micros now,
                const std::optional<TreeEntry>& entry = {});

  tlog::VerifierKey log_;
  std::optional<SignedHead> proven_;
  std::optional<SignedHead> claimed_;
  std::optional<SignedHead> shrunk_;  // what was heard last, if it is smaller than what was signed before
  bool forked_ = false;
  bool carried_ = false;  // claimed_ is of an earlier connection: what this one shows must not take its place unproven

  std::string last_note_;
  std::deque<SignedHead> open_;  // whose continuation is to be shown, one after the other; the first is asked about
  std::optional<TreeEntry> last_, found_;  // of what was delivered the farthest in the log; proven to be in it
  std::deque<TreeEntry> sought_;
  bool about_entry_ = false;  // the question: about the first of sought_
  bool asked_ = false;
  std::uint64_t number_ = 0;
  Micros again_at_{};   // without an answer
  Micros ask_at_{};     // because the log has grown
  Micros settle_at_{};  // because it has shrunk
  Micros find_at_{};    // because something was delivered
  std::optional<Micros> asking_since_, unsigned_since_;
};

}  // namespace noroshi::subscriber
