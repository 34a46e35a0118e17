#include "broker/transport/codec.h"

#include <algorithm>

#include "proto/types/limits.h"
#include "proto/types/topic.h"
#include "proto/wire/compress.h"
#include "proto/wire/decode.h"

namespace noroshi::transport {

namespace {

constexpr std::size_t kKeyIdChars = 16;
constexpr std::size_t kPackedBlocks = 64;    // blocks of the latest digests
constexpr std::size_t kWorthPacking = 1024;  // below, zstd gains less than its frame costs

template <class Wire, class Plain>
bool convert_all(const google::protobuf::RepeatedField<int>& in, std::vector<Plain>& out) {
  for (const int number : in) {
    const auto value = wire::from_wire(static_cast<Wire>(number));
    if (!value) return false;
    out.push_back(*value);
  }
  return true;
}

core::Command malformed(const core::Peer& peer) { return core::BadFrame{peer, Reason::malformed}; }

core::Command to_hello(const core::Peer& peer, const v1::Hello& in) {
  core::Hello hello;
  hello.peer = peer;
  hello.protocol = in.protocol();
  hello.subscribe = in.subscribe();
  hello.topics = {in.topics().begin(), in.topics().end()};
  if (!convert_all<v1::Report::Status>(in.statuses(), hello.statuses)) return malformed(peer);
  hello.cursor = Seq{in.cursor()};
  hello.from_now = in.from_now();
  hello.credit = in.credit();
  if (in.next_key_id().size() > kKeyIdChars) return malformed(peer);
  hello.next_key = in.next_key_id();
  if (!convert_all<v1::Lane>(in.keeps(), hello.keeps)) return malformed(peer);
  return hello;
}

core::Command to_heartbeat(const core::Peer& peer, const v1::Heartbeat& in) {
  if (in.next_key_id().size() > kKeyIdChars) return malformed(peer);
  return core::Heartbeat{peer, Seq{in.cursor()}, in.next_key_id(), in.failing_sinks()};
}

// 0: none. What lies before 1970 or after the year 9999 bounds nothing that is in a log.
Micros bound_of(std::int64_t time_us) {
  constexpr std::int64_t kLast = 253'402'300'799 * kMicrosPerSecond;
  return Micros{time_us == 0 ? 0 : std::clamp<std::int64_t>(time_us, 1, kLast)};
}

core::Command to_proof_query(const core::Peer& peer, std::uint64_t number, const v1::ProofQuery& in) {
  core::ProofQuery query{peer, number, Seq{in.seq()}, in.size()};
  if (in.leaf().empty()) return query;
  if (in.leaf().size() != sizeof(Hash)) return malformed(peer);
  std::copy(in.leaf().begin(), in.leaf().end(), query.leaf.emplace().begin());
  return query;
}

core::Command to_replay(const core::Peer& peer, const v1::Replay& in) {
  core::Replay replay;
  replay.peer = peer;
  replay.from = Seq{in.from() == 0 ? 1 : in.from()};
  replay.to = Seq{in.to()};
  replay.topics = {in.topics().begin(), in.topics().end()};
  if (!convert_all<v1::Report::Status>(in.statuses(), replay.statuses)) return malformed(peer);
  if (!convert_all<v1::LogEntry::Kind>(in.kinds(), replay.kinds)) return malformed(peer);
  replay.credit = in.credit();
  const auto purpose = wire::from_wire(in.purpose());
  if (!purpose) return malformed(peer);
  replay.purpose = *purpose;
  replay.from_time = bound_of(in.from_time_us());
  replay.to_time = bound_of(in.to_time_us());
  return replay;
}

// Entries that the same readers may see share a block.
std::string audience_of(const core::Released& entry) {
  const Report* report = entry.record()->report();
  if (!report) return {};
  std::string key = report->tlp;
  for (const auto* list : {&report->audience.sectors, &report->audience.tiers, &report->audience.organizations}) {
    key += '|';
    for (const std::string& name : *list) key += name + ',';
  }
  return key;
}

}  // namespace

std::variant<v1::ClientMessage, Reason> parse_client_frame(std::string_view frame) {
  if (frame.size() > limits::kClientFrameBytes) return Reason::too_large;
  v1::ClientMessage message;
  if (!wire::parse_strict(message, frame)) return Reason::malformed;
  return message;
}

core::Arrival to_arrival(const core::Peer& peer, std::size_t bytes,
                         const std::variant<v1::ClientMessage, Reason>& parsed) {
  const auto* message = std::get_if<v1::ClientMessage>(&parsed);
  if (message && message->has_submit()) return {peer, core::Charge::report, bytes, message->submit().number()};
  if (message && message->has_receipt()) return {peer, core::Charge::receipt, bytes, message->receipt().number()};
  if (message && message->has_credit()) return {peer, core::Charge::acknowledgement, bytes, 0};
  if (message && message->has_replay()) return {peer, core::Charge::replay, bytes, 0};
  if (message && message->has_query() && message->query().has_board()) return {peer, core::Charge::board, bytes, 0};
  if (message && message->has_query() && message->query().has_roster()) return {peer, core::Charge::roster, bytes, 0};
  return {peer, core::Charge::request, bytes, 0};
}

std::optional<core::Command> to_command(const core::Peer& peer, const v1::ClientMessage& message) {
  switch (message.kind_case()) {
    case v1::ClientMessage::kHello: return to_hello(peer, message.hello());
    case v1::ClientMessage::kCredit: return core::Credit{peer, Seq{message.credit().cursor()}, message.credit().more()};
    case v1::ClientMessage::kHeartbeat: return to_heartbeat(peer, message.heartbeat());
    case v1::ClientMessage::kReplay: return to_replay(peer, message.replay());
    case v1::ClientMessage::kGoodbye: return core::Goodbye{peer};
    case v1::ClientMessage::kQuery:
      if (message.query().has_roster()) return core::RosterQuery{peer, message.query().number()};
      if (message.query().has_board())
        return core::BoardQuery{peer, message.query().number(), ReportId{message.query().board().report_id()}};
      if (message.query().has_proof()) return to_proof_query(peer, message.query().number(), message.query().proof());
      return malformed(peer);
    case v1::ClientMessage::kSubmit:
    case v1::ClientMessage::kReceipt: break;
    case v1::ClientMessage::KIND_NOT_SET: return malformed(peer);
  }
  return std::nullopt;
}

v1::BrokerMessage Encoder::encode(const core::Message& message, Micros now) {
  v1::BrokerMessage out;
  if (const auto* welcome = std::get_if<core::Welcome>(&message)) {
    v1::Welcome& to = *out.mutable_welcome();
    to.set_broker(facts_.origin);
    to.set_protocol(1);
    to.set_matrix_version(welcome->matrix_version);
    to.set_posture(welcome->posture);
    to.set_head(welcome->head.value);
    to.set_heartbeat_ms(limits::kHeartbeatMs);
    to.set_max_report_bytes(limits::kReportBytes);
    to.set_cursor(welcome->cursor.value);
    to.set_clock_us(now.value);
    to.set_access_until_us(welcome->access_until.value);
    if (!facts_.key.statement().empty()) *to.mutable_broker_key() = facts_.key;
    to.set_checkpoint(facts_.checkpoint);
  } else if (const auto* accepted = std::get_if<core::Accepted>(&message)) {
    v1::Accepted& to = *out.mutable_accepted();
    to.set_number(accepted->number);
    to.set_report_id(accepted->report.value);
    to.set_seq(accepted->seq.value);
    to.set_lane(wire::to_wire(accepted->lane));
    to.set_recorded_at_us(accepted->recorded_at.value);
    to.set_duplicate(accepted->duplicate);
    to.set_topic(accepted->topic);
    to.set_leaf_index(previous(accepted->seq).value);
    to.set_salt(std::string(accepted->salt.begin(), accepted->salt.end()));
  } else if (const auto* rejected = std::get_if<core::Rejected>(&message)) {
    v1::Rejected& to = *out.mutable_rejected();
    to.set_number(rejected->number);
    to.set_report_id(rejected->report.value);
    to.set_reason(wire::to_wire(rejected->why.reason));
    to.set_field(rejected->why.field);
    to.set_detail(rejected->why.detail);
  } else if (const auto* deliver = std::get_if<core::Deliver>(&message)) {
    encode_deliver(*deliver, *out.mutable_deliver());
  } else if (const auto* beat = std::get_if<core::Beat>(&message)) {
    v1::BrokerHeartbeat& to = *out.mutable_heartbeat();
    to.set_upto(beat->upto.value);
    to.set_head(beat->head.value);
    to.set_posture(beat->posture);
    to.set_clock_us(now.value);
    to.set_horizon(beat->horizon.value);
    to.set_checkpoint(facts_.checkpoint);
  } else if (const auto* chunk = std::get_if<core::ReplayChunk>(&message)) {
    for (const core::Released& entry : chunk->entries)
      wire::to_wire(entry.record()->entry, entry.redacted(),
                    *out.mutable_replay_chunk()->mutable_entries()->add_entries());
    out.mutable_replay_chunk()->set_upto(chunk->upto.value);
  } else if (const auto* end = std::get_if<core::ReplayEnd>(&message)) {
    out.mutable_replay_end()->set_upto(end->upto.value);
  } else if (const auto* roster = std::get_if<core::RosterAnswer>(&message)) {
    out.mutable_roster()->set_number(roster->number);
    for (const Bytes& body : roster->members) {
      v1::MemberChange& member = *out.mutable_roster()->add_members();
      member.ParseFromString(body);
      member.clear_contacts();  // whom the broker calls is nobody else's business
    }
  } else if (const auto* receipt = std::get_if<core::ReceiptAccepted>(&message)) {
    out.mutable_receipt_accepted()->set_number(receipt->number);
    out.mutable_receipt_accepted()->set_seq(receipt->seq.value);
    out.mutable_receipt_accepted()->set_duplicate(receipt->duplicate);
  } else if (const auto* reminder = std::get_if<core::Reminder>(&message)) {
    v1::Reminder& to = *out.mutable_reminder();
    to.set_report_id(reminder->report.value);
    to.set_seq(reminder->seq.value);
    to.set_stage(static_cast<v1::Receipt::Stage>(reminder->stage));
  } else if (const auto* proof = std::get_if<core::ProofAnswer>(&message)) {
    v1::ProofAnswer& to = *out.mutable_proof();
    to.set_number(proof->number);
    to.set_checkpoint(proof->checkpoint);
    for (const Hash& hash : proof->proof) to.add_hashes(std::string(hash.begin(), hash.end()));
    to.set_known(proof->known);
  } else if (const auto* board = std::get_if<core::BoardAnswer>(&message)) {
    out.mutable_board()->set_number(board->number);
    *out.mutable_board()->mutable_board() = encode_board(board->reports);
  }
  return out;
}

v1::BrokerMessage Encoder::encode_key() const {
  v1::BrokerMessage out;
  *out.mutable_broker_key() = facts_.key;
  return out;
}

void Encoder::encode_deliver(const core::Deliver& deliver, v1::Deliver& out) {
  out.set_upto(deliver.upto.value);
  out.set_digest(deliver.digest);
  std::map<std::string, std::vector<const core::Released*>> blocks;
  for (const core::Released& entry : deliver.entries)
    blocks[deliver.digest ? audience_of(entry) : ""].push_back(&entry);
  for (const auto& [audience, entries] : blocks) encode_block(entries, deliver.digest, *out.add_blocks());
}

void Encoder::encode_block(const std::vector<const core::Released*>& entries, bool pack, v1::EntryBlock& out) {
  std::vector<std::uint64_t> key;
  for (const core::Released* entry : entries) key.push_back(entry->record()->entry.seq.value);
  if (const auto it = packed_.find(key); pack && it != packed_.end()) {
    out = it->second;
    return;
  }
  v1::LogEntries all;
  for (const core::Released* entry : entries)
    wire::to_wire(entry->record()->entry, entry->redacted(), *all.add_entries());
  Bytes raw = all.SerializeAsString();
  out.set_raw_size(static_cast<std::uint32_t>(raw.size()));
  if (!pack || raw.size() < kWorthPacking) {
    out.set_entries(std::move(raw));
    return;
  }
  out.set_zstd(wire::compress(raw));
  packed_[key] = out;
  packed_order_.push_back(std::move(key));
  if (packed_order_.size() > kPackedBlocks) {
    packed_.erase(packed_order_.front());
    packed_order_.pop_front();
  }
}

v1::Board encode_board(const std::vector<core::BoardReport>& reports) {
  v1::Board out;
  for (const core::BoardReport& board : reports) {
    v1::BoardReport& to = *out.add_reports();
    to.set_id(board.report.id.value);
    to.set_seq(board.seq.value);
    to.mutable_title()->insert(board.report.title.begin(), board.report.title.end());
    to.set_topic(topic_of(*board.report.status, board.report.item, board.report.source));
    to.set_status(std::string(name_of(*board.report.status)));
    to.set_recorded_at_us(board.recorded_at.value);
    if (board.withdrawn) {
      to.set_withdrawn(board.withdrawn->report.value);
      to.set_withdrawal(std::string(name_of(board.withdrawn->relation)));
    }
    to.set_expired(board.expired);
    for (const core::BoardRow& row : board.rows) {
      v1::BoardMember& member = *to.add_members();
      member.set_organization(row.organization);
      member.mutable_name()->insert(row.name.begin(), row.name.end());
      member.set_tier(std::string(name_of(row.tier)));
      for (const std::string& sector : row.sectors) member.add_sectors(sector);
      member.set_reason(std::string(name_of(row.held)));
      member.set_overdue(row.overdue);
      member.set_revoked(row.revoked);
      if (!row.confirmed) continue;
      member.set_stage(static_cast<v1::Receipt::Stage>(row.confirmed->stage));
      if (row.confirmed->answer) member.set_answer(static_cast<v1::Receipt::Answer>(*row.confirmed->answer));
      member.set_note(row.confirmed->note);
      member.set_at_us(row.confirmed->at.value);
      member.set_delivered_at_us(row.confirmed->reached[0].value);
      member.set_opened_at_us(row.confirmed->reached[1].value);
      member.set_responded_at_us(row.confirmed->reached[2].value);
    }
  }
  return out;
}

v1::BrokerFrame encode_refused(Reason reason) {
  v1::BrokerFrame frame;
  frame.mutable_refused()->set_reason(wire::to_wire(reason));
  return frame;
}

v1::BrokerFrame encode_hello_required() {
  v1::BrokerFrame frame;
  frame.mutable_hello_required();
  return frame;
}

}  // namespace noroshi::transport
