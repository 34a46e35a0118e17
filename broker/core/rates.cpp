#include "broker/core/rates.h"

namespace noroshi::core {

namespace {
constexpr std::int64_t kNoteEvery = 10 * kMicrosPerSecond;
}  // namespace

Verdict Rates::charge(PeerId peer, Charge charge, std::size_t bytes, Micros now) {
  bool within = frames_.take(1, now) && bytes_.take(static_cast<std::int64_t>(bytes), now);
  if (charge == Charge::report) {
    // Whoever was put off waits until there is room for all that it had under way: or what it sent later would be taken
    // before what it must send again.
    if (put_off_ && reports_.covers(limits::kReportsPerSecond / 2, now)) put_off_ = false;
    within = within && !put_off_ && reports_.take(1, now);
    put_off_ = !within;
  }
  if (charge == Charge::receipt) within = within && receipts_.take(1, now);
  if (charge == Charge::board) within = within && boards_.take(1, now);
  if (charge == Charge::roster) within = within && rosters_.take(1, now);
  if (charge == Charge::replay) within = within && replays_.take(1, now);
  const bool request = charge != Charge::report && charge != Charge::receipt && charge != Charge::acknowledgement;
  if (request) within = within && requests_.take(1, now);
  if (within) return Verdict::within;
  if (answers_.take(1, now)) return Verdict::over;
  // By connection: a member's other programs, whose frames are few, are not cut for the one that floods.
  if (now < unanswered_since_ || now - unanswered_since_ > kMicrosPerSecond) {
    unanswered_.clear();
    unanswered_since_ = now;
  }
  if (++unanswered_[peer] <= limits::kUnansweredFrames) return Verdict::over_and_unanswered;
  unanswered_.erase(peer);
  return Verdict::over_and_cut;
}

bool Rates::worth_a_note(Micros now) {
  if (noted_at_ && now - *noted_at_ < kNoteEvery) return false;
  noted_at_ = now;
  return true;
}

}  // namespace noroshi::core
