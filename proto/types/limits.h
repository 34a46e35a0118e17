// Every limit of the contract, with its reason. Nothing else in the project holds a bound of its own for these.
#pragma once

#include <cstddef>
#include <cstdint>

namespace noroshi::limits {

inline constexpr std::size_t KiB = 1024;
inline constexpr std::size_t MiB = 1024 * KiB;

// --- a report (contract) ---
inline constexpr std::size_t kReportBytes =
    1 * MiB;  // a report with a few small attachments; more belongs behind a link
inline constexpr std::size_t kTitleBytes = 1 * KiB;  // one line on a pager, in any language
inline constexpr std::size_t kLanguages = 16;        // of one text: the board keeps every title in memory
inline constexpr std::size_t kListEntries =
    200;  // sections, references, vulnerabilities, indicators, attachments: each
inline constexpr std::size_t kAttachmentBytes = 256 * KiB;
inline constexpr std::size_t kAudienceEntries = 2000;  // about the number of organisations there are
inline constexpr std::size_t kContacts = 9;            // of a member, called in turn
inline constexpr std::size_t kNameBytes = 128;         // organisation ids, fields, items, languages, sectors
inline constexpr int kJsonDepth = 16;                  // Report nests 4 deep; protects the JSON reader's stack

// --- a receipt (contract) ---
inline constexpr std::size_t kReceiptReports = 200;  // of one DELIVERED: what a digest holds
inline constexpr std::size_t kOpenConfirmations =
    4096;                                        // reports on the board: a year of notices, a month with daily imports
inline constexpr std::size_t kBoardRows = 8000;  // of one answer: half of what a frame holds
inline constexpr std::size_t kBoardReports =
    50;  // the newest, where none is named: for 2,000 members 20 ms of the core's time
inline constexpr std::uint64_t kRestoredEntries =
    20000;                                          // that a start looks through for the board: a fraction of a second
inline constexpr std::size_t kNoteBytes = 1 * KiB;  // a few sentences

// --- frames ---
inline constexpr std::size_t kFrameOverhead = 64 * KiB;  // envelope, signature, sealing
inline constexpr std::size_t kClientFrameBytes = kReportBytes + kFrameOverhead;
inline constexpr std::size_t kVersions = 256;     // of a report, each of the one before; each is looked up
inline constexpr std::size_t kHelloTopics = 256;  // the matrix has 20 items x 5 sources; prefixes cover the rest
inline constexpr std::size_t kReplayTopicBytes = 4 * KiB;  // an auditor's are written into the log
inline constexpr std::size_t kDigestBytes = 1 * MiB;       // raw entries of one digest; then it is full
inline constexpr std::size_t kDigestEntries = 200;         // a newsletter nobody reads to the end is no notice
// A Deliver holds at most one digest's worth and the entry that overflowed it.
inline constexpr std::size_t kBrokerFrameBytes = kDigestBytes + kReportBytes + 2 * kFrameOverhead;
static_assert(kBrokerFrameBytes > kClientFrameBytes);
inline constexpr std::size_t kFeedFrameBytes = 1 * KiB;  // what an open-feed subscriber may send us: subscriptions
inline constexpr std::size_t kFeedIntakeBytes =
    16 * KiB;  // all that a listener may say: some hundred topics. In libzmq half a MiB
inline constexpr std::size_t kFeedIntakePerSecond = 64;  // and what it may add: libzmq's heartbeat once a second

// --- sessions ---
inline constexpr std::uint32_t kMaxCredit = 4096;  // entries in flight to one client
inline constexpr std::size_t kSessionBytes =
    8 * MiB;  // sent to one client and not yet acknowledged: what a stalled one costs us
// Sent to one client for what it asked for before, and never acknowledged: who asks anew again and again without reading.
inline constexpr std::size_t kAbandonedBytes = 2 * kSessionBytes;
// Of all that was sent to one connection, not yet taken by its host, whatever it says that it has.
inline constexpr std::size_t kUnsentBytes = 4 * kSessionBytes;
inline constexpr std::size_t kEntryOverhead = 128;     // an entry's salt, numbers and framing, beside its body
inline constexpr std::size_t kDeliverBytes = 1 * MiB;  // raw entries in one Deliver outside digests
inline constexpr std::int64_t kHeartbeatMs = 1000;
inline constexpr int kSilentHeartbeats = 3;         // then it is an alarm, at both ends
inline constexpr std::size_t kMaxSessions = 16384;  // 28 KiB of memory per connection: under 0.5 GiB

// --- one member, over all its connections: a rate and how much of it may come at once ---
// A member has about one report a day; a drill or the import of an archive is a few thousand.
inline constexpr std::int64_t kReportsPerSecond = 1000;
inline constexpr std::int64_t kReportsBurst = 2000;
inline constexpr std::int64_t kRequestsPerSecond = 200;  // Hello, Heartbeat, Replay, Query, frames that do not parse
inline constexpr std::int64_t kRequestsBurst = 1000;
// Of them replays: an auditor's is an entry of the log for good. A script that reads entry by entry, and no more.
inline constexpr std::int64_t kReplaysPerSecond = 1;
inline constexpr std::int64_t kReplaysBurst = 100;
inline constexpr std::int64_t kBoardsPerSecond = 2;  // of them for the board, which costs the core milliseconds
inline constexpr std::int64_t kBoardsBurst = 10;
// Of them for the roster, which may be a megabyte. A session asks when it meets a key that it does not know.
inline constexpr std::int64_t kRostersPerSecond = 2;
inline constexpr std::int64_t kRostersBurst = 60;
// Receipts are entries of the log for good. People answer one by one; a DELIVERED names up to kReceiptReports.
inline constexpr std::int64_t kReceiptsPerSecond = 10;
inline constexpr std::int64_t kReceiptsBurst = 1000;
inline constexpr std::int64_t kBytesPerSecond = 8 * MiB;  // of all its frames
inline constexpr std::int64_t kBytesBurst = 64 * MiB;
inline constexpr std::int64_t kFramesPerSecond = 20000;  // acknowledgements are cheap and many
inline constexpr std::int64_t kFramesBurst = 40000;
// Answers that say "too much". Twice what the windows of an honest publisher's two lanes can draw; then there is silence,
inline constexpr std::int64_t kLimitedAnswersPerSecond = 1000;
inline constexpr std::int64_t kLimitedAnswersBurst = 1100;
// and a connection that goes on is cut: frames in a second without an answer.
inline constexpr std::int64_t kUnansweredFrames = 250;
// A script that sends report by report connects twenty times a second; a handshake costs us half a millisecond.
inline constexpr std::int64_t kHandshakesPerSecond = 50;
inline constexpr std::int64_t kHandshakesBurst = 500;

// --- the broker's turn ---
inline constexpr std::size_t kUrgentPerTurn = 16;  // messages and completions of the urgent lane taken in one turn
inline constexpr std::size_t kOthersPerTurn = 4;   // of every other socket: about 0.1 ms that an urgent report may wait
// Frames taken from the batched and archive sockets in a second: a thousand times what is ever needed, and half of what
// would fill the log writer, whose checkpoints urgent reports would meet.
inline constexpr std::int64_t kOthersPerSecond = 4000;
inline constexpr std::int64_t kOthersBurst = 64;
// Urgent reports of one member that has more than a few of them waiting: its own later ones wait, a processor stays free for
// everybody else's.
inline constexpr std::size_t kBulk = 64;
inline constexpr std::int64_t kBulkPerSecond = 2000;
inline constexpr std::int64_t kBulkBurst = 16;
inline constexpr std::size_t kPumpBytesPerTurn =
    1 * MiB;                                       // handed to batched and archive sessions before urgent has its turn
inline constexpr std::size_t kBatchEntries = 512;  // entries in one commit: past this group commit gains nothing
inline constexpr std::size_t kBatchedPerCommit =
    16;  // of them from the batched lane: the commit that urgent may have to wait for
inline constexpr std::size_t kBatchedBesideUrgent =
    4;  // in a commit that urgent reports wait for: some, so that none starve
inline constexpr std::size_t kBatchBytes = 4 * MiB;
inline constexpr std::size_t kBatchedBytesPerCommit = 256 * KiB;
inline constexpr std::size_t kLaneBacklog =
    16384;  // submissions received and not yet durable, per lane: then we stop reading
inline constexpr std::size_t kLaneBacklogBytes = 64 * MiB;
inline constexpr std::size_t kTailEntries = 8192;  // recent entries kept in memory for live delivery
inline constexpr std::size_t kTailBytes = 32 * MiB;
inline constexpr std::size_t kReadRows = 1000;  // per read transaction: the WAL must be able to reset
inline constexpr std::size_t kReadBytes = 2 * MiB;
static_assert(kBatchedBesideUrgent <= kBatchedPerCommit && kBatchedPerCommit <= kBatchEntries);
static_assert(kBatchEntries <= kTailEntries);
static_assert(kSessionBytes > kDigestBytes + kReportBytes);

// --- time ---
inline constexpr std::int64_t kExpiryWarningDays =
    30;  // long enough to notice, ask the registrar and change a key on the way
inline constexpr std::int64_t kClockSkewSeconds =
    300;  // a report may claim to be issued at most this far in the future

}  // namespace noroshi::limits
