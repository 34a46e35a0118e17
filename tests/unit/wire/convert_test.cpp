// From the wire to plain types and back.
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"
#include "tests/support/catch.h"

using namespace noroshi;
using namespace noroshi::wire;

namespace {

Entry entry_of(EntryKind kind, std::string body) {
  Entry e;
  e.seq = Seq{7};
  e.recorded_at = Micros{1'700'000'000'000'000};
  e.kind = kind;
  e.lane = Lane::urgent;
  e.salt = random_salt();
  e.body = std::move(body);
  e.leaf = leaf_of(e.salt, e.body);
  return e;
}

Member sample_member() {
  Member m;
  m.organization = "kaisha";
  m.name = {{"ja", "会社"}, {"en", "Company"}};
  m.tier = Tier::vendor;
  m.sectors = {"電力", "gas"};
  m.source = "vendor";
  m.publish = {"C", "B.c"};
  m.subscribe = true;
  m.audit_clearance = Tlp::amber_strict;
  m.transport_keys = {make_transport_key().public_key};
  m.signing_keys = {make_signing_key().public_key, make_signing_key().public_key};
  m.valid_from = Micros{5};
  m.valid_until = Micros{9};
  m.revoked = true;
  return m;
}

}  // namespace

TEST_CASE("a report, field by field") {
  v1::Report r;
  r.set_id("id");
  r.set_organization("org");
  r.set_item("C.it-failure");
  r.set_source("sector");
  r.set_status(v1::Report::EXERCISE);
  (*r.mutable_title())["ja"] = "題";
  auto* section = r.add_sections();
  section->set_field("content");
  section->set_state(v1::Section::INVESTIGATING);
  (*section->mutable_text())["en"] = "text";
  r.add_sections()->set_field("cause");
  r.set_tlp("AMBER+STRICT");
  r.mutable_audience()->add_sectors("a");
  r.mutable_audience()->add_tiers("b");
  r.mutable_audience()->add_organizations("c");
  r.mutable_issued_at()->set_seconds(1'700'000'000);
  r.mutable_issued_at()->set_nanos(123'456'789);
  r.mutable_occurred_at()->set_seconds(-1);
  r.mutable_occurred_at()->set_nanos(500'000'000);
  r.set_serial(3);
  r.add_references();
  r.add_vulnerabilities();
  r.add_indicators();
  auto* file = r.add_attachments();
  file->set_name("a.txt");
  file->set_media_type("text/plain");
  file->set_data("12345");
  const Report p = std::get<Report>(decode_report(r.SerializeAsString()));
  CHECK(p.id == ReportId{"id"});
  CHECK(p.organization == "org");
  CHECK(p.item == "C.it-failure");
  CHECK(p.source == "sector");
  CHECK(p.status == Status::exercise);
  CHECK(p.title == Localized{{"ja", "題"}});
  REQUIRE(p.sections.size() == 2);
  CHECK(p.sections[0].field == "content");
  CHECK(p.sections[0].state == SectionState::investigating);
  CHECK(p.sections[0].text == Localized{{"en", "text"}});
  CHECK_FALSE(p.sections[1].state);
  CHECK(p.label() == Tlp::amber_strict);
  CHECK(p.audience.sectors == std::vector<std::string>{"a"});
  CHECK(p.audience.tiers == std::vector<std::string>{"b"});
  CHECK(p.audience.organizations == std::vector<std::string>{"c"});
  CHECK(p.issued_at == Micros{1'700'000'000'123'456});
  CHECK(p.occurred_at == Micros{-500'000});
  CHECK_FALSE(p.detected_at);
  CHECK_FALSE(p.expires_at);
  CHECK(p.serial == 3);
  CHECK_FALSE(p.relates_to);
  CHECK_FALSE(p.relation_given_without_kind);
  CHECK(p.references == 1);
  CHECK(p.vulnerabilities == 1);
  CHECK(p.indicators == 1);
  REQUIRE(p.attachments.size() == 1);
  CHECK(p.attachments[0].name == "a.txt");
  CHECK(p.attachments[0].media_type == "text/plain");
  CHECK(p.attachments[0].bytes == 5);
}

TEST_CASE("what was not given is told from what was") {
  v1::Report r;
  const Report empty = to_plain(r, 0);
  CHECK_FALSE(empty.status);
  CHECK(empty.audience.empty());
  r.mutable_relates_to()->set_report_id("x");
  CHECK(to_plain(r, 0).relation_given_without_kind);
  CHECK_FALSE(to_plain(r, 0).relates_to);
  r.mutable_relates_to()->set_relation(v1::RelatesTo::CANCEL);
  CHECK_FALSE(to_plain(r, 0).relation_given_without_kind);
  CHECK(to_plain(r, 0).relates_to->relation == Relation::cancel);
  CHECK(to_plain(r, 0).relates_to->report == ReportId{"x"});
}

TEST_CASE("a member there and back") {
  const Member m = sample_member();
  const Member back = to_plain(to_wire(m), {});
  CHECK(back.organization == m.organization);
  CHECK(back.name == m.name);
  CHECK(back.tier == m.tier);
  CHECK(back.sectors == m.sectors);
  CHECK(back.source == m.source);
  CHECK(back.publish == m.publish);
  CHECK(back.subscribe == m.subscribe);
  CHECK(back.audit_clearance == m.audit_clearance);
  CHECK(back.transport_keys == m.transport_keys);
  CHECK(back.signing_keys == m.signing_keys);
  CHECK(back.valid_from == m.valid_from);
  CHECK(back.valid_until == m.valid_until);
  CHECK(back.revoked == m.revoked);
  auto bad = to_wire(m);
  bad.set_audit_clearance("PURPLE");
  CHECK_THROWS_AS(to_plain(bad, {}), std::runtime_error);
}

TEST_CASE("an entry's body by kind") {
  const SigningKey key = make_signing_key();
  v1::Report report;
  report.set_item("C.it-failure");
  v1::PostureChange posture;
  posture.set_posture("heightened");
  posture.set_reason("drill");
  v1::DigestRelease digest;
  digest.set_upto(6);
  digest.set_count(2);
  digest.set_cause("count");

  const auto decoded = [](EntryKind kind, const std::string& body) { return decode_entry(entry_of(kind, body)); };
  CHECK(decoded(EntryKind::report, sign_report(key, report).SerializeAsString()).report()->item == "C.it-failure");
  const auto member = decoded(EntryKind::member, sign_member(key, sample_member()).SerializeAsString());
  CHECK(std::get<Member>(member.content).organization == "kaisha");
  const auto change = decoded(EntryKind::posture, posture.SerializeAsString());
  CHECK(std::get<PostureChange>(change.content).posture == Posture::heightened);
  CHECK(std::get<PostureChange>(change.content).reason == "drill");
  const auto release = decoded(EntryKind::digest, digest.SerializeAsString());
  CHECK(std::get<DigestRelease>(release.content).upto == Seq{6});
  CHECK(std::get<DigestRelease>(release.content).count == 2);
  CHECK(std::get<DigestRelease>(release.content).cause == "count");
  CHECK_THROWS_AS(decoded(EntryKind::access, "anything"), std::runtime_error);
  for (const auto kind : {EntryKind::report, EntryKind::member, EntryKind::posture, EntryKind::digest}) {
    INFO(name_of(kind));
    CHECK_THROWS_AS(decoded(kind, "\xff\xff"), std::runtime_error);
  }
  posture.set_posture("calm");
  CHECK_THROWS_AS(decoded(EntryKind::posture, posture.SerializeAsString()), std::runtime_error);
}

TEST_CASE("an entry on the wire: whole, or redacted to its leaf data") {
  const Entry e = entry_of(EntryKind::posture, "body");
  v1::LogEntry out;
  to_wire(e, false, out);
  CHECK(out.leaf_hash().empty());
  const Entry whole = from_wire(out);
  CHECK(whole.body == e.body);
  CHECK(whole.salt == e.salt);
  CHECK(whole.leaf == e.leaf);
  CHECK(whole.lane == e.lane);
  CHECK(whole.recorded_at == e.recorded_at);

  to_wire(e, true, out);  // into the same message: nothing of before stays
  CHECK(out.salt().empty());
  CHECK(out.body().empty());
  CHECK(out.lane() == v1::LANE_UNSPECIFIED);
  const Entry redacted = from_wire(out);
  CHECK(redacted.body.empty());
  const auto kind = static_cast<std::uint8_t>(e.kind);
  CHECK(leaf_data(redacted.seq, redacted.recorded_at, static_cast<std::uint8_t>(redacted.kind), redacted.leaf) ==
        leaf_data(e.seq, e.recorded_at, kind, e.leaf));

  const auto refused = [&](auto change) {
    v1::LogEntry bad;
    to_wire(e, false, bad);
    change(bad);
    CHECK_THROWS_AS(from_wire(bad), std::runtime_error);
  };
  refused([](v1::LogEntry& b) { b.set_salt("short"); });
  refused([](v1::LogEntry& b) { b.set_leaf_hash(std::string(32, 'x')); });  // both ways at once
  refused([](v1::LogEntry& b) { b.set_kind(static_cast<v1::LogEntry::Kind>(99)); });
  refused([](v1::LogEntry& b) { b.set_lane(v1::LANE_UNSPECIFIED); });
  refused([](v1::LogEntry& b) {
    b.clear_salt();
    b.clear_body();
    b.set_leaf_hash("short");
  });
}

TEST_CASE("every enumeration there and back, and nothing unknown") {
  for (const auto& [v, name] : kEntryKinds) CHECK(from_wire(to_wire(v)) == v);
  for (const auto& [v, name] : kLanes) CHECK(from_wire(to_wire(v)) == v);
  for (const auto& [v, name] : kReasons) {
    CHECK(from_wire(to_wire(v)) == v);
    std::string upper = "REASON_";
    for (const char c : name) upper += c == '_' ? '_' : static_cast<char>(c - 'a' + 'A');
    CHECK(v1::Reason_Name(to_wire(v)) == upper);  // the same name, not only the same number
  }
  for (const auto& [v, name] : kStatuses) {
    CHECK(from_wire(to_wire(v)) == v);
    CHECK(v1::Report::Status_Name(to_wire(v)) == name);
  }
  CHECK_FALSE(from_wire(v1::LogEntry::KIND_UNSPECIFIED));
  CHECK_FALSE(from_wire(static_cast<v1::LogEntry::Kind>(99)));
  CHECK_FALSE(from_wire(v1::LANE_UNSPECIFIED));
  CHECK_FALSE(from_wire(static_cast<v1::Reason>(v1::Reason_MAX + 1)));
  CHECK_FALSE(from_wire(v1::Report::STATUS_UNSPECIFIED));
}
