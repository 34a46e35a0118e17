#include "subscriber/watch.h"

#include <CLI/CLI.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "proto/cli/credential.h"
#include "proto/client/broker_keys.h"
#include "proto/client/clock.h"
#include "proto/client/line.h"
#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/credential.h"
#include "proto/wire/decode.h"
#include "schemas/matrix_loader.h"
#include "subscriber/display.h"
#include "subscriber/subscription.h"
#include "subscriber/watch_options.h"

namespace noroshi::subscriber {

namespace {

constexpr std::chrono::milliseconds kTurn{50};  // the sessions want a tick every 100 ms
constexpr int kFramesPerTurn = 64;              // from one lane before the other has its turn

struct Road {
  Road(Lane lane_, const wire::Credential& credential, Subscription::Wishes wishes)
      : lane(lane_),
        line(credential, lane_ == Lane::urgent ? channel::Door::urgent : channel::Door::batched),
        subscription(credential.registrar, std::move(wishes), wire::random_bytes) {}

  Lane lane;
  client::Line line;
  Subscription subscription;
  bool stood = false;  // a session stood at some time
  bool down = false;   // and this loss of it has been told
};

class Watch {
 public:
  Watch(cli::Program& program, const WatchOptions& options, const Matrix& matrix, const wire::Credential& credential)
      : program_(program),
        common_(program.common),
        options_(options),
        matrix_(matrix),
        credential_(credential),
        clock_(cli::wall_clock()),
        broker_keys_(common_, options.credential, credential, [](const std::string& text) { spdlog::warn(text); }),
        display_(program, matrix, options.count) {
    Subscription::Wishes wishes;
    wishes.topics = options.topics.empty() ? std::vector<std::string>{"*"} : options.topics;
    for (const std::string& status : options.statuses)
      wishes.statuses.push_back(wire::to_wire(*value_in(kStatuses, status)));
    wishes.software = "noroshi-subscriber/" + std::string(cli::kVersion);
    for (const Lane lane : {Lane::urgent, Lane::batched}) {
      if (!options.wants(lane)) continue;
      roads_.push_back(std::make_unique<Road>(lane, credential, wishes));
      if (const auto first = options.first())
        roads_.back()->subscription.start_after(previous(*first));
      else
        roads_.back()->subscription.start_now();
    }
  }

  void run() {
    std::vector<channel::ClientChannel*> channels;
    for (const auto& road : roads_) channels.push_back(&road->line.channel());
    const Micros start = clock_.now();
    while (!client::stop_requested() && !display_.full()) {
      if (cli::reader_gone()) throw cli::output_lost();
      if (options_.timeout && clock_.now() - start >= static_cast<std::int64_t>(*options_.timeout * 1e6))
        return time_is_over();
      for (const auto& road : roads_) turn(*road);
      if (!display_.full()) channel::ClientChannel::wait(channels, kTurn);
    }
    leave();
  }

 private:
  void turn(Road& road) {
    if (road.line.channel().refused())
      throw cli::Failure(cli::kUnreachable, where() + ": " + common_(client::kHandshakeRefused));
    broker_keys_.follow(road.line.channel(), road.subscription.session());
    if (road.line.connect_due(clock_.now())) carry_out(road, road.subscription.connect(clock_.now()));
    for (int i = 0; i < kFramesPerTurn && road.line.open() && !display_.full(); ++i) {
      const auto frame = road.line.channel().receive();
      if (!frame) break;
      carry_out(road, road.subscription.on_frame(*frame, clock_.now()));
    }
    if (road.line.open()) carry_out(road, road.subscription.on_tick(clock_.now()));
    const std::string expiry = expiry_.due(common_, road.subscription.access_until(), cli::wall_clock());
    if (!expiry.empty()) spdlog::warn(expiry);
    road.line.flush();
  }

  void carry_out(Road& road, Subscription::Output out) {
    road.line.say(std::move(out.send));
    if (out.refused) throw cli::Failure(cli::kUnreachable, where() + ": " + refusal(*out.refused));
    if (out.complaint) spdlog::warn(lane(road) + refusal(*out.complaint));
    if (out.unsigned_members > 0)
      spdlog::warn(std::to_string(out.unsigned_members) +
                   common_({"件の登録に登録機関の正しい署名がないため、無視します",
                            " members of the roster are not signed by the registrar: ignored"}));
    if (out.log_shortened) {
      program_.worse(cli::kUnverified);
      spdlog::error(lane(road) +
                    common_({"ブローカーのログが、すでに届いたところより手前で終わっています。運用者に連絡してください",
                             "the broker's log ends before what it has already delivered: tell its operator"}));
    }
    if (out.posture) told_posture(*out.posture);
    if (out.welcomed) stands(road);
    for (Delivery& delivery : out.deliveries)
      if (const auto seq = display_.show(std::move(delivery))) road.line.say(road.subscription.acknowledge(*seq));
    if (out.damaged) {
      program_.worse(cli::kUnverified);
      spdlog::error(lane(road) + common_({"届いた報告が壊れています。もう一度受け取ります",
                                          "a delivery is damaged: asking for it again"}));
    }
    if (out.lost) lost(road);
  }

  void stands(Road& road) {
    road.line.stood();
    if (road.down) spdlog::warn(lane(road) + common_({"回線が復旧しました", "link is back"}));
    road.stood = true;
    road.down = false;
    if (ready_ || !std::all_of(roads_.begin(), roads_.end(), [](const auto& each) { return each->stood; })) return;
    ready_ = true;
    spdlog::info("ready");  // scripts wait for this word
  }

  void lost(Road& road) {
    road.line.lost(clock_.now());
    if (road.stood && !road.down)
      spdlog::warn(lane(road) + common_({"回線断: 接続し直しています", "link lost: connecting again"}));
    if (!road.stood && !told_unreachable_) {
      told_unreachable_ = true;
      spdlog::warn(where() + ": " + common_({"接続できるまで試みます: ", "trying until there is a session: "}) +
                   why_unreachable());
    }
    road.down = true;
  }

  // Both lanes hear of it; it is told once.
  void told_posture(const std::string& posture) {
    const bool first = posture_.empty();
    if (posture == posture_) return;
    posture_ = posture;
    if (first && posture == name_of(Posture::normal)) return;
    const auto value = value_in(kPostures, posture);
    const auto label = value ? matrix_.postures.find(*value) : matrix_.postures.end();
    const std::string word = label == matrix_.postures.end() ? cli::printable(posture) : common_(label->second);
    spdlog::warn(common_({"態勢: ", "posture: "}) + word + " (" + cli::printable(posture) + ")");
  }

  void time_is_over() {
    leave();
    if (!ready_) throw cli::Failure(cli::kUnreachable, where() + ": " + why_unreachable());
    if (options_.count)
      throw cli::Failure(cli::kUnreachable, common_({"時間内に届いた件数: ", "reports within the time given: "}) +
                                                std::to_string(display_.shown()) + " / " +
                                                std::to_string(*options_.count));
  }

  void leave() {
    display_.finish();
    for (const auto& road : roads_) {
      if (!road->subscription.live()) continue;
      broker_keys_.follow(road->line.channel(), road->subscription.session());  // what the last turn brought
      road->line.say(road->subscription.on_tick(clock_.now()).send);
      road->line.say({road->subscription.goodbye()});
    }
  }

  std::string refusal(Reason reason) const {
    return common_(client::advice(reason)) + " (" + std::string(name_of(reason)) + ")";
  }

  std::string why_unreachable() const {
    auto contact = channel::Contact::none;
    for (const auto& road : roads_) contact = std::max(contact, road->line.channel().contact());
    return client::why_unreachable(common_, credential_, contact);
  }

  std::string where() const { return credential_.broker + " (" + credential_.host + ")"; }
  static std::string lane(const Road& road) { return std::string(name_of(road.lane)) + ": "; }

  cli::Program& program_;
  const cli::Common& common_;
  const WatchOptions& options_;
  const Matrix& matrix_;
  const wire::Credential& credential_;
  client::Clock clock_;
  client::BrokerKeys broker_keys_;
  Display display_;
  cli::ExpiryNotice expiry_;
  std::vector<std::unique_ptr<Road>> roads_;
  std::string posture_;
  bool ready_ = false;
  bool told_unreachable_ = false;
};

void watch(cli::Program& program, const WatchOptions& options) {
  Matrix matrix;
  try {
    matrix = load_matrix(matrix_path(options.matrix));
  } catch (const MatrixError& error) {
    throw cli::Failure(cli::kUsage, error.what());
  }
  check(program.common, options, matrix);
  const wire::Credential credential = cli::enrolled_credential(program.common, options.credential);
  client::watch_stop_signals();
  Watch(program, options, matrix, credential).run();
}

}  // namespace

void add_watch(cli::Program& program) {
  const auto options = std::make_shared<WatchOptions>();
  CLI::App* app = program.command("watch", {"届いた報告を表示する", "Shows what is delivered"},
                                  {"noroshi-subscriber watch --credential bank.toml C B.c --from start",
                                   "noroshi-subscriber watch --credential bank.toml C B.c --from start"},
                                  [&program, options] { watch(program, *options); });
  add_options(*app, program.common, *options);
}

}  // namespace noroshi::subscriber
