// Writes the seeds that are no text: fuzz_seeds FOLDER. Run when a message or the shape of a target's input changes; the
// files are committed, so that a corpus is the same everywhere.
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include "noroshi/v1/admin.pb.h"
#include "noroshi/v1/bundle.pb.h"
#include "proto/cli/cli.h"
#include "proto/tlog/entry_leaf.h"
#include "proto/tlog/proof_file.h"
#include "proto/tlog/tiles.h"
#include "proto/wire/credential.h"
#include "proto/wire/decode.h"
#include "publisher/complete.h"
#include "publisher/import_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/core_world.h"

namespace {

using namespace noroshi;
namespace fs = std::filesystem;

fs::path corpus;

void put(const std::string& target, const std::string& name, const std::string& bytes) {
  fs::create_directories(corpus / target);
  std::ofstream(corpus / target / name, std::ios::binary) << bytes;
}

// As fuzz::Input takes it apart.
std::string piece(const std::string& bytes) {
  return std::string{static_cast<char>(bytes.size() & 0xFFU), static_cast<char>(bytes.size() >> 8U)} + bytes;
}

std::string step(unsigned what, const std::string& rest = {}) { return std::string(1, static_cast<char>(what)) + rest; }

// A published sample of the matrix, and the same by a member of the small world's cast.
v1::Report sample(const fs::path& file) {
  const std::string text = cli::read_file(file, 1U << 20U);
  return std::get<v1::Report>(publisher::import_json(file.string(), text).at(0).report);
}

v1::Report ours(v1::Report report, const std::string& name) {
  report.set_id(test::report_id(name).value);
  report.set_organization("denryoku");
  report.set_source("sector");
  report.set_item("C.it-failure");
  report.clear_sections();
  report.add_sections()->set_field("content");
  (*report.mutable_sections(0)->mutable_text())["ja"] = "内容";
  report.mutable_issued_at()->set_seconds(1'800'000'000);
  return report;
}

std::string submit(const v1::Report& report) {
  v1::ClientMessage message;
  message.mutable_submit()->set_number(1);
  message.mutable_submit()->mutable_report()->set_report(report.SerializeAsString());
  message.mutable_submit()->mutable_report()->set_signature("s");
  return piece(message.SerializeAsString());
}

std::string frame(const std::function<void(v1::ClientMessage&)>& fill) {
  v1::ClientMessage message;
  fill(message);
  return piece(message.SerializeAsString());
}

void client_frames(const v1::Report& report) {
  const std::string hello = frame([](v1::ClientMessage& m) {
    m.mutable_hello()->set_protocol(1);
    m.mutable_hello()->set_session_key(std::string(32, 'k'));
    m.mutable_hello()->set_subscribe(true);
    m.mutable_hello()->add_topics("*");
    m.mutable_hello()->add_statuses(v1::Report::ACTUAL);
    m.mutable_hello()->set_credit(100);
  });
  const std::string credit = frame([](v1::ClientMessage& m) {
    m.mutable_credit()->set_cursor(6);
    m.mutable_credit()->set_more(1);
  });
  const std::string beat = frame([](v1::ClientMessage& m) { m.mutable_heartbeat()->set_cursor(6); });
  const std::string query = frame([](v1::ClientMessage& m) {
    m.mutable_query()->set_number(1);
    m.mutable_query()->mutable_roster();
  });
  const std::string replay = frame([](v1::ClientMessage& m) {
    m.mutable_replay()->set_from(1);
    for (const int kind : {1, 3, 4, 5}) m.mutable_replay()->add_kinds(static_cast<v1::LogEntry::Kind>(kind));
    m.mutable_replay()->add_topics("C");
    m.mutable_replay()->set_credit(50);
  });
  const std::string goodbye = frame([](v1::ClientMessage& m) { m.mutable_goodbye(); });
  v1::Report red = ours(report, "r2");
  red.set_tlp("RED");
  red.mutable_audience()->add_organizations("hatsuden");
  v1::Report update = ours(report, "r3");
  update.mutable_relates_to()->set_report_id(test::report_id("r1").value);
  update.mutable_relates_to()->set_relation(v1::RelatesTo::UPDATE);
  v1::Report batched = ours(report, "r4");
  batched.set_item("A.near-miss");
  // Low three bits: who of the cast; two: the door; three: what (client_frame.cpp).
  const std::string both = step(0, hello) + step(2, hello);
  const std::string settle = step(4 << 5);
  put("client_frame", "urgent", both + step(0, submit(ours(report, "r1"))) + settle + step(2, credit) + step(2, beat));
  put("client_frame", "red", both + step(0, submit(red)) + settle);
  put("client_frame", "update",
      both + step(0, submit(ours(report, "r1"))) + settle + step(0, submit(update)) + settle + step(2, goodbye));
  put("client_frame", "digest",
      step(8, hello) + step(10, hello) + step(8, submit(batched)) + settle + step(5 << 5, "\xff") +
          step(5 << 5, "\xff") + settle);
  put("client_frame", "replay",
      both + step(0, submit(ours(report, "r1"))) + settle + step(20, hello) + step(20, replay) + settle);
  put("client_frame", "roster", both + step(2, query) + settle);
  put("client_frame", "restart", both + step(0, submit(ours(report, "r1"))) + step(7 << 5) + step(0, beat) + settle);
}

void broker_frames(const v1::Report& report) {
  v1::BrokerMessage beat;
  beat.mutable_heartbeat()->set_upto(3);
  beat.mutable_heartbeat()->set_head(9);
  beat.mutable_heartbeat()->set_posture("heightened");
  v1::BrokerFrame refused;
  refused.mutable_refused()->set_reason(v1::REASON_REVOKED);
  v1::BrokerFrame again;
  again.mutable_hello_required();
  v1::LogEntries entries;
  for (const std::uint64_t seq : {2U, 1U}) {
    v1::LogEntry& entry = *entries.add_entries();
    entry.set_seq(seq);
    entry.set_kind(v1::LogEntry::REPORT);
    entry.set_lane(v1::BATCHED);
    entry.set_salt(std::string(16, 's'));
    entry.set_recorded_at_us(seq == 2 ? std::numeric_limits<std::int64_t>::max() : 1'800'000'000'000'000);
    v1::SignedReport body;
    body.set_report(report.SerializeAsString());
    entry.set_body(body.SerializeAsString());
  }
  v1::LogEntry& closed = *entries.add_entries();
  closed.set_seq(3);
  closed.set_kind(v1::LogEntry::MEMBER);
  closed.set_leaf_hash(std::string(32, 'h'));
  v1::BrokerMessage chunk;
  *chunk.mutable_replay_chunk()->mutable_entries() = entries;
  chunk.mutable_replay_chunk()->set_upto(3);
  const Bytes member = wire::to_wire(test::cast::bank()).SerializeAsString();
  const std::string roster = step(5, piece(member));
  const std::string known = step(3, step(9)) + roster;
  const std::string mine = piece(ours(report, "r1").SerializeAsString());
  for (const unsigned who : {0U, 1U, 2U, 3U}) {
    const auto name = [&](const std::string& what) { return what + std::to_string(who); };
    put("broker_frame", name("report"),
        step(who) + known + step(6, step(0, mine)) + step(2, piece(beat.SerializeAsString())));
    put("broker_frame", name("digest"),
        step(who) + known + step(4, piece(entries.SerializeAsString())) + roster + step(7, step(50)));
    put("broker_frame", name("chunk"), step(who) + known + step(2, piece(chunk.SerializeAsString())) + roster);
    v1::Report timeless = ours(report, "r5");
    timeless.mutable_occurred_at()->set_seconds(9'000'000'000'000'000'000);
    put("broker_frame", name("timeless"), step(who) + known + step(6, step(0, piece(timeless.SerializeAsString()))));
    put("broker_frame", name("refused"),
        step(who) + known + step(0, piece(again.SerializeAsString())) + step(0, piece(refused.SerializeAsString())));
  }
}

void log_entries(const v1::Report& report) {
  v1::SignedReport body;
  body.set_report(report.SerializeAsString());
  body.set_signature(std::string(64, 's'));
  put("log_entry", "report", step(0) + body.SerializeAsString());
  v1::MemberChange change;
  change.set_member(wire::to_wire(test::cast::auditor(Tlp::red)).SerializeAsString());
  put("log_entry", "member", step(2) + change.SerializeAsString());
  v1::PostureChange posture;
  posture.set_posture("incident");
  posture.set_reason("演習ではありません");
  put("log_entry", "posture", step(3) + posture.SerializeAsString());
  v1::DigestRelease digest;
  digest.set_upto(1);
  digest.set_count(1);
  digest.set_cause("interval");
  put("log_entry", "digest", step(4) + digest.SerializeAsString());
  v1::Access access;
  access.set_organization("auditor");
  access.set_what("export");
  access.set_from(1);
  access.set_to(9);
  access.add_topics("C");
  access.add_statuses("ACTUAL");
  access.add_kinds("report");
  put("log_entry", "access", step(5) + access.SerializeAsString());
  put("log_entry", "redacted", step(128));
  v1::AdminRequest request;
  *request.mutable_member() = change;
  put("admin_request", "member", piece(request.SerializeAsString()));
  *request.mutable_posture() = posture;
  put("admin_request", "posture", piece(request.SerializeAsString()));
  request.mutable_roster();
  put("admin_request", "roster", piece(request.SerializeAsString()));
}

// Keys that anybody can compute: they open nothing.
void credentials() {
  wire::Credential c;
  c.organization = "denryoku";
  c.transport.secret = wire::SecretKey(std::string(32, 't'));
  c.transport.public_key = wire::public_transport_key(c.transport.secret).value();
  c.signing = fuzz::fixed_signing_key('a');
  const auto put_anew = [&](const char* name, const auto& save) {
    fs::create_directories(corpus / "credential");
    fs::remove(corpus / "credential" / name);
    save(corpus / "credential" / name);
  };
  put_anew("member", [&](const fs::path& file) { wire::save_credential(file, c); });
  c.broker = "noroshi.example.jp";
  c.host = "192.0.2.1";
  c.urgent_port = 7701;
  c.batched_port = 7702;
  c.archive_port = 7703;
  put_anew("enrolled", [&](const fs::path& file) { wire::save_credential(file, c); });
  put_anew("public", [&](const fs::path& file) {
    wire::save_public_keys(file, {c.transport.public_key, c.signing.public_key});
  });
  put_anew("secret", [&](const fs::path& file) { wire::save_secret(file, c.transport.secret); });
}

// A tree of nine leaves, its checkpoint, and the proof of one of them.
void tlog_texts() {
  const wire::SigningKey log = fuzz::fixed_signing_key('l'), witness = fuzz::fixed_signing_key('w');
  const std::string origin = "noroshi.example.jp", witness_name = "witness.example.jp/w1";
  std::map<tlog::Node, Hash> hashes;
  const tlog::HashReader read = [&hashes](tlog::Node node) { return std::optional(hashes.at(node)); };
  std::vector<Bytes> leaves;
  tlog::Frontier frontier;
  for (int i = 0; i < 9; ++i) {
    leaves.push_back("leaf " + std::to_string(i));
    for (const auto& each : frontier.append(tlog::leaf_hash(leaves.back()))) hashes[each.node] = each.hash;
  }
  const std::string signed_by_log = tlog::sign_checkpoint({origin, 9, frontier.root(), {}}, log);
  tlog::Note note = tlog::parse_note(signed_by_log).take();
  note.signatures.push_back(tlog::cosign_text(witness_name, witness, note.text, 1'800'000'000));
  const std::string note_text = tlog::to_text(note);
  const tlog::Proof inclusion = tlog::inclusion_proof(5, 9, read).take();
  put("tlog_text", "note", step(0) + note_text);
  put("tlog_text", "note-unsigned", step(0) + note.text);
  put("tlog_text", "checkpoint", step(1) + note.text);
  put("tlog_text", "checkpoint-extended", step(1) + note.text + "more\n");
  put("tlog_text", "signed-checkpoint", step(2) + note_text);
  put("tlog_text", "proof-file", step(3) + tlog::to_text(tlog::ProofFile{5, inclusion, note_text, {}}));
  put("tlog_text", "proof-file-extra", step(3) + tlog::to_text(tlog::ProofFile{5, inclusion, signed_by_log, "extra"}));
  put("tlog_text", "key", step(4) + tlog::to_text(tlog::VerifierKey{origin, tlog::KeyType::ed25519, log.public_key}));
  put("tlog_text", "key-witness",
      step(4) + tlog::to_text(tlog::VerifierKey{witness_name, tlog::KeyType::cosignature_v1, witness.public_key}));
  put("tlog_text", "tile", step(5) + "tile/0/x001/x234/067");
  put("tlog_text", "tile-partial", step(5) + "tile/entries/273.p/112");
  put("tlog_text", "bundle", step(6) + tlog::entry_bundle(leaves));
  put("tlog_text", "cosignature",
      step(8) + tlog::signature_line(tlog::cosign_text(
                    witness_name, witness, tlog::to_text(tlog::Checkpoint{origin, 0, tlog::empty_root(), {}}),
                    1'800'000'000)));
  const auto eight = [](std::uint64_t n) { return std::string(7, '\0') + static_cast<char>(n); };
  const auto joined = [](const tlog::Proof& proof) {
    std::string out;
    for (const Hash& hash : proof) out.append(tlog::octets(hash));
    return out;
  };
  const Hash old = tlog::root(6, read).take();
  put("tlog_text", "inclusion",
      step(7) + eight(5) + eight(9) + joined({frontier.root(), tlog::leaf_hash(leaves[5])}) + joined(inclusion));
  put("tlog_text", "consistency",
      step(7) + eight(6) + eight(9) + joined({old, frontier.root()}) +
          joined(tlog::consistency_proof(6, 9, read).take()));
}

// A log of four entries, the last one hidden, as the records of a bundle.
void audit_bundles(v1::Report report) {
  const wire::SigningKey log = fuzz::fixed_signing_key('l'), registrar = fuzz::fixed_signing_key('r'),
                         author = fuzz::fixed_signing_key('a');
  Member member = test::cast::denryoku();
  member.signing_keys = {author.public_key};
  v1::PostureChange posture;
  posture.set_posture("heightened");
  std::string pieces;
  tlog::Frontier tree;
  const auto add = [&](EntryKind kind, const Bytes& body, bool redacted) {
    Entry entry;
    entry.seq = Seq{tree.size() + 1};
    entry.recorded_at = Micros{1'800'000'001 * kMicrosPerSecond};
    entry.kind = kind;
    entry.lane = Lane::urgent;
    entry.body = body;
    entry.leaf = wire::leaf_of(entry.salt, body);
    tree.append(tlog::leaf_hash(entry));
    v1::LogEntry out;
    wire::to_wire(entry, redacted, out);
    pieces += piece(out.SerializeAsString());
  };
  const Bytes signed_report = wire::sign_report(author, ours(std::move(report), "b1")).SerializeAsString();
  add(EntryKind::member, wire::sign_member(registrar, member).SerializeAsString(), false);
  add(EntryKind::report, signed_report, false);
  add(EntryKind::posture, posture.SerializeAsString(), false);
  add(EntryKind::report, signed_report, true);
  v1::BundleHead head;
  head.set_verifier_key(tlog::to_text(tlog::log_key("noroshi.example.jp", log.public_key)));
  head.set_registrar(std::string(registrar.public_key.begin(), registrar.public_key.end()));
  head.set_checkpoint(tlog::sign_checkpoint({"noroshi.example.jp", tree.size(), tree.root(), {}}, log));
  put("audit_bundle", "four", step(1) + piece(head.SerializeAsString()) + pieces);
  put("audit_bundle", "no-entries", step(1) + piece(head.SerializeAsString()));
  head.add_earlier(head.checkpoint());
  put("audit_bundle", "earlier", step(1) + piece(head.SerializeAsString()) + pieces);
  put("audit_bundle", "raw-end", step(0) + "NOROSHI-BUNDLE 1\n" + std::string(36, '\0'));
  // And two receipts, of a member that has seen this log and of one that has seen another.
  for (const TreeHead& seen : {TreeHead{tree.size(), tree.root()}, TreeHead{3, {}}})
    add(EntryKind::receipt,
        wire::sign_receipt(author, {member.organization, Stage::delivered, {ReportId{"b1"}}, {}, "", Micros{1}, seen})
            .SerializeAsString(),
        false);
  head.clear_earlier();
  head.set_checkpoint(tlog::sign_checkpoint({"noroshi.example.jp", tree.size(), tree.root(), {}}, log));
  put("audit_bundle", "receipts", step(1) + piece(head.SerializeAsString()) + pieces);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  corpus = argv[1];
  const fs::path samples = NOROSHI_SOURCE_DIR "/schemas/samples";
  for (const auto& each : fs::directory_iterator(samples)) {
    if (!each.is_regular_file()) continue;
    v1::Report report = sample(each.path());
    publisher::complete(report, {"acme-vendor", "other"}, fuzz::matrix(), publisher::Identity::fresh,
                        Micros{1'800'000'000 * kMicrosPerSecond});
    report.set_id("01890a5d-ac96-774b-bcce-b302099a8057");
    put("report", each.path().stem().string(), publisher::serialized(report));
  }
  v1::Report report = sample(samples / "C.it-failure.json");
  report.clear_relates_to();
  client_frames(report);
  broker_frames(report);
  log_entries(report);
  credentials();
  tlog_texts();
  audit_bundles(report);
  return 0;
}
