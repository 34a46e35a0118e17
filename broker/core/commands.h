// Everything that can happen to the broker, as plain data. The shell decodes, checks signatures and looks up what is
// stored; the core decides.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/core/door.h"
#include "proto/types/entry.h"
#include "proto/types/ids.h"
#include "proto/types/member.h"
#include "proto/types/reason.h"

namespace noroshi::core {

struct Peer {
  PeerId id{};
  Door door{};
  PublicKey key{};  // transport key, proven by CURVE
};

// A frame has come in. Asked before anything is spent on it: Outcome::dropped says that its member sends too much and that
// it is not to be looked at further; the member has been told as far as it will be.
enum class Charge { report, receipt, request, board, roster, replay, acknowledgement };
struct Arrival {
  Peer peer;
  Charge charge{};
  std::size_t bytes = 0;
  std::uint64_t number = 0;  // of a submission
};

struct Hello {
  Peer peer;
  std::uint32_t protocol = 0;
  bool subscribe = false;
  std::vector<std::string> topics;
  std::vector<Status> statuses;  // empty: ACTUAL only
  Seq cursor{};
  bool from_now = false;
  std::uint32_t credit = 0;
  std::string next_key;       // id of the broker's next transport key, if the client has it
  std::vector<Lane> keeps{};  // of a daemon: the lanes that it follows
};

struct Submit {
  Peer peer;
  std::uint64_t number = 0;
  Bytes body;                               // the SignedReport, serialised: what will be stored
  std::variant<Report, Rejection> decoded;  // by proto/wire/decode
  std::optional<PublicKey> signed_by;       // the member's key that the key id names; nullopt: none of them
  bool signature_valid = false;             // under signed_by
  RecordPtr same_id;                        // the committed entry with this report's id, if any
  RecordPtr related;                        // the committed entry that relates_to names, if any
};

struct SubmitReceipt {
  Peer peer;
  std::uint64_t number = 0;
  Bytes body;                                // the SignedReceipt, serialised: what will be stored
  std::variant<Receipt, Rejection> decoded;  // by proto/wire/decode
  std::optional<PublicKey> signed_by;        // the member's key that the key id names; nullopt: none of them
  bool signature_valid = false;              // under signed_by
  std::vector<RecordPtr> stored;  // of each of its reports, the committed entry; nullptr: none, or open in the core
};

struct BoardQuery {
  Peer peer;
  std::uint64_t number = 0;
  ReportId report;  // empty: all that are open
};

struct Credit {
  Peer peer;
  Seq cursor{};
  std::uint32_t more = 0;
};

struct Heartbeat {
  Peer peer;
  Seq cursor{};
  std::string next_key = {};        // as in Hello
  std::uint32_t failing_sinks = 0;  // of a daemon: that cannot pass on what it received
};

struct Replay {
  Peer peer;
  Seq from{1};
  Seq to{};  // 0: the head now
  std::vector<std::string> topics;
  std::vector<Status> statuses;  // empty: all
  std::vector<EntryKind> kinds;  // empty: reports
  std::uint32_t credit = 0;
  Purpose purpose{};
  Micros from_time{};  // what `from` and `to` were found by; 0: given as they are
  Micros to_time{};
};

struct RosterQuery {
  Peer peer;
  std::uint64_t number = 0;
};

// How an entry, or an earlier state of the log, is part of the log as it is.
struct ProofQuery {
  Peer peer;
  std::uint64_t number = 0;
  Seq seq{};                   // of this entry; 0: of none
  std::uint64_t size = 0;      // of the first so many entries; 0: of none
  std::optional<Hash> leaf{};  // what the asker says is the entry's place in the tree
};

struct Goodbye {
  Peer peer;
};

// A frame that does not parse or is too large. The session goes on.
struct BadFrame {
  Peer peer;
  Reason reason{};
};

// The transport could not send to this peer any more: it is gone, or stalled past its mark.
struct PeerGone {
  PeerId peer{};
};

// Administrative. `body` is the serialised MemberChange, its registrar signature checked by the shell.
struct ChangeMember {
  std::uint64_t ticket = 0;
  Bytes body;
  Member member;
};

struct ChangePosture {
  std::uint64_t ticket = 0;
  PostureChange change;
};

// --- completions ---

// The batch of the last Outcome::append is durable: exactly its entries, in order.
struct Committed {
  std::vector<RecordPtr> records;
};

struct ReadDone {
  PeerId peer{};
  std::uint64_t read = 0;  // as in ReadRequest
  std::vector<RecordPtr> records;
  Seq upto{};
};

// What was asked with Outcome::prove, as the log has it. Whether the asker may know is still to be decided.
struct ProofDone {
  PeerId peer{};
  std::uint64_t number = 0;
  RecordPtr entry;         // of an entry's proof; nullptr: the log has none of this sequence
  std::string checkpoint;  // signed; the proof is for this tree
  std::vector<Hash> proof;
  bool found = false;  // the tree reaches as far as asked
  bool named = false;  // by its leaf: whoever asks had the entry
};

struct Continue {};  // pump the next few sessions that wait for their turn
struct Tick {};      // at least every 100 ms: digests, silence
struct Cut {};       // the log is idle: sequence what is admitted
struct Shutdown {};  // accept nothing more; release what is pending

using Command = std::variant<Arrival, Hello, Submit, SubmitReceipt, Credit, Heartbeat, Replay, RosterQuery, BoardQuery,
                             ProofQuery, Goodbye, BadFrame, PeerGone, ChangeMember, ChangePosture, Committed, ReadDone,
                             ProofDone, Tick, Cut, Continue, Shutdown>;

}  // namespace noroshi::core
