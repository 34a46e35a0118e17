// The agent: takes reports from a spool folder and sees each of them through to the broker's answer, whatever ends in
// between. Works on the disk and knows nothing of the network: the shell carries the parcels and hands in the answers.
//
//   SPOOL/alarm.json           put here, complete
//   SPOOL/outbox/              taken, its reports signed and not all answered (outbox.h)
//   SPOOL/sent/alarm.json      every report of it accepted; alarm.json.result.json says how
//   SPOOL/rejected/alarm.json  at least one was not; alarm.json.result.json says which and why
//
// Every step is a rename or a whole file, and what a restart finds tells it where to go on: a file in outbox/ that is not
// signed was not sent; a signed one is sent again as it is; a result without its file is written once more.
// One owner, one thread. Throws cli::Failure when the disk fails.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proto/wire/signing.h"
#include "publisher/complete.h"
#include "publisher/folder.h"
#include "publisher/letter.h"
#include "publisher/outbox.h"
#include "publisher/results.h"
#include "publisher/submission.h"
#include "schemas/matrix.h"

namespace noroshi::publisher {

class Agent {
 public:
  static constexpr std::size_t kInHand = 2000;  // reports without an answer; with more, files stay in the spool
  static constexpr std::size_t kAtOnce = 8;     // files: some ten syncs each, and the sessions want their turns
  static constexpr std::int64_t kLook = kMicrosPerSecond / 10;     // between two looks into the spool
  static constexpr std::int64_t kSettled = kMicrosPerSecond / 5;   // what was changed since may not be complete
  static constexpr std::int64_t kPutBack = 60 * kMicrosPerSecond;  // of the clock

  using Tell = std::function<void(const Outcome&, const Subject&)>;  // of each report, once it is known

  // Goes on where a former run ended.
  Agent(const std::filesystem::path& spool, const Matrix& matrix, Author author, wire::SigningKey key, Micros now,
        Tell tell);

  // A bounded piece of what there is to do on the disk: files whose reports are all answered go to their place, and files
  // that have appeared and are complete are taken, in the order in which they got there. True: there is more.
  bool work(Micros now);
  void answered(std::uint64_t number, Answer answer);
  // Files whose reports are all answered go to their place, so many at most; how many did.
  std::size_t settle(std::size_t most);

  // In the order in which they leave: those without an answer whose number is greater than `after`. Numbers grow.
  std::vector<std::pair<std::uint64_t, const Parcel*>> unanswered(std::uint64_t after) const;
  std::size_t waiting() const { return open_.size(); }

 private:
  // What one file brought.
  struct Batch {
    Outbox::Entry entry;
    std::vector<Letter> letters;
    std::vector<Subject> subjects;
    std::vector<std::optional<Outcome>> outcomes;
    std::size_t open = 0;
  };

  void look(Micros now);
  bool wanted(const std::string& name);
  void sign(Outbox::Entry entry, Micros now);
  void enlist(Outbox::Entry entry, std::vector<Letter> letters);
  void set(Batch& batch, std::size_t index, Outcome outcome);
  void finish(const Batch& batch);
  // What was signed cannot be read: nobody knows any more which of it was sent, so a person has to look.
  void set_aside(const Outbox::Entry& entry);
  void place(const Outbox::Entry& entry, Folder& to, const std::string& results);

  const Matrix& matrix_;
  Author author_;
  wire::SigningKey key_;
  Tell tell_;
  Folder spool_;
  Outbox outbox_;
  Folder sent_;
  Folder rejected_;
  std::map<std::string, Batch> batches_;                               // by stamp
  std::map<std::uint64_t, std::pair<std::string, std::size_t>> open_;  // number: stamp and index
  std::uint64_t last_ = 0;
  std::deque<std::string> answered_;  // stamps of the batches without an open report
  std::deque<std::string> found_;     // files to be taken
  Micros looked_{};
  std::set<std::string> told_;  // names that are not wanted, and of which that was said
};

}  // namespace noroshi::publisher
