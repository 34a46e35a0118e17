// Who may receive what: one function, called last on every path. Pure.
#pragma once

#include <optional>
#include <vector>

#include "proto/types/entry.h"
#include "proto/types/member.h"
#include "schemas/reach.h"

namespace noroshi::core {

// The label and audience rules:
//   CLEAR, GREEN         every enrolled member, narrowed by the audience if there is one
//   AMBER, AMBER+STRICT  the members of a non-empty audience
//   RED                  named organisations only
// An organisation always sees its own reports; an auditor sees up to its clearance. Deny absorbs: revoked, expired or
// not yet valid members see nothing, a report without a valid label is seen by nobody.
bool entitled(const Member& member, const Report& report, Micros now);

// What an auditor has looked for tells what it suspects: auditors of its own organisation know, and those who are cleared
// for everything.
bool entitled(const Member& member, const Access& access, Micros now);

bool in_audience(const Member& member, const Audience& audience);

// Whether it may read anything at all. Who only publishes has no session that listens, no replay and no board.
bool reads(const Member& member);

// An entry that has passed entitlement: the only form in which the core lets entries out. It can be made by the
// functions below and by nothing else.
class Released {
 public:
  const RecordPtr& record() const { return record_; }
  bool redacted() const { return redacted_; }  // leaf data only

 private:
  Released(RecordPtr record, bool redacted) : record_(std::move(record)), redacted_(redacted) {}
  RecordPtr record_;
  bool redacted_;
  friend std::optional<Released> release_to(const Member&, const RecordPtr&, Micros);
  friend std::optional<Released> release_to_auditor(const Member&, const RecordPtr&, Micros);
  friend std::optional<Released> release_talk_to_auditor(const Member&, const RecordPtr&,
                                                         const std::vector<const Report*>&, Micros);
  friend std::optional<Released> release_to_public(const RecordPtr&);
};

// Live, catch-up, digest, replay by a subscriber: reports it is entitled to.
std::optional<Released> release_to(const Member& member, const RecordPtr& record, Micros now);
// Replay by an auditor: what it is not entitled to as the leaf without the body.
std::optional<Released> release_to_auditor(const Member& member, const RecordPtr& record, Micros now);
// A receipt, or the note that one is overdue, tells that its reports exist: above the clearance for any of them it is a leaf,
// too. `reports`: those it speaks
// of; nullptr: not at hand, so only who is cleared for everything sees it.
std::optional<Released> release_talk_to_auditor(const Member& member, const RecordPtr& talk,
                                                const std::vector<const Report*>& reports, Micros now);
std::optional<Released> release_to_public(const RecordPtr& record);

}  // namespace noroshi::core
