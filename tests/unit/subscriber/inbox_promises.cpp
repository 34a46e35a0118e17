#include "tests/unit/subscriber/inbox_promises.h"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <set>

#include "subscriber/reading_view.h"
#include "subscriber/sinks.h"
#include "tests/unit/subscriber/inbox_scene.h"

namespace noroshi::test {

namespace {

using namespace subscriber;

constexpr std::uint64_t kReports = 9;  // in batches of three
constexpr int kMostWrites = 2000;

// --- a disk under which the process dies at the n-th write or sync -------------------------------------------------

int writes_left = 0;
const sqlite3_io_methods* real = nullptr;  // SQLite has several for its kinds of files; these two they have in common

void count() {
  if (--writes_left == 0) ::_exit(9);
}
int counted_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) {
  count();
  return real->xWrite(file, data, size, at);
}
int counted_sync(sqlite3_file* file, int flags) {
  count();
  return real->xSync(file, flags);
}
int counted_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  auto* below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int code = below->xOpen(below, name, file, flags, out);
  static std::map<const sqlite3_io_methods*, sqlite3_io_methods> counted;
  if (code == SQLITE_OK && file->pMethods) {
    real = file->pMethods;
    const auto [found, added] = counted.try_emplace(real, *real);
    found->second.xWrite = counted_write;
    found->second.xSync = counted_sync;
    file->pMethods = &found->second;
  }
  return code;
}

void count_writes(int until) {
  static sqlite3_vfs counted;
  auto* below = sqlite3_vfs_find(nullptr);
  counted = *below;
  counted.zName = "counted";
  counted.pAppData = below;
  counted.xOpen = counted_open;
  sqlite3_vfs_register(&counted, 1);
  writes_left = until;
}

// Runs `work` in a process of its own that dies at the n-th write. What it says to the pipe is gathered in `said`.
// True: it came to its end.
bool dies_at(int n, const std::function<void(const std::function<void(std::uint64_t)>&)>& work,
             std::vector<std::uint64_t>& said) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    count_writes(n);
    try {
      work([&](std::uint64_t word) {
        if (::write(ends[1], &word, sizeof word) != sizeof word) ::_exit(7);
      });
    } catch (...) {
      ::_exit(8);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  std::uint64_t word = 0;
  while (::read(ends[0], &word, sizeof word) == sizeof word) said.push_back(word);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 9))
    throw std::runtime_error("the child ended with " + std::to_string(status));
  return WEXITSTATUS(status) == 0;
}

// --- the daemon's part: goes on after its cursor, stores in batches, says what it has called safe ------------------------

void receive(const InboxScene& scene, const std::function<void(std::uint64_t)>& acknowledge) {
  scene.make();
  Inbox inbox = scene.inbox();
  for (std::uint64_t seq = inbox.cursor(Lane::urgent).value_or(Seq{}).value; seq < kReports; seq += 3) {
    const auto some = batch(seq + 1, seq + 3);
    inbox.store(Lane::urgent, some, Micros{1});
    acknowledge(some.back().entry.seq.value);
  }
}

std::set<std::uint64_t> seqs(Inbox& inbox) {
  std::set<std::uint64_t> out;
  for (const Reading& each : inbox.readings()) out.insert(each.entry.seq.value);
  return out;
}

bool has_all_up_to(Inbox& inbox, std::uint64_t seq) {
  const auto there = seqs(inbox);
  for (std::uint64_t each = 1; each <= seq; ++each)
    if (!there.contains(each)) return false;
  return inbox.owed(1000).size() == there.size();
}

// Kills it at every write in turn, looks with `check`, then lets it run to its end.
bool at_every_write(const std::function<bool(Inbox&, const std::vector<std::uint64_t>&)>& check) {
  for (int n = 1; n < kMostWrites; ++n) {
    const InboxScene scene;
    std::vector<std::uint64_t> said;
    const bool ended = dies_at(
        n, [&](const auto& acknowledge) { receive(scene, acknowledge); }, said);
    scene.make();
    Inbox inbox = scene.inbox();
    if (!check(inbox, said)) return false;
    receive(scene, [](std::uint64_t) {});
    if (!has_all_up_to(inbox, kReports) || inbox.readings().size() != kReports) return false;
    if (ended) return n > 20;  // fewer writes than that were not counted
  }
  return false;
}

// --- a sink in memory of its own, which dies or fails on demand ------------------------------------------------------

class Teller : public Sink {
 public:
  Teller(std::function<void(std::uint64_t)> tell, int failures) : tell_(std::move(tell)), failures_(failures) {}
  std::size_t most() const override { return 2; }
  std::string take(const std::vector<Parcel>& parcels) override {
    if (failures_-- > 0) return "not now";
    for (const Parcel& each : parcels) tell_(static_cast<std::uint64_t>(each.number));
    return {};
  }

 private:
  std::function<void(std::uint64_t)> tell_;
  int failures_;
};

bool in_order_and_whole(const std::vector<std::uint64_t>& said) {
  std::uint64_t newest = 0;
  for (const std::uint64_t each : said) {
    if (each > newest + 1) return false;
    newest = std::max(newest, each);
  }
  return newest == kReports;
}

void prepare(const InboxScene& scene) {
  receive(scene, [](std::uint64_t) {});
  scene.folder().open(Durable::at_once)->run("INSERT INTO sinks(sink, stream, cursor) VALUES('s', 1, 0)");
}

void pass_on(const InboxScene& scene, const std::function<void(std::uint64_t)>& tell, int failures) {
  SinkQueue queue(scene.folder().open(Durable::in_time), "s", Stream::urgent);
  Teller sink(tell, failures);
  while (queue.pass_on(sink) || !queue.trouble().empty()) {
  }
}

// --- an inbox that rots --------------------------------------------------------------------------------------------

constexpr std::uint64_t kRots = 3;  // of five reports; the next one cancels the one before

std::vector<Delivery> to_rot() {
  auto out = batch(1, 5);
  out[3] = delivery(4, report_id(2));
  return out;
}

std::string shown(const Reading& reading) {
  return std::to_string(reading.number) + " " + reading_json(reading) + wire::to_hex(octets(reading.entry.salt).bytes) +
         wire::to_hex(reading.entry.leaf) + wire::to_hex(reading.entry.body) + (reading.digest ? "d" : "");
}

std::map<std::uint64_t, std::string> all_shown(const std::vector<Reading>& readings) {
  std::map<std::uint64_t, std::string> out;
  for (const Reading& each : readings)
    if (!each.is_damaged()) out[each.entry.seq.value] += shown(each);
  return out;
}

std::map<std::uint64_t, std::string> all_found(Inbox& inbox) {
  std::map<std::uint64_t, std::string> out;
  for (std::uint64_t seq = 1; seq <= 5; ++seq)
    for (const std::string& which : {std::to_string(seq), report_id(seq)})
      if (const auto found = inbox.find(which)) out[found->entry.seq.value] = shown(*found);
  return out;
}

// Every part is one of the whole's, if perhaps not that a report was withdrawn: what did that may have rotted.
bool is_part(const std::map<std::uint64_t, std::string>& part, const std::map<std::uint64_t, std::string>& whole,
             bool withdrawal_gone) {
  return std::all_of(part.begin(), part.end(), [&](const auto& each) {
    const auto same = whole.find(each.first);
    return same != whole.end() && (same->second == each.second || (withdrawal_gone && each.first == 2));
  });
}

bool heals(InboxScene& scene, std::uint64_t seq, const std::string& rot) {
  const auto& folder = scene.folder();
  Inbox inbox(folder.open(Durable::in_time));
  const auto whole = all_shown(inbox.readings());
  inbox.database().run(rot);
  const bool any = inbox.database().changes() > 0;
  const auto now = inbox.readings_after(Lane::urgent, 0, 9);
  if (!any || !is_part(all_shown(inbox.readings()), whole, seq == 4) || !is_part(all_found(inbox), whole, seq == 4))
    return false;
  // Sinks wait for it, and are shown nothing out of order meanwhile.
  if (!is_part(all_shown(now), whole, seq == 4) || now.size() >= whole.size()) return false;
  for (std::int64_t at = 0; const auto next = inbox.inspect(at, 2);) at = *next;
  if (inbox.damaged(Damage::found).empty() || inbox.damaged(Damage::found).front().seq > Seq{seq}) return false;
  return inbox.store(Lane::urgent, to_rot(), Micros{9}).empty() && all_shown(inbox.readings()) == whole &&
         inbox.damaged(Damage::found).empty() && inbox.readings_after(Lane::urgent, 0, 9).size() == whole.size();
}

}  // namespace

bool what_changed_since_it_arrived_is_never_shown() {
  InboxScene scene;
  scene.make();
  {
    Inbox inbox = scene.inbox();
    inbox.store(Lane::urgent, to_rot(), Micros{1});
    for (const std::uint64_t seq : {kRots, kRots + 1})
      inbox.answered(*inbox.find(std::to_string(seq)), Answer::handled, "見ました", Micros{2});
  }
  for (const std::uint64_t seq : {kRots, kRots + 1}) {
    const std::string row = " WHERE number = " + std::to_string(seq);
    for (const std::string column : {"body", "salt", "leaf"}) {
      const Delivery made = to_rot()[seq - 1];
      const Bytes is = column == "body"   ? made.entry.body
                       : column == "salt" ? Bytes(made.entry.salt.begin(), made.entry.salt.end())
                                          : Bytes(made.entry.leaf.begin(), made.entry.leaf.end());
      for (std::size_t at = 0; at < is.size(); ++at) {
        Bytes rotten = is;
        rotten[at] = static_cast<char>(rotten[at] ^ 1 << at % 8);
        if (!heals(scene, seq, "UPDATE entries SET " + column + " = x'" + wire::to_hex(rotten) + "'" + row))
          return false;
      }
    }
    for (const char* set : {"body = x''", "salt = x''", "leaf = x''", "seq = seq + 100", "seq = 0", "seq = -seq",
                            "lane = 2", "lane = 77", "recorded_at = recorded_at + 1", "topic = topic || '.'",
                            "report = 'r'", "signature = 'invalid'", "signature = 'unknown-key'",
                            "relates_to = '01890a5d-ac96-774b-bcce-000000000001'", "relation = 1", "digest = 2"})
      if (!heals(scene, seq, std::string("UPDATE entries SET ") + set + row)) return false;
    for (const char* set : {"lane = 2", "lane = 77", "seq = seq + 100", "seq = 0", "leaf = x''", "seal = x''",
                            "seal = substr(seal, 2)", "number = number + 100"})
      if (!heals(scene, seq, std::string("UPDATE arrivals SET ") + set + row)) return false;
    for (const char* sql : {"DELETE FROM entries", "DELETE FROM arrivals"})
      if (!heals(scene, seq, sql + row)) return false;
  }
  return true;
}

bool what_was_acknowledged_survives_a_kill_anywhere() {
  return at_every_write([](Inbox& inbox, const std::vector<std::uint64_t>& said) {
    return said.empty() || has_all_up_to(inbox, said.back());
  });
}

bool the_cursor_is_never_ahead_of_the_entries() {
  return at_every_write([](Inbox& inbox, const std::vector<std::uint64_t>&) {
    return has_all_up_to(inbox, inbox.cursor(Lane::urgent).value_or(Seq{}).value);
  });
}

bool a_sink_gets_everything_at_least_once() {
  {
    const InboxScene scene;
    prepare(scene);
    std::vector<std::uint64_t> said;
    pass_on(
        scene, [&](std::uint64_t number) { said.push_back(number); }, 3);
    if (!in_order_and_whole(said)) return false;
  }
  for (int n = 1; n < kMostWrites; ++n) {
    const InboxScene scene;
    prepare(scene);
    std::vector<std::uint64_t> said;
    const bool ended = dies_at(
        n, [&](const auto& tell) { pass_on(scene, tell, 1); }, said);
    pass_on(
        scene, [&](std::uint64_t number) { said.push_back(number); }, 0);
    if (!in_order_and_whole(said)) return false;
    if (ended) return n > 5;
  }
  return false;
}

}  // namespace noroshi::test
