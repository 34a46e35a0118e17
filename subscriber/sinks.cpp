#include "subscriber/sinks.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "proto/client/line.h"
#include "proto/wire/decode.h"
#include "proto/wire/signing.h"
#include "subscriber/log_book.h"
#include "subscriber/planted.h"
#include "subscriber/reading_view.h"
#include "subscriber/sink_exec.h"
#include "subscriber/sink_file.h"
#include "subscriber/sink_newsletter.h"
#include "subscriber/sink_syslog.h"
#include "subscriber/sink_webhook.h"

namespace noroshi::subscriber {

namespace {

constexpr std::array kStreams{Stream::urgent, Stream::batched, Stream::links};
constexpr std::int64_t kReportIsLate = 60 * kMicrosPerSecond;
constexpr std::int64_t kAskAgain = 5 * kMicrosPerSecond;  // without news: nothing should be there

// In which table and under which condition a stream's parcels are.
std::string from_where(Stream stream) {
  if (stream == Stream::links) return "FROM events WHERE number > ?";
  return "FROM entries WHERE lane = " + std::to_string(number_of(stream)) + " AND number > ?";
}

void enter(Database& database, const SinkSettings& settings, Stream stream) {
  const std::string start =
      settings.from_start ? "SELECT ?, ?, 0" : "SELECT ?, ?, ifnull(max(number), 0) " + from_where(stream);
  Query insert(database, ("INSERT OR IGNORE INTO sinks(sink, stream, cursor) " + start).c_str());
  if (settings.from_start)
    insert.with(settings.name, number_of(stream)).run();
  else
    insert.with(settings.name, number_of(stream), std::int64_t{0}).run();
}

std::int64_t cursor_of(Database& database, const std::string& sink, Stream stream) {
  Query query(database, "SELECT cursor FROM sinks WHERE sink = ? AND stream = ?");
  query.with(sink, number_of(stream)).next();
  return query.number(0);
}

Status status_of(const Reading& reading) { return wire::from_wire(reading.report.status()).value_or(Status::actual); }

bool is_drill(const Parcel& parcel) {
  return (parcel.reading ? status_of(*parcel.reading) : parcel.link.status) != Status::actual;
}

// A reminder may overtake its report, of which alone is known whether it is a drill.
bool worth_waiting_for(const LinkEvent& link) {
  const std::int64_t age = cli::wall_clock() - link.at;
  return age >= 0 && age < kReportIsLate;
}

std::uint32_t chance() {
  std::uint32_t out = 0;
  for (const char c : wire::random_bytes(sizeof out)) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

}  // namespace

std::unique_ptr<Sink> make_sink(const SinkSettings& settings, const Matrix& matrix, const std::atomic<bool>& stop) {
  switch (settings.type) {
    case SinkSettings::Type::exec: return std::make_unique<ExecSink>(settings.command, settings.timeout_seconds, stop);
    case SinkSettings::Type::syslog: return std::make_unique<SyslogSink>(settings, matrix, stop);
    case SinkSettings::Type::webhook: return std::make_unique<WebhookSink>(settings, stop);
    case SinkSettings::Type::file: break;
  }
  if (settings.format == SinkSettings::Format::ndjson) return std::make_unique<FileSink>(settings.path, stop);
  return std::make_unique<NewsletterSink>(settings, matrix);
}

std::vector<Parcel> SinkQueue::next(std::size_t most) {
  std::vector<Parcel> out;
  const std::int64_t cursor = cursor_of(inbox_.database(), sink_, stream_);
  if (stream_ != Stream::links) {
    for (const Reading& each : inbox_.readings_after(static_cast<Lane>(stream_), cursor, most))
      out.push_back({each.number, reading_json(each), each});
    return out;
  }
  Query query(inbox_.database(),
              "SELECT e.number, e.at, e.lane, e.event, e.report, e.stage, f.number, f.breach, f.at, f.known, f.shown, "
              "f.evidence, f.seq, f.leaf FROM events e LEFT JOIN forks f ON f.number = e.fork WHERE e.number > ? ORDER "
              "BY e.number "
              "LIMIT ?");
  query.with(cursor, static_cast<std::int64_t>(most));
  while (query.next()) {
    LinkEvent link{query.text(3), static_cast<Lane>(query.number(2)), Micros{query.number(1)}, query.text(4),
                   query.text(5)};
    if (!query.null(6)) link.fork = fork_in(query, 7);
    if (!link.report.empty()) {
      if (const auto report = inbox_.find(link.report))
        link.status = status_of(*report);
      else if (worth_waiting_for(link))
        break;
    }
    out.push_back({query.number(0), link_json(link), {}, link});
  }
  return out;
}

bool SinkQueue::pass_on(Sink& sink) {
  std::vector<Parcel> parcels = next(sink.most());
  if (parcels.empty()) {
    trouble_.clear();
    return false;
  }
  const std::int64_t last = parcels.back().number;
  if (planted(Bug::sink_cursor_first)) move_on(last);
  if (!drills_) std::erase_if(parcels, is_drill);
  const std::string trouble = parcels.empty() ? "" : sink.take(parcels);
  if (trouble != trouble_) note(trouble);
  if (trouble.empty()) move_on(last);
  return trouble.empty();
}

void SinkQueue::move_on(std::int64_t number) {
  Query(inbox_.database(), "UPDATE sinks SET cursor = ?, trouble = NULL, since = NULL WHERE sink = ? AND stream = ?")
      .with(number, sink_, number_of(stream_))
      .run();
}

void SinkQueue::note(const std::string& trouble) {
  const std::string name = "sink " + sink_ + ": ";
  if (trouble.empty())
    spdlog::info(name + say({"渡せるようになりました", "takes what it is given again"}));
  else
    spdlog::warn(name + trouble +
                 say({"。間隔を空けて繰り返します", "; it is tried again, after longer and longer waits"}));
  // Since when it fails is a question that a restart of ours does not answer anew.
  Query(inbox_.database(),
        "UPDATE sinks SET trouble = nullif(?, ''), since = coalesce(since, ?) WHERE sink = ? AND stream = ?")
      .with(trouble, cli::wall_clock().value, sink_, number_of(stream_))
      .run();
  trouble_ = trouble;
}

namespace {

void forget_retired(Database& database, const InboxFolder& folder, const Settings& settings) {
  std::vector<std::string> gone;
  Query known(database, "SELECT DISTINCT sink FROM sinks");
  while (known.next()) {
    const std::string name = known.text(0);
    const auto same = [&](const SinkSettings& each) { return each.name == name; };
    if (std::none_of(settings.sinks.begin(), settings.sinks.end(), same)) gone.push_back(name);
  }
  for (const std::string& name : gone) {
    if (std::find(settings.retired.begin(), settings.retired.end(), name) == settings.retired.end())
      throw cli::Failure(
          cli::kUsage,
          folder.settings().string() +
              say({": 前回まであった渡し先がありません。[[sink]] を戻すか、やめるなら次のように書いてください: ",
                   ": a sink that was there before is gone; put its [[sink]] back or, to give it up, write: "}) +
              "retired = [\"" + name + "\"]");
    Query(database, "DELETE FROM sinks WHERE sink = ?").with(name).run();
  }
}

}  // namespace

Sinks::Sinks(const InboxFolder& folder, const Settings& all, const Matrix& matrix) {
  const std::vector<SinkSettings>& settings = all.sinks;
  std::vector<std::shared_ptr<Sink>> made;  // one for each thread, all before any thread
  for (const SinkSettings& each : settings)
    for (std::size_t n = 0; n < kStreams.size(); ++n) made.push_back(make_sink(each, matrix, stop_));
  const auto database = folder.open(Durable::at_once);
  forget_retired(*database, folder, all);
  for (const SinkSettings& each : settings)
    for (const Stream stream : kStreams) enter(*database, each, stream);
  auto sink = made.begin();
  for (const SinkSettings& each : settings)
    for (const Stream stream : kStreams)
      threads_.emplace_back([=, this, own = *sink++] { work(folder, each, stream, *own); });
}

Sinks::~Sinks() {
  stop_ = true;
  news();
  for (std::thread& thread : threads_) thread.join();
}

void Sinks::news() {
  const std::lock_guard lock(mutex_);
  ++news_;
  wake_.notify_all();
}

void Sinks::wait(std::uint64_t& seen, std::int64_t at_most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::microseconds(at_most), [&] { return stop_ || news_ != seen; });
  seen = news_;
}

void Sinks::mark(const std::string& sink, Stream stream, bool failing) {
  const std::lock_guard lock(mutex_);
  if (failing)
    failing_[sink].insert(stream);
  else if (const auto it = failing_.find(sink); it != failing_.end() && it->second.erase(stream) && it->second.empty())
    failing_.erase(it);
}

std::uint32_t Sinks::failing() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::uint32_t>(failing_.size());
}

void Sinks::work(const InboxFolder& folder, const SinkSettings& settings, Stream stream, Sink& sink) {
  client::BackOff back_off;
  std::uint64_t seen = 0;
  while (!stop_) {
    try {
      SinkQueue queue(folder.open(Durable::in_time), settings.name, stream, settings.drills);
      while (!stop_) {
        const bool passed = queue.pass_on(sink);
        mark(settings.name, stream, !queue.trouble().empty());
        if (passed) {
          back_off.reset();
          continue;
        }
        if (queue.trouble().empty()) {
          wait(seen, kAskAgain);
          continue;
        }
        // News is no reason to try sooner.
        const std::int64_t pause = std::max(back_off.next(chance()), sink.pause());
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(pause);
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, until, [&] { return stop_.load(); });
      }
    } catch (const std::exception& error) {
      spdlog::error("sink " + settings.name + ": " + error.what());
      mark(settings.name, stream, true);
      wait(seen, kAskAgain);
    }
  }
}

std::vector<Arrears> arrears(Database& database, const std::vector<SinkSettings>& settings) {
  std::vector<Arrears> out;
  for (const SinkSettings& each : settings)
    for (const Stream stream : kStreams) {
      Query state(database, "SELECT ifnull(trouble, ''), ifnull(since, 0) FROM sinks WHERE sink = ? AND stream = ?");
      const bool begun = state.with(each.name, number_of(stream)).next();
      if (!begun && !each.from_start) continue;
      Query count(database, ("SELECT count(*) " + from_where(stream)).c_str());
      count.with(begun ? cursor_of(database, each.name, stream) : 0).next();
      if (count.number(0) == 0) continue;
      out.push_back({each.name, stream, count.number(0), {}, {}});
      if (begun) out.back().trouble = state.text(0);
      if (begun) out.back().since = Micros{state.number(1)};
    }
  return out;
}

}  // namespace noroshi::subscriber
