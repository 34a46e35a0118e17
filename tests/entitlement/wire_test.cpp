// The last step: the bytes of what the core says. A leaf for an auditor holds nothing of the body, nor does any other
// message that a member gets beside its reports.
#include <string>

#include "broker/transport/codec.h"
#include "tests/entitlement/small_world.h"
#include "tests/entitlement/watched_world.h"
#include "tests/support/catch.h"

namespace {

using namespace noroshi;
using namespace noroshi::entitlement;
using namespace noroshi::test;
using core::Door;

// How often the report's bytes (or a receipt's) are in what this peer gets.
std::size_t secrets_in(const core::Outcome& outcome, PeerId peer, Micros now, const std::string& secret = kSecret) {
  transport::Encoder encoder({"broker", {}});
  std::size_t found = 0;
  for (const core::Send& send : outcome.send) {
    if (send.peer != peer || std::holds_alternative<core::Refused>(send.message)) continue;
    const std::string bytes = encoder.encode(send.message, now).SerializeAsString();
    for (std::size_t at = bytes.find(secret); at != std::string::npos; at = bytes.find(secret, at + 1)) ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("on the wire there are the bodies of those reports that are for this member, and no other") {
  WatchedWorld watched;
  for (const Member& member : everybody()) watched.enrol(member);
  const Member author = cast::meti();
  watched.step(watched.world.hello("meti", Door::urgent));
  std::size_t number = 0;
  for (const std::string& label : every_label())
    for (const Audience& audience : {Audience{}, Audience{{"gas"}, {}, {}}, Audience{{}, {}, {"vendor"}}})
      watched.submit(secret(labelled(report_of("r" + std::to_string(++number), author), label, audience)));
  watched.settle();
  for (const Member& member : everybody()) {
    INFO(member.organization);
    std::size_t expected = 0;
    for (const RecordPtr& record : watched.world.log())
      if (const Report* report = record->report()) expected += readers({member}, *report, watched.world.now).size();

    core::Outcome live = watched.step(watched.world.hello(member.organization, Door::urgent, {"*"}));
    join(live, watched.settle());
    CHECK(secrets_in(live, watched.world.peer(member.organization, Door::urgent).id, watched.world.now) == expected);

    watched.step(watched.world.hello(member.organization, Door::archive));
    core::Replay replay;
    replay.peer = watched.world.peer(member.organization, Door::archive);
    replay.credit = 100;
    core::Outcome all = watched.step(replay);
    join(all, watched.settle());
    CHECK(secrets_in(all, replay.peer.id, watched.world.now) == expected);
  }
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("on the wire a board has a title for each report that is for this member and a note for each row that is") {
  WatchedWorld watched;
  for (const Member& member : everybody()) {
    watched.enrol(member);
    watched.step(watched.world.hello(member.organization, Door::urgent));
  }
  std::size_t number = 0;
  std::vector<Report> reports;
  for (const std::string& label : every_label())
    for (const Audience& audience : {Audience{}, Audience{{"gas"}, {}, {}}, Audience{{}, {}, {"vendor", "hatsuden"}}}) {
      const Report report = secret(labelled(report_of("r" + std::to_string(++number), cast::meti()), label, audience));
      if (publishable(report)) watched.submit(report), reports.push_back(report);
    }
  watched.settle();
  std::size_t receipts = 0;
  for (const Member& member : four_organizations())
    for (const Report& report : reports) {
      if (readers({member}, report, watched.world.now).empty()) continue;
      watched.step(watched.receipt(member.organization, Door::urgent, Stage::responded, {report.id}, Answer::relevant));
      ++receipts;
    }
  watched.settle();
  for (const Member& member : everybody()) {
    INFO(member.organization);
    std::size_t titles = 0;
    std::size_t notes = 0;
    std::size_t bodies = 0;
    for (const Report& report : reports) {
      if (board_readers({member}, report, watched.world.now).empty()) continue;
      const std::size_t answers = readers(four_organizations(), report, watched.world.now).size();
      ++titles;
      notes +=
          board_overseers({member}, report, watched.world.now).empty() ? (member.audit_clearance ? 0 : 1) : answers;
      bodies += member.audit_clearance ? answers : 0;
    }
    const core::Peer peer = watched.world.peer(member.organization, Door::archive);
    watched.step(watched.world.hello(member.organization, Door::archive));
    const core::Outcome board = watched.step(core::BoardQuery{peer, 1, {}});
    CHECK(secrets_in(board, peer.id, watched.world.now) == titles);
    CHECK(secrets_in(board, peer.id, watched.world.now, kConfided) == notes);

    core::Replay replay;
    replay.peer = peer;
    replay.kinds = {EntryKind::receipt};
    replay.credit = 1000;
    core::Outcome all = watched.step(replay);
    join(all, watched.settle());
    CHECK(secrets_in(all, peer.id, watched.world.now, kConfided) == bodies);
  }
  CHECK(receipts > 20);
  for (const std::string& wrong : watched.wrongs()) FAIL_CHECK(wrong);
}

TEST_CASE("on the wire the roster has keys and names, and nobody's contacts") {
  v1::MemberChange change;
  change.set_member("what the registrar signed");
  change.set_signature("its signature");
  change.add_contacts("tel:+81-3-0000-0000");
  const core::RosterAnswer answer{1, {change.SerializeAsString()}};
  const auto sent = transport::Encoder({"broker", {}}).encode(answer, kStart);
  REQUIRE(sent.roster().members_size() == 1);
  CHECK(sent.roster().members(0).member() == change.member());
  CHECK(sent.roster().members(0).signature() == change.signature());
  CHECK(sent.SerializeAsString().find("tel:") == std::string::npos);
}
