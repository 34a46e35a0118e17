#include "subscriber/sinks.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "proto/client/line.h"
#include "proto/wire/signing.h"
#include "subscriber/planted.h"
#include "subscriber/reading_view.h"
#include "subscriber/sink_exec.h"
#include "subscriber/sink_file.h"

namespace noroshi::subscriber {

namespace {

constexpr std::array kStreams{Stream::urgent, Stream::batched, Stream::links};
constexpr std::int64_t kAskAgain = 5 * kMicrosPerSecond;  // without news: nothing should be there

std::int64_t number_of(Stream stream) { return static_cast<std::int64_t>(stream); }

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

std::uint32_t chance() {
  std::uint32_t out = 0;
  for (const char c : wire::random_bytes(sizeof out)) out = out << 8 | static_cast<unsigned char>(c);
  return out;
}

}  // namespace

std::unique_ptr<Sink> make_sink(const SinkSettings& settings, const std::atomic<bool>& stop) {
  if (settings.type == SinkSettings::Type::exec)
    return std::make_unique<ExecSink>(settings.command, settings.timeout_seconds, stop);
  return std::make_unique<FileSink>(settings.path);
}

std::vector<Parcel> SinkQueue::next(std::size_t most) {
  std::vector<Parcel> out;
  const std::int64_t cursor = cursor_of(inbox_.database(), sink_, stream_);
  if (stream_ != Stream::links) {
    for (const Reading& each : inbox_.readings_after(static_cast<Lane>(stream_), cursor, most))
      out.push_back({each.number, reading_json(each)});
    return out;
  }
  Query query(inbox_.database(), "SELECT number, at, lane, event FROM events WHERE number > ? ORDER BY number LIMIT ?");
  query.with(cursor, static_cast<std::int64_t>(most));
  while (query.next())
    out.push_back(
        {query.number(0), link_json(query.text(3), static_cast<Lane>(query.number(2)), Micros{query.number(1)})});
  return out;
}

bool SinkQueue::pass_on(Sink& sink) {
  const std::vector<Parcel> parcels = next(sink.most());
  if (parcels.empty()) {
    trouble_.clear();
    return false;
  }
  if (planted(Bug::sink_cursor_first)) move_on(parcels.back().number);
  const std::string trouble = sink.take(parcels);
  if (trouble != trouble_) note(trouble);
  if (trouble.empty()) move_on(parcels.back().number);
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
  if (trouble_.empty())
    Query(inbox_.database(), "UPDATE sinks SET since = ? WHERE sink = ? AND stream = ?")
        .with(cli::wall_clock().value, sink_, number_of(stream_))
        .run();
  Query(inbox_.database(), "UPDATE sinks SET trouble = nullif(?, '') WHERE sink = ? AND stream = ?")
      .with(trouble, sink_, number_of(stream_))
      .run();
  trouble_ = trouble;
}

Sinks::Sinks(const InboxFolder& folder, const std::vector<SinkSettings>& settings) {
  const auto database = folder.open(Durable::at_once);
  for (const SinkSettings& each : settings)
    for (const Stream stream : kStreams) enter(*database, each, stream);
  for (const SinkSettings& each : settings)
    for (const Stream stream : kStreams) threads_.emplace_back([=, this] { work(folder, each, stream); });
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

void Sinks::work(const InboxFolder& folder, const SinkSettings& settings, Stream stream) {
  client::BackOff back_off;
  std::uint64_t seen = 0;
  while (!stop_) {
    try {
      SinkQueue queue(folder.open(Durable::in_time), settings.name, stream);
      const std::unique_ptr<Sink> sink = make_sink(settings, stop_);
      while (!stop_) {
        while (!stop_ && queue.pass_on(*sink)) back_off.reset();
        if (queue.trouble().empty()) {
          wait(seen, kAskAgain);
          continue;
        }
        // News is no reason to try sooner.
        const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(back_off.next(chance()));
        std::unique_lock lock(mutex_);
        wake_.wait_until(lock, until, [&] { return stop_.load(); });
      }
    } catch (const std::exception& error) {
      spdlog::error("sink " + settings.name + ": " + error.what());
      wait(seen, kAskAgain);
    }
  }
}

std::vector<Arrears> arrears(Database& database, const std::vector<SinkSettings>& settings) {
  std::vector<Arrears> out;
  for (const SinkSettings& each : settings)
    for (const Stream stream : kStreams) {
      Query state(database, "SELECT ifnull(trouble, '') FROM sinks WHERE sink = ? AND stream = ?");
      const bool begun = state.with(each.name, number_of(stream)).next();
      if (!begun && !each.from_start) continue;
      Query count(database, ("SELECT count(*) " + from_where(stream)).c_str());
      count.with(begun ? cursor_of(database, each.name, stream) : 0).next();
      if (count.number(0) > 0) out.push_back({each.name, stream, count.number(0), begun ? state.text(0) : ""});
    }
  return out;
}

}  // namespace noroshi::subscriber
