#include "subscriber/missed.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "proto/types/limits.h"
#include "subscriber/inbox.h"
#include "subscriber/lane_state.h"
#include "subscriber/log_book.h"
#include "subscriber/settings.h"
#include "subscriber/sinks.h"

namespace noroshi::subscriber {

namespace {

// A daemon whose session stands writes down at each heartbeat that it has heard the broker.
constexpr std::int64_t kSilence = limits::kSilentHeartbeats * limits::kHeartbeatMs * kMicrosPerMilli;
constexpr std::int64_t kOddClock = kMicrosPerSecond;  // more than a heartbeat's way explains

struct Lack {
  std::string
      what;  // for programs: no_daemon link_down silent behind damaged lost receipts_pending receipts_refused sink_pending log_forked log_unproven
  std::string words;
  std::vector<Seq> seqs{};  // of damaged and lost: which
};

std::string time_or_never(const cli::Common& common, Micros time) {
  return time == Micros{} ? common({"なし", "never"}) : cli::local_time(time);
}

std::vector<Lack> lacks_of(const cli::Common& common, const LaneState& lane, bool daemon, Micros now) {
  std::vector<Lack> out;
  if (!daemon)
    out.push_back({"no_daemon", common({"noroshi-subscriber run が動いていません。最後の受信: ",
                                        "noroshi-subscriber run is not running; last heard: "}) +
                                    time_or_never(common, lane.heard_at)});
  else if (!lane.up)
    out.push_back({"link_down", common({"回線断。始まり: ", "link down since "}) + cli::local_time(lane.since) +
                                    common({"、最後の受信: ", ", last heard: "}) +
                                    time_or_never(common, lane.heard_at)});
  else if (const Micros heard = std::max(lane.heard_at, lane.since); now - heard > kSilence)
    out.push_back({"silent", common({"noroshi-subscriber run が止まっているようです。再起動してください。最後の受信: ",
                                     "noroshi-subscriber run seems to hang: restart it. Nothing was heard since "}) +
                                 cli::local_time(heard)});
  if (lane.cursor < lane.head)
    out.push_back({"behind", common({"受信済みはログの ", "has everything up to "}) +
                                 std::to_string(lane.cursor.value) +
                                 common({" 番まで。ブローカーの最新は ", ", the broker's log is at "}) +
                                 std::to_string(lane.head.value)});
  return out;
}

std::string list(const std::vector<Seq>& seqs) {
  std::string out;
  for (const Seq each : seqs) out += (out.empty() ? "#" : ", #") + std::to_string(each.value);
  return out;
}

// What rotted in the inbox or is gone from it, each on its lane; if that rotted, on the last one.
std::vector<Lack> lacks_of_inbox(const cli::Common& common, Inbox& inbox, Lane lane, const std::vector<Lane>& lanes) {
  std::vector<Lack> out;
  const auto gather = [&](const char* what, cli::Text words, std::vector<Damage> damages) {
    std::vector<Seq> seqs;
    for (const Damage damage : damages)
      for (const Inbox::Damaged& each : inbox.damaged(damage)) {
        const bool known = std::find(lanes.begin(), lanes.end(), each.lane) != lanes.end();
        if (each.lane == lane || (!known && lane == lanes.back())) seqs.push_back(each.seq);
      }
    if (!seqs.empty()) out.push_back({what, common(words) + list(seqs), seqs});
  };
  gather("damaged",
         {"受信箱で壊れたか、なくなった報告。noroshi-subscriber run がブローカーからもう一度受け取ります: ",
          "damaged in the inbox or gone from it; noroshi-subscriber run gets them from the broker again: "},
         {Damage::found, Damage::asked});
  gather(
      "lost",
      {"受信箱で壊れたか、なくなり、ブローカーももう届けない報告。閲覧権限の期限と topics を確認し、run を再起動して"
       "ください: ",
       "damaged in the inbox or gone from it, and no longer delivered by the broker: check the end of your access and "
       "topics, and restart run: "},
      {Damage::lost});
  return out;
}

std::vector<Lack> lacks_of_receipts(const cli::Common& common, Database& database) {
  std::vector<Lack> out;
  const auto count = [&](const char* what, const char* which, cli::Text words) {
    const std::int64_t number = database.number("SELECT count(*) FROM receipts WHERE " + std::string(which));
    if (number > 0) out.push_back({what, common(words) + std::to_string(number)});
  };
  count("receipts_pending", "owed",
        {"まだブローカーに届いていない受領通知: ", "receipts the broker has not got yet: "});
  // What was said again since, or is of a log that a person has accepted another for, is no longer open.
  Query refused(database,
                "SELECT count(*) OVER (), report, stage, refused FROM receipts r WHERE refused IS NOT NULL AND at > "
                "(SELECT ifnull(max(accepted_at), 0) FROM forks) AND NOT EXISTS (SELECT 1 FROM receipts later WHERE "
                "later.report = r.report AND later.stage = r.stage AND later.number > r.number) ORDER BY number DESC");
  if (refused.next())
    out.push_back({"receipts_refused",
                   common({"ブローカーが受け付けなかった通知があります。回答なら respond でやり直し、そうでなければ"
                           "運用者に問い合わせてください。件数: ",
                           "receipts that the broker refused for good; give an answer again with respond, of anything "
                           "else ask the broker's operator: "}) +
                       std::to_string(refused.number(0)) + common({"、最新: ", ", the latest: "}) + refused.text(1) +
                       " " + std::string(name_of(static_cast<Stage>(refused.number(2)))) + ": " + refused.text(3)});
  return out;
}

std::vector<Lack> lacks_of_log(const cli::Common& common, LogBook& book, bool daemon) {
  std::vector<Lack> out;
  if (const auto fork = book.open_fork())
    out.push_back({"log_forked", common(words(fork->breach)) + ": " + fork->evidence + ". " + common(kForkAdvice)});
  const auto page = book.page();
  if (daemon && page && page->unproven_since)
    out.push_back(
        {"log_unproven",
         common(
             {"ブローカーが、ログが以前の続きであり、届いた報告を含むことを示していません。運用者に確かめてください。"
              "始まり: ",
              "the broker does not show that its log continues the one before and has what it delivered: ask its "
              "operator. Since "}) +
             cli::local_time(*page->unproven_since)});
  return out;
}

Lack lack_of(const cli::Common& common, const Arrears& arrears) {
  const bool links = arrears.stream == Stream::links;
  std::string words =
      arrears.sink +
      (links ? common({" にまだ渡していない回線の知らせ: ", " has not taken so many words of the link yet: "})
             : common({" にまだ渡していない件数: ", " has not taken so many yet: "})) +
      std::to_string(arrears.pending);
  if (!arrears.trouble.empty())
    words += common({" (失敗の始まり: ", " (failing since "}) + cli::local_time(arrears.since) + ": " +
             arrears.trouble + ")";
  return {"sink_pending", std::move(words)};
}

// What is behind on a lane. Words of links are of no lane; the last one's line has them.
std::vector<Arrears> arrears_on(Lane lane, const Settings& settings, Database& database) {
  std::vector<Arrears> out = arrears(database, settings.sinks);
  std::erase_if(out, [&](const Arrears& each) {
    return each.stream != static_cast<Stream>(lane) && !(each.stream == Stream::links && lane == settings.lanes.back());
  });
  return out;
}

boost::json::array json_of(const std::vector<Arrears>& arrears) {
  boost::json::array out;
  for (const Arrears& each : arrears) {
    boost::json::object sink{{"sink", each.sink},
                             {"of", each.stream == Stream::links ? "links" : "reports"},
                             {"pending", each.pending},
                             {"trouble", nullptr},
                             {"since", nullptr}};
    if (!each.trouble.empty()) {
      sink["trouble"] = each.trouble;
      sink["since"] = cli::rfc3339(each.since);
    }
    out.push_back(std::move(sink));
  }
  return out;
}

boost::json::object json_of(const Lack& lack) {
  boost::json::object out{{"what", lack.what}, {"words", lack.words}};
  if (lack.seqs.empty()) return out;
  boost::json::array seqs;
  for (const Seq each : lack.seqs) seqs.push_back(each.value);
  out["seqs"] = std::move(seqs);
  return out;
}

// What came before the inbox was made, or before more topics were asked for, is none of its business.
std::string beginning(const cli::Common& common, const LaneState& lane) {
  if (lane.promised->after() == 0) return {};
  return common({" (ログの ", " (of what came after #"}) + std::to_string(lane.promised->after()) +
         common({" 番より後について)", ")"});
}

// The broker's own signed word; null without the key to check it (an older credential), or before the first.
boost::json::value signed_json(const LaneState& lane) {
  if (!lane.promised) return nullptr;
  return boost::json::object{{"after", lane.promised->after()},
                             {"upto", lane.promised->upto()},
                             {"count", lane.promised->count()},
                             {"at", cli::rfc3339(Micros{lane.promised->at_us()})}};
}

boost::json::value offset_json(const LaneState& lane) {
  if (!lane.clock_offset) return nullptr;
  return *lane.clock_offset / kMicrosPerMilli;
}

}  // namespace

void missed(cli::Program& program, const InboxFolder& folder) {
  const cli::Common& common = program.common;
  folder.find();
  const Settings settings = load_settings(folder.settings());
  const auto database = folder.open(Durable::in_time);
  const bool daemon = folder.taken_by_a_daemon();
  const Micros now = cli::wall_clock();
  std::vector<Lack> whole = lacks_of_receipts(common, *database);  // of no lane; the last one's line has them
  LogBook book(folder);
  const std::vector<Lack> of_log = lacks_of_log(common, book, daemon);
  whole.insert(whole.end(), of_log.begin(), of_log.end());
  Inbox inbox(folder.open(Durable::in_time));
  inbox.look_for_gone();
  for (const LaneState& lane : LaneStates(folder.open(Durable::in_time)).all(settings.lanes)) {
    std::vector<Lack> lacks = lacks_of(common, lane, daemon, now);
    for (Lack& each : lacks_of_inbox(common, inbox, lane.lane, settings.lanes)) lacks.push_back(std::move(each));
    const std::vector<Arrears> behind = arrears_on(lane.lane, settings, *database);
    for (const Arrears& each : behind) lacks.push_back(lack_of(common, each));
    if (lane.lane == settings.lanes.back()) lacks.insert(lacks.end(), whole.begin(), whole.end());
    if (!lacks.empty()) program.worse(cli::kUnverified);
    if (common.json) {
      boost::json::array missing;
      for (const Lack& each : lacks) missing.push_back(json_of(each));
      std::cout << boost::json::serialize(boost::json::object{{"lane", name_of(lane.lane)},
                                                              {"upto", lane.cursor.value},
                                                              {"count", lane.reports},
                                                              {"complete", lacks.empty()},
                                                              {"at", cli::rfc3339(now)},
                                                              {"signed", signed_json(lane)},
                                                              {"clockOffsetMs", offset_json(lane)},
                                                              {"missing", std::move(missing)},
                                                              {"sinks", json_of(behind)}})
                << "\n";
      continue;
    }
    std::cout << name_of(lane.lane) << ": "
              << (lacks.empty() ? common({"すべて受信済み", "complete"}) : common({"不足あり", "NOT COMPLETE"})) << "  "
              << common({"ログの ", "up to #"}) << lane.cursor.value << common({" 番まで、", ", "}) << lane.reports
              << common({" 件", " reports"}) << "\n";
    if (lane.promised)
      std::cout << "  " << common({"ブローカーの署名: ログの ", "signed by the broker: up to #"})
                << lane.promised->upto() << common({" 番まで、", ", at "})
                << cli::local_time(Micros{lane.promised->at_us()}) << beginning(common, lane) << "\n";
    if (lane.clock_offset && std::abs(*lane.clock_offset) > kOddClock)
      std::cout << "  "
                << common({"時計のずれ (ブローカー − この機械): ", "clock offset (the broker's less this machine's): "})
                << *lane.clock_offset / kMicrosPerMilli << " ms\n";
    for (const Lack& each : lacks) std::cout << "  - " << cli::printable(each.words) << "\n";
  }
}

}  // namespace noroshi::subscriber
