#include "publisher/agent.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <variant>

#include "proto/cli/cli.h"
#include "proto/types/words.h"
#include "publisher/import_json.h"
#include "publisher/planted.h"
#include "publisher/prepare.h"

namespace noroshi::publisher {
namespace {

constexpr std::size_t kNameBytes = 200;  // with the stamp and the result's ending it must still fit a file system's 255

std::vector<Prepared> read_spooled(const std::filesystem::path& file, const std::string& name, const Terms& terms) {
  try {
    return prepare_text(name, cli::read_file(file, kFileBytes), import_json, terms);
  } catch (const cli::Failure& unreadable) {
    return {{name, Rejection{Reason::malformed, "", unreadable.what()}}};
  }
}

}  // namespace

Agent::Agent(const std::filesystem::path& spool, const Matrix& matrix, Author author, wire::SigningKey key, Micros now,
             Tell tell)
    : matrix_(matrix),
      author_(std::move(author)),
      key_(std::move(key)),
      tell_(std::move(tell)),
      spool_(spool),
      outbox_(spool / "outbox"),
      sent_(spool / "sent"),
      rejected_(spool / "rejected") {
  for (const Outbox::Entry& entry : outbox_.entries()) {
    if (!entry.is_signed || (planted(Bug::new_id_after_crash) && !entry.original.empty()))
      sign(entry, now);
    else if (auto whole = outbox_.letters_if_whole(entry.stamp))
      enlist(entry, std::move(*whole));
    else
      set_aside(entry);
  }
}

bool Agent::work(Micros now) {
  std::size_t left = kAtOnce;
  left -= settle(left);
  if (found_.empty()) look(now);
  const auto more = [&] { return !found_.empty() && open_.size() < kInHand; };
  for (; left > 0 && more(); --left) {
    const Outbox::Entry entry{outbox_.fresh_stamp(now), found_.front()};
    found_.pop_front();
    if (outbox_.take(spool_, entry.original, entry.stamp)) sign(entry, now);
  }
  return !answered_.empty() || more();
}

std::size_t Agent::settle(std::size_t most) {
  std::size_t done = 0;
  for (; done < most && !answered_.empty(); ++done) {
    finish(batches_.at(answered_.front()));
    batches_.erase(answered_.front());
    answered_.pop_front();
  }
  return done;
}

void Agent::look(Micros now) {
  if (now >= looked_ && now - looked_ < kLook) return;
  looked_ = now;
  std::vector<Folder::File> files = spool_.files();
  std::stable_sort(files.begin(), files.end(),
                   [](const Folder::File& a, const Folder::File& b) { return a.changed < b.changed; });
  for (const Folder::File& file : files) {
    const std::int64_t age = now - file.changed;
    // One from well in the future, should the clock have been put back, must not stay here for ever.
    const bool settled = age >= kSettled || age < -kPutBack;
    if (!settled) break;  // what came later must not overtake it
    if (wanted(file.name)) found_.push_back(file.name);
  }
}

bool Agent::wanted(const std::string& name) {
  if (name.ends_with(".tmp") || is_result(name)) return false;
  if (name.size() <= kNameBytes) return true;
  if (told_.insert(name).second)
    spdlog::warn("{}: {}", cli::printable(name),
                 say({"名前が長すぎるため送りません。200バイト以内に改名してください",
                      "stays in the spool, its name is too long: rename it, to at most 200 bytes"}));
  return false;
}

void Agent::sign(Outbox::Entry entry, Micros now) {
  const Terms terms{matrix_, author_, std::nullopt, now};
  std::vector<Letter> letters = seal(read_spooled(outbox_.original(entry), entry.original, terms), key_);
  const bool any = std::any_of(letters.begin(), letters.end(),
                               [](const Letter& each) { return std::holds_alternative<Parcel>(each.content); });
  if (any && !planted(Bug::sent_before_stored)) {
    outbox_.put(entry.stamp, letters);
    entry.is_signed = true;
  }
  if (any && planted(Bug::leaves_before_answer)) {
    outbox_.give(entry, sent_, entry.original);
    outbox_.remove(entry.stamp);
    entry.original.clear();
  }
  enlist(std::move(entry), std::move(letters));
}

void Agent::enlist(Outbox::Entry entry, std::vector<Letter> letters) {
  const std::string stamp = entry.stamp;
  Batch& batch = batches_[stamp];
  batch = {std::move(entry), std::move(letters), {}, {}, 0};
  batch.subjects = subjects_of(batch.letters);
  batch.outcomes.resize(batch.letters.size());
  for (std::size_t i = 0; i < batch.letters.size(); ++i) {
    if (const auto* rejected = std::get_if<Rejection>(&batch.letters[i].content)) {
      set(batch, i, *rejected);
    } else {
      open_.emplace(++last_, std::pair(stamp, i));
      ++batch.open;
    }
  }
  if (batch.open == 0) answered_.push_back(stamp);
}

void Agent::answered(std::uint64_t number, Answer answer) {
  const auto found = open_.find(number);
  const auto [stamp, index] = found->second;
  open_.erase(found);
  Batch& batch = batches_.at(stamp);
  std::visit([&, i = index](auto& each) { set(batch, i, std::move(each)); }, answer);
  if (--batch.open == 0) answered_.push_back(stamp);
}

void Agent::set(Batch& batch, std::size_t index, Outcome outcome) {
  tell_(outcome, batch.subjects[index]);
  batch.outcomes[index] = std::move(outcome);
}

void Agent::finish(const Batch& batch) {
  const Outbox::Entry& entry = batch.entry;
  // Without its file it was finished already, but for the last step.
  if (!entry.original.empty()) {
    std::string lines;
    bool rejected = false;
    for (std::size_t i = 0; i < batch.letters.size(); ++i) {
      lines += outcome_json(*batch.outcomes[i], batch.subjects[i]) + "\n";
      rejected |= std::holds_alternative<Rejection>(*batch.outcomes[i]);
    }
    place(entry, rejected ? rejected_ : sent_, lines);
  }
  if (entry.is_signed) outbox_.remove(entry.stamp);
}

void Agent::place(const Outbox::Entry& entry, Folder& to, const std::string& results) {
  const std::string as = to.has(entry.original) ? entry.stamp + "-" + entry.original : entry.original;
  if (planted(Bug::moved_before_result)) outbox_.give(entry, to, as);
  to.write(result_name(as), results);
  if (!planted(Bug::moved_before_result)) outbox_.give(entry, to, as);
}

// The spool's file leaves first: alone in the outbox it would be signed and sent anew.
void Agent::set_aside(const Outbox::Entry& entry) {
  const std::string file = Outbox::signed_name(entry.stamp);
  const Outcome damaged = Rejection{Reason::malformed, "",
                                    file +
                                        " was damaged on the disk, and some of its reports may have been sent: look "
                                        "for them in the log, and put what "
                                        "is missing there into the spool again"};
  const Subject subject{entry.original.empty() ? file : entry.original, "", {}};
  const std::string results = outcome_json(damaged, subject) + "\n";
  tell_(damaged, subject);
  spdlog::error(
      "{}: {}", file,
      say({"壊れているため rejected/ に移しました。一部は送信済みかもしれません。ログにない報告だけを、もう一度"
           "スプールに置いてください",
           "is damaged and was moved to rejected/; some of its reports may have been sent: put those that are "
           "not in the log into the spool again"}));
  if (!entry.original.empty()) place(entry, rejected_, results);
  rejected_.write(result_name(file), results);
  outbox_.give_signed(entry.stamp, rejected_);
}

std::vector<std::pair<std::uint64_t, const Parcel*>> Agent::unanswered(std::uint64_t after) const {
  std::vector<std::pair<std::uint64_t, const Parcel*>> out;
  for (auto each = open_.upper_bound(after); each != open_.end(); ++each) {
    const auto& [stamp, index] = each->second;
    out.emplace_back(each->first, &std::get<Parcel>(batches_.at(stamp).letters[index].content));
  }
  return out;
}

}  // namespace noroshi::publisher
