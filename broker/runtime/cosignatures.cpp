#include "broker/runtime/cosignatures.h"

#include <algorithm>

#include "proto/tlog/checkpoint.h"

namespace noroshi::runtime {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr auto kRound = seconds(1);
constexpr std::size_t kRounds = 30;     // kept: more than a slow witness takes for its answer
constexpr auto kRenewal = minutes(10);  // a cosignature has a time: that of a log at rest must not grow old
constexpr seconds kLongestPause{60};

seconds pause_after(int failures) { return std::min(kLongestPause, seconds(1 << std::min(failures - 1, 10))); }

}  // namespace

Cosignatures::Cosignatures(const std::vector<WitnessSettings>& witnesses) : witnesses_(witnesses.size()) {
  for (std::size_t i = 0; i < witnesses.size(); ++i) witnesses_[i].state.name = witnesses[i].name;
}

std::string Cosignatures::due(std::size_t witness, const std::string& newest, Time now) {
  const std::lock_guard lock(mutex_);
  begin_round(newest, now);
  const Witness& asked = witnesses_.at(witness);
  if (rounds_.empty() || now < asked.next) return {};
  const std::string& checkpoint = rounds_.back().checkpoint;
  return checkpoint == asked.covered && now < asked.renewal ? std::string() : checkpoint;
}

void Cosignatures::begin_round(const std::string& newest, Time now) {
  if (!rounds_.empty() && (newest == rounds_.back().checkpoint || now < begun_ + kRound)) return;
  if (tlog::signed_size(newest) == 0) return;  // nothing is published, or the log is empty
  rounds_.push_back({newest, {}});
  begun_ = now;
  if (rounds_.size() > kRounds) rounds_.pop_front();
}

bool Cosignatures::answered(std::size_t witness, const std::string& checkpoint, const tlog::Verdict& verdict, Time now,
                            Micros at) {
  const std::lock_guard lock(mutex_);
  Witness& from = witnesses_.at(witness);
  const bool first = from.covered.empty() && from.in_a_row == 0;
  const bool news = first || verdict.trouble != from.state.trouble;
  from.state.trouble = verdict.trouble;
  if (verdict.line.empty()) {
    ++from.state.failures;
    from.next = now + pause_after(++from.in_a_row);
  } else {
    from.in_a_row = 0;
    from.state.size = tlog::signed_size(checkpoint);
    from.state.at = at;
    from.covered = checkpoint;
    from.renewal = now + kRenewal;
    for (Round& round : rounds_)
      if (round.checkpoint == checkpoint) round.lines[witness] = verdict.line;
  }
  settle();
  return news;
}

void Cosignatures::settle() {
  const auto complete = [this](const Round& round) {
    for (std::size_t i = 0; i < witnesses_.size(); ++i)
      if (witnesses_[i].state.trouble.empty() && !round.lines.contains(i)) return false;
    return !round.lines.empty();
  };
  const auto found = std::find_if(rounds_.rbegin(), rounds_.rend(), complete);
  if (found == rounds_.rend() || tlog::signed_size(found->checkpoint) < tlog::signed_size(witnessed_.checkpoint))
    return;
  witnessed_ = *found;
}

std::string Cosignatures::whole(const Round& round) {
  std::string out = round.checkpoint;
  for (const auto& [witness, line] : round.lines) out += line;
  return out;
}

std::string Cosignatures::on(const std::string& checkpoint) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(rounds_.rbegin(), rounds_.rend(),
                                  [&](const Round& round) { return round.checkpoint == checkpoint; });
  return found == rounds_.rend() ? checkpoint : whole(*found);
}

std::string Cosignatures::witnessed() const {
  const std::lock_guard lock(mutex_);
  return whole(witnessed_);
}

std::vector<http::WitnessState> Cosignatures::states() const {
  const std::lock_guard lock(mutex_);
  std::vector<http::WitnessState> out;
  for (const Witness& each : witnesses_) out.push_back(each.state);
  return out;
}

}  // namespace noroshi::runtime
