#include "subscriber/run.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "proto/cli/credential.h"
#include "proto/cli/report_view.h"
#include "proto/client/stop_signal.h"
#include "proto/client/topics.h"
#include "subscriber/inbox.h"
#include "subscriber/inbox_folder.h"
#include "subscriber/lane_state.h"
#include "subscriber/local_matrix.h"
#include "subscriber/log_watch.h"
#include "subscriber/postbox.h"
#include "subscriber/repair.h"
#include "subscriber/roads.h"
#include "subscriber/settings.h"
#include "subscriber/sinks.h"

namespace noroshi::subscriber {

namespace {

constexpr std::int64_t kPulse = kMicrosPerSecond;      // how often the lanes' state is written down
constexpr std::int64_t kLook = 100 * kMicrosPerMilli;  // how often what the commands have written is looked for

struct RunOptions {
  std::filesystem::path credential;
  std::filesystem::path data;
  std::filesystem::path matrix;
};

class Daemon : public Traveller {
 public:
  Daemon(cli::Program& program, const Matrix& matrix, const wire::Credential& credential,
         const std::filesystem::path& file, const InboxFolder& folder, const Settings& settings)
      : json_(program.common.json),
        inbox_(folder.open(Durable::at_once)),
        states_(folder.open(Durable::in_time)),
        repair_(inbox_),
        postbox_(inbox_, credential),
        log_watch_(program, folder, credential, settings.lanes.back()),
        roads_(program, matrix, credential, file, *this),
        sinks_(folder, settings, matrix) {
    for (const Lane lane : settings.lanes) {
      states_.link(lane, false, cli::wall_clock());
      Subscription::Wishes wishes = Roads::wishes(settings.topics, settings.statuses);
      wishes.keeps = settings.lanes;
      Road& road = roads_.open(lane, std::move(wishes));
      const auto cursor = inbox_.cursor(lane);
      if (cursor && *cursor != Seq{})
        road.subscription.resume_after(*cursor);
      else if (settings.from_start)
        road.subscription.start_after(Seq{});
      else
        road.subscription.start_now();
    }
  }

  void run() {
    while (!client::stop_requested()) {
      roads_.turn();
      step_back();
      mend();
      look_for_marks();
      post();
      pulse();
    }
    for (const auto& road : roads_.all()) states_.link(road->lane, false, cli::wall_clock());
    roads_.leave();
  }

 private:
  // Only what the inbox holds for good may be acknowledged.
  std::optional<Seq> delivered(Lane lane, std::vector<Delivery> deliveries) override {
    const auto added = inbox_.store(lane, deliveries, cli::wall_clock());
    log_watch_.delivered(deliveries.back().entry);
    postbox_.fill();
    sinks_.news();
    for (const Delivery* each : added) told(*each);
    if (json_ && !std::cout.flush()) throw cli::output_lost();
    return deliveries.back().entry.seq;
  }

  void told(const Delivery& delivery) {
    if (json_) std::cout << cli::delivery_json(delivery.entry, delivery.report, name_of(delivery.signature)) << "\n";
    const std::string what =
        "#" + std::to_string(delivery.entry.seq.value) + " " + cli::printable(delivery.report.id());
    if (delivery.signature == client::Check::valid)
      spdlog::info("{}: {}", name_of(delivery.entry.lane), what);
    else
      spdlog::error("{}: {}: {}", name_of(delivery.entry.lane), what,
                    say({"署名を確認できません。信用しないでください", "its signature is not valid: DO NOT TRUST it"}));
  }

  void answered(const v1::BrokerMessage& answer) override {
    if (!answer.has_proof()) return postbox_.on(answer, roads_.now());
    if (auto fork = log_watch_.answered(answer.proof(), roads_.now())) fork_ = std::move(fork);
  }

  void shown(const std::string& checkpoint) override {
    if (auto fork = log_watch_.shown(checkpoint, roads_.now())) fork_ = std::move(fork);
  }

  void stands(Road& road) override {
    link(road, true);
    log_watch_.connected(roads_.now());  // whichever lane is first shows what may be another log
    if (&road == &letter_road()) postbox_.reconnected();
    if (const Seq cursor = road.subscription.cursor(); cursor != Seq{}) inbox_.reached(road.lane, cursor);
  }

  void lost(Road& road) override { link(road, false); }

  void link(const Road& road, bool up) {
    states_.link(road.lane, up, cli::wall_clock());
    if (states_.tell(road.lane, up, cli::wall_clock())) sinks_.news();
  }

  // Where the two logs part is not known.
  void log_shortened(Road& road) override { hear_again(road, Seq{}); }

  // Everything after this comes once more; the inbox knows what it has. At the end of the turn: what the turn brought until then
  // is stored, and would move the cursor forward again.
  void hear_again(const Road& road, Seq after) {
    const auto [there, first] = again_.emplace(road.lane, after);
    if (!first) there->second = std::min(there->second, after);
  }

  void step_back() {
    // The other log has other reports where we have heard everything of the first.
    if (fork_)
      for (const auto& road : roads_.all()) hear_again(*road, Seq{});
    for (const auto& road : roads_.all()) {
      const auto after = again_.find(road->lane);
      if (after == again_.end()) continue;
      inbox_.step_back(road->lane, after->second);
      road->subscription.start_after(after->second);
      roads_.begin_anew(*road);
    }
    again_.clear();
    if (!fork_) return;
    // Once it is noted it is not found again, so this comes last.
    log_watch_.alarm(*std::exchange(fork_, std::nullopt));
    sinks_.news();
  }

  // It was delivered, for all the broker knows: what we do not have we ask for again. Of each connection the broker says it
  // anew: once is enough.
  void reminded(Road& road, const v1::Reminder& reminder) override {
    if (!states_.remind(road.lane, reminder, cli::wall_clock())) return;
    sinks_.news();
    const Seq before{reminder.seq() - 1};
    if (reminder.seq() == 0 || inbox_.find(reminder.report_id()) || road.subscription.cursor() <= before) return;
    hear_again(road, before);
  }

  void promised(Road& road, const v1::SignedCompleteness& word) override { states_.promised(road.lane, word); }

  bool outlives_refusal() const override { return true; }

  // Receipts and questions take the batched lane's road, so that they are never in an urgent report's way.
  Road& letter_road() const { return *roads_.all().back(); }

  void mend() {
    if (roads_.now() - mended_at_ < kLook) return;
    mended_at_ = roads_.now();
    const auto heard = [](const auto& road) {
      return road->line.open() && road->subscription.live() &&
             road->subscription.cursor() >= road->subscription.horizon();
    };
    const auto after = repair_.look(std::all_of(roads_.all().begin(), roads_.all().end(), heard), roads_.now());
    if (!after) return;
    for (const auto& road : roads_.all())
      if (road->subscription.cursor() > *after) hear_again(*road, *after);
  }

  void look_for_marks() {
    if (roads_.now() - looked_at_ < kLook) return;
    looked_at_ = roads_.now();
    if (!inbox_.changed_elsewhere()) return;
    postbox_.fill();
    log_watch_.look();
  }

  void post() {
    Road& road = letter_road();
    if (!road.line.open() || !road.subscription.live()) return;
    if (const auto head = log_watch_.proven()) postbox_.saw(*head);
    road.line.say(postbox_.ready(road.subscription, roads_.now()));
    if (const auto query = log_watch_.question(roads_.now()))
      road.line.say({road.subscription.session().query(*query)});
  }

  void pulse() {
    if (roads_.now() - pulse_at_ < kPulse) return;
    pulse_at_ = roads_.now();
    if (letter_road().subscription.live()) log_watch_.pulse(roads_.now());  // without, nothing is asked
    for (const auto& road : roads_.all()) road->subscription.session().has_failing_sinks(sinks_.failing());
    for (const auto& road : roads_.all())
      if (road->line.open() && road->subscription.live())
        states_.heard(road->lane, road->subscription.cursor(), road->subscription.horizon(), clock_offset(*road),
                      cli::wall_clock());
  }

  std::optional<std::int64_t> clock_offset(const Road& road) const {
    const auto& clocks = road.subscription.clocks();
    if (!clocks) return std::nullopt;
    return clocks->broker - cli::wall_clock() + (roads_.now() - clocks->heard_at);
  }

  bool json_;
  Inbox inbox_;
  LaneStates states_;
  Repair repair_;
  Postbox postbox_;
  LogWatch log_watch_;
  Roads roads_;
  Sinks sinks_;
  std::map<Lane, Seq> again_;  // what is to be heard once more, and a fork: found in this turn
  std::optional<Fork> fork_;
  Micros mended_at_{};
  Micros looked_at_{};
  Micros pulse_at_{};
};

void check(const cli::Common& common, const InboxFolder& folder, const Settings& settings, const Matrix& matrix) {
  if (const auto objection = client::unknown_topic(common, matrix, settings.topics))
    throw cli::Failure(cli::kUsage, folder.settings().string() + ": topics: " + *objection);
}

void run(cli::Program& program, const RunOptions& options) {
  const Matrix matrix = local_matrix(options.matrix);
  const wire::Credential credential = cli::enrolled_credential(program.common, options.credential);
  InboxFolder folder(options.data);
  folder.take(credential);
  if (!std::filesystem::exists(folder.settings())) {
    write_sample_settings(folder.settings());
    spdlog::info(folder.settings().string() +
                 say({": 設定ファイルを作りました", ": made, with every setting explained"}));
  }
  const Settings settings = load_settings(folder.settings());
  check(program.common, folder, settings, matrix);
  client::watch_stop_signals();
  Daemon(program, matrix, credential, options.credential, folder, settings).run();
}

}  // namespace

void add_run(cli::Program& program) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* app = program.command("run",
                                  {"受信箱に受け取り続け、受領を通知し、設定した先に渡す (常駐)",
                                   "Keeps receiving into an inbox, confirms, and passes on as configured (a daemon)"},
                                  {"noroshi-subscriber run --credential bank.toml --data /var/lib/noroshi-subscriber",
                                   "noroshi-subscriber run --credential bank.toml --data /var/lib/noroshi-subscriber"},
                                  [&program, options] { run(program, *options); });
  app->add_option("--credential", options->credential,
                  program.common({"この組織の資格情報のファイル", "This member's credential file"}))
      ->required()
      ->option_text("FILE");
  app->add_option(
         "--data", options->data,
         program.common({"受信箱のディレクトリ。なければ作り、設定の見本 subscriber.toml を置く",
                         "The inbox's directory; made if missing, with a subscriber.toml that explains itself"}))
      ->required()
      ->option_text("DIR");
  app->add_option("--matrix", options->matrix,
                  program.common({"マトリックスのファイル (matrix.toml)", "The matrix of items (matrix.toml)"}))
      ->option_text("FILE");
}

}  // namespace noroshi::subscriber
