#include "subscriber/roads.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "proto/cli/board_view.h"
#include "proto/client/refusal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/decode.h"

namespace noroshi::subscriber {

namespace {

constexpr std::chrono::milliseconds kTurn{50};  // the sessions want a tick every 100 ms
constexpr int kFramesPerTurn = 64;              // from one lane before the other has its turn

std::string prefix(const Road& road) { return std::string(name_of(road.lane)) + ": "; }

}  // namespace

Road::Road(Lane lane_, const wire::Credential& credential, Subscription::Wishes wishes)
    : lane(lane_),
      line(credential, lane_ == Lane::urgent ? channel::Door::urgent : channel::Door::batched),
      subscription(credential.registrar, std::move(wishes), wire::random_bytes, credential.broker_log) {}

void Traveller::answered(const v1::BrokerMessage&) {}
void Traveller::stands(Road&) {}
void Traveller::lost(Road&) {}
void Traveller::log_shortened(Road&) {}
void Traveller::reminded(Road&, const v1::Reminder&) {}
void Traveller::promised(Road&, const v1::SignedCompleteness&) {}
void Traveller::shown(const std::string&) {}

Roads::Roads(cli::Program& program, const Matrix& matrix, const wire::Credential& credential,
             std::filesystem::path file, Traveller& traveller)
    : program_(program),
      common_(program.common),
      matrix_(matrix),
      credential_(credential),
      traveller_(traveller),
      clock_(cli::wall_clock()),
      broker_keys_(common_, std::move(file), credential, [](const std::string& text) { spdlog::warn(text); }) {}

Subscription::Wishes Roads::wishes(std::vector<std::string> topics, const std::vector<std::string>& statuses) {
  Subscription::Wishes out;
  out.topics = topics.empty() ? std::vector<std::string>{"*"} : std::move(topics);
  for (const std::string& status : statuses) out.statuses.push_back(wire::to_wire(*value_in(kStatuses, status)));
  out.software = "noroshi-subscriber/" + std::string(cli::kVersion);
  return out;
}

Road& Roads::open(Lane lane, Subscription::Wishes wishes) {
  return *roads_.emplace_back(std::make_unique<Road>(lane, credential_, std::move(wishes)));
}

void Roads::turn() {
  std::vector<channel::ClientChannel*> channels;
  for (const auto& road : roads_) {
    turn(*road);
    channels.push_back(&road->line.channel());
  }
  if (!traveller_.full()) channel::ClientChannel::wait(channels, kTurn);
}

void Roads::turn(Road& road) {
  if (road.line.channel().refused()) refused(road, common_(client::kHandshakeRefused));
  broker_keys_.follow(road.line.channel(), road.subscription.session());
  if (road.line.connect_due(clock_.now())) carry_out(road, road.subscription.connect(clock_.now()));
  if (road.line.channel().reconnected() && road.line.open())
    carry_out(road, road.subscription.reconnected(clock_.now()));
  for (int i = 0; i < kFramesPerTurn && road.line.open() && !traveller_.full(); ++i) {
    const auto frame = road.line.channel().receive();
    if (!frame) break;
    carry_out(road, road.subscription.on_frame(*frame, clock_.now()));
  }
  if (road.line.open()) carry_out(road, road.subscription.on_tick(clock_.now()));
  if (!arrived_.empty())
    if (const auto safe = traveller_.delivered(road.lane, std::exchange(arrived_, {})))
      road.line.say(road.subscription.acknowledge(*safe));
  const std::string expiry = expiry_.due(common_, road.subscription.access_until(), cli::wall_clock());
  if (!expiry.empty()) spdlog::warn(expiry);
  road.line.flush();
}

void Roads::carry_out(Road& road, Subscription::Output out) {
  road.line.say(std::move(out.send));
  tell(road, out);
  if (out.refused) refused(road, words_for(*out.refused));
  if (out.welcomed) stands(road);
  if (out.log_shortened) traveller_.log_shortened(road);
  for (const v1::Reminder& reminder : out.reminders) traveller_.reminded(road, reminder);
  if (out.complete) traveller_.promised(road, *out.complete);
  if (!out.checkpoint.empty()) traveller_.shown(out.checkpoint);
  for (const v1::BrokerMessage& answer : out.answers) traveller_.answered(answer);
  std::move(out.deliveries.begin(), out.deliveries.end(), std::back_inserter(arrived_));
  if (out.lost) lost(road);
}

void Roads::tell(Road& road, const Subscription::Output& out) {
  if (out.complaint) spdlog::warn(prefix(road) + words_for(*out.complaint));
  if (out.unsigned_members > 0)
    spdlog::warn(std::to_string(out.unsigned_members) +
                 common_({"件の登録に登録機関の正しい署名がないため、無視します",
                          " members of the roster are not signed by the registrar: ignored"}));
  if (out.log_shortened) {
    program_.worse(cli::kUnverified);
    spdlog::error(prefix(road) +
                  common_({"ブローカーのログが、すでに届いたところより手前で終わっています。運用者に連絡してください",
                           "the broker's log ends before what it has already delivered: tell its operator"}));
  }
  for (const v1::Reminder& each : out.reminders)
    spdlog::warn(prefix(road) + "#" + std::to_string(each.seq()) + " " + cli::printable(each.report_id()) + ": " +
                 common_({"期限を過ぎています: ", "overdue: "}) + common_(cli::word_for(each.stage())));
  if (out.incomplete) {
    program_.worse(cli::kUnverified);
    spdlog::error(prefix(road) +
                  common_({"ブローカーの完全性の申告と、届いたものが合いません。もう一度受け取ります: ",
                           "the broker's word on completeness does not fit what came; asking again: "}) +
                  *out.incomplete);
  }
  if (out.posture) tell_posture(*out.posture);
  if (out.damaged) {
    program_.worse(cli::kUnverified);
    spdlog::error(prefix(road) + common_({"届いた報告が壊れています。もう一度受け取ります",
                                          "a delivery is damaged: asking for it again"}));
  }
}

// Both lanes hear of it; it is told once.
void Roads::tell_posture(const std::string& posture) {
  const bool first = posture_.empty();
  if (posture == posture_) return;
  posture_ = posture;
  if (first && posture == name_of(Posture::normal)) return;
  const auto value = value_in(kPostures, posture);
  const auto label = value ? matrix_.postures.find(*value) : matrix_.postures.end();
  const std::string word = label == matrix_.postures.end() ? cli::printable(posture) : common_(label->second);
  spdlog::warn(common_({"態勢: ", "posture: "}) + word + " (" + cli::printable(posture) + ")");
}

void Roads::refused(Road& road, const std::string& why) {
  if (!road.stood || !traveller_.outlives_refusal()) throw cli::Failure(cli::kUnreachable, where() + ": " + why);
  if (!road.down) spdlog::error(prefix(road) + where() + ": " + why);
  lost(road);
}

void Roads::stands(Road& road) {
  road.line.stood();
  if (road.down) spdlog::warn(prefix(road) + common_({"回線が復旧しました", "link is back"}));
  road.stood = true;
  road.down = false;
  traveller_.stands(road);
  if (ready_ || !std::all_of(roads_.begin(), roads_.end(), [](const auto& each) { return each->stood; })) return;
  ready_ = true;
  spdlog::info("ready");  // scripts wait for this word
}

void Roads::begin_anew(Road& road) { road.line.lost(clock_.now()); }

void Roads::lost(Road& road) {
  begin_anew(road);
  if (!road.stood && !told_unreachable_) {
    told_unreachable_ = true;
    spdlog::warn(common_({"接続できるまで試みます: ", "trying until there is a session: "}) + unreachable());
  }
  if (std::exchange(road.down, true)) return;
  if (road.stood) spdlog::warn(prefix(road) + common_({"回線断: 接続し直しています", "link lost: connecting again"}));
  traveller_.lost(road);
}

void Roads::leave() {
  for (const auto& road : roads_) {
    if (!road->subscription.live()) continue;
    broker_keys_.follow(road->line.channel(), road->subscription.session());  // what the last turn brought
    road->line.say(road->subscription.on_tick(clock_.now()).send);
    road->line.say({road->subscription.goodbye()});
  }
}

std::string Roads::words_for(Reason reason) const {
  return common_(client::advice(reason)) + " (" + std::string(name_of(reason)) + ")";
}

std::string Roads::unreachable() const {
  auto contact = channel::Contact::none;
  for (const auto& road : roads_) contact = std::max(contact, road->line.channel().contact());
  return where() + ": " + client::why_unreachable(common_, credential_, contact);
}

std::string Roads::where() const { return credential_.broker + " (" + credential_.host + ")"; }

}  // namespace noroshi::subscriber
