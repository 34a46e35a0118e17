// The broker's end of one session, by hand: frames as the broker seals them, with whatever content a test needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "noroshi/v1/session.pb.h"
#include "proto/types/ids.h"
#include "proto/wire/compress.h"
#include "proto/wire/decode.h"
#include "proto/wire/sealing.h"
#include "proto/wire/signing.h"

namespace noroshi::test {

// An organisation with a signing key.
struct Author {
  std::string organization;
  wire::SigningKey key = wire::make_signing_key();

  Member member() const {
    Member out;
    out.organization = organization;
    out.name = {{"ja", "銀行"}, {"en", "Bank"}};
    out.tier = Tier::operator_;
    out.sectors = {"finance"};
    out.source = "sector";
    out.publish = {"*"};
    out.signing_keys = {key.public_key};
    return out;
  }

  v1::SignedReport sign(const std::string& title, const std::string& tlp = "GREEN") const {
    v1::Report report;
    report.set_id("01890a5d-ac96-774b-bcce-b302099a8057");
    report.set_organization(organization);
    report.set_item("C.it-failure");
    report.set_source("sector");
    report.set_status(v1::Report::ACTUAL);
    report.set_tlp(tlp);
    (*report.mutable_title())["ja"] = title;
    return wire::sign_report(key, report);
  }
};

inline v1::LogEntry entry_of(std::uint64_t seq, EntryKind kind, const Bytes& body, std::int64_t at = 0) {
  Entry entry;
  entry.seq = Seq{seq};
  entry.recorded_at = Micros{at != 0 ? at : static_cast<std::int64_t>(seq) * kMicrosPerSecond};
  entry.kind = kind;
  entry.lane = Lane::urgent;
  entry.salt = wire::random_salt();
  entry.body = body;
  entry.leaf = wire::leaf_of(entry.salt, body);
  v1::LogEntry out;
  wire::to_wire(entry, false, out);
  return out;
}

inline v1::LogEntry report_entry(std::uint64_t seq, const v1::SignedReport& report) {
  return entry_of(seq, EntryKind::report, report.SerializeAsString());
}

inline v1::LogEntry redacted(const v1::LogEntry& whole) {
  v1::LogEntry out;
  wire::to_wire(wire::from_wire(whole), true, out);
  return out;
}

class FakeBroker {
 public:
  // Takes in what the client sent: the key of its latest Hello, everything else for tests to look at.
  void hear(const std::vector<Bytes>& frames) {
    for (const Bytes& frame : frames) {
      v1::ClientMessage message;
      if (!message.ParseFromString(frame)) throw std::runtime_error("the client sent no message");
      if (message.has_hello()) key_ = message.hello().session_key();
      heard.push_back(message);
    }
  }

  // What the client said last of a kind; nullptr: never, or not since forget().
  const v1::ClientMessage* last(v1::ClientMessage::KindCase kind) const {
    for (auto it = heard.rbegin(); it != heard.rend(); ++it)
      if (it->kind_case() == kind) return &*it;
    return nullptr;
  }
  void forget() { heard.clear(); }

  Bytes welcome(std::uint64_t cursor, std::uint64_t head, const std::string& posture = "normal") {
    sealer_.emplace(key_);
    v1::BrokerMessage message;
    message.mutable_welcome()->set_cursor(cursor);
    message.mutable_welcome()->set_head(head);
    message.mutable_welcome()->set_posture(posture);
    v1::BrokerFrame frame;
    frame.set_header(sealer_->header());
    frame.set_sealed(sealer_->seal(message.SerializeAsString()));
    return frame.SerializeAsString();
  }

  Bytes roster(std::uint64_t number, const std::vector<v1::MemberChange>& members) {
    v1::BrokerMessage message;
    message.mutable_roster()->set_number(number);
    for (const auto& member : members) *message.mutable_roster()->add_members() = member;
    return seal(message);
  }

  Bytes deliver(const std::vector<v1::LogEntry>& entries, std::uint64_t upto, bool digest = false) {
    v1::LogEntries all;
    for (const auto& entry : entries) *all.add_entries() = entry;
    v1::BrokerMessage message;
    message.mutable_deliver()->set_upto(upto);
    message.mutable_deliver()->set_digest(digest);
    v1::EntryBlock& block = *message.mutable_deliver()->add_blocks();
    const Bytes raw = all.SerializeAsString();
    block.set_raw_size(static_cast<std::uint32_t>(raw.size()));
    if (digest)
      block.set_zstd(wire::compress(raw));
    else
      block.set_entries(raw);
    return seal(message);
  }

  Bytes chunk(const std::vector<v1::LogEntry>& entries, std::uint64_t upto) {
    v1::BrokerMessage message;
    for (const auto& entry : entries) *message.mutable_replay_chunk()->mutable_entries()->add_entries() = entry;
    message.mutable_replay_chunk()->set_upto(upto);
    return seal(message);
  }

  Bytes end(std::uint64_t upto) {
    v1::BrokerMessage message;
    message.mutable_replay_end()->set_upto(upto);
    return seal(message);
  }

  Bytes beat(std::uint64_t upto, std::uint64_t head, const std::string& posture = "normal") {
    v1::BrokerMessage message;
    message.mutable_heartbeat()->set_upto(upto);
    message.mutable_heartbeat()->set_head(head);
    message.mutable_heartbeat()->set_posture(posture);
    return seal(message);
  }

  Bytes beat(const v1::SignedCompleteness& word, std::uint64_t upto, std::uint64_t horizon) {
    v1::BrokerMessage message;
    message.mutable_heartbeat()->set_upto(upto);
    message.mutable_heartbeat()->set_horizon(horizon);
    *message.mutable_heartbeat()->mutable_completeness() = word;
    return seal(message);
  }

  Bytes seal(const v1::BrokerMessage& message) {
    v1::BrokerFrame frame;
    frame.set_sealed(sealer_->seal(message.SerializeAsString()));
    return frame.SerializeAsString();
  }

  static Bytes hello_required() {
    v1::BrokerFrame frame;
    frame.mutable_hello_required();
    return frame.SerializeAsString();
  }

  static Bytes refused(Reason reason) {
    v1::BrokerFrame frame;
    frame.mutable_refused()->set_reason(wire::to_wire(reason));
    return frame.SerializeAsString();
  }

  std::vector<v1::ClientMessage> heard;

 private:
  Bytes key_;
  std::optional<wire::Sealer> sealer_;
};

}  // namespace noroshi::test
