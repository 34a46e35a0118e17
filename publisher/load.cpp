#include "publisher/load.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "proto/cli/cli.h"
#include "proto/types/words.h"

namespace noroshi::publisher {
namespace {

const Parcel* parcel_of(const Letter& letter) { return std::get_if<Parcel>(&letter.content); }

void check_author(const std::filesystem::path& file, const Letter& letter, const std::string& organization) {
  const Parcel* parcel = parcel_of(letter);
  if (!parcel || parcel->organization == organization) return;
  const std::string author = cli::printable(parcel->organization);
  throw cli::Failure(
      cli::kUsage,
      file.string() +
          say({": 送り残しは別の組織が署名したものです。何も送っていません。その組織の資格情報を --credential に"
               "指定するか、別のフォルダーを --outbox に指定してください。署名した組織 / この資格情報の組織: ",
               ": waits signed by another organisation, so nothing was sent: give that one's --credential, or another "
               "folder as --outbox. Signed by / this credential's: "}) +
          author + " / " + organization);
}

}  // namespace

Load::Load(const std::filesystem::path& outbox, const std::string& organization, Micros now)
    : rejected_(outbox / "rejected"), now_(now) {
  outbox_.emplace(outbox);
  for (const Outbox::Entry& entry : outbox_->entries()) {
    if (!entry.original.empty())
      throw cli::Failure(cli::kFailed,
                         outbox.string() + say({": noroshi-publisher run のフォルダーです。run が送ります",
                                                ": belongs to noroshi-publisher run, which will send what is there"}));
    std::vector<Letter> waiting = outbox_->letters(entry.stamp);
    for (const Letter& letter : waiting) check_author(outbox_->signed_file(entry.stamp), letter, organization);
    enter(entry.stamp, std::move(waiting));
  }
}

void Load::add(std::vector<Letter> letters) {
  std::vector<Letter> leaving;
  std::copy_if(letters.begin(), letters.end(), std::back_inserter(leaving), parcel_of);
  if (!outbox_ || leaving.empty()) {
    std::move(letters.begin(), letters.end(), std::back_inserter(letters_));
    return;
  }
  const std::string stamp = outbox_->fresh_stamp(now_);
  outbox_->put(stamp, leaving);
  enter(stamp, std::move(letters));
}

void Load::enter(std::string stamp, std::vector<Letter> letters) {
  const std::size_t begin = letters_.size();
  std::move(letters.begin(), letters.end(), std::back_inserter(letters_));
  std::string rejected = name_once_rejected(stamp);
  entries_.push_back({std::move(stamp), begin, letters_.size(), std::move(rejected)});
}

// An entry may have been rejected in part before, or have been moved back. Whatever its name, it can be moved back again.
std::string Load::name_once_rejected(std::string stamp) {
  std::error_code error;
  while (std::filesystem::exists(rejected_ / Outbox::signed_name(stamp), error)) stamp = outbox_->fresh_stamp(now_);
  return Outbox::signed_name(stamp);
}

std::vector<Subject> Load::subjects() const {
  std::vector<Subject> out = subjects_of(letters_);
  for (const Entry& entry : entries_)
    for (std::size_t i = entry.begin; i < entry.end; ++i)
      if (parcel_of(letters_[i])) out[i].kept = (rejected_ / entry.rejected).string();
  return out;
}

void Load::settle(const std::vector<std::optional<Outcome>>& outcomes) {
  const std::vector<Subject> all = subjects();
  for (const Entry& entry : entries_) {
    std::vector<Letter> left, rejected;
    std::string results;  // of the rejected
    bool answered = false;
    for (std::size_t i = entry.begin; i < entry.end; ++i) {
      if (!parcel_of(letters_[i])) continue;  // was never stored
      if (!outcomes[i]) {
        left.push_back(letters_[i]);
        continue;
      }
      answered = true;
      if (!std::holds_alternative<Rejection>(*outcomes[i])) continue;
      rejected.push_back(letters_[i]);
      results += outcome_json(*outcomes[i], all[i]) + "\n";
    }
    if (!rejected.empty()) set_aside(entry.rejected, rejected, results);
    if (left.empty())
      outbox_->remove(entry.stamp);
    else if (answered)
      outbox_->put(entry.stamp, left);
  }
}

void Load::set_aside(const std::string& name, const std::vector<Letter>& letters, const std::string& results) {
  Folder folder(rejected_);
  folder.write(result_name(name), results);
  folder.write(name, to_lines(letters));
}

}  // namespace noroshi::publisher
