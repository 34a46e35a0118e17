// The shell of the small world: what the driver, the log and the transport are to the real core.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/support/core_world.h"

namespace noroshi::test {

namespace {

core::Settings settings_of(const WorldOptions& options) {
  core::Settings settings;
  settings.matrix = small_matrix();
  settings.sectors = {"electricity", "gas", "finance"};
  settings.digest = options.digest;
  settings.response_rooms = options.response_rooms;
  settings.heartbeat_us = options.heartbeat_us;
  return settings;
}

template <class T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

World::World(WorldOptions options) : options_(options), broker_(std::make_unique<core::Broker>(settings_of(options))) {}

core::Outcome World::step(const core::Command& command) {
  core::Outcome outcome = step_once(command);
  if (options_.turns_by_hand || std::holds_alternative<core::Continue>(command)) return outcome;
  while (broker_->sessions_wait()) join(outcome, step_once(core::Continue{}));
  return outcome;
}

core::Outcome World::step_once(const core::Command& command) {
  core::Outcome outcome = broker_->step(command, now);
  if (!outcome.append.empty()) {
    // The one contract of append: never a second batch before the first is durable.
    if (!in_flight_.empty()) {
      std::fprintf(stderr, "core_world: a second batch was cut before the first was durable\n");
      std::abort();
    }
    in_flight_ = outcome.append;
  }
  for (const core::ReadRequest& read : outcome.read) open_reads_.push_back(read);
  return outcome;
}

core::Outcome World::after(std::int64_t seconds, const core::Command& command) {
  now = now + seconds * kMicrosPerSecond;
  return step(command);
}

core::Outcome World::commit() {
  core::Committed committed;
  for (core::Append& append : std::exchange(in_flight_, {})) {
    Entry entry;
    entry.seq = append.seq;
    entry.recorded_at = append.recorded_at;
    entry.kind = append.kind;
    entry.lane = append.lane;
    entry.body = std::move(append.body);
    auto record = std::make_shared<Record>();
    record->entry = std::move(entry);
    record->content = std::move(append.content);
    log_.push_back(record);
    committed.records.push_back(log_.back());
  }
  if (committed.records.empty()) return {};
  return step(committed);
}

core::Outcome World::answer_read(std::size_t rows) {
  if (open_reads_.empty()) return {};
  const core::ReadRequest request = open_reads_.front();
  open_reads_.pop_front();
  core::ReadDone done{request.peer, request.read, {}, log_.empty() ? Seq{} : log_.back()->entry.seq};
  for (const RecordPtr& record : log_) {
    const Entry& entry = record->entry;
    if (entry.seq < request.from || !contains(request.kinds, entry.kind)) continue;
    if (request.lane && entry.lane != *request.lane) continue;
    done.records.push_back(record);
    if (done.records.size() < rows) continue;
    done.upto = entry.seq;
    break;
  }
  return step(done);
}

core::Outcome World::settle() {
  core::Outcome all;
  for (;;) {
    if (in_flight_.empty()) join(all, step(core::Cut{}));
    if (!in_flight_.empty()) {
      join(all, commit());
    } else if (broker_->sessions_wait()) {
      join(all, step(core::Continue{}));
    } else if (!open_reads_.empty()) {
      join(all, answer_read());
    } else {
      return all;
    }
  }
}

// In the order that recovery from the real log keeps.
void World::restart() {
  broker_ = std::make_unique<core::Broker>(settings_of(options_));
  in_flight_.clear();
  open_reads_.clear();
  peers_.clear();
  RecordPtr posture;
  RecordPtr digest;
  for (const RecordPtr& record : log_) {
    if (record->entry.kind == EntryKind::member) broker_->restore(*record);
    if (record->entry.kind == EntryKind::posture) posture = record;
    if (record->entry.kind == EntryKind::digest) digest = record;
  }
  if (posture) broker_->restore(*posture);
  if (digest) broker_->restore(*digest);
  for (const RecordPtr& record : log_)
    if (const auto kind = record->entry.kind; kind == EntryKind::report || kind == EntryKind::receipt ||
                                              kind == EntryKind::overdue || kind == EntryKind::digest)
      broker_->restore(*record);
  if (!log_.empty()) broker_->restart_after(log_.back()->entry.seq, log_.back()->entry.recorded_at);
}

core::Outcome World::change(const Member& member) {
  return step(core::ChangeMember{1, "member " + member.organization, member});
}

void World::enrol(const Member& member) {
  change(member);
  settle();
}

core::Peer World::peer(const std::string& organization, core::Door door) {
  PeerId& id = peers_[{organization, door}];
  if (id == PeerId{}) id = PeerId{++last_peer_};
  return {id, door, key_of(organization)};
}

void World::reconnect(const std::string& organization, core::Door door) { peers_.erase({organization, door}); }

core::Hello World::hello(const std::string& organization, core::Door door, std::vector<std::string> topics,
                         std::uint32_t credit) {
  core::Hello hello;
  hello.peer = peer(organization, door);
  hello.protocol = 1;
  hello.subscribe = !topics.empty();
  hello.topics = std::move(topics);
  hello.credit = credit;
  return hello;
}

core::Submit World::submission(const Report& report, core::Door door, std::size_t body_bytes) {
  core::Submit submit;
  submit.peer = peer(report.organization, door);
  submit.number = ++submissions_;
  submit.body = Bytes(body_bytes, 'x');
  submit.decoded = report;
  submit.signed_by = key_of(report.organization + " signs");
  submit.signature_valid = true;
  submit.same_id = stored(report.id);
  if (report.relates_to) submit.related = stored(report.relates_to->report);
  return submit;
}

core::Outcome World::submit(const Report& report, core::Door door, std::size_t body_bytes) {
  return step(submission(report, door, body_bytes));
}

core::Outcome World::publish(const Report& report, std::size_t body_bytes) {
  if (!peers_.contains({report.organization, core::Door::urgent})) step(hello(report.organization, core::Door::urgent));
  core::Outcome all = submit(report, core::Door::urgent, body_bytes);
  join(all, settle());
  return all;
}

RecordPtr World::stored(const ReportId& id) const {
  for (const RecordPtr& record : log_)
    if (record->report() && record->report()->id == id) return record;
  return nullptr;
}

}  // namespace noroshi::test
