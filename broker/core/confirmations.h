// Who has said of which report that it arrived, was opened, was answered (疎通確認): a fold of the log's reports and
// receipts. Pure; owned by the core.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/types/entry.h"
#include "proto/types/limits.h"
#include "schemas/standing.h"

namespace noroshi::core {

// When, by the log's clock, somebody had come so far with a report; 0: not yet.
using Milestones = std::array<Micros, 3>;  // by Stage

struct Confirmation {
  Stage stage{};
  std::optional<Answer> answer;
  std::string note;
  Micros at{};  // of the latest receipt, by the log's clock
  Milestones reached{};
};

// That somebody was behind when a deadline passed.
struct Noted {
  Stage stage{};
  Micros at{};
};

// What later withdrew or corrected a report.
struct Withdrawal {
  ReportId report;
  Relation relation{};  // cancel or correction
};

class Confirmations {
 public:
  struct Open {
    Seq seq{};
    Micros recorded_at{};
    std::optional<Micros> released_at;  // to its readers: deadlines run from here. nullopt: waits for its digest
    Lane lane{};
    Report report;                           // without its sections and attachments
    std::map<std::string, Confirmation> by;  // organisation
    std::set<Stage> judged;                  // stages whose deadline has passed and that have been looked at
    std::optional<Withdrawal> withdrawn;
    std::map<std::string, Noted> noted{};  // organisation: of the stages that the log calls overdue, the last
    struct Follower {
      Relation relation{};
      Standing standing;
    };
    std::map<LogPlace, Follower> followers{};  // the reports that relate to it
    Standing standing{};                       // by them all

    bool expired(Micros now) const { return report.expires_at && *report.expires_at <= now; }
    bool waited_for(Micros now) const { return !standing.gone() && !expired(now); }
    // What this organisation is overdue with and has still not done.
    const Noted* overdue(const std::string& organization) const;
  };

  // A report opens a confirmation; its digest's release lets its deadlines run; a receipt moves it on. What lies further back
  // than the newest kOpenConfirmations reports is forgotten: the log still has it.
  void fold(const Record& record);
  // The stages that were due have been looked at.
  void judge(Seq report, Stage stage);
  const Open* find(const ReportId& report) const;
  // Who has said anything of any report, be it one that is forgotten.
  const std::set<std::string>& heard_from() const { return heard_from_; }
  // False if every word of it has been said before.
  bool says_something_new(const Receipt& receipt) const;
  // At most so many, in order of sequence.
  std::vector<const Open*> after(Seq seq, std::size_t most) const;
  std::vector<const Open*> newest(std::size_t most) const;

 private:
  // Whatever this one continues stands as its thread now says.
  void follow(const Open& newest);

  std::map<Seq, Open> open_;
  std::map<ReportId, Seq> by_id_;
  std::set<std::string> heard_from_;
};

}  // namespace noroshi::core
