#include "proto/wire/decode.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>

#include <limits>
#include <stdexcept>

#include "proto/types/limits.h"
#include "proto/wire/access.h"
#include "proto/wire/signing.h"
#include "proto/wire/strict_walk.h"

namespace noroshi::wire {
namespace {

// The longest thing that is parsed anywhere is what a Deliver holds.
constexpr std::size_t kParseBytes = limits::kBrokerFrameBytes;
constexpr int kDepth = limits::kJsonDepth;

std::optional<StrictFault> parse_or_fault(google::protobuf::Message& into, std::string_view bytes,
                                          Texts texts = Texts::any) {
  if (bytes.size() > kParseBytes) return StrictFault{"", "longer than any message of the protocol", false};
  // Looks first: protobuf drops unknown fields of map entries without a trace, keeps unknown enum numbers, and writes
  // invalid UTF-8 to standard error, where strangers would fill our log.
  if (auto fault = walk_strictly(*into.GetDescriptor(), bytes, kDepth, texts)) return fault;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                            static_cast<int>(bytes.size()));
  in.SetRecursionLimit(kDepth);
  if (!into.ParseFromCodedStream(&in) || !in.ConsumedEntireMessage())
    return StrictFault{"", "not a protobuf message of this type", false};
  return std::nullopt;
}

// Same numbers on both sides (proto/types/names.h, reason.h), so a conversion is a cast with a look at the table.
template <class Plain, std::size_t N, class Wire>
std::optional<Plain> known(const NameTable<Plain, N>& table, Wire wire) {
  for (const auto& [value, name] : table)
    if (static_cast<int>(value) == static_cast<int>(wire)) return value;
  return std::nullopt;
}

// The range of google.protobuf.Timestamp: 0001-01-01 to 9999-12-31, nanoseconds counted forward.
bool in_range(const google::protobuf::Timestamp& t) {
  return t.seconds() >= -62'135'596'800 && t.seconds() <= 253'402'300'799 && t.nanos() >= 0 && t.nanos() <= 999'999'999;
}

std::optional<Micros> micros(bool given, const google::protobuf::Timestamp& t) {
  if (!given) return std::nullopt;
  if (!in_range(t)) return Micros{std::numeric_limits<std::int64_t>::max()};  // never passes for a time that was
  return Micros{t.seconds() * kMicrosPerSecond + t.nanos() / 1000};
}

template <class Field>
std::vector<std::string> strings(const Field& field) {
  return {field.begin(), field.end()};
}

template <class Field>
Localized localized(const Field& field) {
  return {field.begin(), field.end()};
}

PublicKey key(const std::string& bytes) {
  PublicKey out{};
  if (bytes.size() != out.size())
    throw std::runtime_error("member: a key of " + std::to_string(bytes.size()) + " bytes");
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

template <class Field>
std::vector<PublicKey> keys(const Field& field) {
  std::vector<PublicKey> out;
  for (const std::string& bytes : field) out.push_back(key(bytes));
  return out;
}

std::string text_of(const PublicKey& key) { return {key.begin(), key.end()}; }

template <class Message>
Message parsed(const Entry& entry, std::string_view bytes) {
  Message message;
  if (!parse_strict(message, bytes))
    throw std::runtime_error("entry " + std::to_string(entry.seq.value) + ": its body is not a " +
                             Message::descriptor()->name());
  return message;
}

}  // namespace

bool parse_strict(google::protobuf::Message& into, std::string_view bytes) { return !parse_or_fault(into, bytes); }

std::optional<std::string_view> bad_time(const v1::Report& report) {
  const auto bad = [](bool given, const google::protobuf::Timestamp& t) { return given && !in_range(t); };
  if (bad(report.has_occurred_at(), report.occurred_at())) return "occurredAt";
  if (bad(report.has_detected_at(), report.detected_at())) return "detectedAt";
  if (bad(report.has_issued_at(), report.issued_at())) return "issuedAt";
  if (bad(report.has_expires_at(), report.expires_at())) return "expiresAt";
  return std::nullopt;
}

std::variant<Report, Rejection> decode_report(std::string_view report_bytes) {
  if (report_bytes.size() > limits::kReportBytes)
    return Rejection{Reason::too_large, "",
                     "a report has at most " + std::to_string(limits::kReportBytes) + " bytes, this one has " +
                         std::to_string(report_bytes.size()) + "; put large files behind a reference"};
  v1::Report report;
  if (auto fault = parse_or_fault(report, report_bytes, Texts::without_controls))
    return Rejection{Reason::malformed, fault->path, fault->what};
  if (const auto field = bad_time(report))
    return Rejection{Reason::malformed, std::string(*field), "a time from year 1 to 9999 is needed"};
  Report plain = to_plain(report, report_bytes.size());
  plain.digest = sha256(report_bytes);
  return plain;
}

std::variant<Receipt, Rejection> decode_receipt(std::string_view receipt_bytes) {
  v1::Receipt in;
  if (auto fault = parse_or_fault(in, receipt_bytes, Texts::without_controls))
    return Rejection{Reason::malformed, fault->path, fault->what};
  const auto stage = known(kStages, in.stage());
  if (!stage) return Rejection{Reason::missing_field, "stage", "DELIVERED, OPENED or RESPONDED is needed"};
  const std::size_t most = *stage == Stage::delivered ? limits::kReceiptReports : 1;
  const auto reports = static_cast<std::size_t>(in.report_ids_size());
  if (reports == 0) return Rejection{Reason::missing_field, "reportIds", "of which report it is"};
  if (reports > most)
    return Rejection{Reason::too_large, "reportIds", "at most " + std::to_string(most) + " in one receipt"};
  const auto answer = known(kAnswers, in.answer());
  if (answer.has_value() != (*stage == Stage::responded))
    return Rejection{Reason::malformed, "answer", "RESPONDED has an answer, other stages have none"};
  if (!in.note().empty() && *stage != Stage::responded)
    return Rejection{Reason::malformed, "note", "only RESPONDED has a note"};
  if (in.note().size() > limits::kNoteBytes)
    return Rejection{Reason::too_large, "note", "at most " + std::to_string(limits::kNoteBytes) + " bytes"};
  const bool seen = in.tree_size() != 0;
  if (in.tree_root().size() != (seen ? sizeof(Hash) : 0) ||
      in.tree_size() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return Rejection{Reason::malformed, "treeRoot", "a size goes with a root of 32 bytes"};
  Receipt out;
  out.organization = in.organization();
  out.stage = *stage;
  for (const std::string& id : in.report_ids()) out.reports.push_back(ReportId{id});
  out.answer = answer;
  out.note = in.note();
  out.at = Micros{in.at_us()};
  if (seen) {
    out.seen.emplace().size = in.tree_size();
    std::copy(in.tree_root().begin(), in.tree_root().end(), out.seen->root.begin());
  }
  return out;
}

Record decode_entry(Entry entry) {
  Record record{std::move(entry), std::monostate{}};
  const Entry& e = record.entry;
  switch (e.kind) {
    case EntryKind::report: {
      auto report = decode_report(parsed<v1::SignedReport>(e, e.body).report());
      if (const auto* no = std::get_if<Rejection>(&report))
        throw std::runtime_error("entry " + std::to_string(e.seq.value) + ": " + no->field + ": " + no->detail);
      record.content = std::get<Report>(std::move(report));
      break;
    }
    case EntryKind::member: {
      const auto change = parsed<v1::MemberChange>(e, e.body);
      record.content = to_plain(parsed<v1::Member>(e, change.member()), change);
      break;
    }
    case EntryKind::posture: {
      const auto change = parsed<v1::PostureChange>(e, e.body);
      const auto posture = value_in(kPostures, change.posture());
      if (!posture) throw std::runtime_error("entry " + std::to_string(e.seq.value) + ": unknown posture");
      record.content = PostureChange{*posture, change.reason(), ReportId{change.report_id()}};
      break;
    }
    case EntryKind::digest: {
      const auto release = parsed<v1::DigestRelease>(e, e.body);
      record.content = DigestRelease{Seq{release.upto()}, release.count(), release.cause()};
      break;
    }
    case EntryKind::receipt: {
      auto receipt = decode_receipt(parsed<v1::SignedReceipt>(e, e.body).receipt());
      if (const auto* no = std::get_if<Rejection>(&receipt))
        throw std::runtime_error("entry " + std::to_string(e.seq.value) + ": " + no->field + ": " + no->detail);
      record.content = std::get<Receipt>(std::move(receipt));
      break;
    }
    case EntryKind::overdue: {
      const auto overdue = parsed<v1::Overdue>(e, e.body);
      const auto stage = known(kStages, overdue.stage());
      if (!stage) throw std::runtime_error("entry " + std::to_string(e.seq.value) + ": unknown stage");
      record.content =
          Overdue{ReportId{overdue.report_id()}, Seq{overdue.seq()}, *stage, strings(overdue.organizations())};
      break;
    }
    case EntryKind::access: record.content = to_plain(parsed<v1::Access>(e, e.body)); break;
  }
  return record;
}

void to_wire(const Entry& entry, bool redacted, v1::LogEntry& out) {
  out.Clear();
  out.set_seq(entry.seq.value);
  out.set_recorded_at_us(entry.recorded_at.value);
  out.set_kind(to_wire(entry.kind));
  if (redacted) {  // no lane, no salt: with either, more could be guessed of the body
    out.set_leaf_hash(text_of(entry.leaf));
    return;
  }
  out.set_lane(to_wire(entry.lane));
  out.set_salt(std::string(entry.salt.begin(), entry.salt.end()));
  out.set_body(entry.body);
}

// Throws std::runtime_error on an entry that is neither whole nor redacted, or whose numbers this program does not know.
Entry from_wire(const v1::LogEntry& in) {
  const auto refuse = [&](const char* what) {
    throw std::runtime_error("log entry " + std::to_string(in.seq()) + ": " + what);
  };
  Entry out;
  out.seq = Seq{in.seq()};
  out.recorded_at = Micros{in.recorded_at_us()};
  const auto kind = from_wire(in.kind());
  if (!kind) refuse("of an unknown kind");
  out.kind = *kind;
  if (!in.leaf_hash().empty()) {
    if (in.leaf_hash().size() != out.leaf.size() || !in.salt().empty() || !in.body().empty())
      refuse("ill-formed redaction");
    std::copy(in.leaf_hash().begin(), in.leaf_hash().end(), out.leaf.begin());
    return out;
  }
  const auto lane = from_wire(in.lane());
  if (!lane) refuse("in an unknown lane");
  if (in.salt().size() != out.salt.size()) refuse("its salt is not 16 bytes");
  out.lane = *lane;
  std::copy(in.salt().begin(), in.salt().end(), out.salt.begin());
  out.body = in.body();
  out.leaf = leaf_of(out.salt, out.body);
  return out;
}

v1::LogEntry::Kind to_wire(EntryKind kind) { return static_cast<v1::LogEntry::Kind>(kind); }
v1::Lane to_wire(Lane lane) { return static_cast<v1::Lane>(lane); }
v1::Reason to_wire(Reason reason) { return static_cast<v1::Reason>(reason); }
v1::Report::Status to_wire(Status status) { return static_cast<v1::Report::Status>(status); }
std::optional<EntryKind> from_wire(v1::LogEntry::Kind kind) { return known(kEntryKinds, kind); }
std::optional<Purpose> from_wire(v1::Replay::Purpose purpose) { return known(kPurposes, purpose); }
std::optional<Lane> from_wire(v1::Lane lane) { return known(kLanes, lane); }
std::optional<Reason> from_wire(v1::Reason reason) { return known(kReasons, reason); }
std::optional<Status> from_wire(v1::Report::Status status) { return known(kStatuses, status); }

Report to_plain(const v1::Report& in, std::size_t size) {
  Report out;
  out.id = ReportId{in.id()};
  out.organization = in.organization();
  out.item = in.item();
  out.source = in.source();
  out.status = from_wire(in.status());
  out.title = localized(in.title());
  for (const auto& section : in.sections())
    out.sections.push_back({section.field(), known(kSectionStates, section.state()), localized(section.text())});
  out.tlp = in.tlp();
  out.audience = {strings(in.audience().sectors()), strings(in.audience().tiers()),
                  strings(in.audience().organizations())};
  out.occurred_at = micros(in.has_occurred_at(), in.occurred_at());
  out.detected_at = micros(in.has_detected_at(), in.detected_at());
  out.issued_at = micros(in.has_issued_at(), in.issued_at());
  out.expires_at = micros(in.has_expires_at(), in.expires_at());
  out.serial = in.serial();
  if (in.has_relates_to()) {
    const auto relation = known(kRelations, in.relates_to().relation());
    if (relation) out.relates_to = RelatesTo{ReportId{in.relates_to().report_id()}, *relation};
    out.relation_given_without_kind = !relation;
  }
  out.references = static_cast<std::size_t>(in.references_size());
  out.vulnerabilities = static_cast<std::size_t>(in.vulnerabilities_size());
  out.indicators = static_cast<std::size_t>(in.indicators_size());
  for (const auto& file : in.attachments())
    out.attachments.push_back({file.name(), file.media_type(), file.data().size()});
  if (in.response_room().state() == v1::ResponseRoom::OPENED) out.response_room = ResponseRoom::opened;
  if (in.response_room().state() == v1::ResponseRoom::CLOSED) out.response_room = ResponseRoom::closed;
  out.size = size;
  return out;
}

// Throws std::runtime_error on a tier or clearance this program does not know, or a key of the wrong length.
Member to_plain(const v1::Member& in, const v1::MemberChange& change) {
  Member out;
  out.organization = in.organization();
  out.name = localized(in.name());
  const auto tier = value_in(kTiers, in.tier());
  if (!tier) throw std::runtime_error("unknown tier of member " + in.organization());
  out.tier = *tier;
  out.sectors = strings(in.sectors());
  out.source = in.source();
  out.publish = strings(in.publish());
  out.subscribe = in.subscribe();
  if (!in.audit_clearance().empty()) {
    out.audit_clearance = value_in(kTlps, in.audit_clearance());
    if (!out.audit_clearance) throw std::runtime_error("unknown clearance of member " + in.organization());
  }
  out.transport_keys = keys(in.transport_keys());
  out.signing_keys = keys(in.signing_keys());
  for (const v1::RetiredKeys& former : in.retired())
    out.retired.push_back({key(former.transport()), key(former.signing()), Micros{former.until_us()}});
  out.annotate = in.annotate();
  out.contacts = strings(change.contacts());
  out.valid_from = Micros{in.valid_from_us()};
  out.valid_until = Micros{in.valid_until_us()};
  out.revoked = in.revoked();
  out.signed_at = Micros{in.signed_at_us()};
  return out;
}

v1::Member to_wire(const Member& in) {
  v1::Member out;
  out.set_organization(in.organization);
  out.mutable_name()->insert(in.name.begin(), in.name.end());
  out.set_tier(std::string(name_of(in.tier)));
  for (const auto& sector : in.sectors) out.add_sectors(sector);
  out.set_source(in.source);
  for (const auto& pattern : in.publish) out.add_publish(pattern);
  out.set_subscribe(in.subscribe);
  if (in.audit_clearance) out.set_audit_clearance(std::string(name_of(*in.audit_clearance)));
  for (const auto& key : in.transport_keys) out.add_transport_keys(text_of(key));
  for (const auto& key : in.signing_keys) out.add_signing_keys(text_of(key));
  for (const RetiredKeys& former : in.retired) {
    v1::RetiredKeys& to = *out.add_retired();
    to.set_transport(text_of(former.transport));
    to.set_signing(text_of(former.signing));
    to.set_until_us(former.until.value);
  }
  out.set_annotate(in.annotate);
  out.set_valid_from_us(in.valid_from.value);
  out.set_valid_until_us(in.valid_until.value);
  out.set_revoked(in.revoked);
  out.set_signed_at_us(in.signed_at.value);
  return out;
}

v1::Receipt to_wire(const Receipt& in) {
  v1::Receipt out;
  out.set_organization(in.organization);
  out.set_stage(static_cast<v1::Receipt::Stage>(in.stage));
  for (const ReportId& id : in.reports) out.add_report_ids(id.value);
  if (in.answer) out.set_answer(static_cast<v1::Receipt::Answer>(*in.answer));
  out.set_note(in.note);
  out.set_at_us(in.at.value);
  if (in.seen) {
    out.set_tree_size(in.seen->size);
    out.set_tree_root(in.seen->root.data(), in.seen->root.size());
  }
  return out;
}

}  // namespace noroshi::wire
