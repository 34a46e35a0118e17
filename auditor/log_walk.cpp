#include "auditor/log_walk.h"

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
  while (!ended_ && !client::stop_requested()) {
    if (prints_ && cli::reader_gone()) throw cli::output_lost();
    if (clock_.now() - last_progress_ > patience)
      throw unreachable(client::why_unreachable(common_, credential_, line_.channel().contact()));
    turn();
    if (!ended_) channel::ClientChannel::wait({&line_.channel()}, kTurn);
  }
  if (!session_.live()) return ended_;
  broker_keys_.follow(line_.channel(), session_.session());  // what the last turn brought
  line_.say(session_.on_tick(clock_.now()).send);
  line_.say({session_.goodbye()});
  return ended_;
}

void LogWalk::turn() {
  if (line_.channel().refused()) throw unreachable(common_(client::kHandshakeRefused));
  broker_keys_.follow(line_.channel(), session_.session());
  if (line_.connect_due(clock_.now())) carry_out(session_.connect(clock_.now()));
  while (line_.open() && !ended_ && !client::stop_requested()) {
    const auto frame = line_.channel().receive();
    if (!frame) break;
    carry_out(session_.on_frame(*frame, clock_.now()));
  }
  if (line_.open() && !ended_) carry_out(session_.on_tick(clock_.now()));
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
  for (const ReplayEntry& entry : out.entries) hand_over(entry);
  if (prints_) std::cout.flush();
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
  ended_ = out.ended;
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
