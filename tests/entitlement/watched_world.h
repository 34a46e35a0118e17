// A world in which everything that the core lets out is held against the oracle, at the moment it goes out. What it should
// know of members it folds from the log by itself.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/entitlement/oracle.h"
#include "tests/support/core_world.h"

namespace noroshi::entitlement {

// In the title, the text and the bytes of every report here: whatever else holds it has let it out.
inline constexpr const char* kSecret = "himitsu";
Report secret(Report report);
// In the note and the bytes of every receipt with an answer here: for its author and for auditors alone.
inline constexpr const char* kConfided = "naisho";

// All text that goes out beside the entries themselves: answers, topics, events, what administrators are told.
std::string everything_said(const core::Outcome& outcome);

class WatchedWorld {
 public:
  explicit WatchedWorld(test::WorldOptions options = {}) : world(by_hand(options)) {}

  core::Outcome step(const core::Command& command);
  core::Outcome commit();
  core::Outcome answer_read(std::size_t rows = 1000);
  core::Outcome settle();  // as World::settle, watched at each step
  void restart();

  core::Outcome enrol(const Member& member);
  core::Outcome submit(const Report& report, core::Door door = core::Door::urgent);
  // As the shell makes it: signed, and what is no longer on the board looked up in the log.
  core::SubmitReceipt receipt(const std::string& organization, core::Door door, Stage stage,
                              const std::vector<ReportId>& reports, std::optional<Answer> answer = {});

  std::vector<Member> members() const;  // as the log has them
  std::string organization_of(PeerId peer) const;
  const std::vector<std::string>& wrongs() const { return wrongs_; }  // empty is the promise
  std::size_t looked_at() const { return looked_at_; }                // entries that went out and were checked

  test::World world;

 private:
  static test::WorldOptions by_hand(test::WorldOptions options) {
    options.turns_by_hand = true;
    return options;
  }
  core::Outcome watch(core::Outcome outcome);
  void check(const core::Send& send);
  void check_entry(PeerId peer, core::Door door, const core::Released& entry);
  void check_receipt(const core::SubmitReceipt& submit, const core::Outcome& outcome, bool taken);
  void check_board(PeerId peer, const core::BoardReport& board);
  void check_reminder(PeerId peer, core::Door door, const core::Reminder& reminder);
  void check_in_force(PeerId peer, const char* what);
  Seq digests_upto() const;
  void wrong(PeerId peer, const std::string& what);

  struct Known {
    std::string organization;
    core::Door door{};
  };
  std::map<PeerId, Known> peers_;
  std::map<PublicKey, std::string> keys_;
  std::map<std::string, Member> members_;
  std::uint64_t receipts_ = 0;
  std::map<std::string, Member> before_commit_;  // while a batch is committed
  std::vector<std::string> wrongs_;
  std::size_t looked_at_ = 0;
};

}  // namespace noroshi::entitlement
