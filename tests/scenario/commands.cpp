// The commands of a scenario. README.md in this folder says what each does.
#include <algorithm>
#include <optional>

#include "tests/scenario/stage.h"

namespace noroshi::test {

namespace {

template <class E, std::size_t N>
E named(const NameTable<E, N>& table, const std::string& name) {
  const auto value = value_in(table, name);
  if (!value) throw ScriptError("no such name: " + name);
  return *value;
}

core::Door door_of(const std::string& name) { return named(core::kDoors, name); }

template <class E, std::size_t N>
std::vector<E> all_named(const NameTable<E, N>& table, const std::vector<std::string>& names) {
  std::vector<E> all;
  for (const std::string& name : names) all.push_back(named(table, name));
  return all;
}

}  // namespace

void Stage::settings(Words& words) {
  if (world_) throw ScriptError("settings come first");
  if (const std::string interval = words.option("digest-interval"); !interval.empty())
    options_.digest.interval_us = seconds_of(interval) * kMicrosPerSecond;
  options_.digest.entries = words.number("digest-entries", options_.digest.entries);
  if (const std::string heartbeat = words.option("heartbeat"); !heartbeat.empty())
    options_.heartbeat_us = seconds_of(heartbeat) * kMicrosPerSecond;
  options_.turns_by_hand = words.has("turns-by-hand");
  words.finish(0);
}

// Enrols or changes a member, and waits until that is durable.
std::vector<std::string> Stage::member(Words& words) {
  const std::string& name = words.at(1);
  Member member = member_of(name, named(kTiers, words.option("tier", "operator")), words.list("sectors"));
  member.source = words.option("source", member.source);
  member.publish = words.list("publish");
  member.subscribe = words.has("subscribe");
  if (const std::string clearance = words.option("clearance"); !clearance.empty())
    member.audit_clearance = named(kTlps, clearance);
  if (const std::string until = words.option("until"); !until.empty())
    member.valid_until = kStart + seconds_of(until) * kMicrosPerSecond;
  words.finish(1);
  core::Outcome outcome = world().change(member);
  join(outcome, world().settle());
  members_[name] = member;
  std::vector<std::string> lines;
  for (const std::string& line : show(outcome))
    if (line.starts_with("admin")) lines.push_back("enrolled " + name + line.substr(line.rfind(" seq=")));
  for (const std::string& line : show(outcome))
    if (line.starts_with("close")) lines.push_back(line);
  return lines;
}

// hello NAME DOOR topics=… statuses=… cursor=N|now credit=N: without topics it is a session that only submits or asks.
core::Outcome Stage::hello(Words& words) {
  const core::Door door = door_of(words.at(2));
  if (words.has("again")) world().reconnect(words.at(1), door);
  const core::Peer from = peer(words.at(1), door);
  core::Hello hello = world().hello(words.at(1), door, words.list("topics"));
  hello.peer = from;
  hello.statuses = all_named(kStatuses, words.list("statuses"));
  const std::string cursor = words.option("cursor", "0");
  hello.from_now = cursor == "now";
  if (!hello.from_now) hello.cursor = Seq{words.number("cursor", 0)};
  hello.credit = static_cast<std::uint32_t>(words.number("credit", 100));
  words.finish(2);
  return world().step(hello);
}

core::Outcome Stage::submit(Words& words) {
  const Member& author = known(words.at(1));
  Report report = report_of(words.option("id"), author, words.option("item", "C.it-failure"));
  report = labelled(report, words.option("tlp", "GREEN"),
                    {words.list("sectors"), words.list("tiers"), words.list("organizations")});
  report.status = named(kStatuses, words.option("status", "ACTUAL"));
  if (const std::string relation = words.option("relation"); !relation.empty()) {
    const std::size_t colon = relation.find(':');
    if (colon == std::string::npos) throw ScriptError("relation=KIND:ID");
    report = relating(report, named(kRelations, relation.substr(0, colon)), relation.substr(colon + 1));
  }
  if (const std::string expires = words.option("expires"); !expires.empty())
    report.expires_at = kStart + seconds_of(expires) * kMicrosPerSecond;
  if (words.has("changed")) report.digest[31] = 1;  // other content under the same id
  const core::Door door = door_of(words.option("door", "urgent"));
  const std::size_t times = words.number("times", 1);
  const std::size_t size = words.bytes("size", 100);
  words.finish(1);
  peer(author.organization, door);
  const std::string first = name_of(report.id);
  core::Outcome all;
  for (std::size_t i = 1; i <= times; ++i) {  // id=b times=3: b1, b2, b3
    if (times > 1) report.id = report_id(first + std::to_string(i));
    join(all, world().submit(report, door, size));
  }
  return all;
}

core::Outcome Stage::replay(Words& words) {
  core::Replay replay;
  replay.peer = peer(words.at(1), core::Door::archive);
  replay.from = Seq{words.number("from", 1)};
  replay.to = Seq{words.number("to", 0)};
  replay.topics = words.list("topics");
  replay.statuses = all_named(kStatuses, words.list("statuses"));
  replay.kinds = all_named(kEntryKinds, words.list("kinds"));
  replay.credit = static_cast<std::uint32_t>(words.number("credit", 100));
  words.finish(1);
  return world().step(replay);
}

// Not yet durable: cut and commit follow.
core::Outcome Stage::revoke(Words& words) {
  Member member = known(words.at(1));
  words.finish(1);
  member.revoked = true;
  return world().change(member);
}

core::Outcome Stage::other(Words& words) {
  const std::string verb = words.verb();
  World& w = world();
  std::optional<core::Outcome> outcome;
  std::size_t plain = 0;
  const auto from = [&] { return plain = 2, peer(words.at(1), door_of(words.at(2))); };
  if (verb == "cut") outcome = w.step(core::Cut{});
  if (verb == "commit") outcome = w.commit();
  if (verb == "continue") outcome = w.step(core::Continue{});
  if (verb == "settle") outcome = w.settle();
  if (verb == "shutdown") outcome = w.step(core::Shutdown{});
  if (verb == "read") outcome = w.answer_read(words.number("rows", 1000));
  if (verb == "restart") w.restart(), outcome.emplace();
  if (verb == "gone") outcome = w.step(core::PeerGone{from().id});
  if (verb == "goodbye") outcome = w.step(core::Goodbye{from()});
  if (verb == "beat") {
    const core::Peer peer = from();
    outcome = w.step(core::Heartbeat{peer, Seq{words.number("cursor", 0)}});
  }
  if (verb == "credit") {
    const core::Peer peer = from();
    const auto more = static_cast<std::uint32_t>(words.number("more", 0));
    outcome = w.step(core::Credit{peer, Seq{words.number("cursor", 0)}, more});
  }
  if (verb == "posture") plain = 1, outcome = w.step(core::ChangePosture{1, {named(kPostures, words.at(1)), ""}});
  if (verb == "tick") plain = 1, outcome = w.after(seconds_of(words.at(1)), core::Tick{});
  if (!outcome) throw ScriptError("no such command: " + verb);
  words.finish(plain);
  return std::move(*outcome);
}

}  // namespace noroshi::test
