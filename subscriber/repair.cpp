#include "subscriber/repair.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "proto/cli/cli.h"

namespace noroshi::subscriber {

namespace {

constexpr std::int64_t kRound = 24 * 3600 * kMicrosPerSecond;
constexpr std::int64_t kAskAgain = 5 * kMicrosPerSecond;  // each time the sessions begin anew
constexpr std::size_t kRows = 16;                         // at once; a row may have a body of limits::kReportBytes
constexpr std::chrono::milliseconds kLong{5};             // what arrives meanwhile waits
constexpr std::size_t kNamed = 5;

std::string list(const std::vector<Inbox::Damaged>& damaged) {
  std::string out;
  for (std::size_t i = 0; i < std::min(kNamed, damaged.size()); ++i)
    out += (i > 0 ? ", #" : "#") + std::to_string(damaged[i].seq.value);
  return out + (damaged.size() > kNamed ? ", …" : "") + " (" + std::to_string(damaged.size()) + ")";
}

}  // namespace

Repair::Repair(Inbox& inbox) : inbox_(inbox) { inbox_.now_damaged(Damage::asked, Damage::found); }

std::optional<Seq> Repair::look(bool all_heard, Micros now) {
  inspect(now);
  if (asked_ && all_heard) settle();
  return now < ask_at_ ? std::nullopt : ask(now);
}

void Repair::inspect(Micros now) {
  if (now < next_round_) return;
  const auto end = std::chrono::steady_clock::now() + kLong;
  while (std::chrono::steady_clock::now() < end) {
    const auto last = inbox_.inspect(inspected_, kRows);
    inspected_ = last.value_or(0);
    if (last) continue;
    next_round_ = now + kRound;
    return;
  }
}

std::optional<Seq> Repair::ask(Micros now) {
  std::vector<Inbox::Damaged> wanted = inbox_.damaged(Damage::found);
  if (!wanted.empty())
    spdlog::error(say({"受信箱の報告が壊れているか、なくなっています。ブローカーからもう一度受け取ります: ",
                       "reports in the inbox are damaged or gone; asking the broker for them again: "}) +
                  list(wanted));
  inbox_.now_damaged(Damage::found, Damage::asked);
  if (std::exchange(lost_too_, false))
    for (const Inbox::Damaged& each : inbox_.damaged(Damage::lost)) wanted.push_back(each);
  if (wanted.empty()) return std::nullopt;
  ask_at_ = now + kAskAgain;
  const auto first =
      std::min_element(wanted.begin(), wanted.end(), [](const auto& a, const auto& b) { return a.seq < b.seq; });
  asked_ = true;
  return Seq{std::max<std::uint64_t>(first->seq.value, 1) - 1};
}

void Repair::settle() {
  asked_ = false;
  const std::vector<Inbox::Damaged> lost = inbox_.damaged(Damage::asked);
  if (lost.empty()) return spdlog::info(say({"受信箱は元どおりになりました", "the inbox is whole again"}));
  spdlog::error(
      say({"受信箱で壊れたか、なくなった報告を、ブローカーはもう届けません。渡し先は先に進みます: ",
           "the broker no longer delivers these reports, which are damaged or gone in the inbox; the sinks go "
           "on without them: "}) +
      list(lost));
  inbox_.now_damaged(Damage::asked, Damage::lost);
}

}  // namespace noroshi::subscriber
