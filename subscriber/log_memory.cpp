#include "subscriber/log_memory.h"

#include <algorithm>
#include <utility>

#include "subscriber/planted.h"

namespace noroshi::subscriber {

namespace {
constexpr std::int64_t kEvery = 300 * kMicrosPerSecond;  // two proofs of O(log n) hashes for each member in that time
constexpr std::int64_t kSettle = 5 * kMicrosPerSecond;   // lanes tell at different moments; by then both have caught up
constexpr std::int64_t kAskAgain = 10 * kMicrosPerSecond;  // a question or its answer got lost
constexpr std::int64_t kPatience = 60 * kMicrosPerSecond;  // before people hear of an answer that does not come
constexpr std::size_t kSought = 16;  // connections that ended before an answer; of more the first ones count
}  // namespace

bool LogMemory::restore(const std::optional<std::string>& proven, const std::optional<std::string>& claimed,
                        bool forked) {
  *this = LogMemory(std::move(log_));
  for (auto [note, to] : {std::pair{&proven, &proven_}, std::pair{&claimed, &claimed_}}) {
    if (!*note) continue;
    auto head = open_head(**note, log_);
    if (!head) {
      *this = LogMemory(std::move(log_));
      return false;
    }
    *to = head.take();
  }
  forked_ = forked;
  carried_ = claimed_.has_value();
  return true;
}

void LogMemory::delivered(const TreeEntry& entry) {
  if (!last_ || entry.seq > last_->seq) last_ = entry;
  if (planted(Bug::sought_entry_forgotten)) sought_.clear();
}

void LogMemory::seek(const TreeEntry& entry) {
  if (std::find(sought_.begin(), sought_.end(), entry) == sought_.end() && sought_.size() < kSought)
    sought_.push_back(entry);
}

void LogMemory::connected(Micros now) {
  if (last_) seek(*last_);
  last_note_.clear();
  shrunk_.reset();
  open_.clear();
  asked_ = false;
  asking_since_.reset();
  unsigned_since_.reset();
  found_.reset();
  ask_at_ = settle_at_ = find_at_ = now;
  carried_ = claimed_.has_value();
}

LogMemory::Output LogMemory::heard(const std::string& note, Micros now) {
  if (note.empty() || note == last_note_) return {};
  last_note_ = note;
  const auto opened = open_head(note, log_);
  if (!opened) {
    unsigned_since_ = unsigned_since_.value_or(now);
    return {};
  }
  unsigned_since_.reset();
  if (forked_ || opened->head.size == 0) return {};
  if (!proven_) {
    proven_ = *opened;
    return {true, std::nullopt};
  }
  for (const auto* known : {&proven_, &claimed_})
    if (*known && contradict((*known)->head, opened->head)) return forked(Breach::split, **known, *opened, now);
  shrunk_.reset();
  if (opened->head.size < largest().head.size) shrunk_ = *opened;
  claim(*opened);
  return {};
}

const SignedHead& LogMemory::largest() const {
  return claimed_ && claimed_->head.size > proven_->head.size ? *claimed_ : *proven_;
}

void LogMemory::claim(const SignedHead& head) {
  if (!carried_ && head.head.size > largest().head.size) claimed_ = head;
}

bool LogMemory::due(Micros now) const { return (claimed_ && now >= ask_at_) || (shrunk_ && now >= settle_at_); }

std::optional<v1::Query> LogMemory::question(Micros now) {
  if (!proven_ || forked_ || (asked_ && now < again_at_)) return std::nullopt;
  if (open_.empty() && due(now)) {
    open_.push_back(*proven_);
    if (claimed_) open_.push_back(*claimed_);
    if (shrunk_) open_.push_back(*shrunk_);
  }
  if (last_ && last_ != found_ && now >= find_at_) seek(*last_);
  about_entry_ = open_.empty();
  if (about_entry_ && sought_.empty()) return std::nullopt;
  asked_ = true;
  asking_since_ = asking_since_.value_or(now);
  again_at_ = now + kAskAgain;
  v1::Query query;
  query.set_number(++number_);
  if (about_entry_) {
    query.mutable_proof()->set_seq(sought_.front().seq.value);
    query.mutable_proof()->set_leaf(sought_.front().leaf.data(), sought_.front().leaf.size());
  } else {
    query.mutable_proof()->set_size(open_.front().head.size);
  }
  return query;
}

LogMemory::Output LogMemory::answered(const v1::ProofAnswer& answer, Micros now) {
  if (!asked_ || answer.number() != number_) return {};
  if (about_entry_) return looked_for(TreeEntry(sought_.front()), answer, now);
  const SignedHead known = open_.front();
  const auto judged = judge(known.head, answer, log_);
  if (!judged) return {};  // asked again, and unproven meanwhile
  if (judged->breach) return forked(*judged->breach, known, judged->tip, now);
  if (claimed_ && contradict(claimed_->head, judged->tip.head))
    return forked(Breach::split, *claimed_, judged->tip, now);
  asked_ = false;
  asking_since_.reset();
  Output out;
  settle(known, judged->tip, out);
  if (open_.empty()) {
    ask_at_ = now + kEvery;
    settle_at_ = now + kSettle;
  }
  return out;
}

// `tip` continues `known`.
void LogMemory::settle(const SignedHead& known, const SignedHead& tip, Output& out) {
  const bool of_proven = known == *proven_;
  std::erase_if(open_, [&](const SignedHead& each) { return each == known || each.head == tip.head; });
  for (auto* each : {&claimed_, &shrunk_})
    if (*each && (**each == known || (*each)->head == tip.head)) each->reset();
  carried_ = carried_ && claimed_;
  if (of_proven) {
    out.learnt = tip.head != proven_->head;
    proven_ = tip;
  }
  claim(tip);
}

LogMemory::Output LogMemory::looked_for(const TreeEntry& entry, const v1::ProofAnswer& answer, Micros now) {
  const auto tip = open_head(answer.checkpoint(), log_);
  if (!tip) return {};  // asked again, and unproven meanwhile
  if (!includes(tip->head, entry, answer)) return forked(Breach::dropped, largest(), *tip, now, entry);
  asked_ = false;
  asking_since_.reset();
  find_at_ = now + kEvery;
  found_ = entry;
  sought_.pop_front();
  return heard(answer.checkpoint(), now);
}

LogMemory::Output LogMemory::forked(Breach breach, const SignedHead& known, const SignedHead& shown, Micros now,
                                    const std::optional<TreeEntry>& entry) {
  forked_ = true;
  asked_ = false;
  asking_since_.reset();
  return {false, Fork{breach, known.note, shown.note, now, {}, entry}};
}

std::optional<Micros> LogMemory::unproven_since(Micros now) const {
  const Micros since = std::min(asking_since_.value_or(now), unsigned_since_.value_or(now));
  return now - since > kPatience ? std::optional(since) : std::nullopt;
}

}  // namespace noroshi::subscriber
