#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>

#include "proto/wire/files.h"
#include "subscriber/lane_state.h"
#include "subscriber/sink_exec.h"
#include "subscriber/sink_file.h"
#include "subscriber/sink_newsletter.h"
#include "subscriber/sink_webhook.h"
#include "subscriber/sinks.h"
#include "tests/support/catch.h"
#include "tests/unit/subscriber/inbox_scene.h"
#include "tests/unit/subscriber/sink_promises.h"

namespace noroshi::test {

using namespace subscriber;

namespace {

class Counter : public Sink {
 public:
  std::size_t most() const override { return 2; }
  std::string take(const std::vector<Parcel>& parcels) override {
    CHECK_FALSE(parcels.empty());
    taken += parcels.size();
    return {};
  }
  std::size_t taken = 0;
};

void with_status(Delivery& delivery, v1::Report::Status status) {
  delivery.report.set_status(status);
  v1::SignedReport wrapped;
  wrapped.set_report(delivery.report.SerializeAsString());
  delivery.entry.body = wrapped.SerializeAsString();
  delivery.entry.leaf = wire::leaf_of(delivery.entry.salt, delivery.entry.body);
}

std::string contents(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

std::string exec(std::vector<std::string> command, const std::string& json = "{}", std::int64_t seconds = 20) {
  const std::atomic<bool> stop{false};
  return ExecSink(std::move(command), seconds, stop).take({{1, json}});
}

}  // namespace

TEST_CASE("a program gets the parcel on its standard input, whole, and ends with 0 when it has it") {
  const InboxScene scene;
  const auto file = scene.path() / "got";
  const std::string large(3'000'000, 'x');
  CHECK(exec({"/bin/sh", "-c", "cat > \"$0\"", file.string()}, large).empty());
  CHECK(contents(file) == large + "\n");
  CHECK(exec({"/bin/sh", "-c", "cat > \"$0\"", file.string()}, "{\"a\":1}").empty());
  CHECK(contents(file) == "{\"a\":1}\n");
}

TEST_CASE("whatever else becomes of the program, the parcel is not taken") {
  CHECK(exec({"/bin/sh", "-c", "cat > /dev/null; exit 3"}).find("3") != std::string::npos);
  CHECK_FALSE(exec({"/bin/sh", "-c", "kill -9 $$"}).empty());
  CHECK(exec({"/no/such/program"}).find("/no/such/program") != std::string::npos);
  // One that does not read its input is no trouble by itself.
  CHECK(exec({"/bin/true"}, std::string(3'000'000, 'x')).empty());
}

TEST_CASE("a program that hangs is ended with all it started") {
  const InboxScene scene;
  const auto file = scene.path() / "pid";
  CHECK_FALSE(exec({"/bin/sh", "-c", "sleep 1000 & echo $! > \"$0\"; wait", file.string()}, "{}", 1).empty());
  const int pid = std::stoi(contents(file));
  const auto state = [&] { return contents("/proc/" + std::to_string(pid) + "/stat"); };
  const auto gone = [&] { return state().empty() || state().find(") Z") != std::string::npos; };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!gone() && std::chrono::steady_clock::now() < end) {
  }
  CHECK(gone());
}

TEST_CASE("a file gets whole lines, also after one that was cut short, and may be moved away") {
  const InboxScene scene;
  const auto file = scene.path() / "log.ndjson";
  const std::atomic<bool> stop{false};
  FileSink sink(file, stop);
  CHECK(sink.take({{1, "{1}"}, {2, "{2}"}}).empty());
  CHECK(contents(file) == "{1}\n{2}\n");
  std::ofstream(file, std::ios::app) << "{cut sh";
  CHECK(sink.take({{3, "{3}"}}).empty());
  CHECK(contents(file) == "{1}\n{2}\n{cut sh\n{3}\n");
  fs::rename(file, scene.path() / "old");
  CHECK(sink.take({{4, "{4}"}}).empty());
  CHECK(contents(file) == "{4}\n");
  CHECK(FileSink(scene.path() / "no" / "folder", stop).take({{1, "{}"}}).find("no/folder") != std::string::npos);
}

TEST_CASE("a file that another program has locked is not waited for: not for long, and not once the daemon stops") {
  const InboxScene scene;
  const auto file = scene.path() / "log.ndjson";
  std::atomic<bool> stop{false};
  FileSink sink(file, stop);
  const wire::Descriptor other{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  REQUIRE(::flock(other.fd, LOCK_EX) == 0);
  CHECK(sink.take({{1, "{1}"}}).find("locked") != std::string::npos);
  stop = true;
  CHECK(sink.take({{1, "{1}"}}).find("stopping") != std::string::npos);
  REQUIRE(::flock(other.fd, LOCK_UN) == 0);
  CHECK(sink.take({{1, "{1}"}}).empty());
  CHECK(contents(file) == "{1}\n");
}

namespace {

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& each : fs::directory_iterator(folder)) out.push_back(each.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

Parcel as_parcel(const Delivery& delivery, bool digest = false, bool digest_end = false) {
  Reading reading;
  reading.entry = delivery.entry;
  reading.report = delivery.report;
  reading.signature = "valid";
  reading.digest = digest;
  reading.digest_end = digest_end;
  return {static_cast<std::int64_t>(delivery.entry.seq.value), "{}", reading};
}

}  // namespace

TEST_CASE("a newsletter for each report and each digest, whole, its owner's alone; the same again is the same file") {
  const InboxScene scene;
  const auto folder = scene.path() / "letters";
  SinkSettings settings;
  settings.path = folder;
  settings.format = SinkSettings::Format::text;
  settings.language = Language::ja;
  NewsletterSink sink(settings, shipped_matrix());
  const std::vector<Parcel> parcels{as_parcel(delivery(1)), as_parcel(delivery(2), true),
                                    as_parcel(delivery(3), true, true), as_parcel(delivery(4), true),
                                    Parcel{5, "{}", {}, {"link_lost", Lane::urgent, Micros{1}}}};
  CHECK(sink.take(parcels).find(folder.string()) != std::string::npos);
  fs::create_directory(folder);
  for (int n = 0; n < 2; ++n) CHECK(sink.take(parcels).empty());
  const std::vector<std::string> expected{"000000000001-" + report_id(1) + ".txt",
                                          "000000000002-" + report_id(2) + ".txt",
                                          "000000000004-" + report_id(4) + ".txt"};
  CHECK(names_in(folder) == expected);
  CHECK(contents(folder / expected[0]).find("第1報") != std::string::npos);
  CHECK(contents(folder / expected[0]).find("ニュースレター") == std::string::npos);
  const std::string digest = contents(folder / expected[1]);
  CHECK(digest.find("ニュースレター  2件") != std::string::npos);
  CHECK(digest.find("第3報") != std::string::npos);
  struct stat info {};
  REQUIRE(::stat((folder / expected[0]).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("RED stands by itself, and an id that is none names no file") {
  const InboxScene scene;
  SinkSettings settings;
  settings.path = scene.path();
  settings.format = SinkSettings::Format::html;
  NewsletterSink sink(settings, shipped_matrix());
  Parcel red = as_parcel(delivery(2), true);
  red.reading->report.set_tlp("RED");
  red.reading->report.set_id("../../../../tmp/of-another-kind/and-more");
  CHECK(sink.take({as_parcel(delivery(1), true), red, as_parcel(delivery(3), true, true)}).empty());
  const auto names = names_in(scene.path());
  REQUIRE(names.size() == 3);
  CHECK(names[1] == "000000000002-" + wire::to_hex(delivery(2).entry.leaf) + ".html");
  CHECK(contents(scene.path() / names[0]).find("TLP:RED") == std::string::npos);
}

TEST_CASE("drills are kept from a sink that does not want them, and not waited for") {
  const InboxScene scene;
  scene.make();
  auto some = batch(1, 6);
  for (const std::size_t drill : {1u, 2u, 3u})
    with_status(some[drill], drill == 2 ? v1::Report::TEST : v1::Report::EXERCISE);
  scene.inbox().store(Lane::urgent, some, Micros{1});
  scene.folder()
      .open(Durable::at_once)
      ->run("INSERT INTO sinks(sink, stream, cursor) VALUES('all', 1, 0), ('live', 1, 0)");
  for (const bool drills : {true, false}) {
    SinkQueue queue(scene.folder().open(Durable::in_time), drills ? "all" : "live", Stream::urgent, drills);
    Counter counter;
    while (queue.pass_on(counter)) {
    }
    CHECK(counter.taken == (drills ? 6 : 3));
  }
}

TEST_CASE("that a drill is overdue is kept from a sink that wants no drills, and said to be of one elsewhere") {
  const InboxScene scene;
  scene.make();
  auto some = batch(1, 2);
  with_status(some[0], v1::Report::EXERCISE);
  scene.inbox().store(Lane::urgent, some, Micros{1});
  LaneStates states(scene.folder().open(Durable::in_time));
  v1::Reminder reminder;
  reminder.set_stage(v1::Receipt::OPENED);
  for (const std::uint64_t seq : {1u, 2u}) {
    reminder.set_report_id(report_id(seq));
    REQUIRE(states.remind(Lane::urgent, reminder, Micros{2}));
  }
  scene.folder()
      .open(Durable::at_once)
      ->run("INSERT INTO sinks(sink, stream, cursor) VALUES('all', 3, 0), ('live', 3, 0)");
  for (const bool drills : {true, false}) {
    SinkQueue queue(scene.folder().open(Durable::in_time), drills ? "all" : "live", Stream::links, drills);
    const auto parcels = queue.next(9);
    REQUIRE(parcels.size() == 2);
    CHECK(parcels[0].json.find(R"("status":"EXERCISE")") != std::string::npos);
    CHECK(parcels[1].json.find(R"("status":"ACTUAL")") != std::string::npos);
    Counter counter;
    while (queue.pass_on(counter)) continue;
    CHECK(counter.taken == (drills ? 2 : 1));
  }
}

TEST_CASE(
    "a reminder that overtook its report is passed on once it is known whether that is a drill, or after a while") {
  const InboxScene scene;
  scene.make();
  LaneStates states(scene.folder().open(Durable::in_time));
  v1::Reminder reminder;
  reminder.set_report_id(report_id(1));
  states.remind(Lane::urgent, reminder, cli::wall_clock());
  scene.folder().open(Durable::at_once)->run("INSERT INTO sinks(sink, stream, cursor) VALUES('s', 3, 0)");
  SinkQueue queue(scene.folder().open(Durable::in_time), "s", Stream::links);
  CHECK(queue.next(9).empty());
  scene.inbox().store(Lane::urgent, batch(1, 1), Micros{1});
  CHECK(queue.next(9).size() == 1);
  reminder.set_report_id(report_id(2));
  states.remind(Lane::urgent, reminder, Micros{cli::wall_clock().value - 120 * kMicrosPerSecond});
  CHECK(queue.next(9).size() == 2);
}

TEST_CASE("since when a sink fails is known until it no longer does, over restarts") {
  class Failing : public Sink {
   public:
    explicit Failing(std::string trouble) : trouble_(std::move(trouble)) {}
    std::size_t most() const override { return 2; }
    std::string take(const std::vector<Parcel>&) override { return trouble_; }

   private:
    std::string trouble_;
  };
  const InboxScene scene;
  scene.make();
  scene.inbox().store(Lane::urgent, batch(1, 3), Micros{1});
  const auto database = scene.folder().open(Durable::at_once);
  database->run("INSERT INTO sinks(sink, stream, cursor) VALUES('s', 1, 0)");
  SinkSettings settings;
  settings.name = "s";
  std::optional<Micros> since;
  for (const char* why : {"one reason", "another"}) {
    SinkQueue queue(scene.folder().open(Durable::in_time), "s", Stream::urgent);
    Failing sink(why);
    CHECK_FALSE(queue.pass_on(sink));
    const auto behind = arrears(*database, {settings});
    REQUIRE(behind.size() == 1);
    CHECK(behind[0].pending == 3);
    CHECK(behind[0].trouble == why);
    CHECK(behind[0].since > Micros{1});
    CHECK(behind[0].since == since.value_or(behind[0].since));
    since = behind[0].since;
  }
  SinkQueue queue(scene.folder().open(Durable::in_time), "s", Stream::urgent);
  Failing well("");
  CHECK(queue.pass_on(well));
  CHECK(arrears(*database, {settings})[0].since == Micros{});
}

TEST_CASE("how long a receiver asks to be left alone") {
  const Micros now{1'700'000'000 * kMicrosPerSecond};  // Tue, 14 Nov 2023 22:13:20 GMT
  CHECK(web::retry_after("7", now) == 7 * kMicrosPerSecond);
  CHECK(web::retry_after("Tue, 14 Nov 2023 22:13:50 GMT", now) == 30 * kMicrosPerSecond);
  CHECK(web::retry_after("Tue, 14 Nov 2023 22:13:00 GMT", now) == 0);
  CHECK(web::retry_after("86400", now) == 600 * kMicrosPerSecond);
  CHECK(web::retry_after("99999999999999999999", now) == 0);
  for (const char* nonsense : {"", "-5", "soon", "7 s"}) CHECK(web::retry_after(nonsense, now) == 0);
}

TEST_CASE("of one entry the webhook-id is always the same, of others another") {
  const Parcel one = as_parcel(delivery(1)), other = as_parcel(delivery(2));
  CHECK(webhook_id(one) == webhook_id(as_parcel(delivery(1))));
  CHECK(webhook_id(one) != webhook_id(other));
  CHECK(webhook_id(Parcel{1, "{}", {}, {"link_lost", Lane::urgent, Micros{1}}}) == "link_lost_urgent_1");
}

TEST_CASE("what sinks say is what was written, signed, and taken when the receiver says so") {
  CHECK(html_is_what_was_written_and_no_markup());
  CHECK(syslog_keeps_its_structure());
  CHECK(a_signature_is_of_one_message_at_one_time());
  CHECK(a_webhook_is_taken_when_its_receiver_says_so());
}

}  // namespace noroshi::test
