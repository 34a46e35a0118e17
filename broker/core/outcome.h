// What the core wants done. The shell carries it out; nothing else reaches the world.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/core/board.h"
#include "broker/core/commands.h"
#include "broker/core/entitlement.h"

namespace noroshi::core {

// An entry that has its place in the log. The shell serialises the body where it is empty, salts, hashes and stores it.
struct Append {
  Seq seq{};
  Micros recorded_at{};
  EntryKind kind{};
  Lane lane{};
  Bytes body;  // reports and members as they came; empty for what the broker itself says
  Content content;
};

// --- messages to peers ---

struct Welcome {
  std::string posture;
  std::string matrix_version;
  Seq head{};
  Seq cursor{};
  Micros access_until{};  // when this key's access ends by itself; 0: it does not
};
struct Refused {
  Reason reason{};
};
struct HelloRequired {};
struct Accepted {
  std::uint64_t number = 0;
  ReportId report;
  Seq seq{};
  Lane lane{};
  Micros recorded_at{};
  bool duplicate = false;
  std::string topic;
  Salt salt{};  // with it the author computes the leaf
};
struct Rejected {
  std::uint64_t number = 0;
  ReportId report;
  Rejection why;
};
struct ReceiptAccepted {
  std::uint64_t number = 0;
  Seq seq{};
  bool duplicate = false;  // nothing new was said
};
struct Deliver {
  std::vector<Released> entries;  // ascending
  Seq upto{};
  bool digest = false;  // compress, block by label and audience
};
// Of a subscriber's session: everything that is for it, after `after` and up to the beat's `upto`, has been handed to it. The
// shell counts what that was, and signs.
struct Promise {
  std::string organization;
  Lane lane{};
  std::vector<std::string> topics;
  std::vector<Status> statuses;
  Seq after{};
};
struct Beat {
  Seq upto{};
  Seq head{};
  std::string posture;
  Seq horizon{};  // how far the lane goes now
  std::optional<Promise> promise;
};
struct ReplayChunk {
  std::vector<Released> entries;
  Seq upto{};
};
struct ReplayEnd {
  Seq upto{};
};
struct RosterAnswer {
  std::uint64_t number = 0;
  std::vector<Bytes> members;  // serialised MemberChanges
};
struct BoardAnswer {
  std::uint64_t number = 0;
  std::vector<BoardReport> reports;
};
struct ProofAnswer {
  std::uint64_t number = 0;
  std::string checkpoint;
  std::vector<Hash> proof;
  bool known = false;  // false: there is none, or the asker may not know that there is
};
// To a member that is entitled to the report and overdue with it.
struct Reminder {
  ReportId report;
  Seq seq{};
  Stage stage{};
};
using Message = std::variant<Welcome, Refused, HelloRequired, Accepted, Rejected, Deliver, Beat, ReplayChunk, ReplayEnd,
                             RosterAnswer, ReceiptAccepted, BoardAnswer, ProofAnswer, Reminder>;

struct Send {
  PeerId peer{};
  Message message;
};

// Read entries from `from` on for this peer and answer with ReadDone. At most one is open per session.
struct ReadRequest {
  PeerId peer{};
  Door door{};
  std::uint64_t read = 0;
  Seq from{};
  std::vector<EntryKind> kinds;
  std::optional<Lane> lane;
};

// Prove the entry `seq`, or the first `size` entries, and answer with ProofDone; neither: the checkpoint alone. For the tree of the
// entries that are known to be durable by now: the database may have some that the mirror lacks.
struct ProofRequest {
  PeerId peer{};
  std::uint64_t number = 0;
  Seq seq{};
  std::uint64_t size = 0;
  std::optional<Hash> leaf{};
  Seq durable{};
};

struct FeedItem {
  Lane lane{};
  std::string topic;
  Released entry;
};

// Somebody should be called: these organisations are overdue with a report. Nothing of the report's content.
struct Call {
  Seq entry{};  // of the log, that says so
  ReportId report;
  Seq seq{};
  std::string item;
  std::string tlp;
  Status status{};
  Stage stage{};
  struct Behind {
    std::string organization;
    Localized name;
    std::string contact;  // whose turn it is; empty: none is enrolled
  };
  std::vector<Behind> organizations;
};

struct AdminDone {
  std::uint64_t ticket = 0;
  Seq seq{};
  std::string error;  // empty = done
};

// For the broker's own log and metrics. Never the content of a report.
struct Event {
  enum class Kind {
    session_opened,
    session_closed,
    member_silent,
    refused,
    rejected,
    digest_released,
    posture_changed,
    posture_proposed,
    overdue,
    member_changed,
    rate_limited
  };
  Kind kind{};
  std::string organization;
  std::string detail;
};

struct Outcome {
  std::vector<Append> append;  // must be durable before Committed is handed back; only one batch is ever open
  std::vector<Send> send;
  std::vector<ReadRequest> read;
  std::vector<ProofRequest> prove;
  std::vector<FeedItem> feed;
  std::vector<PeerId> close;  // throw out: the transport forgets the peer and cuts its connection
  std::vector<Call> calls;
  std::vector<AdminDone> admin;
  std::vector<Event> events;
  bool dropped = false;  // of an Arrival
};

}  // namespace noroshi::core
