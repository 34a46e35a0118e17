// Between what arrives on a session and what the caller is given: each sequence once, in order, its signature checked.
// Counts the credit that goes back. Shared by the subscriber's and the auditor's sessions. No I/O; one owner.
//
//   arrives --(seen before: only its credit goes back)--> waiting --(roster there, key known or asked for)--> given
//   given --acknowledge()--> safe: the cursor a later Hello begins at
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/client/keyring.h"
#include "proto/types/entry.h"

namespace noroshi::client {

struct Arrived {
  Entry entry;            // its leaf computed anew from salt and body
  bool redacted = false;  // leaf data only
};

// An entry as the caller gets it.
struct Checked {
  Entry entry;
  bool redacted = false;
  bool digest = false;             // part of a digest
  bool digest_end = false;         // its last
  v1::Report report;               // of a report; empty if its bytes are none (then the signature is `invalid`)
  v1::Receipt receipt;             // of a receipt, likewise
  Check signature = Check::valid;  // of reports, receipts and member changes; other kinds carry none

  const Bytes& signed_report() const { return entry.body; }  // the exact bytes that are in the log
};

class Intake {
 public:
  explicit Intake(const PublicKey& registrar) : keyring_(registrar) {}

  // What came and was not given out comes once more.
  void start_after(Seq cursor) {
    received_ = upto_ = safe_ = cursor;
    waiting_.clear();
    outstanding_.clear();
  }
  // As start_after(), and everything up to `cursor` had been delivered before: welcomed() then knows a shorter log.
  void resume_after(Seq cursor) {
    start_after(cursor);
    newest_ = cursor;
  }
  void start_now() { from_now_ = true; }

  // A new session stands: credit begins anew and the roster is asked for. True if the broker's log ends before what it
  // has delivered: then its sequences are counted anew from there, since a double is better than a loss.
  bool welcomed(Seq cursor, Seq head);

  // Entries in ascending order, then the broker's word that everything up to `upto` has been sent.
  void arrived(std::vector<Arrived> entries, Seq upto, bool digest);
  void reached(Seq upto);
  // An entry that is of no use to the caller: its credit goes back at once.
  void skip(std::size_t bytes);
  // Returns how many members the registrar did not sign.
  std::size_t roster(const v1::Roster& roster);

  // Everything at the front whose signature is decided. An unknown key is decided only by a roster that was asked for
  // after the entry had come: its author may be new.
  std::vector<Checked> give();
  // The roster query to send now, if any: at the start of a session, for an unknown key, and again without an answer.
  std::optional<v1::Query> query(Micros now);

  // Everything up to `seq` that was given is in safe hands.
  void acknowledge(Seq seq);
  struct Credit {
    Seq upto{};                 // the cursor
    std::uint32_t entries = 0;  // of this session, since the last call
    std::size_t bytes = 0;
  };
  Credit take_credit();

  Seq received() const { return received_ < upto_ ? upto_ : received_; }  // nothing up to here is still to come
  Seq safe() const { return safe_; }
  bool idle() const { return waiting_.empty(); }
  const Keyring& keyring() const { return keyring_; }

 private:
  struct Waiting {
    Checked entry;
    std::uint64_t asked_before = 0;  // the newest roster query when it came
    v1::SignedReport signed_report;
    v1::SignedReceipt signed_receipt;
  };
  struct Outstanding {
    Seq seq{};
    std::size_t bytes = 0;
    std::uint64_t session = 0;
  };
  void decode(Waiting& waiting);
  bool decide(Waiting& waiting);

  Keyring keyring_;
  std::deque<Waiting> waiting_;
  std::deque<Outstanding> outstanding_;  // arrived and not yet acknowledged
  std::uint64_t session_ = 0;
  bool from_now_ = false;
  Seq received_{};  // the last sequence taken, or before the first wanted
  Seq newest_{};    // the last sequence that came or was said to have been sent, whatever was wanted
  Seq upto_{};
  Seq safe_{};
  Credit owed_;

  std::uint64_t asked_ = 0;  // numbers of roster queries
  std::uint64_t answered_ = 0;
  bool must_ask_ = false;
  bool asking_ = false;  // in this session, without an answer so far
  Micros asked_at_{};
};

}  // namespace noroshi::client
