#include "auditor/log_walk.h"

#include <algorithm>
#include <iostream>
#include <utility>

#include "proto/client/refusal.h"
#include "proto/client/stop_signal.h"
#include "proto/client/unreachable.h"
#include "proto/wire/signing.h"

namespace noroshi::auditor {

namespace {
constexpr std::chrono::milliseconds kTurn{50};  // the session wants a tick every 100 ms
}

LogWalk::LogWalk(const cli::Common& common, const Reach& reach, const wire::Credential& credential, ReplayOrder order,
                 bool prints)
    : common_(common),
      credential_(credential),
      timeout_(reach.timeout),
      prints_(prints),
      clock_(cli::wall_clock()),
      broker_keys_(common_, reach.credential, credential,
                   [this](const std::string& text) { log(spdlog::level::warn, text); }),
      line_(credential, channel::Door::archive),
      first_(order.from),
      session_(credential.registrar, std::move(order), "noroshi-auditor/" + std::string(cli::kVersion),
               wire::random_bytes),
      last_progress_(clock_.now()),
      progress_(prints) {}

bool LogWalk::run(const std::function<void(const ReplayEntry&)>& take) {
  take_ = take;
  const auto patience = static_cast<std::int64_t>(timeout_ * static_cast<double>(kMicrosPerSecond));
  while (!ended() && !client::stop_requested()) {
    if (prints_ && cli::reader_gone()) throw cli::output_lost();
    if (!waiting_.empty()) last_progress_ = clock_.now();  // it is for us to move on
    if (clock_.now() - last_progress_ > patience)
      throw unreachable(client::why_unreachable(common_, credential_, line_.channel().contact()));
    turn();
    if (!ended()) channel::ClientChannel::wait({&line_.channel()}, until_next());
  }
  if (!session_.live()) return ended();
  broker_keys_.follow(line_.channel(), session_.session());  // what the last turn brought
  line_.say(session_.on_tick(clock_.now()).send);
  line_.say({session_.goodbye()});
  return ended();
}

void LogWalk::turn() {
  if (line_.channel().refused()) throw unreachable(common_(client::kHandshakeRefused));
  broker_keys_.follow(line_.channel(), session_.session());
  if (line_.connect_due(clock_.now())) carry_out(session_.connect(clock_.now()));
  while (line_.open() && !all_came_ && !client::stop_requested()) {
    const auto frame = line_.channel().receive();
    if (!frame) break;
    carry_out(session_.on_frame(*frame, clock_.now()));
  }
  hand_over_what_is_due();
  if (line_.open() && !ended()) carry_out(session_.on_tick(clock_.now()));
  const std::string expiry = expiry_.due(common_, session_.access_until(), cli::wall_clock());
  if (!expiry.empty()) spdlog::warn(expiry);
  line_.flush();
}

void LogWalk::carry_out(ReplaySession::Output out) {
  line_.say(std::move(out.send));
  if (out.refused)
    throw unreachable(common_(client::advice(*out.refused)) + " (" + std::string(name_of(*out.refused)) + ")");
  if (out.complaint) log(spdlog::level::warn, common_(client::advice(*out.complaint)));
  if (out.unsigned_members > 0)
    log(spdlog::level::warn, std::to_string(out.unsigned_members) +
                                 common_({"件の登録に登録機関の正しい署名がないため、無視します",
                                          " members of the roster are not signed by the registrar: ignored"}));
  if (out.log_shortened)
    throw cli::Failure(
        cli::kUnverified,
        common_({"ブローカーのログが、すでに届いたところより手前で終わっています。運用者に連絡してください",
                 "the broker's log ends before what it has already sent: tell its operator"}));
  for (ReplayEntry& entry : out.entries) waiting_.push_back(std::move(entry));
  if (out.damaged) pace_.reset();  // what is good is shown now
  hand_over_what_is_due();
  if (out.damaged)
    throw cli::Failure(cli::kUnverified, common_({"壊れた記録が届きました。最後に正しかった番号: ",
                                                  "the broker sent a damaged entry, after sequence "}) +
                                             std::to_string(session_.reached().value));
  if (out.ended && session_.head() < first_)
    log(spdlog::level::warn, common_({"ログの末尾は #", "the log ends at #"}) + std::to_string(session_.head().value));
  if (out.progress) moved_on();
  if (session_.live() && down_) {
    down_ = false;
    line_.stood();
    log(spdlog::level::warn, common_({"回線が復旧しました", "link is back"}));
  }
  if (out.lost) lost();
  all_came_ = all_came_ || out.ended;
}

void LogWalk::hand_over_what_is_due() {
  bool any = false;
  while (!waiting_.empty() && !client::stop_requested() && due(waiting_.front())) {
    hand_over(waiting_.front());
    waiting_.pop_front();
    turn_.reset();
    any = true;
  }
  if (any && prints_) std::cout.flush();
}

bool LogWalk::due(const ReplayEntry& entry) {
  if (!pace_) return true;
  if (!turn_) {
    const Pace::Turn turn = pace_->next(entry.entry.recorded_at, clock_.now());
    turn_ = turn.at;
    if (turn.left_out > 0)
      log(spdlog::level::warn, "#" + std::to_string(entry.entry.seq.value) +
                                   common_({": 間が長いため、", ": a long pause, shortened by "}) +
                                   std::to_string(turn.left_out / kMicrosPerSecond) + common_({" 秒短くします", " s"}));
  }
  return *turn_ <= clock_.now();
}

std::chrono::milliseconds LogWalk::until_next() const {
  if (!turn_) return kTurn;
  const std::chrono::microseconds left(std::max<std::int64_t>(*turn_ - clock_.now(), 0));
  return std::min(kTurn, std::chrono::ceil<std::chrono::milliseconds>(left));
}

void LogWalk::hand_over(const ReplayEntry& entry) {
  if (prints_) progress_.clear();
  take_(entry);
  line_.say(session_.acknowledge(entry.entry.seq));
}

void LogWalk::moved_on() {
  last_progress_ = clock_.now();
  const Seq before = previous(first_);
  if (session_.last() > before)
    progress_.show(session_.reached().value - before.value, session_.last().value - before.value);
}

void LogWalk::lost() {
  line_.lost(clock_.now());
  if (!down_)
    log(spdlog::level::warn,
        where() + ": " + common_({"回線断: 接続し直しています", "no answer from the broker: connecting again"}));
  down_ = true;
}

void LogWalk::log(spdlog::level::level_enum level, const std::string& text) {
  progress_.clear();
  spdlog::log(level, text);
}

}  // namespace noroshi::auditor
